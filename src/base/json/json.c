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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/faults.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

/* Also the number on the stack: enough for an event. */
#define TOKENS_AT_ONCE 256

struct reader {
	struct arena *arena;
	struct faults *faults;
	unsigned depth;

	/* the cursor, in a copy of the text; strings before it are unescaped in place */
	char *text;
	size_t len;
	size_t at;
	unsigned line;
	size_t line_start;
	size_t continuation_bytes; /* from line_start to at: no character begins with them */

	jsmn_parser parser;
	jsmntok_t few_tokens[TOKENS_AT_ONCE];
	jsmntok_t *tokens; /* few_tokens, or from malloc() */
	unsigned capacity;
	unsigned next; /* the first token that was not read */
	bool stopped;  /* there are no more, or jsmn has met a fault */
};

static int read_value(struct reader *, char closing, struct value **out);

/* The byte at the cursor, or -1 at the end of the text. */
static int
peek(const struct reader *reader)
{
	return reader->at < reader->len ? (unsigned char)reader->text[reader->at] : -1;
}

static void
skip_space(struct reader *reader)
{
	for (;; reader->at++) {
		int c = peek(reader);

		if (c == '\n') {
			reader->line++;
			reader->line_start = reader->at + 1;
			reader->continuation_bytes = 0;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return;
		}
	}
}

static unsigned
column(const struct reader *reader)
{
	return (unsigned)(reader->at - reader->line_start - reader->continuation_bytes) + 1;
}

static int
fail_here(const struct reader *reader, const char *message)
{
	return fault_add_at(reader->faults, reader->line, column(reader), "%s", message);
}

/* Fails with "expected ..., found ..." and what is at the cursor. */
static int
fail_expected(const struct reader *reader, const char *expected)
{
	size_t left = reader->len - reader->at, used;
	long c = left > 0 ? utf8_decode(reader->text + reader->at, left, &used) : 0;
	char found[] = "the end of the text";

	if (left > 0 && c < 0)
		snprintf(found, sizeof(found), "invalid UTF-8");
	else if (c > 0x20 && c < 0x7f)
		snprintf(found, sizeof(found), "'%c'", (char)c);
	else if (left > 0)
		snprintf(found, sizeof(found), "U+%04lX", (unsigned long)c);
	return fault_add_at(
	    reader->faults, reader->line, column(reader), "expected %s, found %s", expected, found);
}

/* Fails after a value; closing is the bracket that ends what the value is in, NUL for the root. */
static int
fail_after_value(const struct reader *reader, char closing)
{
	switch (closing) {
	case ']':
		return fail_expected(reader, "',' or ']'");
	case '}':
		return fail_expected(reader, "',' or '}'");
	default:
		return fail_expected(reader, "the end of the text");
	}
}

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
	reader->stopped = jsmn_parse(&reader->parser, reader->text, reader->len + 1, reader->tokens,
			      wanted) != JSMN_ERROR_NOMEM;
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
	if ((size_t)token->start != reader->at + (token->type == JSMN_STRING))
		return NULL;
	reader->next++;
	return token;
}

static struct value *
new_value(const struct reader *reader, enum value_type type)
{
	struct value *value = value_new(reader->arena, type);

	value->line = reader->line;
	value->column = column(reader);
	return value;
}

/* Reports what is wrong with the escape at the cursor. */
static int
fail_escape(const struct reader *reader, size_t end)
{
	const char *text = reader->text + reader->at;
	size_t len = end - reader->at;
	long unit;

	if (len < 2 || text[1] != 'u')
		return fail_here(reader, "invalid escape");
	unit = number_read_hex(text + 2, len - 2, 4);
	if (unit < 0)
		return fail_here(reader, "invalid escape: \\u needs four hexadecimal digits");
	return fail_here(reader, unit == 0 ? "\\u0000 in a string" : "half of a surrogate pair");
}

/* Reads a character of a string up to end that is not plain ASCII.  Returns it, or -1. */
static long
read_character(struct reader *reader, size_t end)
{
	const char *text = reader->text + reader->at;
	long code_point;
	size_t used;

	if (*text == '\n')
		return fail_here(reader, "line break in a string");
	if ((unsigned char)*text < 0x20)
		return fail_here(reader, "control character in a string");
	if (*text == '\\') {
		code_point = json_read_escape(text, end - reader->at, &used);
		if (code_point <= 0)
			return fail_escape(reader, end);
	} else {
		code_point = utf8_decode(text, end - reader->at, &used);
		if (code_point < 0)
			return fail_here(reader, "invalid UTF-8");
		reader->continuation_bytes += used - 1;
	}
	reader->at += used;
	return code_point;
}

static size_t
plain_length(const char *text, size_t len)
{
	size_t plain = 0;

	while (plain < len && text[plain] >= 0x20 && text[plain] < 0x7f && text[plain] != '\\')
		plain++;
	return plain;
}

/*
 * Passes the string at the cursor, with len bytes between the quotes, and returns its text: the
 * escapes are replaced in place, which makes it no longer.  NULL after a fault.
 */
static const char *
unescape(struct reader *reader, size_t len)
{
	char *start = reader->text + ++reader->at, *out = start;
	size_t end = reader->at + len;

	for (;;) {
		size_t plain = plain_length(reader->text + reader->at, end - reader->at);
		long code_point;

		if (out != reader->text + reader->at)
			memmove(out, reader->text + reader->at, plain);
		out += plain;
		reader->at += plain;
		if (reader->at == end)
			break;
		code_point = read_character(reader, end);
		if (code_point < 0)
			return NULL;
		out += utf8_put(out, (unsigned long)code_point);
	}
	*out = '\0';
	reader->at++;
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
	const char *text = reader->text + reader->at + 1;
	size_t len = 0, left = reader->len - reader->at - 1;
	unsigned start = column(reader);

	while (len < left && text[len] != '"')
		len += text[len] == '\\' ? 2 : 1;
	if (unescape(reader, len < left ? len : left) == NULL)
		return -1;
	return fault_add_at(reader->faults, reader->line, start, "the string is not closed");
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

static bool
is_literal_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '+' || c == '.' || c == '_';
}

/* Reports what is wrong at the cursor, where no value begins that jsmn and the reader know. */
static int
fail_value(struct reader *reader, char closing)
{
	const char *text = reader->text + reader->at;
	size_t len = 0;

	if (peek(reader) == '"')
		return fail_string(reader);
	while (is_literal_byte(text[len]))
		len++;
	if (len == 0)
		return fail_expected(reader, "a value");
	if (new_literal(reader, text, len) == NULL)
		return fault_add_at(reader->faults, reader->line, column(reader),
		    "'%.*s%s' is not a JSON value", len > 40 ? 40 : (int)len, text,
		    len > 40 ? "..." : "");
	/* what jsmn takes for a literal also has what is wrong behind it */
	reader->at += len;
	return fail_after_value(reader, closing);
}

static int
read_literal(struct reader *reader, const jsmntok_t *token, char closing, struct value **out)
{
	size_t len = (size_t)(token->end - token->start);

	*out = new_literal(reader, reader->text + reader->at, len);
	if (*out == NULL)
		return fail_value(reader, closing);
	reader->at += len;
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
		fault_add_at(reader->faults, reader->line, column(reader),
		    "more than %d levels of lists and maps", JSON_MAX_DEPTH);
		return NULL;
	}
	reader->depth++;
	reader->at++;
	skip_space(reader);
	value->capacity = capacity;
	if (capacity > 0 && type == VALUE_LIST)
		value->items = arena_calloc(reader->arena, capacity, sizeof(struct value *));
	else if (capacity > 0)
		value->pairs = arena_calloc(reader->arena, capacity, sizeof(*value->pairs));
	return value;
}

/* Passes the closing bracket, if the cursor is at it. */
static bool
leave(struct reader *reader, char closing)
{
	if (peek(reader) != closing)
		return false;
	reader->at++;
	reader->depth--;
	return true;
}

/* After an item: 1 when another one follows a comma, 0 behind the closing bracket, or -1. */
static int
read_separator(struct reader *reader, char closing)
{
	unsigned comma_line, comma_column;

	skip_space(reader);
	if (leave(reader, closing))
		return 0;
	if (peek(reader) != ',')
		return fail_after_value(reader, closing);
	comma_line = reader->line;
	comma_column = column(reader);
	reader->at++;
	skip_space(reader);
	if (peek(reader) == closing)
		return fault_add_at(
		    reader->faults, comma_line, comma_column, "a comma after the last item");
	return 1;
}

static int
read_list(struct reader *reader, size_t size, struct value **out)
{
	struct value *list = enter(reader, VALUE_LIST, size);
	int more;

	if (list == NULL)
		return -1;
	for (more = !leave(reader, ']'); more > 0; more = read_separator(reader, ']')) {
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

	if (peek(reader) != '"')
		return fail_expected(reader, "a key in quotes");
	token = take_token(reader);
	if (token == NULL)
		return fail_string(reader);
	if (read_string(reader, token, out) != 0)
		return -1;
	skip_space(reader);
	if (peek(reader) != ':')
		return fail_expected(reader, "':'");
	reader->at++;
	skip_space(reader);
	return 0;
}

static int
read_map(struct reader *reader, size_t size, struct value **out)
{
	struct value *map = enter(reader, VALUE_MAP, size);
	int more;

	if (map == NULL)
		return -1;
	for (more = !leave(reader, '}'); more > 0; more = read_separator(reader, '}')) {
		struct value *key = NULL, *item = NULL;

		if (read_key(reader, &key) != 0 || read_value(reader, '}', &item) != 0)
			return -1;
		value_map_add(reader->arena, map, key, item);
	}
	if (more == 0)
		faults_of_keys(reader->arena, map, reader->faults);
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
	skip_space(reader);
	if (read_value(reader, '\0', out) != 0)
		return -1;
	skip_space(reader);
	return peek(reader) == -1 ? 0 : fail_after_value(reader, '\0');
}

int
json_read_all(
    struct arena *arena, const char *text, size_t len, struct value **out, struct faults *faults)
{
	struct reader reader = {.arena = arena, .faults = faults, .len = len, .line = 1};
	struct value *root = NULL;
	int result;

	if (len > INT_MAX / 2)
		return fault_add_at(faults, 1, 1, "the text is too large");
	/* jsmn takes a literal for one when something follows it */
	reader.text = arena_alloc(arena, len + 2);
	memcpy(reader.text, text, len);
	reader.text[len] = ' ';
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
