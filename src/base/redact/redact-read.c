/* SPDX-License-Identifier: ISC */
#include "base/redact/redact-read.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

size_t
read_plain(const char *text, size_t len, char out[4], size_t *used)
{
	(void)len;
	out[0] = text[0];
	*used = 1;
	return 1;
}

/* The number of count hexadecimal digits, or -1. */
static long
read_hex(const char *text, size_t len, size_t count)
{
	long number = 0;

	if (len < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!isxdigit(c))
			return -1;
		number = number * 16 + (isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	return number;
}

size_t
read_percent(const char *text, size_t len, char out[4], size_t *used)
{
	long byte = text[0] == '%' ? read_hex(text + 1, len - 1, 2) : -1;

	if (byte < 0)
		return read_plain(text, len, out, used);
	out[0] = (char)byte;
	*used = 3;
	return 1;
}

size_t
read_form(const char *text, size_t len, char out[4], size_t *used)
{
	size_t count = read_percent(text, len, out, used);

	if (text[0] == '+')
		out[0] = ' ';
	return count;
}

/* The code point of \uXXXX, of a surrogate pair too, or -1. */
static long
read_unicode(const char *text, size_t len, size_t *used)
{
	long high = len > 2 ? read_hex(text + 2, len - 2, 4) : -1;

	*used = 6;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || len < 12 || text[6] != '\\' || text[7] != 'u')
		return -1;
	long low = read_hex(text + 8, len - 8, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*used = 12;
	return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

size_t
read_json(const char *text, size_t len, char out[4], size_t *used)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	long code_point;

	if (text[0] != '\\' || len < 2)
		return read_plain(text, len, out, used);
	if (text[1] == 'u') {
		code_point = read_unicode(text, len, used);
		if (code_point >= 0)
			return utf8_put(out, (unsigned long)code_point);
		return read_plain(text, len, out, used);
	}
	const char *name = memchr(names, text[1], strlen(names));
	if (name == NULL)
		return read_plain(text, len, out, used);
	out[0] = meanings[name - names];
	*used = 2;
	return 1;
}

size_t
read_form_in_json(const char *text, size_t len, char out[4], size_t *used)
{
	return text[0] == '\\' ? read_json(text, len, out, used) : read_form(text, len, out, used);
}

size_t
read_json_in_json(const char *text, size_t len, char out[4], size_t *used)
{
	char inner[UNIT_MAX / 2];
	size_t ends[UNIT_MAX / 2]; /* where each byte of inner ends in the text */
	size_t count = read_json(text, len, out, used);
	size_t inner_used, at = 0, have = 0;

	if (count != 1 || out[0] != '\\')
		return count;
	do {
		count = read_json(text + at, len - at, out, used);
		at += *used;
		inner[have] = out[0];
		ends[have++] = at;
	} while (have < sizeof(inner) && at < len && count == 1);
	count = read_json(inner, have, out, &inner_used);
	*used = ends[inner_used - 1];
	return count;
}
