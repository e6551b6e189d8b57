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

/* A number as its digits, which are those of 0.ddd, and the power of ten that they are taken by. */
struct decimal {
	const char *digits; /* the first that is not 0; a point may be between them */
	int64_t power;
	int sign; /* 0: it is zero */
};

/* Nothing that fits into memory has so many digits. */
#define POWER_MAX (INT64_MAX / 4)

static int64_t
read_power(const char *text)
{
	bool negative = *text == '-';
	int64_t power = 0;

	text += *text == '-' || *text == '+';
	for (; *text >= '0' && *text <= '9'; text++) {
		if (power < POWER_MAX / 16)
			power = power * 10 + (*text - '0');
	}
	return negative ? -power : power;
}

static struct decimal
read_decimal(const char *text)
{
	struct decimal out = {.sign = *text == '-' ? -1 : 1};
	const char *end, *exponent, *point;

	text += *text == '-';
	exponent = text + strcspn(text, "eE");
	point = text + strcspn(text, ".eE");
	end = exponent;
	out.digits = text + strspn(text, "0.");
	if (out.digits >= end) {
		out.sign = 0;
		return out;
	}
	out.power = point - out.digits + (out.digits > point);
	if (*exponent != '\0')
		out.power += read_power(exponent + 1);
	return out;
}

/* The next digit of the mantissa, 0 behind its end, where *more is false. */
static int
next_digit(const char **digits, bool *more)
{
	if (**digits == '.')
		(*digits)++;
	*more = **digits >= '0' && **digits <= '9';
	return *more ? *(*digits)++ - '0' : 0;
}

int
number_compare(const char *text_a, const char *text_b)
{
	struct decimal a = read_decimal(text_a), b = read_decimal(text_b);
	bool more_a = true, more_b = true;

	if (a.sign != b.sign || a.sign == 0)
		return a.sign - b.sign;
	if (a.power != b.power)
		return a.power < b.power ? -a.sign : a.sign;
	while (more_a || more_b) {
		int digit_a = next_digit(&a.digits, &more_a);
		int digit_b = next_digit(&b.digits, &more_b);

		if (digit_a != digit_b)
			return digit_a < digit_b ? -a.sign : a.sign;
	}
	return 0;
}
