/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

#include <string.h>

#include "base/strbuf.h"

static bool
is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Returns how many bytes a sequence with that first byte has; 0: no sequence begins with it. */
static size_t
sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

long
utf8_decode(const char *text, size_t len, size_t *used)
{
	static const long smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = sequence_length(bytes[0]);
	long code_point;

	*used = 1;
	if (length == 1)
		return bytes[0];
	if (length == 0 || length > len)
		return -1;
	code_point = bytes[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(bytes[i]))
			return -1;
		code_point = code_point << 6 | (bytes[i] & 0x3f);
	}
	if (code_point < smallest[length] || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return -1;
	*used = length;
	return code_point;
}

size_t
utf8_put(char out[4], unsigned long code_point)
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;

	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code_point & 0x3f));
		code_point >>= 6;
	}
	out[0] = (char)(lead[length] | code_point);
	return length;
}

void
utf8_encode(struct strbuf *out, unsigned long code_point)
{
	char bytes[4];

	strbuf_add(out, bytes, utf8_put(bytes, code_point));
}

bool
utf8_valid(const char *text, size_t len)
{
	size_t used;

	for (size_t i = 0; i < len; i += used) {
		if (utf8_decode(text + i, len - i, &used) < 0)
			return false;
	}
	return true;
}

/* ALM, LRM, RLM, and what embeds, overrides and isolates (Unicode, annex 9). */
static bool
is_bidirectional(long code_point)
{
	return code_point == 0x61c || code_point == 0x200e || code_point == 0x200f ||
	       (code_point >= 0x202a && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

bool
utf8_is_control(long code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
	       is_bidirectional(code_point);
}

size_t
utf8_length(const char *text)
{
	size_t length = 0;

	for (; *text != '\0'; text++)
		length += !is_continuation((unsigned char)*text);
	return length;
}

size_t
utf8_cut(const char *text, size_t len)
{
	for (size_t tail = 1; tail <= 4 && tail <= len; tail++) {
		unsigned char byte = (unsigned char)text[len - tail];

		if (!is_continuation(byte))
			return tail < sequence_length(byte) ? len - tail : len;
	}
	return len;
}

/* Returns the columns of the character at text, and its length in *used. */
static size_t
columns_at(const char *text, size_t len, size_t *used)
{
	long code_point = utf8_decode(text, len, used);

	return code_point < 0x300 ? 1 : utf8_width((unsigned long)code_point);
}

size_t
utf8_columns(const char *text)
{
	size_t len = strlen(text), columns = 0, used;

	for (size_t i = 0; i < len; i += used)
		columns += columns_at(text + i, len - i, &used);
	return columns;
}

size_t
utf8_cut_columns(const char *text, size_t len, size_t columns)
{
	size_t at = 0, used;

	for (; at < len; at += used) {
		size_t needed = columns_at(text + at, len - at, &used);

		if (needed > columns)
			break;
		columns -= needed;
	}
	return at;
}
