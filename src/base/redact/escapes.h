/* SPDX-License-Identifier: ISC */
/* The escapes of percent-encoding, of strings and of markup, one by one. */
#ifndef BASE_REDACT_ESCAPES_H
#define BASE_REDACT_ESCAPES_H

#include <stddef.h>

struct unit;

#define ESCAPE_MAX 12 /* units of the longest: \ud83d\ude00, &#x0010ffff; */

enum escape_found {
	ESCAPE_NONE,
	ESCAPE_READ,
	ESCAPE_CUT, /* the units may be the beginning of one */
};

/* What an escape stands for. */
struct escape {
	size_t used;  /* units that it has */
	size_t count; /* bytes, at most as many */
	unsigned char bytes[4];
};

/* Reads the escape that the units begin with, of whichever kind.  len is not 0. */
enum escape_found escape_read(const struct unit *, size_t len, struct escape *out);

#endif
