/* SPDX-License-Identifier: ISC */
#include "base/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/strbuf.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define MOST   (36525 * DAY) /* 100 years */

struct unit {
	const char *name;
	int64_t ms;
};

/* The largest first. */
static const struct unit units[] = {
    {"w", WEEK},
    {"d", DAY},
    {"h", HOUR},
    {"m", MINUTE},
    {"s", SECOND},
    {"ms", 1},
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads a number of at most MOST; false: there is none or it is more. */
static bool
read_number(const char **text, int64_t *number)
{
	const char *at = *text;

	for (*number = 0; is_digit(*at); at++) {
		*number = *number * 10 + (*at - '0');
		if (*number > MOST)
			return false;
	}
	if (at == *text)
		return false;
	*text = at;
	return true;
}

/* The unit whose name stands at text, or NULL. */
static const struct unit *
read_unit(const char **text)
{
	size_t len = 0;

	while ((*text)[len] && !is_digit((*text)[len]))
		len++;
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (strlen(units[i].name) == len && memcmp(units[i].name, *text, len) == 0) {
			*text += len;
			return &units[i];
		}
	}
	return NULL;
}

int64_t
duration_parse(const char *text)
{
	const struct unit *last = NULL;
	int64_t number, total = 0;

	do {
		const struct unit *unit;

		if (!read_number(&text, &number))
			return -1;
		if (!*text && last == NULL)
			return number <= MOST / SECOND ? number * SECOND : -1;
		unit = read_unit(&text);
		if (unit == NULL || (last != NULL && unit <= last) ||
		    number > (MOST - total) / unit->ms)
			return -1;
		total += number * unit->ms;
		last = unit;
	} while (*text);
	return total;
}

void
duration_add(struct strbuf *out, int64_t ms)
{
	size_t i = 1; /* people count days, not weeks */

	if (ms < SECOND) {
		strbuf_addf(out, "%lldms", (long long)(ms > 0 ? ms : 0));
		return;
	}
	while (units[i].ms > ms)
		i++;
	strbuf_addf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
	ms %= units[i++].ms;
	if (units[i].ms >= SECOND && ms >= units[i].ms)
		strbuf_addf(out, " %lld%s", (long long)(ms / units[i].ms), units[i].name);
}
