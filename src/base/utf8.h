/* SPDX-License-Identifier: ISC */
/* UTF-8 (RFC 3629), and what a terminal makes of characters. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/*
 * Returns the code point at text, and its length in bytes in *used; or -1, and 1 in *used, for
 * overlong forms, surrogates, what is above U+10FFFF and sequences that are cut.  len is not 0.
 */
long utf8_decode(const char *text, size_t len, size_t *used);
/* Writes the UTF-8 form of a valid code point; returns its length. */
size_t utf8_put(char out[4], unsigned long code_point);
/* Appends the UTF-8 form of a valid code point. */
void utf8_encode(struct strbuf *, unsigned long code_point);
bool utf8_valid(const char *text, size_t len);
/*
 * Whether a valid code point is C0, DEL, C1 or one of those that turn the direction of text, so
 * that it reads as what it is not.
 */
bool utf8_is_control(long code_point);
/*
 * Whether a valid code point is not shown as it is: a control, one that nobody sees or that is no
 * character, or a space that is not U+0020.
 */
bool utf8_is_hidden(unsigned long code_point);

/* Returns how many characters the text has. */
size_t utf8_length(const char *text);
/*
 * Returns len, or up to 3 less when the text, which may go on behind len, would be cut inside a
 * character there.
 */
size_t utf8_cut(const char *text, size_t len);

/*
 * Returns how many columns a terminal needs for a character: 2 for wide ones of East Asia, 0 for
 * combining and format characters, 1 for others.
 */
size_t utf8_width(unsigned long code_point);
/* Returns how many columns a terminal needs for the text. */
size_t utf8_columns(const char *text);
/* Returns how many of the first len bytes fit into so many columns, without half a character. */
size_t utf8_cut_columns(const char *text, size_t len, size_t columns);

#endif
