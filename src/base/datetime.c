/* SPDX-License-Identifier: ISC */
#include "base/datetime.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"

#define ZONES	       "/usr/share/zoneinfo/"
#define DAY	       INT64_C(86400)
#define NAME_MAX_BYTES 100

/* Exactly count digits; -1: there are others. */
static int
read_digits(const char **text, int count)
{
	int number = 0;

	for (int i = 0; i < count; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return -1;
		number = number * 10 + ((*text)[i] - '0');
	}
	*text += count;
	return number;
}

static bool
skip(const char **text, char expected)
{
	if (**text != expected)
		return false;
	(*text)++;
	return true;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static int
read_date(const char **text, struct datetime *out)
{
	*out = (struct datetime){.year = read_digits(text, 4)};
	if (out->year < 1 || !skip(text, '-'))
		return -1;
	out->month = read_digits(text, 2);
	if (out->month < 1 || out->month > 12 || !skip(text, '-'))
		return -1;
	out->day = read_digits(text, 2);
	return out->day < 1 || out->day > days_of_month(out->year, out->month) ? -1 : 0;
}

static int
read_fraction(const char **text, struct datetime *out)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len >= sizeof(out->fraction))
		return -1;
	memcpy(out->fraction, *text, len);
	*text += len;
	return 0;
}

static int
read_time(const char **text, struct datetime *out)
{
	out->hour = read_digits(text, 2);
	if (out->hour < 0 || out->hour > 23 || !skip(text, ':'))
		return -1;
	out->minute = read_digits(text, 2);
	if (out->minute < 0 || out->minute > 59)
		return -1;
	if (!skip(text, ':'))
		return 0;
	out->second = read_digits(text, 2);
	if (out->second < 0 || out->second > 59)
		return -1;
	return skip(text, '.') ? read_fraction(text, out) : 0;
}

static int
read_offset(const char **text, struct datetime *out)
{
	int hours, minutes = 0, sign = **text == '-' ? -1 : 1;

	out->has_offset = true;
	if (skip(text, 'Z') || skip(text, 'z'))
		return 0;
	if (!skip(text, '+') && !skip(text, '-'))
		return -1;
	hours = read_digits(text, 2);
	if (**text != '\0') {
		skip(text, ':');
		minutes = read_digits(text, 2);
	}
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return -1;
	out->offset = sign * (hours * 60 + minutes);
	return 0;
}

int
date_parse(const char *text, struct datetime *out)
{
	return read_date(&text, out) != 0 || *text != '\0' ? -1 : 0;
}

int
datetime_parse(const char *text, struct datetime *out)
{
	if (read_date(&text, out) != 0)
		return -1;
	if (!skip(&text, 'T') && !skip(&text, 't') && !skip(&text, ' '))
		return -1;
	if (read_time(&text, out) != 0)
		return -1;
	while (*text == ' ')
		text++;
	if (*text != '\0' && read_offset(&text, out) != 0)
		return -1;
	return *text == '\0' ? 0 : -1;
}

static void
add_offset(struct strbuf *out, int minutes)
{
	strbuf_addf(
	    out, "%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
}

void
datetime_add(struct strbuf *out, const struct datetime *when)
{
	strbuf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", when->year, when->month, when->day,
	    when->hour, when->minute, when->second, *when->fraction == '\0' ? "" : ".",
	    when->fraction);
	if (when->offset == 0)
		strbuf_addstr(out, "Z");
	else
		add_offset(out, when->offset);
}

/* Days since 1970-01-01, Gregorian; years begin in March, so that a leap day ends one. */
static int64_t
days_of(const struct datetime *when)
{
	int64_t year = when->month <= 2 ? when->year - 1 : when->year;
	int64_t month = (when->month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + when->day - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

/* Seconds, as if it were UTC. */
static int64_t
clock_seconds(const struct datetime *when)
{
	return days_of(when) * DAY + when->hour * 3600 + when->minute * 60 + when->second;
}

int64_t
datetime_ms(const struct datetime *when)
{
	int ms = 0, unit = 100;

	for (int i = 0; i < 3 && when->fraction[i] != '\0'; i++, unit /= 10)
		ms += (when->fraction[i] - '0') * unit;
	return (clock_seconds(when) - when->offset * INT64_C(60)) * 1000 + ms;
}

/* ---- time zones */

bool
time_zone_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_BYTES && *name != '/' && strstr(name, "..") == NULL &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
		   len;
}

/* Seconds east of UTC at that time, in the zone that TZ names. */
static long
offset_at(int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm local;

	return localtime_r(&when, &local) == NULL ? LONG_MAX : local.tm_gmtoff;
}

static int
fail_twice(const char *zone, const long offsets[2], struct strbuf *err)
{
	struct strbuf both = STRBUF_INIT;

	add_offset(&both, (int)(offsets[0] / 60));
	strbuf_addstr(&both, " or ");
	add_offset(&both, (int)(offsets[1] / 60));
	fail(err, "the clock in %s shows that time twice: say which, with an offset (%s)", zone,
	    both.buf);
	strbuf_release(&both);
	return -1;
}

/* The clock shows that time when an offset before or after it is the one that is in force then. */
static int
find_offset(struct datetime *when, const char *zone, struct strbuf *err)
{
	int64_t local = clock_seconds(when);
	long offsets[] = {offset_at(local - DAY), offset_at(local + DAY)};
	bool fits[2];

	for (int i = 0; i < 2; i++)
		fits[i] = offsets[i] != LONG_MAX && offset_at(local - offsets[i]) == offsets[i];
	if (fits[0] && fits[1] && offsets[0] != offsets[1])
		return fail_twice(zone, offsets, err);
	if (!fits[0] && !fits[1])
		return fail(err, "the clock in %s never shows that time", zone);
	when->has_offset = true;
	when->offset = (int)(offsets[fits[0] ? 0 : 1] / 60);
	return 0;
}

int
datetime_locate(struct datetime *when, const char *zone, struct strbuf *err)
{
	const char *before = getenv("TZ");
	char *kept = before == NULL ? NULL : xstrdup(before), *path = NULL;
	int ret;

	if (asprintf(&path, ":" ZONES "%s", zone) < 0)
		out_of_memory();
	if (!time_zone_name_valid(zone) || access(path + 1, R_OK) != 0) {
		ret = fail(err, "there is no time zone '%s' on this system", zone);
	} else {
		setenv("TZ", path, 1);
		tzset();
		ret = find_offset(when, zone, err);
		if (kept == NULL)
			unsetenv("TZ");
		else
			setenv("TZ", kept, 1);
		tzset();
	}
	free(kept);
	free(path);
	return ret;
}
