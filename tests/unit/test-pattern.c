/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/pattern.h"

static void
assert_match(const char *pattern, const char *text, enum pattern_result expected)
{
	assert_int_equal(pattern_check(pattern, NULL), 0);
	assert_int_equal(pattern_match(pattern, text, NULL), expected);
}

static void
the_whole_text_fits(void **state)
{
	(void)state;
	assert_match("[a-z]+", "web", PATTERN_FITS);
	assert_match("[a-z]+", "web1", PATTERN_DIFFERS);
	assert_match("[a-z]+", "1web", PATTERN_DIFFERS);
	assert_match("[a-z]+", "web\n", PATTERN_DIFFERS);
	assert_match("^[a-z]+$", "web\n", PATTERN_DIFFERS);
	assert_match("a|ab", "ab", PATTERN_FITS);
	assert_match("", "", PATTERN_FITS);
}

static void
characters_are_those_of_utf8_and_classes_are_ascii(void **state)
{
	(void)state;
	assert_match(".", "ä", PATTERN_FITS);
	assert_match("..", "ä", PATTERN_DIFFERS);
	assert_match("\\p{L}+", "größe", PATTERN_FITS);
	assert_match("\\d", "\u0663", PATTERN_DIFFERS); /* a digit of another script */
}

static void
assert_bad(const char *pattern, const char *reason)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(pattern_check(pattern, &err), -1);
	assert_non_null(strstr(err.buf, reason));
	strbuf_release(&err);
}

static void
what_is_no_pattern_says_where(void **state)
{
	char longest[PATTERN_MAX + 2];

	(void)state;
	assert_bad("[a-", "(at byte 4)");
	assert_bad("(", "parenthesis");
	assert_bad("\\C", "\\C");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_bad(longest, "a pattern has at most 1000 bytes");
	longest[PATTERN_MAX] = '\0';
	assert_int_equal(pattern_check(longest, NULL), 0);
}

/* Each would take from seconds to for ever without a limit; ten times what is usual is allowed. */
static void
a_hostile_pattern_is_refused_soon(void **state)
{
	static const char *const patterns[] = {"(a+)+[bc]", "(a|a)*[bc]", "(a?){50}a{50}[bc]",
	    "(?:a*)*(?:a*)*(?:a*)*[bc]", "(?R)?a*[bc]", "(.*)(.*)(.*)(.*)(.*)[bc]"};
	static char text[PATTERN_TEXT_MAX + 2];

	(void)state;
	memset(text, 'a', PATTERN_TEXT_MAX);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		int64_t begin = clock_monotonic();
		enum pattern_result result = pattern_match(patterns[i], text, &err);

		assert_true(clock_monotonic() - begin < 2000);
		assert_int_equal(result == PATTERN_REFUSED, err.len > 0);
		assert_int_not_equal(result, PATTERN_FITS);
		strbuf_release(&err);
	}
	assert_match("(a+)+[bc]", text, PATTERN_REFUSED);
	text[PATTERN_TEXT_MAX] = 'a';
	assert_match("a*", text, PATTERN_REFUSED);
	text[PATTERN_TEXT_MAX] = '\0';
	assert_match("a*", text, PATTERN_FITS);
}

static void
a_pattern_that_is_too_big_is_refused(void **state)
{
	(void)state;
	assert_bad("(?:(?:(?:a{1000}){1000}){1000}){1000}", "too large");
}

static void
many_patterns_are_told_apart(void **state)
{
	char pattern[16];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 40; i++) {
			snprintf(pattern, sizeof(pattern), "a{%d}", i);
			assert_match(pattern, "aaaaa", i == 5 ? PATTERN_FITS : PATTERN_DIFFERS);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_whole_text_fits),
	    cmocka_unit_test(characters_are_those_of_utf8_and_classes_are_ascii),
	    cmocka_unit_test(what_is_no_pattern_says_where),
	    cmocka_unit_test(a_hostile_pattern_is_refused_soon),
	    cmocka_unit_test(a_pattern_that_is_too_big_is_refused),
	    cmocka_unit_test(many_patterns_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
