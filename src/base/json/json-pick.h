/* SPDX-License-Identifier: ISC */
/*
 * Takes single values out of a JSON text that somebody else wrote.  The text must be JSON as a
 * whole (RFC 8259): its grammar, UTF-8, one root; a byte order mark before it is passed.  What the
 * grammar allows and json_parse() refuses spoils a value only where it is in it: an escape that is
 * no character, more than 64 levels, a duplicate key.  A duplicate key on the way to a value makes
 * it ambiguous, and it is not taken either.
 */
#ifndef BASE_JSON_JSON_PICK_H
#define BASE_JSON_JSON_PICK_H

#include <stddef.h>

struct arena;
struct strbuf;
struct value;

struct json_pick {
	const char *pointer; /* a valid JSON Pointer, borrowed */
	struct value *value; /* NULL: not taken */
	const char *fault;   /* why not, "line:column: message"; NULL: nothing is there */
};

enum json_picked {
	JSON_PICKED,  /* the text is JSON, whatever was taken out of it */
	JSON_CUT_OFF, /* err: it is the beginning of JSON */
	JSON_IS_NONE, /* err: it is no JSON */
};

/*
 * Goes through the len bytes once, and sets value and fault of each pick, in the arena, when the
 * text is JSON.  A picked value is a copy.  It takes O(n) for any text without pointers, as much
 * again for each of them, and a byte for each level that is open.
 */
enum json_picked json_pick(struct arena *, const char *text, size_t len, struct json_pick *picks,
    size_t count, struct strbuf *err);

#endif
