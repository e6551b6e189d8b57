/* SPDX-License-Identifier: ISC */
/* UTF-8 (RFC 3629) and text that is safe to show on a terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/*
 * The code point at text and its length in bytes in *used.  Overlong forms, surrogates,
 * code points above U+10FFFF and cut sequences give -1 and *used 1.  len is not 0.
 */
long utf8_decode(const char *text, size_t len, size_t *used);
/* Writes the UTF-8 form of a code point, which is a valid one; returns its length. */
size_t utf8_put(char out[4], unsigned long code_point);
/* Appends it. */
void utf8_encode(struct strbuf *, unsigned long code_point);
bool utf8_valid(const char *text, size_t len);
/*
 * C0, DEL, C1, and those that turn the direction of text, so that it reads as what it is not.
 * The code point is a valid one.
 */
bool utf8_is_control(long code_point);
/*
 * Appends text with every control character as \xNN or \uNNNN, and every byte that is not
 * UTF-8 as \xNN, so that what a server sent cannot drive the reader's terminal.
 */
void utf8_add_printable(struct strbuf *, const char *text, size_t len);
/* How many columns a terminal gives the text (wide characters take two, combining none). */
size_t utf8_columns(const char *text);

#endif
