/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/strbuf.h"
#include "base/user-name.h"

static void
what_can_name_a_user_or_a_group(void **state)
{
	static const struct {
		const char *text;
		const char *fault; /* "": there is none */
	} rows[] = {
	    {"alice", ""}, {"@ops", ""}, {"Domain Users", ""}, /* of a directory */
	    {"alice@example.org", ""}, {"J\xc3\xb6rg", ""}, {"#54321", ""}, {"#0", ""},
	    {"@#54321", ""}, {"", "there is no name"}, {"@", "there is no name"},
	    {"root, daemon", "a name has no ',' in it: several are a list"},
	    {"group:root", "a name has no ':' in it"},
	    {"root ", "there is a space at an end of the name"},
	    {" root", "there is a space at an end of the name"},
	    {"@ root", "there is a space at an end of the name"},
	    {"@root ", "there is a space at an end of the name"},
	    {"root\n", "a name has no control character and no invisible one in it"},
	    {"\troot", "a name has no control character and no invisible one in it"},
	    {"ro\x01ot", "a name has no control character and no invisible one in it"},
	    {"root\xc2\xa0", "a name has no control character and no invisible one in it"},
	    {"root\xe2\x80\x8b", "a name has no control character and no invisible one in it"},
	    {"\xff", "it is not UTF-8"}, {"@@root", "a name has no second '@'"},
	    {"@ops@example.org", "a name has no second '@'"}, {"a@b@c", "a name has no second '@'"},
	    {"#", "'#' is followed by a number"}, {"#x", "'#' is followed by a number"},
	    {"#-1", "'#' is followed by a number"},
	    {"#1 ", "there is a space at an end of the name"},
	    {"#4294967295", "'#' is followed by a number"}, /* stands for nobody */
	};
	struct strbuf err = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int ret = user_name_check(rows[i].text, &err);

		assert_string_equal(err.buf, rows[i].fault);
		assert_int_equal(ret, *rows[i].fault == '\0' ? 0 : -1);
		strbuf_reset(&err);
	}
	strbuf_release(&err);
}

static void
a_number_stands_for_who_has_it(void **state)
{
	(void)state;
	assert_true(user_name_is_number("#54321", 54321));
	assert_true(user_name_is_number("#0", 0));
	assert_false(user_name_is_number("#54321", 5432));
	assert_false(user_name_is_number("54321", 54321));
	assert_false(user_name_is_number("alice", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_can_name_a_user_or_a_group),
	    cmocka_unit_test(a_number_stands_for_who_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
