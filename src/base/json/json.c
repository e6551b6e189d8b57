/* SPDX-License-Identifier: ISC */
/*
 * jsmn cuts the text into tokens, and the reader goes from token to token: their types say what to
 * read, their ends how far a string or a literal reaches, their sizes how many items to allocate
 * for.  jsmn is no validator, so the reader checks what it lets through: what is between two
 * tokens, what is in a string, how a literal is spelt, that there is one root.  Where a value must
 * begin and there is no token, jsmn has met a fault, and fail_value() finds out which.
 *
 * jsmn walks up from the last token to the container that a bracket closes, through all that are
 * open and through keys of keys ("a":"a":"a":...).  It is therefore asked for few tokens at a time:
 * the reader refuses such a text before jsmn gets far into it.  (Without parent links it would walk
 * back over all items of a list at the end of each of them.)
 */
#include "base/json/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-cursor.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

/* Also the number on the stack: enough for an event. */
#define TOKENS_AT_ONCE 256

struct reader {
	struct arena *arena;
	unsigned depth;

	struct json_cursor cursor;
	char *text; /* the cursor's, a copy: strings before the cursor are unescaped in place */

	jsmn_parser parser;
	jsmntok_t few_tokens[TOKENS_AT_ONCE];
	jsmntok_t *tokens; /* few_tokens, or from malloc() */
	unsigned capacity;
	unsigned next; /* the first token that was not read */
	bool stopped;  /* there are no more, or jsmn has met a fault */
};

static int read_value(struct reader *, char closing, struct value **out);

/* Gets more tokens.  False: there are none. */
static bool
fetch_tokens(struct reader *reader)
{
	unsigned wanted = reader->parser.toknext + TOKENS_AT_ONCE;

	if (reader->stopped)
		return false;
	if (wanted > reader->capacity) {
		bool few = reader->tokens == reader->few_tokens;

		reader->capacity *= 4;
		reader->tokens = xreallocarray(
		    few ? NULL : reader->tokens, reader->capacity, sizeof(*reader->tokens));
		if (few)
			memcpy(reader->tokens, reader->few_tokens, sizeof(reader->few_tokens));
	}
	reader->stopped = jsmn_parse(&reader->parser, reader->text, reader->cursor.len + 1,
			      reader->tokens, wanted) != JSMN_ERROR_NOMEM;
	return reader->next < reader->parser.toknext;
}

/* Passes the token at the cursor and returns it, valid until the next call, or NULL. */
static const jsmntok_t *
take_token(struct reader *reader)
{
	const jsmntok_t *token;

	if (reader->next == reader->parser.toknext && !fetch_tokens(reader))
		return NULL;
	token = &reader->tokens[reader->next];
	if ((size_t)token->start != reader->cursor.at + (token->type == JSMN_STRING))
		return NULL;
	reader->next++;
	return token;
}

static struct value *
new_value(const struct reader *reader, enum value_type type)
{
	struct value *value = value_new(reader->arena, type);

	value->line = reader->cursor.line;
	value->column = json_cursor_column(&reader->cursor);
	return value;
}

/*
 * Passes the string at the cursor, with len bytes between the quotes, and returns its text: the
 * escapes are replaced in place, which makes it no longer.  NULL after a fault.
 */
static const char *
unescape(struct reader *reader, size_t len)
{
	char *start = reader->text + ++reader->cursor.at, *out = start;
	size_t end = reader->cursor.at + len;

	for (;;) {
		size_t plain =
		    json_plain_length(reader->text + reader->cursor.at, end - reader->cursor.at);
		long code_point;

		if (out != reader->text + reader->cursor.at)
			memmove(out, reader->text + reader->cursor.at, plain);
		out += plain;
		reader->cursor.at += plain;
		if (reader->cursor.at == end)
			break;
		code_point = json_cursor_character(&reader->cursor, end);
		if (code_point < 0)
			return NULL;
		out += utf8_put(out, (unsigned long)code_point);
	}
	*out = '\0';
	reader->cursor.at++;
	return start;
}

static int
read_string(struct reader *reader, const jsmntok_t *token, struct value **out)
{
	struct value *value = new_value(reader, VALUE_STRING);

	value->text = unescape(reader, (size_t)(token->end - token->start));
	*out = value;
	return value->text != NULL ? 0 : -1;
}

/* Reports what is wrong with the string at the cursor, for which there is no token. */
static int
fail_string(struct reader *reader)
{
	const char *text = reader->text + reader->cursor.at + 1;
	size_t len = 0, left = reader->cursor.len - reader->cursor.at - 1;
	unsigned start = json_cursor_column(&reader->cursor);

	while (len < left && text[len] != '"')
		len += text[len] == '\\' ? 2 : 1;
	if (unescape(reader, len < left ? len : left) == NULL)
		return -1;
	return fault_add_at(
	    reader->cursor.faults, reader->cursor.line, start, "the string is not closed");
}

/* A number, true, false or null; NULL: the text is none of them. */
static struct value *
new_literal(const struct reader *reader, const char *text, size_t len)
{
	struct value *value;

	if (len == 4 && memcmp(text, "null", 4) == 0)
		return new_value(reader, VALUE_NULL);
	if ((len == 4 && memcmp(text, "true", 4) == 0) ||
	    (len == 5 && memcmp(text, "false", 5) == 0)) {
		value = new_value(reader, VALUE_BOOLEAN);
		value->boolean = len == 4;
		return value;
	}
	if (!json_is_number(text, len))
		return NULL;
	value = new_value(reader, VALUE_NUMBER);
	value->text = arena_strndup(reader->arena, text, len);
	return value;
}

/* Reports what is wrong at the cursor, where no value begins that jsmn and the reader know. */
static int
fail_value(struct reader *reader, char closing)
{
	size_t len;

	if (json_cursor_peek(&reader->cursor) == '"')
		return fail_string(reader);
	if (json_cursor_literal(&reader->cursor, &len) != 0)
		return -1;
	/* what jsmn takes for a literal also has what is wrong behind it */
	reader->cursor.at += len;
	return json_cursor_fail_after_value(&reader->cursor, closing);
}

static int
read_literal(struct reader *reader, const jsmntok_t *token, char closing, struct value **out)
{
	size_t len = (size_t)(token->end - token->start);

	*out = new_literal(reader, reader->text + reader->cursor.at, len);
	if (*out == NULL)
		return fail_value(reader, closing);
	reader->cursor.at += len;
	return 0;
}

/*
 * Goes into the list or map at the cursor, with room for its items: all of them when jsmn has got
 * to its end.  NULL: it is too deep.
 */
static struct value *
enter(struct reader *reader, enum value_type type, size_t capacity)
{
	struct value *value = new_value(reader, type);

	if (reader->depth == JSON_MAX_DEPTH) {
		fault_add_at(reader->cursor.faults, reader->cursor.line,
		    json_cursor_column(&reader->cursor), "more than %d levels of lists and maps",
		    JSON_MAX_DEPTH);
		return NULL;
	}
	reader->depth++;
	reader->cursor.at++;
	json_cursor_skip_space(&reader->cursor);
	value->capacity = capacity;
	if (capacity > 0 && type == VALUE_LIST)
		value->items = arena_calloc(reader->arena, capacity, sizeof(struct value *));
	else if (capacity > 0)
		value->pairs = arena_calloc(reader->arena, capacity, sizeof(*value->pairs));
	return value;
}

/* As json_cursor_leave() and json_cursor_next_item(). */
static bool
leave(struct reader *reader, char closing)
{
	bool left = json_cursor_leave(&reader->cursor, closing);

	reader->depth -= left;
	return left;
}

static int
next_item(struct reader *reader, char closing)
{
	int more = json_cursor_next_item(&reader->cursor, closing);

	reader->depth -= more == 0;
	return more;
}

static int
read_list(struct reader *reader, size_t size, struct value **out)
{
	struct value *list = enter(reader, VALUE_LIST, size);
	int more;

	if (list == NULL)
		return -1;
	for (more = !leave(reader, ']'); more > 0; more = next_item(reader, ']')) {
		struct value *item = NULL;

		if (read_value(reader, ']', &item) != 0)
			return -1;
		value_list_add(reader->arena, list, item);
	}
	*out = list;
	return more;
}

static int
read_key(struct reader *reader, struct value **out)
{
	const jsmntok_t *token;

	if (json_cursor_peek(&reader->cursor) != '"')
		return json_cursor_fail_expected(&reader->cursor, "a key in quotes");
	token = take_token(reader);
	if (token == NULL)
		return fail_string(reader);
	if (read_string(reader, token, out) != 0)
		return -1;
	return json_cursor_pass_colon(&reader->cursor);
}

static int
read_map(struct reader *reader, size_t size, struct value **out)
{
	struct value *map = enter(reader, VALUE_MAP, size);
	int more;

	if (map == NULL)
		return -1;
	for (more = !leave(reader, '}'); more > 0; more = next_item(reader, '}')) {
		struct value *key = NULL, *item = NULL;

		if (read_key(reader, &key) != 0 || read_value(reader, '}', &item) != 0)
			return -1;
		value_map_add(reader->arena, map, key, item);
	}
	if (more == 0)
		faults_of_keys(reader->arena, map, reader->cursor.faults);
	*out = map;
	return more;
}

static int
read_value(struct reader *reader, char closing, struct value **out)
{
	const jsmntok_t *token = take_token(reader);

	if (token == NULL)
		return fail_value(reader, closing);
	switch (token->type) {
	case JSMN_OBJECT:
		return read_map(reader, (size_t)token->size, out);
	case JSMN_ARRAY:
		return read_list(reader, (size_t)token->size, out);
	case JSMN_STRING:
		return read_string(reader, token, out);
	default:
		return read_literal(reader, token, closing, out);
	}
}

static int
read_root(struct reader *reader, struct value **out)
{
	json_cursor_skip_space(&reader->cursor);
	if (read_value(reader, '\0', out) != 0)
		return -1;
	json_cursor_skip_space(&reader->cursor);
	return json_cursor_peek(&reader->cursor) == -1
		   ? 0
		   : json_cursor_fail_after_value(&reader->cursor, '\0');
}

int
json_cursor_read(
    struct arena *arena, const struct json_cursor *start, size_t len, struct value **out)
{
	struct reader reader = {.arena = arena};
	struct value *root = NULL;
	int result;

	if (len > INT_MAX / 2)
		return json_cursor_fail(start, "the text is too large");
	/* jsmn takes a literal for one when something follows it */
	reader.text = arena_alloc(arena, len + 2);
	memcpy(reader.text, start->text + start->at, len);
	reader.text[len] = ' ';
	json_cursor_init(&reader.cursor, reader.text, len, start->line, json_cursor_column(start),
	    start->faults);
	jsmn_init(&reader.parser);
	reader.tokens = reader.few_tokens;
	reader.capacity = TOKENS_AT_ONCE;
	result = read_root(&reader, &root);
	if (reader.tokens != reader.few_tokens)
		free(reader.tokens);
	if (result == 0)
		*out = root;
	return result;
}

int
json_read_all(
    struct arena *arena, const char *text, size_t len, struct value **out, struct faults *faults)
{
	struct json_cursor start;

	json_cursor_init(&start, text, len, 1, 1, faults);
	return json_cursor_read(arena, &start, len, out);
}

int
json_parse(struct arena *arena, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err)
{
	struct faults faults;
	struct value *root = NULL;
	int result;

	faults_init(&faults, name);
	faults.first_only = true;
	json_read_all(arena, text, len, &root, &faults);
	result = faults.count == 0 ? 0 : faults_fail(&faults, err);
	faults_release(&faults);
	if (result == 0)
		*out = root;
	return result;
}
