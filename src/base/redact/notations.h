/* SPDX-License-Identifier: ISC */
/*
 * The notations in which servers, frameworks and logs write a text that they were sent:
 * svcreq-log(1) lists them.  A reading takes a text for one that is written in such a notation, or
 * in one within another, and gives the bytes that it stands for, each with its place in the text. 
 * What is no escape of that notation stands for itself.
 *
 * Each reading takes O(length of the text), and 130 KiB of memory however long the text is.
 */
#ifndef BASE_REDACT_NOTATIONS_H
#define BASE_REDACT_NOTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A byte that was read, and the part of the text that stands for it. */
struct unit {
	uint32_t start;
	uint16_t span; /* 0: nothing does; nothing that was read goes on across it */
	unsigned char byte;
};

/* Is given what was read, in pieces. */
typedef void unit_taker(void *context, const struct unit *, size_t count);

/* How many readings there are: they are numbers below this one. */
extern const size_t reading_count;
/* Whether the reading gives whole words of a text, so that it can be seen where one ends. */
bool reading_keeps_words(size_t reading);
/* Returns what there is of escapes in a text, for reading_applies(). */
unsigned notation_marks(const char *text, size_t len);
/* Whether the reading can give anything of a text with these marks that others do not. */
bool reading_applies(size_t reading, unsigned marks);
/*
 * Gives what the text, of less than 4 GiB, reads as.  One that was cut off is read up to what may
 * be a part of an escape at its end.
 */
void reading_run(
    size_t reading, const char *text, size_t len, bool cut_off, unit_taker *, void *context);

/*
 * Takes all escapes out of the text, also those that come of others.  Returns what is left, of at
 * most as many bytes, which the caller overwrites and frees.
 */
unsigned char *notation_reduce(const char *text, size_t len, size_t *out_len);
/*
 * Decodes a text that is base64 of either alphabet as a whole, padded or not.  Writes to out, which
 * has room for len bytes, and returns how many it wrote; 0: it is something else.
 */
size_t notation_base64(const char *text, size_t len, unsigned char *out);

#endif
