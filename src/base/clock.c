/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

/* A '0' stands for any digit. */
static const char layout[] = "0000-00-00T00:00:00.000Z";

/* The first millisecond of the year 0, and the last of the year 9999. */
#define FIRST_MS INT64_C(-62167219200000)
#define LAST_MS	 INT64_C(253402300799999)

static int64_t
read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t
system_wall(void *context)
{
	(void)context;
	return clock_now();
}

static int64_t
system_monotonic(void *context)
{
	(void)context;
	return clock_monotonic();
}

const struct clock clock_system = {.wall = system_wall, .monotonic = system_monotonic};

static void
put_digits(char *out, size_t width, int number)
{
	while (width-- > 0) {
		out[width] = (char)('0' + number % 10);
		number /= 10;
	}
}

static int
get_digits(const char *text, size_t width)
{
	int number = 0;

	for (size_t i = 0; i < width; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

void
timestamp_format(int64_t ms, char out[TIMESTAMP_SIZE])
{
	int millisecond = (int)(ms % 1000);
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (millisecond < 0) {
		millisecond += 1000;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	memcpy(out, layout, sizeof(layout));
	put_digits(out, 4, tm.tm_year + 1900);
	put_digits(out + 5, 2, tm.tm_mon + 1);
	put_digits(out + 8, 2, tm.tm_mday);
	put_digits(out + 11, 2, tm.tm_hour);
	put_digits(out + 14, 2, tm.tm_min);
	put_digits(out + 17, 2, tm.tm_sec);
	put_digits(out + 20, 3, millisecond);
}

static bool
fits_layout(const char *text)
{
	for (size_t i = 0; i < sizeof(layout); i++) {
		if (layout[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != layout[i])
			return false;
	}
	return true;
}

int64_t
timestamp_parse(const char *text)
{
	char again[TIMESTAMP_SIZE];
	struct tm tm = {0};
	int64_t ms;

	if (!fits_layout(text))
		return -1;
	tm.tm_year = get_digits(text, 4) - 1900;
	tm.tm_mon = get_digits(text + 5, 2) - 1;
	tm.tm_mday = get_digits(text + 8, 2);
	tm.tm_hour = get_digits(text + 11, 2);
	tm.tm_min = get_digits(text + 14, 2);
	tm.tm_sec = get_digits(text + 17, 2);
	ms = (int64_t)timegm(&tm) * 1000 + get_digits(text + 20, 3);
	/* timegm() takes the 31st of February for the 3rd of March */
	timestamp_format(ms, again);
	return strcmp(text, again) == 0 ? ms : -1;
}

/* Reads that many digits, a number of at most max, and moves behind them. */
static bool
read_digits(const char **text, size_t width, int max, int *out)
{
	for (size_t i = 0; i < width; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
	}
	*out = get_digits(*text, width);
	*text += width;
	return *out <= max;
}

static bool
read_char(const char **text, const char *any_of)
{
	if (**text == '\0' || strchr(any_of, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

/* ":SS" and a fraction, both of which may be missing. */
static bool
read_seconds(const char **text, int *second, int *millisecond)
{
	*second = *millisecond = 0;
	if (!read_char(text, ":"))
		return true;
	if (!read_digits(text, 2, 59, second))
		return false;
	if (!read_char(text, "."))
		return true;
	if (**text < '0' || **text > '9')
		return false;
	for (int unit = 100; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		*millisecond += (**text - '0') * unit;
	return true;
}

/* The offset at the end of a time, in minutes. */
static bool
read_offset(const char **text, int *minutes)
{
	int sign = **text == '-' ? -1 : 1, hour, minute;

	*minutes = 0;
	if (**text == '\0' || read_char(text, "Zz"))
		return true;
	if (!read_char(text, "+-") || !read_digits(text, 2, 23, &hour))
		return false;
	read_char(text, ":");
	if (!read_digits(text, 2, 59, &minute))
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

int
timestamp_read(const char *text, int64_t *ms)
{
	struct tm tm = {0};
	int year, month, day, millisecond = 0, offset = 0;
	int64_t at;
	time_t seconds;

	if (!read_digits(&text, 4, 9999, &year) || !read_char(&text, "-") ||
	    !read_digits(&text, 2, 12, &month) || !read_char(&text, "-") ||
	    !read_digits(&text, 2, 31, &day))
		return -1;
	if (*text != '\0' &&
	    (!read_char(&text, "Tt ") || !read_digits(&text, 2, 23, &tm.tm_hour) ||
		!read_char(&text, ":") || !read_digits(&text, 2, 59, &tm.tm_min) ||
		!read_seconds(&text, &tm.tm_sec, &millisecond) || !read_offset(&text, &offset)))
		return -1;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	seconds = timegm(&tm);
	/* timegm() takes the 31st of February for the 3rd of March */
	if (*text != '\0' || tm.tm_mon != month - 1 || tm.tm_mday != day)
		return -1;
	at = ((int64_t)seconds - (int64_t)offset * 60) * 1000 + millisecond;
	if (at < FIRST_MS || at > LAST_MS)
		return -1;
	*ms = at;
	return 0;
}
