/* SPDX-License-Identifier: ISC */
/* What of a secret is masked, and what is shown all the same. */
#include "redact-helper.h"
#include "unit.h"

#include <string.h>

#include "base/redact/redact.h"
#include "base/strbuf.h"

static void
the_lines_of_a_secret_are_masked(void **state)
{
	static const char secret[] = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEAline1\r\n"
				     "  Q0xTT2line2xyz\t\nshort\n-----END KEY-----";

	(void)state;
	redact_check_one(secret, "bad line: MIIEowIBAAKCAQEAline1", "bad line: ***");
	redact_check_one(secret, "joined: MIIEowIBAAKCAQEAline1Q0xTT2line2xyz", "joined: ******");
	redact_check_one(secret, "in\n\tQ0xTT2line2xyz\n", "in\n\t***\n");
	redact_check_one(secret, "a short one", "a short one");
	redact_check_one(
	    "ab\ncd\nef", "<ab\ncd\nef> <ab\r\ncd\r\nef> <ab\rcd\ref>", "<***> <***> <***>");
	redact_check_one("ab\r\ncd\r\nef", "<ab\ncd\nef> <ab\\ncd\\nef> <ab%0D%0Acd%0D%0Aef>",
	    "<***> <***> <***>");
}

static void
the_texts_of_a_secret_in_json_are_masked(void **state)
{
	static const char secret[] =
	    "{\"type\":\"account\",\"a long name\": \"a \\\"long\\\" v\\u00e4lue\",\n"
	    "\"list\":[1234567890, \"in the list\", {\"key\": \"line-one\\nline-two\\n\"}]}";

	(void)state;
	redact_check_one(secret, "it has a \"long\" v\xc3\xa4lue in it", "it has *** in it");
	redact_check_one(secret, "in the list, and line-two", "***, and ***");
	redact_check_one(secret, "account, a long name, 1234567890, line-o",
	    "account, a long name, 1234567890, line-o");
	redact_check_one("[\"dXNlcjpsb25ncGFzcw==\"]", "user:longpass, longpass", "***, ***");
	redact_check_one("{\"unended\": \"here it is", "here it is", "***");
}

static void
the_pair_of_basic_credentials_is_masked(void **state)
{
	(void)state;
	/* user:long "pass" */
	redact_check_one("dXNlcjpsb25nICJwYXNzIg==",
	    "<user:long \"pass\"> <long+%22pass%22> user: user", "<***> <***> user: user");
	redact_check_one("dXNlcjpsb25nICJwYXNzIg", "user:long \"pass\"", "***");
	redact_check_one("Basic dXNlcjpsb25nICJwYXNzIg==", "user:long \"pass\"", "***");
	redact_check_one("dXNlcjpzaG9ydA==", "user:short short", "*** short");
	/* what the password is sent as */
	redact_check_one("long \"pass\"", "Basic dXNlcjpsb25nICJwYXNzIg==", "Basic dXNlcj***");
	/* base64 of something else */
	redact_check_one("c29tZXRoaW5nIGVsc2U=", "something else", "something else");
}

static void
a_known_text_is_shown_whether_it_is_a_secret_or_not(void **state)
{
	static const char text[] = "my%20s3cret%2f! {\"k\":\"my s3cret\\/!\"} bXkgczNjcmV0LyE=";
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	(void)state;
	redactor_add(redactor, "s3cret/");
	redactor_add_known(redactor, "my s3cret/!");
	redactor_add_known(redactor, "");
	redactor_add_known(redactor, "a");
	redactor_apply(redactor, text, strlen(text), &out);
	assert_string_equal(out.buf, text);
	assert_false(redactor_holds(redactor, "my s3cret/!", 11));
	assert_true(redactor_holds(redactor, "my s3cret/", 10));
	strbuf_reset(&out);
	redactor_apply(redactor, "s3cret/ my s3cret/", 18, &out);
	assert_string_equal(out.buf, "*** my ***");
	/* it may be the secret itself, but not a part of another one */
	redactor_add_known(redactor, "s3cret/");
	redactor_add(redactor, "Bearer s3cret/");
	strbuf_reset(&out);
	redactor_apply(redactor, "s3cret/ Bearer s3cret/", 22, &out);
	assert_string_equal(out.buf, "s3cret/ ***");
	strbuf_release(&out);
	redactor_free(redactor);
}

/* Side by side, known texts would tell of each piece whether it was guessed. */
static void
known_texts_side_by_side_do_not_show_a_secret(void **state)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	(void)state;
	redactor_add(redactor, "firsthalfotherhalf");
	redactor_add_known(redactor, "firsthalf");
	redactor_add_known(redactor, "otherhalf");
	redactor_add_known(redactor, "halfother");
	redactor_apply(redactor, "<firsthalfotherhalf>", 20, &out);
	assert_string_equal(out.buf, "<***>");
	strbuf_release(&out);
	redactor_free(redactor);
}

static bool
holds(const struct redactor *redactor, const char *text)
{
	return redactor_holds(redactor, text, strlen(text));
}

static void
only_a_whole_secret_is_held(void **state)
{
	struct redactor *redactor = redactor_new();

	(void)state;
	redactor_add(redactor, "{\"project\":\"my-project\",\n\"key\":\"k3y\"}");
	redactor_add(redactor, "dXNlcjpsb25nLXBhc3M=");
	redactor_add(redactor, "12");
	assert_false(holds(redactor, "my-project"));
	assert_false(holds(redactor, "\"key\":\"k3y\"}"));
	assert_true(holds(redactor, "<{\"project\":\"my-project\",\r\n\"key\":\"k3y\"}"));
	assert_true(holds(redactor, "user:long-pass"));
	assert_true(holds(redactor, "dXNlcjpsb25nLXBhc3M="));
	assert_true(holds(redactor, "x 12"));
	assert_false(holds(redactor, "x12"));
	assert_false(holds(redactor, ""));
	redactor_free(redactor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_lines_of_a_secret_are_masked),
	    cmocka_unit_test(the_texts_of_a_secret_in_json_are_masked),
	    cmocka_unit_test(the_pair_of_basic_credentials_is_masked),
	    cmocka_unit_test(a_known_text_is_shown_whether_it_is_a_secret_or_not),
	    cmocka_unit_test(known_texts_side_by_side_do_not_show_a_secret),
	    cmocka_unit_test(only_a_whole_secret_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
