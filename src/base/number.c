/* SPDX-License-Identifier: ISC */
#include "base/number.h"

size_t
number_read(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;
	size_t used = 0;

	for (; text[used] >= '0' && text[used] <= '9'; used++) {
		uint64_t digit = (uint64_t)(text[used] - '0');

		if (digit > max || number > (max - digit) / 10)
			return 0;
		number = number * 10 + digit;
	}
	if (used > 0)
		*out = number;
	return used;
}

bool
number_parse(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;
	size_t used = number_read(text, max, &number);

	if (used == 0 || text[used] != '\0' || (text[0] == '0' && used > 1))
		return false;
	*out = number;
	return true;
}

int
number_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long
number_read_hex(const char *text, size_t len, size_t count)
{
	long number = 0;

	if (len < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int digit = number_hex_digit(text[i]);

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}
