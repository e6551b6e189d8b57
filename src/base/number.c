/* SPDX-License-Identifier: ISC */
#include "base/number.h"

#include <string.h>

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

/* ---- numbers of JSON */

/* The digits of a number without the zeros around them: 0.<digits> * 10^exponent. */
struct decimal {
	bool negative;
	const char *digits; /* with a '.' somewhere, perhaps */
	const char *end;
	int64_t exponent;
};

#define EXPONENT_MAX INT64_C(1000000000000)

/* The next digit from *at on, 0 behind the last. */
static int
next_digit(const struct decimal *number, const char **at)
{
	if (*at < number->end && **at == '.')
		(*at)++;
	return *at < number->end ? *(*at)++ - '0' : 0;
}

static int64_t
read_exponent(const char *text)
{
	int64_t exponent = 0;
	bool negative = *text == '-';

	for (text += *text == '-' || *text == '+'; *text != '\0'; text++) {
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + (*text - '0');
	}
	return negative ? -exponent : exponent;
}

static struct decimal
read_decimal(const char *text)
{
	struct decimal number = {.negative = *text == '-'};
	const char *point;

	number.digits = text + (number.negative ? 1 : 0);
	number.end = number.digits + strcspn(number.digits, "eE");
	if (*number.end != '\0')
		number.exponent = read_exponent(number.end + 1);
	point = memchr(number.digits, '.', (size_t)(number.end - number.digits));
	number.exponent += (point == NULL ? number.end : point) - number.digits;
	while (number.digits < number.end && strchr("0.", *number.digits) != NULL) {
		number.exponent -= *number.digits == '0';
		number.digits++;
	}
	return number;
}

/* Without regard to the signs; neither is 0. */
static int
compare_sizes(const struct decimal *a, const struct decimal *b)
{
	const char *left = a->digits, *right = b->digits;

	if (a->exponent != b->exponent)
		return a->exponent < b->exponent ? -1 : 1;
	while (left < a->end || right < b->end) {
		int difference = next_digit(a, &left) - next_digit(b, &right);

		if (difference != 0)
			return difference < 0 ? -1 : 1;
	}
	return 0;
}

/* -1, 0 or 1 */
static int
sign_of(const struct decimal *number)
{
	if (number->digits == number->end)
		return 0;
	return number->negative ? -1 : 1;
}

int
number_compare(const char *a, const char *b)
{
	struct decimal left = read_decimal(a), right = read_decimal(b);
	int sign = sign_of(&left);

	if (sign != sign_of(&right))
		return sign < sign_of(&right) ? -1 : 1;
	return sign == 0 ? 0 : sign * compare_sizes(&left, &right);
}

/* ---- hexadecimal digits */

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
