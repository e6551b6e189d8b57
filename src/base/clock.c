/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

/* A '0' stands for any digit. */
static const char layout[] = "0000-00-00T00:00:00.000Z";

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
