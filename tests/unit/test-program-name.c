/* SPDX-License-Identifier: ISC */
/* What commands begin with that are shown to people. */
#include "unit.h"

#include <stdlib.h>

#include "base/shell.h"
#include "base/strbuf.h"
#include "workspace/program-name.h"

static void
assert_name(const char *variable, const char *directory, const char *expected)
{
	struct strbuf name = STRBUF_INIT;

	if (variable == NULL)
		unsetenv("SVCREQ_NAME");
	else
		setenv("SVCREQ_NAME", variable, 1);
	program_name_add(&name, directory);
	assert_string_equal(name.buf, expected);
	strbuf_release(&name);
	unsetenv("SVCREQ_NAME");
}

static void
a_wrapper_names_itself_with_its_workspace(void **state)
{
	static const char longest[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

	(void)state;
	assert_name("request", NULL, "request");
	assert_name("request", "/srv/x", "request");
	assert_name("sudo -u svc request_2.sh", NULL, "sudo -u svc request_2.sh");
	assert_name(longest, NULL, longest);
}

static void
what_cannot_be_a_name_is_ignored(void **state)
{
	static const char *const odd[] = {"", " ", "   ", "a;b", "a/b", "a\n", "a\tb", "$(a)",
	    "`a`", "a'b", "\"a\"", "\xc3\xa4", "\x1b[1m", "a|b", "a&", "~a", "a*",
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefg"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_name(odd[i], NULL, "svcreq");
		assert_name(odd[i], "x", "svcreq -C x");
	}
}

static void
without_one_it_is_the_program_with_the_folder_that_was_given(void **state)
{
	(void)state;
	assert_name(NULL, NULL, "svcreq");
	assert_name(NULL, "/srv/requests", "svcreq -C /srv/requests");
	assert_name(NULL, "my requests", "svcreq -C 'my requests'");
}

static void
a_word_is_quoted_when_a_shell_would_read_it_otherwise(void **state)
{
	static const struct {
		const char *word, *shown;
	} words[] = {
	    {"", "''"},
	    {"a=b", "a=b"},
	    {"/a-b_c.d:e,f@g%h+i", "/a-b_c.d:e,f@g%h+i"},
	    {"a b", "'a b'"},
	    {"it's", "'it'\\''s'"},
	    {"'", "''\\'''"},
	    {"$x", "'$x'"},
	    {"a\\b", "'a\\b'"},
	    {"~", "'~'"},
	    {"*", "'*'"},
	    {"!", "'!'"},
	    {"\xc3\xa4", "'\xc3\xa4'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct strbuf shown = STRBUF_INIT;

		shell_add_word(&shown, words[i].word);
		assert_string_equal(shown.buf, words[i].shown);
		strbuf_release(&shown);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wrapper_names_itself_with_its_workspace),
	    cmocka_unit_test(what_cannot_be_a_name_is_ignored),
	    cmocka_unit_test(without_one_it_is_the_program_with_the_folder_that_was_given),
	    cmocka_unit_test(a_word_is_quoted_when_a_shell_would_read_it_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
