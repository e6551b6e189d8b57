/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/wrap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
shown(const char *text)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	shown_add(&out, text, strlen(text));
	return out.buf;
}

static const char *
cell(const char *text)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	shown_add_cell(&out, text);
	return out.buf;
}

static const char *
quoted(const char *text)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	quote_add(&out, text);
	return out.buf;
}

static void
what_drives_a_terminal_or_is_not_seen_is_an_escape(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
	    {"", ""}, {"plain \xc3\xa9 \xf0\x9f\x98\x80 ~", "plain \xc3\xa9 \xf0\x9f\x98\x80 ~"},
	    {"\x1b[31mred", "\\x1b[31mred"}, {"line\nbreak\ttab\r", "line\\x0abreak\\x09tab\\x0d"},
	    {"\x7f", "\\x7f"},
	    {"\xc2\x9b"
	     "2J",
		"\\u009b2J"},
	    {"\xff\xfe", "\\xff\\xfe"}, /* bytes, and no characters */
	    {"\xe2\x82", "\\xe2\\x82"},
	    {"a\xe2\x80\xae"
	     "b",
		"a\\u202eb"}, /* an override from right to left */
	    {"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f"},
	    {"\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9", "\\u202a\\u2066\\u2069"},
	    {"\xc2\xad\xe2\x80\x8b\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf",
		"\\u00ad\\u200b\\u200d\\u2060\\ufeff"},	    /* soft hyphen, zero widths, BOM */
	    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"}, /* separators of lines */
	    {"\xc2\xa0\xe2\x80\x83\xe3\x80\x80", "\\u00a0\\u2003\\u3000"}, /* other spaces */
	    {"\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0",
		"\\u115f\\u1160\\u3164\\uffa0"},	    /* fillers of Hangul */
	    {"\xe1\xa0\x8e\xe2\xa0\x80", "\\u180e\\u2800"}, /* a vowel separator, empty braille */
	    {"x\xcd\x8f\xef\xb8\x8f", "x\\u034f\\ufe0f"},   /* a joiner, a variation */
	    {"\xf3\xa0\x81\x81\xf3\xa0\x84\x80", "\\U000e0041\\U000e0100"}, /* a tag, a variation */
	    {"\xee\x80\x80\xf4\x80\x80\x80", "\\ue000\\U00100000"},	    /* for private use */
	    {"\xef\xbf\xbf\xcd\xb8", "\\uffff\\u0378"}, /* no character, not assigned */
	    {"\xef\xbf\xb9", "\\ufff9"},		/* an annotation */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(shown(cases[i].text), cases[i].shown);
}

static void
a_literal_that_looks_like_an_escape_is_told_from_one(void **state)
{
	static const char *const cases[][2] = {
	    {"\\x1b", "\\\\x1b"},
	    {"\\u202E", "\\\\u202E"},
	    {"\\U000e0041", "\\\\U000e0041"},
	    {"\\\\x1b", "\\\\\\\\x1b"},
	    {"\\\x1b", "\\\\\\x1b"}, /* a backslash, and an escape */
	    /* what does not look like one stays as it is */
	    {"C:\\users\\x\\", "C:\\users\\x\\"},
	    {"\\\\server\\share", "\\\\server\\share"},
	    {"\\n \\x1 \\u12 \\U0001 \\xg0", "\\n \\x1 \\u12 \\U0001 \\xg0"},
	    {"\\x41 \\u00e4 \\u001b \\ud83d\\ude00 \\U00000041",
		"\\x41 \\u00e4 \\u001b \\ud83d\\ude00 \\U00000041"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(shown(cases[i][0]), cases[i][1]);
}

static void
combining_marks_need_a_letter_and_do_not_pile_up(void **state)
{
#define MARK "\xcc\x81"
	(void)state;
	assert_string_equal(shown("e" MARK MARK MARK MARK), "e" MARK MARK MARK MARK);
	assert_string_equal(shown("e" MARK MARK MARK MARK MARK), "e" MARK MARK MARK MARK "\\u0301");
	assert_string_equal(shown(MARK "e"), "\\u0301e");
	assert_string_equal(shown("e " MARK), "e \\u0301");
	assert_string_equal(shown("\n" MARK), "\\x0a\\u0301");
}

static void
a_cell_has_no_gaps(void **state)
{
	(void)state;
	assert_string_equal(cell("a b c"), "a b c");
	assert_string_equal(cell(" a  b   c "), "\\x20a \\x20b \\x20\\x20c\\x20");
	assert_string_equal(cell("\\ \\\\ "), "\\ \\\\\\\\\\x20");
	assert_string_equal(cell(" "), "\\x20");
}

static void
a_quote_cannot_be_left(void **state)
{
	(void)state;
	assert_string_equal(quoted(""), "\"\"");
	assert_string_equal(quoted("fine, 3m ago"), "\"fine, 3m ago\"");
	assert_string_equal(quoted("a\"; b"), "\"a\\\"; b\"");
	assert_string_equal(quoted("a\\\"\\b\\"), "\"a\\\\\\\"\\b\\\\\"");
}

/* ---- no two texts are shown alike */

static uint32_t seed = 1;

static size_t
below(size_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

/* A text of what escapes are made of, and of what becomes one. */
static void
make_text(struct strbuf *out)
{
	static const char *const parts[] = {"\\", "\\", "\\", "x", "u", "U", "1", "b", "0", "e",
	    "G", " ", "  ", "\"", "\x1b", "\n", "\x7f", "\xff", "\x9b", "\xc2\x9b", "\xe2\x80\xae",
	    "\xc2\xa0", "\xcc\x81", "\xf3\xa0\x81\x81", "\xc3\xa9", "x1b", "x20", "u202e",
	    "U000e0041", "0000", "u0301", "ud83d", "u00e4"};

	strbuf_reset(out);
	for (size_t i = below(12); i > 0; i--)
		strbuf_addstr(out, parts[below(COUNT(parts))]);
}

/* The number of the escape behind a backslash; its length behind that, 0: there is none. */
static unsigned long
escape_at(const char *text, size_t *length)
{
	char digits[9] = "";
	size_t count = *text == 'x' ? 2 : *text == 'u' ? 4 : *text == 'U' ? 8 : 0;
	unsigned long number;
	bool is_one = false;

	*length = 0;
	for (size_t i = 0; i < count; i++) {
		if (!isxdigit((unsigned char)text[1 + i]))
			return 0;
		digits[i] = text[1 + i];
	}
	number = strtoul(digits, NULL, 16);
	if (count == 2)
		is_one = number <= ' ' || number >= 0x7f;
	else if (count > 0)
		is_one = number >= (count == 4 ? 0x80 : 0x10000) && (number & ~0x7fful) != 0xd800 &&
			 number <= 0x10ffff && (utf8_is_hidden(number) || utf8_width(number) == 0);
	*length = is_one ? count + 1 : 0;
	return number;
}

/* Appends the text that was shown so, as the manual says. */
static void
decode(struct strbuf *out, const char *text)
{
	while (*text != '\0') {
		size_t run = strspn(text, "\\"), length;
		unsigned long number = escape_at(text + run, &length);
		size_t literal = length == 0 ? run : run / 2;

		for (size_t i = 0; i < literal; i++)
			strbuf_addch(out, '\\');
		text += run;
		if (length == 3 && run % 2 == 1)
			strbuf_addch(out, (char)number);
		else if (length != 0 && run % 2 == 1)
			utf8_encode(out, number);
		else if (*text != '\0')
			strbuf_addch(out, *text++);
		if (length != 0 && run % 2 == 1)
			text += length;
	}
}

/* Removes the quotes and what they brought. */
static void
unquote(struct strbuf *out, const char *text)
{
	const char *end = text + strlen(text) - 1;

	for (text++; text < end;) {
		size_t run = strspn(text, "\\");
		size_t literal = text + run >= end || text[run] == '"' ? run / 2 : run;

		for (size_t i = 0; i < literal; i++)
			strbuf_addch(out, '\\');
		text += run;
		if (text < end)
			strbuf_addch(out, *text++);
	}
}

static void
assert_safe(const char *text)
{
	size_t used, len = strlen(text);

	for (size_t i = 0; i < len; i += used) {
		long code_point = utf8_decode(text + i, len - i, &used);

		assert_true(code_point >= 0 && !utf8_is_hidden((unsigned long)code_point));
	}
}

static void
no_two_texts_are_shown_alike(void **state)
{
	struct strbuf text = STRBUF_INIT, back = STRBUF_INIT, safe = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		make_text(&text);
		assert_safe(shown(text.buf));
		strbuf_reset(&back);
		decode(&back, shown(text.buf));
		assert_string_equal(back.buf, text.buf);
		strbuf_reset(&back);
		decode(&back, cell(text.buf));
		assert_string_equal(back.buf, text.buf);
		assert_null(strstr(cell(text.buf), "  "));
		strbuf_reset(&back);
		unquote(&back, quoted(text.buf));
		assert_string_equal(back.buf, text.buf);
		/* what is shown already stays */
		strbuf_reset(&safe);
		shown_add_safe(&safe, shown(text.buf), strlen(shown(text.buf)));
		assert_string_equal(safe.buf, shown(text.buf));
	}
	strbuf_release(&text);
	strbuf_release(&back);
	strbuf_release(&safe);
}

static void
what_was_composed_is_made_safe_and_keeps_its_backslashes(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	shown_add_safe(&out, "\\x1b \\\\x1b \x1b \xff", strlen("\\x1b \\\\x1b \x1b \xff"));
	assert_string_equal(out.buf, "\\x1b \\\\x1b \\x1b \\xff");
	strbuf_release(&out);
}

/* ---- lines */

static const char *
wrapped(const char *text, size_t at, size_t columns)
{
	static struct strbuf out = STRBUF_INIT;

	strbuf_reset(&out);
	wrap_add(&out, text, at, columns, "  | ");
	return out.buf;
}

static void
a_long_line_goes_on_behind_a_mark(void **state)
{
	(void)state;
	assert_string_equal(wrapped("0123456789abcdef", 0, 0), "0123456789abcdef");
	assert_string_equal(wrapped("0123456789abcdef", 0, 16), "0123456789abcdef");
	assert_string_equal(wrapped("0123456789abcdefg", 0, 16), "0123456789abcdef\n  | g");
	assert_string_equal(
	    wrapped("one two three four five", 4, 16), "one two \n  | three four \n  | five");
	/* what begins behind the end, wide characters, a terminal that is too narrow */
	assert_string_equal(wrapped("ab", 20, 16), "\n  | ab");
	assert_string_equal(wrapped("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 13, 16),
	    "\xe6\xbc\xa2\n  | \xe5\xad\x97\xe6\xbc\xa2");
	assert_string_equal(wrapped("0123456789", 0, 2), "01\n  | 23456789");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_drives_a_terminal_or_is_not_seen_is_an_escape),
	    cmocka_unit_test(a_literal_that_looks_like_an_escape_is_told_from_one),
	    cmocka_unit_test(combining_marks_need_a_letter_and_do_not_pile_up),
	    cmocka_unit_test(a_cell_has_no_gaps),
	    cmocka_unit_test(a_quote_cannot_be_left),
	    cmocka_unit_test(no_two_texts_are_shown_alike),
	    cmocka_unit_test(what_was_composed_is_made_safe_and_keeps_its_backslashes),
	    cmocka_unit_test(a_long_line_goes_on_behind_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
