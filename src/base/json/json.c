/* SPDX-License-Identifier: ISC */
#include "base/json/json.h"

#include <limits.h>
#include <stdbool.h>
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
#include "base/json/json-string.h"
#include "base/strbuf.h"
#include "base/value.h"

#define TOKENS_AT_FIRST 128

/* The tokens of a text, on the stack while they are few. */
struct tokens {
	jsmntok_t few[TOKENS_AT_FIRST];
	jsmntok_t *array;
	size_t count;
};

/*
 * jsmn tells where tokens begin and how many items a container has, but not whether
 * commas and colons stand where they must.  The reader walks through the text byte by
 * byte, and takes the next token where one must begin.  When jsmn has stopped at a
 * fault there is no token any more at that place, and the reader says what is there.
 */
struct reader {
	struct arena *arena;
	struct faults *faults;
	bool strict;		   /* a duplicate key ends the reading */
	struct json_cursor cursor; /* in a copy of the text */
	unsigned depth;
	const jsmntok_t *token; /* the next one */
	const jsmntok_t *tokens_end;
};

static int read_value(struct reader *, struct value **out);

/* The token that begins at the cursor, which it then has passed; NULL: none does. */
static const jsmntok_t *
take_token(struct reader *reader)
{
	const jsmntok_t *token = reader->token;
	size_t start = reader->cursor.at + (json_peek(&reader->cursor) == '"');

	if (token == reader->tokens_end || (size_t)token->start != start)
		return NULL;
	reader->token++;
	return token;
}

static struct value *
new_value(const struct reader *reader, enum value_type type)
{
	struct value *value = value_new(reader->arena, type);

	value->line = reader->cursor.line;
	value->column = (unsigned)json_column(&reader->cursor);
	return value;
}

static int
read_string(struct reader *reader, struct value **out)
{
	struct value *value = new_value(reader, VALUE_STRING);
	const jsmntok_t *token = take_token(reader);
	char *text = reader->cursor.text + reader->cursor.at + 1;
	size_t limit = reader->cursor.len - reader->cursor.at - 1;
	size_t len =
	    token != NULL ? (size_t)(token->end - token->start) : json_string_length(text, limit);
	struct json_string_fault fault;
	size_t wide;

	if (json_unescape(text, len, &wide, &fault) < 0) {
		reader->cursor.at += 1 + fault.at;
		reader->cursor.wide += fault.wide;
		return json_fail_here(&reader->cursor, fault.message);
	}
	if (token == NULL)
		return json_fail_here(&reader->cursor, "the string is not closed");
	value->text = text;
	reader->cursor.at += len + 2;
	reader->cursor.wide += wide;
	*out = value;
	return 0;
}

static bool
is_literal_byte(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '+' || c == '.' || c == '_';
}

static struct value *
new_literal(struct reader *reader, const char *text, size_t len)
{
	struct value *value;

	if (json_is_number(text, len)) {
		value = new_value(reader, VALUE_NUMBER);
		value->text = arena_strndup(reader->arena, text, len);
		return value;
	}
	if (len == 4 && memcmp(text, "null", 4) == 0)
		return new_value(reader, VALUE_NULL);
	if ((len == 4 && memcmp(text, "true", 4) == 0) ||
	    (len == 5 && memcmp(text, "false", 5) == 0)) {
		value = new_value(reader, VALUE_BOOLEAN);
		value->boolean = len == 4;
		return value;
	}
	return NULL;
}

/* A number, true, false or null.  jsmn may have no token for one that ends the text. */
static int
read_literal(struct reader *reader, struct value **out)
{
	const char *text = reader->cursor.text + reader->cursor.at;
	struct value *value;
	size_t len = 0;

	while (reader->cursor.at + len < reader->cursor.len &&
	       is_literal_byte((unsigned char)text[len]))
		len++;
	if (!len)
		return json_fail_expected(&reader->cursor, "a value");
	value = new_literal(reader, text, len);
	if (value == NULL) {
		fault_add_at(reader->faults, reader->cursor.line, json_column(&reader->cursor),
		    "'%.*s%s' is not a JSON value", len > 40 ? 40 : (int)len, text,
		    len > 40 ? "..." : "");
		return -1;
	}
	take_token(reader);
	reader->cursor.at += len;
	*out = value;
	return 0;
}

/* Goes into the list or map at the cursor, with room for its items.  NULL: it is too deep. */
static struct value *
enter(struct reader *reader, enum value_type type)
{
	struct value *value = new_value(reader, type);
	const jsmntok_t *token = take_token(reader);
	size_t room = token != NULL ? (size_t)token->size : 0;

	if (reader->depth == JSON_MAX_DEPTH) {
		fault_add_at(reader->faults, reader->cursor.line, json_column(&reader->cursor),
		    "more than %d levels of lists and maps", JSON_MAX_DEPTH);
		return NULL;
	}
	reader->depth++;
	reader->cursor.at++;
	json_skip_space(&reader->cursor);
	value->room = room;
	if (room && type == VALUE_LIST)
		value->items = arena_calloc(reader->arena, room, sizeof(*value->items));
	else if (room)
		value->pairs = arena_calloc(reader->arena, room, sizeof(*value->pairs));
	return value;
}

/* After an item: 1 when another one follows a comma, 0 after the closing bracket, or -1. */
static int
read_separator(struct reader *reader, char closing)
{
	struct json_cursor comma;

	json_skip_space(&reader->cursor);
	if (json_peek(&reader->cursor) == closing)
		return 0;
	if (json_peek(&reader->cursor) != ',')
		return json_fail_expected(
		    &reader->cursor, closing == ']' ? "',' or ']'" : "',' or '}'");
	comma = reader->cursor;
	reader->cursor.at++;
	json_skip_space(&reader->cursor);
	if (json_peek(&reader->cursor) == closing)
		return json_fail_here(&comma, "a comma after the last item");
	return 1;
}

static int
read_list(struct reader *reader, struct value **out)
{
	struct value *list = enter(reader, VALUE_LIST);
	int more;

	if (list == NULL)
		return -1;
	for (more = json_peek(&reader->cursor) != ']'; more > 0;
	     more = read_separator(reader, ']')) {
		struct value *item = NULL;

		if (read_value(reader, &item) < 0)
			return -1;
		value_list_add(reader->arena, list, item);
	}
	if (more < 0)
		return -1;
	reader->cursor.at++;
	reader->depth--;
	*out = list;
	return 0;
}

static int
read_pair(struct reader *reader, struct value *map)
{
	struct value *key = NULL, *item = NULL;

	if (json_peek(&reader->cursor) != '"')
		return json_fail_expected(&reader->cursor, "a key in quotes");
	if (read_string(reader, &key) < 0)
		return -1;
	json_skip_space(&reader->cursor);
	if (json_peek(&reader->cursor) != ':')
		return json_fail_expected(&reader->cursor, "':'");
	reader->cursor.at++;
	json_skip_space(&reader->cursor);
	if (read_value(reader, &item) < 0)
		return -1;
	value_map_add(reader->arena, map, key, item);
	return 0;
}

static int
read_map(struct reader *reader, struct value **out)
{
	struct value *map = enter(reader, VALUE_MAP);
	int more;

	if (map == NULL)
		return -1;
	for (more = json_peek(&reader->cursor) != '}'; more > 0;
	     more = read_separator(reader, '}')) {
		if (read_pair(reader, map) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	if (faults_of_keys(reader->arena, map, reader->strict, reader->faults) < 0)
		return -1;
	reader->cursor.at++;
	reader->depth--;
	*out = map;
	return 0;
}

static int
read_value(struct reader *reader, struct value **out)
{
	switch (json_peek(&reader->cursor)) {
	case '{':
		return read_map(reader, out);
	case '[':
		return read_list(reader, out);
	case '"':
		return read_string(reader, out);
	default:
		return read_literal(reader, out);
	}
}

/*
 * How much of the text jsmn is given: not what follows the end of a list or map that is
 * the root, and nothing that is deeper than the limit.  Without this, a hostile text
 * makes it walk up the same parents again and again, in quadratic time.
 */
static size_t
measure_root(const char *text, size_t len)
{
	size_t depth = 0;

	for (size_t at = 0; at < len; at++) {
		switch (text[at]) {
		case '"':
			at++;
			at += json_string_length(text + at, len - at);
			break;
		case '{':
		case '[':
			if (depth++ == JSON_MAX_DEPTH)
				return at;
			break;
		case '}':
		case ']':
			if (depth <= 1)
				return at + depth;
			depth--;
			break;
		}
	}
	return len;
}

static void
tokenize(struct tokens *tokens, const char *text, size_t len)
{
	size_t room = TOKENS_AT_FIRST;
	jsmn_parser parser;

	jsmn_init(&parser);
	tokens->array = tokens->few;
	while (jsmn_parse(&parser, text, len, tokens->array, (unsigned)room) == JSMN_ERROR_NOMEM) {
		bool few = tokens->array == tokens->few;

		tokens->array =
		    xreallocarray(few ? NULL : tokens->array, room * 4, sizeof(jsmntok_t));
		if (few)
			memcpy(tokens->array, tokens->few, sizeof(tokens->few));
		room *= 4;
	}
	tokens->count = parser.toknext;
}

static int
read_root(struct reader *reader, struct value **out)
{
	struct value *root = NULL;

	json_skip_space(&reader->cursor);
	if (read_value(reader, &root) < 0)
		return -1;
	json_skip_space(&reader->cursor);
	if (json_peek(&reader->cursor) != -1)
		return json_fail_expected(&reader->cursor, "the end of the text");
	*out = root;
	return 0;
}

static int
read_text(struct reader *reader, const char *text, size_t len, struct value **out)
{
	struct tokens tokens;
	int result;

	if (len > INT_MAX / 2) {
		fault_add_at(reader->faults, 1, 1, "the text is too large");
		return -1;
	}
	json_cursor_init(
	    &reader->cursor, arena_strndup(reader->arena, text, len), len, reader->faults);
	tokenize(&tokens, reader->cursor.text, measure_root(text, len));
	reader->token = tokens.array;
	reader->tokens_end = tokens.array + tokens.count;
	result = read_root(reader, out);
	if (tokens.array != tokens.few)
		free(tokens.array);
	return result;
}

int
json_read_all(
    struct arena *arena, const char *text, size_t len, struct value **out, struct faults *faults)
{
	struct reader reader = {.arena = arena, .faults = faults};

	return read_text(&reader, text, len, out);
}

int
json_parse(struct arena *arena, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err)
{
	struct faults faults;
	struct reader reader = {.arena = arena, .faults = &faults, .strict = true};
	int result;

	faults_init(&faults, name);
	result = read_text(&reader, text, len, out);
	if (result < 0)
		faults_fail(&faults, err);
	faults_release(&faults);
	return result;
}
