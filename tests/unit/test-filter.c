/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/strbuf.h"
#include "model/pipeline/filter.h"

static void
assert_filters(const char *filters, unsigned places, const char *expected)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(filters_check(filters, places, &err), *expected == '\0' ? 0 : -1);
	assert_string_equal(err.buf, expected);
	strbuf_release(&err);
}

static void
filters_are_known_and_in_their_place(void **state)
{
	(void)state;
	assert_filters(NULL, PLACE_TEXT, "");
	assert_filters("path", PLACE_TEXT | PLACE_URL_PATH, "");
	assert_filters("  path ", PLACE_URL_PATH, "");
	assert_filters("path|path", PLACE_URL_PATH, "");
	assert_filters("path", PLACE_TEXT, "the filter 'path' is for the path of a url");
	assert_filters("pth", PLACE_URL_PATH, "unknown filter 'pth', did you mean 'path'?");
	assert_filters(
	    "path|Pathe", PLACE_URL_PATH, "unknown filter 'Pathe', did you mean 'path'?");
	assert_filters("base64", PLACE_TEXT, "unknown filter 'base64' (there is path)");
	assert_filters("path:a", PLACE_URL_PATH, "the filter 'path' takes no argument");
	assert_filters("path :", PLACE_URL_PATH, "the filter 'path' takes no argument");
	assert_filters(
	    "", PLACE_TEXT, "a '|' in a placeholder is followed by a filter (there is path)");
	assert_filters("path| ", PLACE_URL_PATH,
	    "a '|' in a placeholder is followed by a filter (there is path)");
	assert_filters("|path", PLACE_URL_PATH,
	    "a '|' in a placeholder is followed by a filter (there is path)");
}

static void
a_filter_is_found_among_others(void **state)
{
	(void)state;
	assert_true(filters_have("path", FILTER_PATH));
	assert_true(filters_have(" x:path | path ", FILTER_PATH));
	assert_false(filters_have(NULL, FILTER_PATH));
	assert_false(filters_have("", FILTER_PATH));
	assert_false(filters_have("paths|x:path|pat", FILTER_PATH));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(filters_are_known_and_in_their_place),
	    cmocka_unit_test(a_filter_is_found_among_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
