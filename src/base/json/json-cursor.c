/* SPDX-License-Identifier: ISC */
#include "base/json/json-cursor.h"

#include <stdio.h>
#include <string.h>

#include "base/faults.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/utf8.h"

#define LITERAL_SHOWN 40

void
json_cursor_init(struct json_cursor *cursor, const char *text, size_t len, unsigned line,
    unsigned column, struct faults *faults)
{
	*cursor = (struct json_cursor){
	    .faults = faults,
	    .text = text,
	    .len = len,
	    .line = line,
	    .column_base = -(long)column,
	};
}

unsigned
json_cursor_column(const struct json_cursor *cursor)
{
	return (unsigned)((long)cursor->at - cursor->column_base);
}

int
json_cursor_peek(const struct json_cursor *cursor)
{
	return cursor->at < cursor->len ? (unsigned char)cursor->text[cursor->at] : -1;
}

void
json_cursor_skip_space(struct json_cursor *cursor)
{
	for (;; cursor->at++) {
		int c = json_cursor_peek(cursor);

		if (c == '\n') {
			cursor->line++;
			cursor->column_base = (long)cursor->at;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return;
		}
	}
}

int
json_cursor_fail(const struct json_cursor *cursor, const char *message)
{
	return fault_add_at(
	    cursor->faults, cursor->line, json_cursor_column(cursor), "%s", message);
}

int
json_cursor_fail_expected(const struct json_cursor *cursor, const char *expected)
{
	size_t left = cursor->len - cursor->at, used;
	long c = left > 0 ? utf8_decode(cursor->text + cursor->at, left, &used) : 0;
	char found[] = "the end of the text";

	if (left > 0 && c < 0)
		snprintf(found, sizeof(found), "invalid UTF-8");
	else if (c > 0x20 && c < 0x7f)
		snprintf(found, sizeof(found), "'%c'", (char)c);
	else if (left > 0)
		snprintf(found, sizeof(found), "U+%04lX", (unsigned long)c);
	return fault_add_at(cursor->faults, cursor->line, json_cursor_column(cursor),
	    "expected %s, found %s", expected, found);
}

int
json_cursor_fail_after_value(const struct json_cursor *cursor, char closing)
{
	switch (closing) {
	case ']':
		return json_cursor_fail_expected(cursor, "',' or ']'");
	case '}':
		return json_cursor_fail_expected(cursor, "',' or '}'");
	default:
		return json_cursor_fail_expected(cursor, "the end of the text");
	}
}

/* ---- strings */

size_t
json_plain_length(const char *text, size_t len)
{
	size_t plain = 0;

	while (plain < len && text[plain] >= 0x20 && text[plain] < 0x7f && text[plain] != '\\')
		plain++;
	return plain;
}

/* Reports what is wrong with the escape at the cursor. */
static int
fail_escape(const struct json_cursor *cursor, size_t end)
{
	const char *text = cursor->text + cursor->at;
	size_t len = end - cursor->at;
	long unit;

	if (len < 2 || text[1] != 'u')
		return json_cursor_fail(cursor, "invalid escape");
	unit = number_read_hex(text + 2, len - 2, 4);
	if (unit < 0)
		return json_cursor_fail(
		    cursor, "invalid escape: \\u needs four hexadecimal digits");
	return json_cursor_fail(
	    cursor, unit == 0 ? "U+0000 in a string" : "half of a surrogate pair");
}

/* Whether there is an escape that the grammar allows and that stands for no character. */
static bool
is_odd_escape(const char *text, size_t len)
{
	return len >= 6 && text[1] == 'u' && number_read_hex(text + 2, 4, 4) >= 0;
}

static long
pass_character(struct json_cursor *cursor, size_t end, bool any)
{
	const char *text = cursor->text + cursor->at;
	size_t len = end - cursor->at, used;
	long code_point;

	if (*text == '\n')
		return json_cursor_fail(cursor, "line break in a string");
	if ((unsigned char)*text < 0x20)
		return json_cursor_fail(cursor, "control character in a string");
	if (*text == '\\') {
		code_point = json_read_escape(text, len, &used);
		if (code_point <= 0 && (!any || !is_odd_escape(text, len)))
			return fail_escape(cursor, end);
		if (code_point <= 0) {
			code_point = 0;
			used = 6;
		}
	} else {
		code_point = utf8_decode(text, len, &used);
		if (code_point < 0)
			return json_cursor_fail(cursor, "invalid UTF-8");
		cursor->column_base += (long)used - 1;
	}
	cursor->at += used;
	return code_point;
}

long
json_cursor_character(struct json_cursor *cursor, size_t end)
{
	return pass_character(cursor, end, false);
}

long
json_cursor_any_character(struct json_cursor *cursor, size_t end)
{
	return pass_character(cursor, end, true);
}

/* ---- numbers and words */

static bool
is_literal_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '+' || c == '.' || c == '_';
}

/* Whether these bytes are a number, true, false or null. */
static bool
is_literal(const char *text, size_t len)
{
	return (len == 4 && (memcmp(text, "null", 4) == 0 || memcmp(text, "true", 4) == 0)) ||
	       (len == 5 && memcmp(text, "false", 5) == 0) || json_is_number(text, len);
}

int
json_cursor_literal(const struct json_cursor *cursor, size_t *len)
{
	const char *text = cursor->text + cursor->at;
	size_t found = 0, left = cursor->len - cursor->at;

	while (found < left && is_literal_byte(text[found]))
		found++;
	if (found == 0)
		return json_cursor_fail_expected(cursor, "a value");
	if (!is_literal(text, found))
		return fault_add_at(cursor->faults, cursor->line, json_cursor_column(cursor),
		    "'%.*s%s' is not a JSON value",
		    found > LITERAL_SHOWN ? LITERAL_SHOWN : (int)found, text,
		    found > LITERAL_SHOWN ? "..." : "");
	*len = found;
	return 0;
}

/* ---- lists and maps */

bool
json_cursor_leave(struct json_cursor *cursor, char closing)
{
	if (json_cursor_peek(cursor) != closing)
		return false;
	cursor->at++;
	return true;
}

int
json_cursor_next_item(struct json_cursor *cursor, char closing)
{
	unsigned comma_line, comma_column;

	json_cursor_skip_space(cursor);
	if (json_cursor_leave(cursor, closing))
		return 0;
	if (json_cursor_peek(cursor) != ',')
		return json_cursor_fail_after_value(cursor, closing);
	comma_line = cursor->line;
	comma_column = json_cursor_column(cursor);
	cursor->at++;
	json_cursor_skip_space(cursor);
	if (json_cursor_peek(cursor) == closing)
		return fault_add_at(
		    cursor->faults, comma_line, comma_column, "a comma after the last item");
	return 1;
}

int
json_cursor_pass_colon(struct json_cursor *cursor)
{
	json_cursor_skip_space(cursor);
	if (json_cursor_peek(cursor) != ':')
		return json_cursor_fail_expected(cursor, "':'");
	cursor->at++;
	json_cursor_skip_space(cursor);
	return 0;
}
