/* SPDX-License-Identifier: ISC */
#include "base/json/json-string.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

struct cursor {
	const char *text;
	size_t len;
	size_t at;
	size_t wide;
	const char *message;
};

size_t
json_string_length(const char *text, size_t limit)
{
	size_t at = 0;

	while (at < limit && text[at] != '"')
		at += text[at] == '\\' ? 2 : 1;
	return at < limit ? at : limit;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The number of an escape \uXXXX at that place, or -1. */
static long
read_unit(const struct cursor *cursor, size_t at)
{
	long unit = 0;

	if (cursor->len - at < 6 || cursor->text[at] != '\\' || cursor->text[at + 1] != 'u')
		return -1;
	for (size_t i = at + 2; i < at + 6; i++) {
		int digit = hex_digit(cursor->text[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static bool
is_low_surrogate(long unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The code point of an escape \uXXXX or of a pair of them, or -1. */
static long
read_code_point(struct cursor *cursor)
{
	long high = read_unit(cursor, cursor->at), low;

	if (high < 0) {
		cursor->message = "invalid escape: \\u needs four hexadecimal digits";
		return -1;
	}
	if (high == 0) {
		cursor->message = "\\u0000 in a string";
		return -1;
	}
	if (high < 0xd800 || high > 0xdfff) {
		cursor->at += 6;
		return high;
	}
	low = is_low_surrogate(high) ? -1 : read_unit(cursor, cursor->at + 6);
	if (!is_low_surrogate(low)) {
		cursor->message = "half of a surrogate pair";
		return -1;
	}
	cursor->at += 12;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* The code point of the escape at the cursor, or -1. */
static long
read_escape(struct cursor *cursor)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	char letter = cursor->at + 1 < cursor->len ? cursor->text[cursor->at + 1] : '\0';
	const char *found;

	if (letter == 'u')
		return read_code_point(cursor);
	found = letter ? strchr(letters, letter) : NULL;
	if (found == NULL) {
		cursor->message = "invalid escape";
		return -1;
	}
	cursor->at += 2;
	return meanings[found - letters];
}

/* The code point of the character at the cursor that is not plain ASCII, or -1. */
static long
read_character(struct cursor *cursor)
{
	unsigned char byte = (unsigned char)cursor->text[cursor->at];
	long code_point;
	size_t used;

	if (byte == '\\')
		return read_escape(cursor);
	if (byte < 0x20) {
		cursor->message =
		    byte == '\n' ? "line break in a string" : "control character in a string";
		return -1;
	}
	code_point = utf8_decode(cursor->text + cursor->at, cursor->len - cursor->at, &used);
	if (code_point < 0)
		cursor->message = "invalid UTF-8";
	else
		cursor->at += used;
	cursor->wide += used - 1;
	return code_point;
}

static bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

int
json_unescape(char *text, size_t len, size_t *wide, struct json_string_fault *fault)
{
	struct cursor cursor = {.text = text, .len = len};
	size_t end = 0;

	while (cursor.at < len) {
		long code_point;

		if (is_plain(text[cursor.at])) {
			text[end++] = text[cursor.at++];
			continue;
		}
		code_point = read_character(&cursor);
		if (code_point < 0) {
			*fault = (struct json_string_fault){cursor.message, cursor.at, cursor.wide};
			return -1;
		}
		end += utf8_put(text + end, (unsigned long)code_point);
	}
	text[end] = '\0';
	*wide = cursor.wide;
	return 0;
}
