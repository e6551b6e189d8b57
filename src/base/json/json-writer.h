/* SPDX-License-Identifier: ISC */
/*
 * Writes one JSON value into a strbuf, with commas, quotes and escapes right.  A call out of order
 * (a value without a name in an object, an end without a begin) is a bug in the caller and ends in
 * assert().
 *
 *	struct json_writer w;
 *	json_writer_init(&w, &out);
 *	json_begin_object(&w);
 *	json_name(&w, "id");
 *	json_integer(&w, 7);
 *	json_end(&w);
 */
#ifndef BASE_JSON_JSON_WRITER_H
#define BASE_JSON_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;
struct value;

#define JSON_WRITER_DEPTH 80

struct json_writer {
	struct strbuf *out; /* borrowed */
	size_t depth;
	bool named;			/* a name was written, and its value must follow */
	char stack[JSON_WRITER_DEPTH];	/* '{' or '[' */
	bool filled[JSON_WRITER_DEPTH]; /* has an item */
};

void json_writer_init(struct json_writer *, struct strbuf *out);

void json_begin_object(struct json_writer *);
void json_begin_array(struct json_writer *);
/* Ends the innermost object or array. */
void json_end(struct json_writer *);
void json_name(struct json_writer *, const char *name);

/*
 * Writes NULL as null.  Escapes bytes below 0x20, quote and backslash, and writes U+FFFD for a byte
 * that is not UTF-8, so that every reader can read it.
 */
void json_string(struct json_writer *, const char *text);
void json_integer(struct json_writer *, int64_t);
void json_boolean(struct json_writer *, bool);
void json_null(struct json_writer *);
/* Writes a whole value; numbers with the digits that were read. */
void json_value(struct json_writer *, const struct value *);

/*
 * Appends a JSON text with \uNNNN for each character that is not shown as it is (utf8_is_hidden):
 * it means the same, and a terminal can show it.
 */
void json_add_visible(struct strbuf *, const char *json, size_t len);

/* Writes a member of an object: json_name() and its value, NULL as null. */
void json_string_member(struct json_writer *, const char *name, const char *text);
void json_value_member(struct json_writer *, const char *name, const struct value *);

#endif
