/* SPDX-License-Identifier: ISC */
#include "http/retry-after.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define FIELD_MAX 64 /* bytes: the longest date has 33 */

static int64_t
parse_seconds(const char *digits)
{
	int64_t seconds = 0;

	for (; *digits != '\0'; digits++) {
		if (seconds > (INT64_MAX / 1000 - 9) / 10)
			return INT64_MAX;
		seconds = seconds * 10 + (*digits - '0');
	}
	return seconds * 1000;
}

/* A year of two digits is not more than 50 years ahead (RFC 9110, 5.6.7). */
static void
set_century(struct tm *date, int64_t now)
{
	time_t seconds = (time_t)now;
	struct tm today;

	gmtime_r(&seconds, &today);
	date->tm_year = today.tm_year - today.tm_year % 100 + date->tm_year % 100;
	if (date->tm_year > today.tm_year + 50)
		date->tm_year -= 100;
	else if (date->tm_year + 50 < today.tm_year)
		date->tm_year += 100;
}

/*
 * Returns seconds since 1970, or -1.  strptime() is generous: a date is what reads the same when
 * it is written.
 */
static int64_t
parse_date(const char *text, const char *format, bool short_year, int64_t now)
{
	struct tm date = {0};
	const char *end = strptime(text, format, &date);
	char written[FIELD_MAX];
	time_t seconds;

	if (end == NULL || *end != '\0')
		return -1;
	if (short_year)
		set_century(&date, now);
	seconds = timegm(&date);
	if (strftime(written, sizeof(written), format, &date) == 0 || strcmp(written, text) != 0)
		return -1;
	return seconds;
}

/* Any of the three forms. */
static int64_t
parse_any_date(const char *text, int64_t now)
{
	static const struct {
		const char *format;
		bool short_year;
	} forms[] = {
	    {"%a, %d %b %Y %H:%M:%S GMT", false},
	    {"%A, %d-%b-%y %H:%M:%S GMT", true},
	    {"%a %b %e %H:%M:%S %Y", false},
	};
	int64_t seconds = -1;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && seconds < 0; i++)
		seconds = parse_date(text, forms[i].format, forms[i].short_year, now);
	return seconds;
}

int64_t
retry_after_parse(const char *value, int64_t now)
{
	int64_t date;

	if (*value != '\0' && value[strspn(value, "0123456789")] == '\0')
		return parse_seconds(value);
	date = parse_any_date(value, now);
	if (date < 0)
		return -1;
	return date > now ? (date - now) * 1000 : 0;
}

/* Copies the value of the line when it is of that field and not too long to be of use. */
static bool
field_value(const char *line, size_t len, const char *name, char out[FIELD_MAX])
{
	size_t start = strlen(name);

	if (len <= start || strncasecmp(line, name, start) != 0 || line[start] != ':')
		return false;
	for (start++; start < len && (line[start] == ' ' || line[start] == '\t');)
		start++;
	while (len > start && isspace((unsigned char)line[len - 1]))
		len--;
	if (len - start >= FIELD_MAX)
		return false;
	memcpy(out, line + start, len - start);
	out[len - start] = '\0';
	return true;
}

int64_t
retry_after_find(const char *head, int64_t now)
{
	int64_t longest = 0, server_now = now / 1000;
	char value[FIELD_MAX];

	for (const char *line = head; *line != '\0'; line += strspn(line, "\r\n")) {
		size_t len = strcspn(line, "\r\n");

		if (field_value(line, len, "Date", value) && parse_any_date(value, now / 1000) > 0)
			server_now = parse_any_date(value, now / 1000);
		line += len;
	}
	for (const char *line = head; *line != '\0'; line += strspn(line, "\r\n")) {
		size_t len = strcspn(line, "\r\n");
		int64_t pause = field_value(line, len, "Retry-After", value)
				    ? retry_after_parse(value, server_now)
				    : 0;

		if (pause > longest)
			longest = pause;
		line += len;
	}
	return longest;
}
