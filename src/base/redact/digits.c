/* SPDX-License-Identifier: ISC */
#include "base/redact/digits.h"

#include <string.h>

#include "base/number.h"
#include "base/redact/notations.h"

int
digits_base64_value(unsigned char c)
{
	/* from '+' to 'z' */
	static const signed char values[] = {62, -1, 62, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60,
	    61, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63, -1, 26, 27, 28, 29, 30, 31,
	    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

	return c >= '+' && c <= 'z' ? values[c - '+'] : -1;
}

/* How much of the padding at the units belongs to the byte before. */
static size_t
padding(const struct unit *units, size_t len)
{
	size_t count = 0;

	while (count < 2 && count < len && units[count].byte == '=')
		count++;
	return count;
}

/* Adds a digit, and the byte that it completes, if it does. */
static size_t
add_digit(struct digits *digits, unsigned digit, unsigned width, const struct unit *unit,
    const struct unit *end, struct unit *out)
{
	uint32_t start = digits->bits == 0 ? unit->start : digits->start;
	uint32_t span = end->start + end->span - start;
	bool fits = span <= UINT16_MAX;

	digits->in_run = true;
	digits->after_line = false;
	if (digits->skip > 0) {
		digits->skip--;
		return 0;
	}
	digits->value = (digits->value << width | digit) & 0xffff;
	digits->bits += width;
	digits->start = start;
	if (digits->bits < 8)
		return 0;
	digits->bits -= 8;
	digits->start = unit->start;
	*out = (struct unit){.start = start};
	if (fits) {
		out->span = (uint16_t)span;
		out->byte = (unsigned char)(digits->value >> digits->bits & 0xff);
	}
	return 1;
}

/* Whether it stands within digits that are written on several lines, perhaps indented. */
static bool
is_between_lines(struct digits *digits, unsigned char byte)
{
	if (!digits->in_run)
		return false;
	if (byte == '\n' || byte == '\r')
		digits->after_line = true;
	return digits->after_line && (byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t');
}

static void
end_run(struct digits *digits)
{
	digits->skip = digits->first;
	digits->bits = 0;
	digits->in_run = digits->after_line = false;
}

size_t
digits_read_base64(struct digits *digits, struct unit *units, size_t count, bool last,
    struct unit *out, size_t *made)
{
	size_t at = 0;

	*made = 0;
	for (; at < count && (last || at + 2 < count); at++) {
		int digit = digits_base64_value(units[at].byte);

		if (digit >= 0) {
			size_t pads = padding(units + at + 1, count - at - 1);

			*made += add_digit(
			    digits, (unsigned)digit, 6, &units[at], &units[at + pads], out + *made);
		} else if (!is_between_lines(digits, units[at].byte) && digits->in_run) {
			end_run(digits);
			out[(*made)++] = (struct unit){.start = units[at].start};
		}
	}
	memmove(units, units + at, (count - at) * sizeof(*units));
	return count - at;
}

size_t
digits_read_hexadecimal(struct digits *digits, struct unit *units, size_t count, bool last,
    struct unit *out, size_t *made)
{
	(void)last;
	*made = 0;
	for (size_t at = 0; at < count; at++) {
		int digit = number_hex_digit((char)units[at].byte);

		if (digit >= 0) {
			*made += add_digit(
			    digits, (unsigned)digit, 4, &units[at], &units[at], out + *made);
		} else if (!is_between_lines(digits, units[at].byte) && digits->in_run) {
			end_run(digits);
			out[(*made)++] = (struct unit){.start = units[at].start};
		}
	}
	return 0;
}

void
digits_init(struct digits *digits, unsigned first)
{
	digits->first = first;
	end_run(digits);
}
