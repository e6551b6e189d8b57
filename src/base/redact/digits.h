/* SPDX-License-Identifier: ISC */
/*
 * Base64 and hexadecimal.  Where a text in these begins cannot be seen, since letters may stand in
 * front of it: it is read once from each digit that may be the first of a group.
 */
#ifndef BASE_REDACT_DIGITS_H
#define BASE_REDACT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unit;

/* A reading of digits. */
struct digits {
	unsigned first;	 /* the digit of each run that is the first of a group, from 0 */
	unsigned skip;	 /* so many more until then */
	unsigned bits;	 /* so many were read and are in no byte yet */
	unsigned value;	 /* these bits are the lowest */
	uint32_t start;	 /* of the digit that the first of them is in */
	bool in_run;	 /* a digit came before */
	bool after_line; /* and a line break after that */
};

/* Returns the value of a digit of either alphabet of base64 (RFC 4648), or -1. */
int digits_base64_value(unsigned char);
void digits_init(struct digits *, unsigned first);
/*
 * Write the bytes that the digits stand for to out, and their number to *made; a unit without a
 * span where a run of digits ends.  Line breaks and indentation do not end one.  Some units follow
 * unless they are the last; what can only be read with them is moved to the front of the units. 
 * Return how many these are.
 */
size_t digits_read_base64(
    struct digits *, struct unit *, size_t count, bool last, struct unit *out, size_t *made);
size_t digits_read_hexadecimal(
    struct digits *, struct unit *, size_t count, bool last, struct unit *out, size_t *made);

#endif
