/* SPDX-License-Identifier: ISC */
#include "base/json/json-writer.h"

#include <assert.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

#define REPLACEMENT 0xfffd

void
json_writer_init(struct json_writer *writer, struct strbuf *out)
{
	writer->out = out;
	writer->depth = 0;
	writer->named = false;
	writer->stack[0] = '\0'; /* level 0 holds the one root */
	writer->filled[0] = false;
}

/* Writes what must precede a value: a comma after another item of a list. */
static void
before_value(struct json_writer *writer)
{
	bool *filled = &writer->filled[writer->depth];

	switch (writer->stack[writer->depth]) {
	case '{':
		assert(writer->named);
		writer->named = false;
		break;
	case '[':
		if (*filled)
			strbuf_addch(writer->out, ',');
		break;
	default:
		assert(!*filled);
		break;
	}
	*filled = true;
}

static void
begin(struct json_writer *writer, char bracket)
{
	before_value(writer);
	assert(writer->depth + 1 < JSON_WRITER_DEPTH);
	writer->depth++;
	writer->stack[writer->depth] = bracket;
	writer->filled[writer->depth] = false;
	strbuf_addch(writer->out, bracket);
}

void
json_begin_object(struct json_writer *writer)
{
	begin(writer, '{');
}

void
json_begin_array(struct json_writer *writer)
{
	begin(writer, '[');
}

void
json_end(struct json_writer *writer)
{
	assert(writer->depth > 0 && !writer->named);
	strbuf_addch(writer->out, writer->stack[writer->depth] == '{' ? '}' : ']');
	writer->depth--;
}

static bool
is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void
add_escape(struct strbuf *out, char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *pair = letters; *pair != '\0'; pair += 2) {
		if (*pair == c) {
			strbuf_addch(out, '\\');
			strbuf_addch(out, pair[1]);
			return;
		}
	}
	strbuf_addf(out, "\\u%04x", (unsigned char)c);
}

/* Adds the character at text, which is not plain; returns its length. */
static size_t
add_character(struct strbuf *out, const char *text, size_t len)
{
	size_t used;
	long code_point = utf8_decode(text, len, &used);

	if (code_point < 0)
		utf8_encode(out, REPLACEMENT);
	else if (code_point < 0x80)
		add_escape(out, *text);
	else
		strbuf_add(out, text, used);
	return used;
}

static void
add_quoted(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	strbuf_addch(out, '"');
	while (len > 0) {
		size_t used = 0;

		while (used < len && is_plain((unsigned char)text[used]))
			used++;
		if (used > 0)
			strbuf_add(out, text, used);
		else
			used = add_character(out, text, len);
		text += used;
		len -= used;
	}
	strbuf_addch(out, '"');
}

void
json_name(struct json_writer *writer, const char *name)
{
	bool *filled = &writer->filled[writer->depth];

	assert(writer->stack[writer->depth] == '{' && !writer->named);
	if (*filled)
		strbuf_addch(writer->out, ',');
	*filled = true;
	add_quoted(writer->out, name);
	strbuf_addch(writer->out, ':');
	writer->named = true;
}

void
json_string(struct json_writer *writer, const char *text)
{
	before_value(writer);
	if (text != NULL)
		add_quoted(writer->out, text);
	else
		strbuf_addstr(writer->out, "null");
}

void
json_integer(struct json_writer *writer, int64_t number)
{
	before_value(writer);
	strbuf_addf(writer->out, "%lld", (long long)number);
}

void
json_boolean(struct json_writer *writer, bool boolean)
{
	before_value(writer);
	strbuf_addstr(writer->out, boolean ? "true" : "false");
}

void
json_null(struct json_writer *writer)
{
	json_string(writer, NULL);
}

static void
write_map(struct json_writer *writer, const struct value *map)
{
	json_begin_object(writer);
	for (size_t i = 0; i < map->count; i++) {
		json_name(writer, map->pairs[i].key->text);
		json_value(writer, map->pairs[i].value);
	}
	json_end(writer);
}

static void
write_list(struct json_writer *writer, const struct value *list)
{
	json_begin_array(writer);
	for (size_t i = 0; i < list->count; i++)
		json_value(writer, list->items[i]);
	json_end(writer);
}

void
json_value(struct json_writer *writer, const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		json_null(writer);
		break;
	case VALUE_BOOLEAN:
		json_boolean(writer, value->boolean);
		break;
	case VALUE_NUMBER:
		before_value(writer);
		strbuf_addstr(writer->out, value->text);
		break;
	case VALUE_STRING:
		json_string(writer, value->text);
		break;
	case VALUE_LIST:
		write_list(writer, value);
		break;
	case VALUE_MAP:
		write_map(writer, value);
		break;
	}
}

/* Appends the escape of a code point, above U+FFFF as two surrogates. */
static void
add_unicode(struct strbuf *out, unsigned long code_point)
{
	if (code_point < 0x10000) {
		strbuf_addf(out, "\\u%04lx", code_point);
		return;
	}
	code_point -= 0x10000;
	strbuf_addf(
	    out, "\\u%04lx\\u%04lx", 0xd800 + (code_point >> 10), 0xdc00 + (code_point & 0x3ff));
}

void
json_add_visible(struct strbuf *out, const char *json, size_t len)
{
	size_t used;

	for (; len > 0; json += used, len -= used) {
		long code_point = utf8_decode(json, len, &used);

		if (code_point < 0)
			utf8_encode(out, REPLACEMENT);
		else if (utf8_is_hidden((unsigned long)code_point))
			add_unicode(out, (unsigned long)code_point);
		else
			strbuf_add(out, json, used);
	}
}

void
json_string_member(struct json_writer *writer, const char *name, const char *text)
{
	json_name(writer, name);
	json_string(writer, text);
}

void
json_value_member(struct json_writer *writer, const char *name, const struct value *value)
{
	json_name(writer, name);
	if (value != NULL)
		json_value(writer, value);
	else
		json_null(writer);
}
