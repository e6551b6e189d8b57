/* SPDX-License-Identifier: ISC */
/*
 * The place in a JSON text that the readers of this folder are at, and the messages about what is
 * wrong there, which are the same in both.
 */
#ifndef BASE_JSON_JSON_CURSOR_H
#define BASE_JSON_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct faults;
struct value;

struct json_cursor {
	struct faults *faults;
	const char *text; /* borrowed */
	size_t len;
	size_t at;
	unsigned line;
	/* the column of the character at the cursor is at - column_base: characters, not bytes */
	long column_base;
};

/* Begins at the first byte of the text, which has that line and column. */
void json_cursor_init(struct json_cursor *, const char *text, size_t len, unsigned line,
    unsigned column, struct faults *);
unsigned json_cursor_column(const struct json_cursor *);
/* Returns the byte at the cursor, or -1 at the end of the text. */
int json_cursor_peek(const struct json_cursor *);
void json_cursor_skip_space(struct json_cursor *);

/* Each adds a fault at the cursor and returns -1. */
int json_cursor_fail(const struct json_cursor *, const char *message);
/* "expected ..., found ..." and what is there. */
int json_cursor_fail_expected(const struct json_cursor *, const char *expected);
/* After a value; closing is the bracket that ends what the value is in, NUL for the root. */
int json_cursor_fail_after_value(const struct json_cursor *, char closing);

/* Returns how many bytes of a string's text at the start are plain ASCII. */
size_t json_plain_length(const char *text, size_t len);
/*
 * Passes the character of a string at the cursor that is not plain ASCII; the string ends before
 * the byte at end.  Returns its code point, or -1 after a fault.
 */
long json_cursor_character(struct json_cursor *, size_t end);
/* Does the same, but also passes what the grammar allows and no text can have, for which it returns
 * 0: the escape of a NUL, and of half a surrogate pair. */
long json_cursor_any_character(struct json_cursor *, size_t end);

/*
 * Finds the number, true, false or null at the cursor, which stays where it is.  Returns 0 with its
 * length, or -1 after a fault.
 */
int json_cursor_literal(const struct json_cursor *, size_t *len);

/* Passes the closing bracket of a list or map, if the cursor is at it. */
bool json_cursor_leave(struct json_cursor *, char closing);
/*
 * Passes what follows an item.  Returns 1 at the next item, 0 behind the closing bracket, or -1
 * after a fault.
 */
int json_cursor_next_item(struct json_cursor *, char closing);
/* Passes what is between a key and its value.  Returns 0, or -1 after a fault. */
int json_cursor_pass_colon(struct json_cursor *);

/*
 * Reads the len bytes at the cursor, which stays where it is, as json_read_all() reads a text, into
 * values and faults with their places in the cursor's text.
 */
int json_cursor_read(struct arena *, const struct json_cursor *, size_t len, struct value **out);

#endif
