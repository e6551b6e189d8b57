/* SPDX-License-Identifier: ISC */
/* Numbers in text, without spaces or locale: decimal digits and hexadecimal ones, and JSON's. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the decimal digits at the start of text, zeros in front too.  Returns how many they are;
 * 0 when there are none or the number is above max, and *out is unchanged then.
 */
size_t number_read(const char *text, uint64_t max, uint64_t *out);
/*
 * Reads a text that is a number as programs write it: digits alone, no zero in front ("0" itself
 * is one), at most max.  Returns false when it is not, and *out is unchanged then.
 */
bool number_parse(const char *text, uint64_t max, uint64_t *out);

/*
 * Compares two numbers of the JSON grammar exactly, however many digits they have: less than 0, 0
 * or more than 0, as strcmp().
 */
int number_compare(const char *a, const char *b);

/* Returns the value of a hexadecimal digit, or -1. */
int number_hex_digit(char);
/* Returns the value of the first count (at most 7) bytes of text, all hexadecimal, or -1. */
long number_read_hex(const char *text, size_t len, size_t count);

#endif
