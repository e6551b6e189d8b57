/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/strbuf.h"

static void
dates_are_days_that_there_are(void **state)
{
	static const char *const bad[] = {"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01",
	    "2026-04-31", "2026-1-1", "0000-01-01", "2026-01-01 ", "26-01-01", "", "2026-01"};
	struct datetime when;

	(void)state;
	assert_int_equal(date_parse("2024-02-29", &when), 0);
	assert_int_equal(date_parse("2000-02-29", &when), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(date_parse(bad[i], &when), -1);
}

static void
assert_kept(const char *text, const char *expected)
{
	struct strbuf kept = STRBUF_INIT;
	struct datetime when;

	assert_int_equal(datetime_parse(text, &when), 0);
	assert_true(when.has_offset);
	datetime_add(&kept, &when);
	assert_string_equal(kept.buf, expected);
	strbuf_release(&kept);
}

static void
times_are_kept_in_rfc_3339(void **state)
{
	static const char *const bad[] = {"2026-12-24", "2026-12-24 24:00", "2026-12-24 18:60",
	    "2026-12-24 18", "2026-12-24T18:00:60Z", "2026-12-24T18:00+25:00",
	    "2026-12-24T18:00+0:00", "2026-12-24T18:00:00.Z", "2026-12-24T18:00:00.1234567890Z",
	    "2026-12-24x18:00", "2026-12-24T18:00Zx", "24.12.2026 18:00"};
	struct datetime when;

	(void)state;
	assert_kept("2026-12-24 18:00Z", "2026-12-24T18:00:00Z");
	assert_kept("2026-12-24T18:00:05+01:00", "2026-12-24T18:00:05+01:00");
	assert_kept("2026-12-24 18:00 -0530", "2026-12-24T18:00:00-05:30");
	assert_kept("2026-12-24t18:00:00.25+01", "2026-12-24T18:00:00.25+01:00");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(datetime_parse(bad[i], &when), -1);
}

static void
a_time_is_the_same_in_all_offsets(void **state)
{
	struct datetime when;

	(void)state;
	assert_int_equal(datetime_parse("2026-11-23T09:41:39.1239+01:00", &when), 0);
	assert_int_equal(datetime_ms(&when), timestamp_parse("2026-11-23T08:41:39.123Z"));
	assert_int_equal(datetime_parse("1969-12-31T23:59:59Z", &when), 0);
	assert_int_equal(datetime_ms(&when), -1000);
	assert_int_equal(datetime_parse("2024-02-29T00:00:00Z", &when), 0);
	assert_int_equal(datetime_ms(&when), timestamp_parse("2024-02-29T00:00:00.000Z"));
}

static void
assert_located(const char *text, int minutes)
{
	struct datetime when;

	assert_int_equal(datetime_parse(text, &when), 0);
	assert_int_equal(datetime_locate(&when, "Europe/Berlin", NULL), 0);
	assert_int_equal(when.offset, minutes);
}

static void
assert_lost(const char *text, const char *zone, const char *reason)
{
	struct strbuf err = STRBUF_INIT;
	struct datetime when;

	assert_int_equal(datetime_parse(text, &when), 0);
	assert_int_equal(datetime_locate(&when, zone, &err), -1);
	assert_string_equal(err.buf, reason);
	strbuf_release(&err);
}

static void
a_local_time_gets_the_offset_that_is_in_force_then(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	assert_located("2026-12-24 18:00", 60);
	assert_located("2026-07-01 18:00", 120);
	assert_located("2026-03-29 01:59", 60);
	assert_located("2026-03-29 03:00", 120);
	assert_located("2026-10-25 01:59", 120);
	assert_located("2026-10-25 03:00", 60);
	assert_lost("2026-03-29 02:30", "Europe/Berlin",
	    "the clock in Europe/Berlin never shows that time");
	assert_lost("2026-10-25 02:30", "Europe/Berlin",
	    "the clock in Europe/Berlin shows that time twice: say which, with an offset (+02:00 or "
	    "+01:00)");
	assert_lost("2026-10-25 02:30", "America/New_Yrk",
	    "there is no time zone 'America/New_Yrk' on this system");
	assert_lost("2026-10-25 02:30", "../../etc/passwd",
	    "there is no time zone '../../etc/passwd' on this system");
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	unsetenv("TZ");
	assert_located("2026-12-24 18:00", 60);
	assert_null(getenv("TZ"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_are_days_that_there_are),
	    cmocka_unit_test(times_are_kept_in_rfc_3339),
	    cmocka_unit_test(a_time_is_the_same_in_all_offsets),
	    cmocka_unit_test(a_local_time_gets_the_offset_that_is_in_force_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
