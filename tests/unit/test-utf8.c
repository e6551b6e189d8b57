/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

static void
every_code_point_survives_encoding_and_decoding(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	for (long c = 0; c <= 0x10ffff; c++) {
		size_t used;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		strbuf_reset(&sb);
		utf8_encode(&sb, (unsigned long)c);
		assert_int_equal(utf8_decode(sb.buf, sb.len, &used), c);
		assert_int_equal(used, sb.len);
		if (sb.len > 1)
			assert_int_equal(utf8_decode(sb.buf, sb.len - 1, &used), -1);
	}
	strbuf_release(&sb);
}

static void
what_is_not_utf8_is_refused(void **state)
{
	static const char *const cases[] = {
	    "\x80",		/* a continuation alone */
	    "\xc3",		/* cut */
	    "\xe2\x82",		/* cut */
	    "\xf0\x9f\x98",	/* cut */
	    "\xc3\x28",		/* no continuation */
	    "\xe2\x28\xac",	/* no continuation */
	    "\xc0\x80",		/* overlong NUL */
	    "\xc1\xbf",		/* overlong */
	    "\xe0\x9f\xbf",	/* overlong */
	    "\xf0\x8f\xbf\xbf", /* overlong */
	    "\xed\xa0\x80",	/* surrogate */
	    "\xed\xbf\xbf",	/* surrogate */
	    "\xf4\x90\x80\x80", /* above U+10FFFF */
	    "\xf5\x80\x80\x80", /* above U+10FFFF */
	    "\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t used = 99;

		assert_int_equal(utf8_decode(cases[i], strlen(cases[i]), &used), -1);
		assert_int_equal(used, 1);
		assert_false(utf8_valid(cases[i], strlen(cases[i])));
	}
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b\xc3\xa9", 5));
}

static void
columns_count_what_a_terminal_shows(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"\xc3\xa9t\xc3\xa9", 3},
	    {"e\xcc\x81", 1},		     /* e and a combining accent */
	    {"\xe6\xbc\xa2\xe5\xad\x97", 4}, /* two ideographs */
	    {"\xed\x95\x9c", 2},	     /* a Hangul syllable */
	    {"\xef\xbc\xa1", 2},	     /* full-width A */
	    {"\xf0\x9f\x98\x80", 2},	     /* an emoji */
	    {"\xf0\xa0\x80\x80", 2},	     /* plane 2 */
	    {"a\xe2\x80\x8d", 1},	     /* zero width joiner */
	    {"\xe2\x94\x80\xe2\x9c\x93", 2}, /* box drawing, check mark */
	    {"\xff", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_columns(cases[i].text), cases[i].columns);
}

static void
a_length_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(""), 0);
	assert_int_equal(utf8_length("abc"), 3);
	assert_int_equal(utf8_length("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x"), 4);
}

static void
a_cut_keeps_characters_whole(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x";
	static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		assert_int_equal(utf8_cut(text, i), lengths[i]);
	/* what is not UTF-8 has no characters */
	assert_int_equal(utf8_cut("a\xff", 2), 2);
	assert_int_equal(utf8_cut("\x80\x80\x80\x80\x80\x80", 6), 6);
	assert_int_equal(utf8_cut("\xc3\xa9\xa9", 3), 3);
}

static void
a_cut_by_columns_counts_what_a_terminal_shows(void **state)
{
	static const char text[] = "a\xe6\x97\xa5" /* wide */ "e\xcc\x81" /* combining */ "b\xff";
	static const size_t lengths[] = {0, 1, 1, 4, 7, 8, 9, 9};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		assert_int_equal(utf8_cut_columns(text, strlen(text), i), lengths[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_code_point_survives_encoding_and_decoding),
	    cmocka_unit_test(what_is_not_utf8_is_refused),
	    cmocka_unit_test(columns_count_what_a_terminal_shows),
	    cmocka_unit_test(a_length_counts_characters),
	    cmocka_unit_test(a_cut_keeps_characters_whole),
	    cmocka_unit_test(a_cut_by_columns_counts_what_a_terminal_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
