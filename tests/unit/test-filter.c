/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "model-helper.h"
#include "model/pipeline/filter.h"

#define ALL                                                                                         \
	" (there are lower, upper, trim, default, join, json, base64, base64url, urlencode, path, " \
	"basename, epoch, rfc3339, length, omit)"

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
	assert_filters("xyzzy", PLACE_TEXT, "unknown filter 'xyzzy'" ALL);
	assert_filters("path:a", PLACE_URL_PATH, "the filter 'path' takes no argument");
	assert_filters("path :", PLACE_URL_PATH, "the filter 'path' takes no argument");
	assert_filters("", PLACE_TEXT, "a '|' in a placeholder is followed by a filter" ALL);
	assert_filters(
	    "path| ", PLACE_URL_PATH, "a '|' in a placeholder is followed by a filter" ALL);
	assert_filters(
	    "|path", PLACE_URL_PATH, "a '|' in a placeholder is followed by a filter" ALL);
	assert_filters("omit", PLACE_TEXT | PLACE_MEMBER, "");
	assert_filters(
	    "omit", PLACE_TEXT, "the filter 'omit' is for a member that can be left out");
}

static void
arguments_are_checked(void **state)
{
	(void)state;
	assert_filters("default:x|join:,", PLACE_TEXT, "");
	assert_filters("default : 'a | b' | upper", PLACE_TEXT, "");
	assert_filters("default:''", PLACE_TEXT, "");
	assert_filters(
	    "default", PLACE_TEXT, "the filter 'default' needs an argument: 'default:...'");
	assert_filters("join: ", PLACE_TEXT, "the filter 'join' needs an argument: 'join:...'");
	assert_filters("epoch", PLACE_TEXT, "");
	assert_filters("epoch:ms", PLACE_TEXT, "");
	assert_filters("epoch:mss", PLACE_TEXT,
	    "'mss' is not an argument of the filter 'epoch', did you mean 'ms'?");
	assert_filters("epoch:days", PLACE_TEXT,
	    "'days' is not an argument of the filter 'epoch' (there are s, ms)");
	assert_filters("default:'a", PLACE_TEXT, "a quote in a placeholder is not closed");
	assert_filters("default:'a'b", PLACE_TEXT,
	    "behind the quotes of a filter's argument is a '|' or the end");
}

/* What the filters make of a value in YAML; "!" begins an error, "omitted" is what is left out. */
static void
assert_made(const char *given, const char *filters, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct filter_notes notes = {0};
	const struct value *made;

	assert_filters(filters, PLACE_TEXT | PLACE_MEMBER, "");
	made = filters_apply(&arena, filters, model_yaml(&arena, given), &notes, &err);
	if (*expected == '!') {
		assert_null(made);
		assert_string_equal(err.buf, expected + 1);
	} else if (strcmp(expected, "omitted") == 0) {
		assert_true(notes.omits);
	} else {
		assert_false(notes.omits);
		model_assert_value(made, expected);
	}
	strbuf_release(&err);
	arena_release(&arena);
}

static void
filters_make_texts(void **state)
{
	(void)state;
	assert_made("Größe X", "upper", "GRößE X");
	assert_made("Größe X", "lower", "größe x");
	assert_made("\" \\t a b\\n\"", "trim", "a b");
	assert_made("\"  \"", "trim", "''");
	assert_made("12.50", "upper", "'12.50'");
	assert_made("a/b/c.txt", "basename", "c.txt");
	assert_made("a/b//", "basename", "b");
	assert_made("/", "basename", "''");
	assert_made("a", "base64", "YQ==");
	assert_made("ab", "base64", "YWI=");
	assert_made("abc", "base64", "YWJj");
	assert_made("'?\?>'", "base64", "'Pz8+'");
	assert_made("'?\?>?'", "base64url", "Pz8-Pw");
	assert_made("a b/ü", "urlencode", "a%20b%2F%C3%BC");
	assert_made("[a, 1, true, {b: c}]", "json", "'[\"a\",1,true,{\"b\":\"c\"}]'");
	assert_made("a\"b", "json", "'\"a\\\"b\"'");
	assert_made("' Ab '", "trim|lower | base64", "YWI=");
	assert_made("[a]", "upper",
	    "!the filter 'upper' takes text, not a list ('json' makes one of it, and so does 'join')");
	assert_made("{a: b}", "base64",
	    "!the filter 'base64' takes text, not a map ('json' makes one of it)");
}

static void
filters_make_something_of_nothing_and_of_lists(void **state)
{
	(void)state;
	assert_made("''", "default:x y", "x y");
	assert_made("[]", "default:' x|'", "' x|'");
	assert_made("null", "default:1", "'1'");
	assert_made("0", "default:1", "0");
	assert_made("a", "default:1", "a");
	assert_made("[a, 2, false, null]", "join:','", "'a,2,false,'");
	assert_made("[a, b]", "join:', '", "'a, b'");
	assert_made("[]", "join:,", "''");
	assert_made("a", "join:,", "a");
	assert_made("{a: b}", "join:,", "!the filter 'join' takes a list, not a map");
	assert_made("größe", "length", "5");
	assert_made("[a, b]", "length", "2");
	assert_made("{a: b}", "length", "1");
	assert_made("null", "length", "0");
	assert_made("''", "omit", "omitted");
	assert_made("[]", "omit", "omitted");
	assert_made("null", "omit", "omitted");
	assert_made("' '", "trim|omit", "omitted");
	assert_made("''", "default:x|omit", "x");
	assert_made("false", "omit", "false");
	assert_made("0", "omit", "0");
}

static void
filters_make_times(void **state)
{
	static const char bad[] =
	    "takes a time, such as 2026-01-31T12:00:00Z, or a whole number of "
	    "seconds since 1970";
	char epoch[200], rfc3339[200];

	(void)state;
	snprintf(epoch, sizeof(epoch), "!the filter 'epoch' %s", bad);
	snprintf(rfc3339, sizeof(rfc3339), "!the filter 'rfc3339' %s", bad);
	assert_made("2001-09-09T01:46:40Z", "epoch", "1000000000");
	assert_made("'2001-09-09T01:46:40.5Z'", "epoch:ms", "1000000000500");
	assert_made("'2001-09-09 03:46:40+02:00'", "epoch", "1000000000");
	assert_made("'2001-09-08T21:16-0430'", "epoch", "999999960");
	assert_made("'1969-12-31T23:59:59.5Z'", "epoch", "-1");
	assert_made("'2001-09-09'", "rfc3339", "'2001-09-09T00:00:00Z'");
	assert_made("1000000000", "rfc3339", "'2001-09-09T01:46:40Z'");
	assert_made("'2001-09-09T01:46:40.250Z'", "rfc3339", "'2001-09-09T01:46:40.250Z'");
	assert_made("'2001-09-09T01:46:40+00:00'", "epoch|rfc3339", "'2001-09-09T01:46:40Z'");
	assert_made("soon", "epoch", epoch);
	assert_made("''", "epoch", epoch);
	assert_made("'2001-02-29'", "epoch", epoch);
	assert_made("'2001-02-28T24:00'", "epoch", epoch);
	assert_made("'2001-02-28x'", "epoch", epoch);
	assert_made("'0000-01-01T00:00+01:00'", "epoch", epoch);
	assert_made("-1", "rfc3339", rfc3339);
	assert_made("1.5", "rfc3339", rfc3339);
	assert_made("253402300800", "rfc3339", rfc3339);
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
	    cmocka_unit_test(arguments_are_checked),
	    cmocka_unit_test(filters_make_texts),
	    cmocka_unit_test(filters_make_something_of_nothing_and_of_lists),
	    cmocka_unit_test(filters_make_times),
	    cmocka_unit_test(a_filter_is_found_among_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
