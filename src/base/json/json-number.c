/* SPDX-License-Identifier: ISC */
#include "base/json/json.h"

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
	const char *end = text + len;
	size_t digits;

	if (text < end && *text == '-')
		text++;
	digits = count_digits(text, (size_t)(end - text));
	if (digits == 0 || (digits > 1 && *text == '0'))
		return false;
	text += digits;
	if (text < end && *text == '.') {
		text++;
		digits = count_digits(text, (size_t)(end - text));
		if (digits == 0)
			return false;
		text += digits;
	}
	if (text < end && (*text == 'e' || *text == 'E')) {
		text++;
		if (text < end && (*text == '+' || *text == '-'))
			text++;
		digits = count_digits(text, (size_t)(end - text));
		if (digits == 0)
			return false;
		text += digits;
	}
	return text == end;
}
