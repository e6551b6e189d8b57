/* SPDX-License-Identifier: ISC */
/*
 * What is searched for: secrets, what can be told of them that is as good, and what a reader knows.
 * A pattern and a text are compared in their plain forms: a line break of any kind is LF, a plus
 * sign is a space, which it stands for in queries, and a NUL, which UTF-16 has beside each
 * character of ASCII, is nothing.
 */
#ifndef BASE_REDACT_PATTERNS_H
#define BASE_REDACT_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/redact/automaton.h"

#define PATTERN_WHOLE_MIN 4 /* bytes */
#define PATTERN_PART_MIN  8

struct patterns {
	struct pattern *array;
	size_t count;
	size_t capacity;
};

/*
 * Adds a secret of PATTERN_WHOLE_MIN bytes or more, and its parts of PATTERN_PART_MIN: each line,
 * without spaces at its ends; each string of JSON but the names of members; of credentials for
 * Basic (RFC 7617) the pair and the password, which count as whole.
 */
void patterns_add_secret(struct patterns *, const char *secret, size_t len);
/* Adds a text that is no secret, if it is not too short to have one in it. */
void patterns_add_known(struct patterns *, const char *text, size_t len);
/* Overwrites and frees them. */
void patterns_release(struct patterns *);

/*
 * Makes a byte plain.  Returns it, or -1 when nothing is left of it: the rest of a line break also.
 * *after_cr is false at the beginning of a text.
 */
static inline int
pattern_plain(unsigned char byte, bool *after_cr)
{
	bool rest = *after_cr && byte == '\n';

	if (byte == '\0')
		return -1;
	*after_cr = byte == '\r';
	if (rest)
		return -1;
	if (byte == '\r')
		return '\n';
	return byte == '+' ? ' ' : byte;
}

#endif
