/* SPDX-License-Identifier: ISC */
/* Dates and times of the calendar as people write them: 2026-12-24, 2026-12-24 18:00+01:00. */
#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

struct strbuf;

struct datetime {
	int year, month, day, hour, minute, second;
	char fraction[10]; /* digits of the second's; "": none */
	bool has_offset;
	int offset; /* minutes east of UTC */
};

/* "2026-12-24": a day that there is.  Returns 0 or -1. */
int date_parse(const char *text, struct datetime *out);
/*
 * A date, a T or a space, hours and minutes, and then, each if it is known, seconds, a fraction of
 * at most 9 digits, and the offset: Z, +01:00, +0100 or +01.  Returns 0 or -1.
 */
int datetime_parse(const char *text, struct datetime *out);
/* Appends it in RFC 3339 form, with seconds; "Z" where it is UTC. */
void datetime_add(struct strbuf *, const struct datetime *);
/* Milliseconds since 1970-01-01T00:00:00Z of the clock that it shows, less its offset. */
int64_t datetime_ms(const struct datetime *);
/*
 * Finds the offset that a local time has in a time zone of the system, such as Europe/Berlin, and
 * sets it.  Not for a program with threads.  Returns 0, or -1 with err: there is no such zone, or
 * there the clock shows that time never or twice.
 */
int datetime_locate(struct datetime *, const char *zone, struct strbuf *err);
/* Whether a text can be the name of a time zone. */
bool time_zone_name_valid(const char *name);

#endif
