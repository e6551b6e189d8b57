/* SPDX-License-Identifier: ISC */
#include "base/encode.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* Appends up to 3 bytes as the digits that they need; returns how many of 4 those are. */
static size_t
add_group(struct strbuf *out, const char *digits, const unsigned char *bytes, size_t len)
{
	uint32_t group = (uint32_t)bytes[0] << 16;

	if (len > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (len > 2)
		group |= bytes[2];
	for (size_t i = 0; i <= len; i++)
		strbuf_addch(out, digits[group >> (18 - 6 * i) & 63]);
	return len + 1;
}

/* pad: the character that fills up the last group; '\0': none does. */
static void
add_digits(struct strbuf *out, const char *digits, char pad, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t count = add_group(out, digits, bytes + i, len - i < 3 ? len - i : 3);

		for (; pad != '\0' && count < 4; count++)
			strbuf_addch(out, pad);
	}
}

void
encode_base64(struct strbuf *out, const void *data, size_t len)
{
	add_digits(out, LETTERS_AND_DIGITS "+/", '=', data, len);
}

void
encode_base64url(struct strbuf *out, const void *data, size_t len)
{
	add_digits(out, LETTERS_AND_DIGITS "-_", '\0', data, len);
}

void
encode_percent(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char ch = (unsigned char)*text;

		if (isalnum(ch) || strchr("-._~", ch) != NULL)
			strbuf_addch(out, *text);
		else
			strbuf_addf(out, "%%%02X", ch);
	}
}
