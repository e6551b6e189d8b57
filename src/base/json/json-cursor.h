/* SPDX-License-Identifier: ISC */
/* A place in a JSON text, and how it is named in a fault.  Only json.c needs it. */
#ifndef BASE_JSON_JSON_CURSOR_H
#define BASE_JSON_JSON_CURSOR_H

#include <stddef.h>

struct faults;

struct json_cursor {
	struct faults *faults; /* where they go */
	char *text;	       /* strings that were passed are unescaped in place */
	size_t len;
	size_t at;
	unsigned line;
	size_t line_start;
	size_t wide; /* bytes from line_start to at that begin no character */
};

void json_cursor_init(struct json_cursor *, char *text, size_t len, struct faults *);
/* The byte at the cursor, or -1 at the end of the text. */
int json_peek(const struct json_cursor *);
void json_skip_space(struct json_cursor *);
/* From 1, in characters. */
size_t json_column(const struct json_cursor *);
int json_fail_here(const struct json_cursor *, const char *message);
/* Fails with "expected ..., found ..." and what stands at the cursor. */
int json_fail_expected(const struct json_cursor *, const char *expected);

#endif
