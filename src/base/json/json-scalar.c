/* SPDX-License-Identifier: ISC */
/* What readers of other texts need of JSON too: its escapes and its numbers. */
#include "base/json/json.h"

#include <string.h>

#include "base/number.h"

/* The number of \uXXXX at text, or -1. */
static long
read_unit(const char *text, size_t len)
{
	return len >= 6 && text[0] == '\\' && text[1] == 'u' ? number_read_hex(text + 2, 4, 4) : -1;
}

static long
read_unicode_escape(const char *text, size_t len, size_t *used)
{
	long high = read_unit(text, len), low;

	*used = 6;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	low = high <= 0xdbff ? read_unit(text + 6, len - 6) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*used = 12;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

long
json_read_escape(const char *text, size_t len, size_t *used)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (len < 2)
		return -1;
	if (text[1] == 'u')
		return read_unicode_escape(text, len, used);
	found = memchr(letters, text[1], sizeof(letters) - 1);
	*used = 2;
	return found != NULL ? meanings[found - letters] : -1;
}

static size_t
count_digits(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

bool
json_is_number(const char *text, size_t len)
{
	size_t at = len > 0 && text[0] == '-', digits = count_digits(text + at, len - at);

	if (digits == 0 || (digits > 1 && text[at] == '0'))
		return false;
	at += digits;
	if (at < len && text[at] == '.') {
		digits = count_digits(text + at + 1, len - at - 1);
		if (digits == 0)
			return false;
		at += 1 + digits;
	}
	if (at < len && (text[at] == 'e' || text[at] == 'E')) {
		at++;
		at += at < len && (text[at] == '+' || text[at] == '-');
		digits = count_digits(text + at, len - at);
		if (digits == 0)
			return false;
		at += digits;
	}
	return at == len;
}
