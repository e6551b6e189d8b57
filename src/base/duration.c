/* SPDX-License-Identifier: ISC */
#include "base/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"

#define SECOND	((int64_t)1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define WEEK	(7 * DAY)
#define LONGEST (36525 * DAY) /* 100 years */

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

/* Passes the unit at text and returns it; NULL: there is no such unit. */
static const struct unit *
read_unit(const char **text)
{
	size_t len = 0;

	while ((*text)[len] != '\0' && !is_digit((*text)[len]))
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
	int64_t total = 0;

	do {
		const struct unit *unit;
		uint64_t number;
		size_t digits = number_read(text, LONGEST, &number);

		if (digits == 0)
			return -1;
		text += digits;
		if (*text == '\0' && last == NULL)
			return number <= LONGEST / SECOND ? (int64_t)number * SECOND : -1;
		unit = read_unit(&text);
		if (unit == NULL || (last != NULL && unit <= last) ||
		    (int64_t)number > (LONGEST - total) / unit->ms)
			return -1;
		total += (int64_t)number * unit->ms;
		last = unit;
	} while (*text != '\0');
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
