/* SPDX-License-Identifier: ISC */
/* What stands between the quotes of a JSON string.  Only json.c needs it. */
#ifndef BASE_JSON_JSON_STRING_H
#define BASE_JSON_JSON_STRING_H

#include <stddef.h>

struct json_string_fault {
	const char *message;
	size_t at;   /* the offset of the offending byte */
	size_t wide; /* how many bytes before it begin no character */
};

/* How many bytes the string has up to its closing quote, or limit when there is none. */
size_t json_string_length(const char *text, size_t limit);

/*
 * Replaces the escapes in place and puts a NUL after the result, which is never longer:
 * text has len + 1 bytes.  Returns 0 and how many bytes began no character in *wide, or
 * -1 and the fault; text is then changed up to fault->at.
 */
int json_unescape(char *text, size_t len, size_t *wide, struct json_string_fault *fault);

#endif
