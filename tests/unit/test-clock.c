/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <time.h>

#include "base/clock.h"

static const struct {
	int64_t ms;
	const char *text;
} stamps[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {INT64_C(1795423299123), "2026-11-23T08:41:39.123Z"},
    {INT64_C(951782399999), "2000-02-28T23:59:59.999Z"},
    {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
    {-2, "1969-12-31T23:59:59.998Z"},
    {-1000, "1969-12-31T23:59:59.000Z"},
    {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
    {INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z"},
};

static void
a_time_stamp_is_written_in_utc_to_the_millisecond(void **state)
{
	char text[TIMESTAMP_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		timestamp_format(stamps[i].ms, text);
		assert_string_equal(text, stamps[i].text);
	}
}

static void
a_time_stamp_that_was_written_is_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++)
		assert_int_equal(timestamp_parse(stamps[i].text), stamps[i].ms);
}

static void
any_other_text_is_not_a_time_stamp(void **state)
{
	static const char *const cases[] = {"", "2026", "2026-11-23T08:41:39Z",
	    "2026-11-23T08:41:39.123", "2026-11-23T08:41:39.123z", "2026-11-23 08:41:39.123Z",
	    "2026-11-23T08:41:39.123Z ", " 2026-11-23T08:41:39.123Z", "2026-11-23T08:41:39.1234Z",
	    "2026-11-23T08:41:39.123+00:00", "2026-13-23T08:41:39.123Z", "2026-00-23T08:41:39.123Z",
	    "2026-11-31T08:41:39.123Z", "2026-11-00T08:41:39.123Z", "2026-02-29T08:41:39.123Z",
	    "2026-11-23T24:00:00.000Z", "2026-11-23T08:60:00.000Z", "2026-11-23T08:41:60.000Z",
	    "20x6-11-23T08:41:39.123Z", "2026-11-23T08:41:39.12", "-026-11-23T08:41:39.123Z"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(timestamp_parse(cases[i]), -1);
}

static void
times_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {{"2001-09-09", 999993600000}, {"2001-09-09T01:46", 999999960000},
	    {"2001-09-09 01:46:40", 1000000000000}, {"2001-09-09t01:46:40z", 1000000000000},
	    {"2001-09-09T01:46:40.5Z", 1000000000500}, {"2001-09-09T01:46:40.1239Z", 1000000000123},
	    {"2001-09-09T03:46:40+02:00", 1000000000000},
	    {"2001-09-08T21:16:40-0430", 1000000000000}, {"1969-12-31T23:59:59Z", -1000},
	    {"0000-01-01", -62167219200000}, {"9999-12-31T23:59:59.999Z", 253402300799999}};
	static const char *const others[] = {"", "now", "2001", "2001-9-9", "2001-02-29",
	    "2001-13-01", "2001-00-01", "2001-09-00", "2001-09-09T", "2001-09-09T1:46",
	    "2001-09-09T24:00", "2001-09-09T01:60", "2001-09-09T01:46:60", "2001-09-09T01:46:40.",
	    "2001-09-09T01:46:40+2", "2001-09-09T01:46:40+24:00", "2001-09-09T01:46:40Z ",
	    "2001-09-09Z", "0000-01-01T00:00+00:01", "9999-12-31T23:59:59-00:01"};
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(timestamp_read(others[i], &ms), -1);
	assert_int_equal(ms, 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(timestamp_read(cases[i].text, &ms), 0);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void
the_clocks_tell_milliseconds(void **state)
{
	int64_t now = clock_now(), monotonic = clock_monotonic();

	(void)state;
	assert_true(now / 1000 >= time(NULL) - 60 && now / 1000 <= time(NULL));
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	assert_true(clock_monotonic() - monotonic >= 5);
	assert_true(clock_monotonic() - monotonic < 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_time_stamp_is_written_in_utc_to_the_millisecond),
	    cmocka_unit_test(a_time_stamp_that_was_written_is_read_back),
	    cmocka_unit_test(any_other_text_is_not_a_time_stamp),
	    cmocka_unit_test(times_are_read_as_people_write_them),
	    cmocka_unit_test(the_clocks_tell_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
