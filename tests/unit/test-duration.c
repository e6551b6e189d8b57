/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/duration.h"
#include "base/strbuf.h"

static void
spans_are_read_in_milliseconds(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
	    {"0", 0},
	    {"0s", 0},
	    {"500ms", 500},
	    {"10s", 10000},
	    {"10", 10000},
	    {"5m", 300000},
	    {"1h30m", 5400000},
	    {"3d", 259200000},
	    {"2w", 1209600000},
	    {"1w2d3h4m5s6ms", 788645006},
	    {"90m", 5400000},
	    {"007s", 7000},
	    {"36525d", INT64_C(3155760000000)},
	    {"3155760000", INT64_C(3155760000000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(duration_parse(cases[i].text), cases[i].ms);
}

static void
what_is_not_a_span_is_refused(void **state)
{
	static const char *const cases[] = {"", " ", "s", "ms", "-1s", "+1s", "1.5h", "1 h", " 1h",
	    "1h ", "5x", "5min", "5S", "1m1h", "1s1s", "1ms1s", "1h30", "1hm", "36525d1ms",
	    "36526d", "3155760001", "99999999999999999999999999", "9223372036854775807w", "1h\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(duration_parse(cases[i]), -1);
}

static void
spans_are_shown_by_their_two_largest_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
	    {0, "0ms"},
	    {-5, "0ms"},
	    {35, "35ms"},
	    {999, "999ms"},
	    {1000, "1s"},
	    {12999, "12s"},
	    {60000, "1m"},
	    {61000, "1m 1s"},
	    {3600000, "1h"},
	    {3605000, "1h"},
	    {5400000, "1h 30m"},
	    {86399999, "23h 59m"},
	    {273600000, "3d 4h"},
	    {259205000, "3d"},
	    {INT64_C(1209600000), "14d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf sb = STRBUF_INIT;

		duration_add(&sb, cases[i].ms);
		assert_string_equal(sb.buf, cases[i].text);
		strbuf_release(&sb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans_are_read_in_milliseconds),
	    cmocka_unit_test(what_is_not_a_span_is_refused),
	    cmocka_unit_test(spans_are_shown_by_their_two_largest_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
