/* SPDX-License-Identifier: ISC */
#include "base/redact/escapes.h"

#include <string.h>

#include "base/number.h"
#include "base/redact/notations.h"
#include "base/utf8.h"

static enum escape_found
escape_byte(struct escape *out, size_t used, unsigned long byte)
{
	*out = (struct escape){.used = used, .count = 1, .bytes = {(unsigned char)byte}};
	return ESCAPE_READ;
}

static enum escape_found
escape_character(struct escape *out, size_t used, unsigned long code_point)
{
	char bytes[4];

	if (code_point > 0x10ffff || (code_point & 0xfffff800) == 0xd800)
		return ESCAPE_NONE;
	*out = (struct escape){.used = used, .count = utf8_put(bytes, code_point)};
	memcpy(out->bytes, bytes, out->count);
	return ESCAPE_READ;
}

/* Reads so many digits of that base. */
static enum escape_found
read_digits(
    const struct unit *units, size_t len, size_t count, unsigned base, unsigned long *number)
{
	*number = 0;
	for (size_t i = 0; i < count; i++) {
		int digit = i < len ? number_hex_digit((char)units[i].byte) : 0;

		if (i == len)
			return ESCAPE_CUT;
		if (digit < 0 || (unsigned)digit >= base)
			return ESCAPE_NONE;
		*number = *number * base + (unsigned)digit;
	}
	return ESCAPE_READ;
}

/* Reads digits up to a byte that ends them; at most 8. */
static enum escape_found
read_digits_until(const struct unit *units, size_t len, unsigned base, unsigned char end,
    unsigned long *number, size_t *used)
{
	size_t count = 0;
	enum escape_found found;

	while (count < len && count <= 8 && units[count].byte != end)
		count++;
	found = read_digits(units, len, count, base, number);
	if (found != ESCAPE_READ || count > 8)
		return ESCAPE_NONE;
	*used = count + 1;
	if (count == len)
		return ESCAPE_CUT;
	return count > 0 ? ESCAPE_READ : ESCAPE_NONE;
}

/* Two units and four digits, a number of UTF-16, or two of them: \u00e4 \ud83d\ude00 %u20AC. */
static enum escape_found
read_utf16(const struct unit *units, size_t len, struct escape *out)
{
	unsigned long high, low;
	enum escape_found found = read_digits(units + 2, len - 2, 4, 16, &high);

	if (found != ESCAPE_READ || (high & 0xfffffc00) != 0xd800)
		return found == ESCAPE_READ ? escape_character(out, 6, high) : found;
	for (size_t i = 0; i < 2; i++) {
		if (len == 6 + i)
			return ESCAPE_CUT;
		if (units[6 + i].byte != units[i].byte)
			return ESCAPE_NONE;
	}
	found = read_digits(units + 8, len - 8, 4, 16, &low);
	if (found == ESCAPE_READ && (low & 0xfffffc00) != 0xdc00)
		return ESCAPE_NONE;
	return found == ESCAPE_READ
		   ? escape_character(out, 12, 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff))
		   : found;
}

static enum escape_found
read_percent(const struct unit *units, size_t len, struct escape *out)
{
	unsigned long byte;
	enum escape_found found;

	if (len > 1 && (units[1].byte == 'u' || units[1].byte == 'U'))
		return read_utf16(units, len, out);
	found = read_digits(units + 1, len - 1, 2, 16, &byte);
	return found == ESCAPE_READ ? escape_byte(out, 3, byte) : found;
}

/* What a backslash and that byte stand for; 0: it is more than a byte, or none. */
static unsigned char
read_letter(unsigned char c)
{
	static const char letters[] = "abtnvfreE", bytes[] = "\a\b\t\n\v\f\r\x1b\x1b";
	const char *letter = c == '\0' ? NULL : strchr(letters, c);

	if (letter != NULL)
		return (unsigned char)bytes[letter - letters];
	if (c <= ' ' || c >= 0x7f)
		return c == ' ' ? c : 0;
	return number_hex_digit((char)c) >= 0 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ? 0 : c;
}

/* \xHH \OOO \uHHHH \u{H...} \UHHHHHHHH \n \" */
static enum escape_found
read_backslash(const struct unit *units, size_t len, struct escape *out)
{
	enum escape_found found;
	unsigned long number;
	size_t used;

	if (len == 1)
		return ESCAPE_CUT;
	switch (units[1].byte) {
	case 'x':
		found = read_digits(units + 2, len - 2, 2, 16, &number);
		return found == ESCAPE_READ ? escape_byte(out, 4, number) : found;
	case 'U':
		found = read_digits(units + 2, len - 2, 8, 16, &number);
		return found == ESCAPE_READ ? escape_character(out, 10, number) : found;
	case 'u':
		if (len == 2 || units[2].byte != '{')
			return read_utf16(units, len, out);
		found = read_digits_until(units + 3, len - 3, 16, '}', &number, &used);
		return found == ESCAPE_READ ? escape_character(out, 3 + used, number) : found;
	case '0':
	case '1':
	case '2':
	case '3':
		found = read_digits(units + 1, len - 1, 3, 8, &number);
		return found == ESCAPE_READ ? escape_byte(out, 4, number) : found;
	default:
		number = read_letter(units[1].byte);
		return number == 0 ? ESCAPE_NONE : escape_byte(out, 2, number);
	}
}

/* &amp; &#38; &#x26; */
static enum escape_found
read_entity(const struct unit *units, size_t len, struct escape *out)
{
	static const struct {
		const char *name;
		unsigned long character;
	} names[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''},
	    {"nbsp;", 0xa0}};
	enum escape_found found = len == 1 ? ESCAPE_CUT : ESCAPE_NONE;
	unsigned long number;
	size_t used;

	if (len > 1 && units[1].byte == '#') {
		size_t hex = len > 2 && (units[2].byte | 0x20) == 'x';

		found = read_digits_until(
		    units + 2 + hex, len - 2 - hex, hex ? 16 : 10, ';', &number, &used);
		return found == ESCAPE_READ ? escape_character(out, 2 + hex + used, number) : found;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = names[i].name;

		used = 0;
		while (1 + used < len && name[used] != '\0' &&
		       (char)units[1 + used].byte == name[used])
			used++;
		if (name[used] == '\0')
			return escape_character(out, 1 + used, names[i].character);
		if (1 + used == len)
			found = ESCAPE_CUT;
	}
	return found;
}

enum escape_found
escape_read(const struct unit *units, size_t len, struct escape *out)
{
	switch (units[0].byte) {
	case '%':
		return read_percent(units, len, out);
	case '\\':
		return read_backslash(units, len, out);
	case '&':
		return read_entity(units, len, out);
	default:
		return ESCAPE_NONE;
	}
}
