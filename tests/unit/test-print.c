/* SPDX-License-Identifier: ISC */
/* What is shown to people of times. */
#include "unit.h"

#include "base/strbuf.h"
#include "cli/print.h"

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define NOW    INT64_C(1790000000000)

static const struct {
	int64_t since;
	const char *wanted;
} ages[] = {
    {0, "just now"},
    {SECOND - 1, "just now"},
    {SECOND, "1s ago"},
    {2 * HOUR + 60 * SECOND, "2h ago"},
    {NOW, "20717d ago"},
    /* a clock was ahead, or is behind */
    {-(SECOND - 1), "just now"},
    {-SECOND, "1s in the future"},
    {-(2 * HOUR), "2h in the future"},
    {-10 * 365 * 24 * HOUR, "3650d in the future"},
};

static void
an_age_is_told_in_its_largest_unit(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		strbuf_reset(&out);
		print_add_age(&out, NOW - ages[i].since, NOW);
		assert_string_equal(out.buf, ages[i].wanted);
	}
	strbuf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_age_is_told_in_its_largest_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
