/* SPDX-License-Identifier: ISC */
/* Whom a URL calls. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/origin.h"
#include "base/strbuf.h"

static void
an_origin_has_one_spelling(void **state)
{
	static const struct {
		const char *url;
		const char *origin;
	} cases[] = {
	    {"https://api.example.org", "https://api.example.org"},
	    {"https://api.example.org/", "https://api.example.org"},
	    {"HTTPS://API.Example.ORG:443/a/b?c=://d#e", "https://api.example.org"},
	    {"https://api.example.org.", "https://api.example.org"},
	    {"https://api.example.org.:8443/", "https://api.example.org:8443"},
	    {"https://api.example.org:", "https://api.example.org"},
	    {"https://api.example.org:80", "https://api.example.org:80"},
	    {"http://api.example.org:80", "http://api.example.org"},
	    {"http://h?a", "http://h"},
	    {"http://h#a", "http://h"},
	    {"http://127.1/", "http://127.0.0.1"},
	    {"http://0x7f000001:81/", "http://127.0.0.1:81"},
	    {"http://127.0.0.1./", "http://127.0.0.1"},
	    {"http://[::1]:80/", "http://[::1]"},
	    {"http://[0:0::0001]/", "http://[::1]"},
	    {"http://[2001:DB8::A]:8080", "http://[2001:db8::a]:8080"},
	    {"http://[::ffff:1.2.3.4]/", "http://[::ffff:1.2.3.4]"},
	    {"socks5h://proxy:1080", "socks5h://proxy"},
	    {"SOCKS4://proxy:1", "socks4://proxy:1"},
	};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *origin = origin_of(&arena, cases[i].url, NULL);

		assert_non_null(origin);
		assert_string_equal(origin, cases[i].origin);
		assert_string_equal(origin_of(&arena, origin, NULL), origin);
		assert_int_equal(origin_check(origin, NULL), 0);
	}
	arena_release(&arena);
}

static void
what_calls_nobody_has_no_origin(void **state)
{
	static const char *const urls[] = {"", "hidden", "//hidden", "hidden/://", "ftp://hidden",
	    "javascript://hidden", "http:/hidden", "http://", "http:///hidden", "http://.",
	    "http://:80", "http://me@hidden", "http://me:hidden@h", "http://h:0", "http://h:65536",
	    "http://h:1x", "http://[::1", "http://[hidden]", "http://h idden", "http://h\n",
	    "http://*.hidden", "http://h%41/", "http://h\\idden", "http://h\xc3\xa4",
	    "http://${hidden}/"};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct strbuf err = STRBUF_INIT;

		assert_null(origin_of(&arena, urls[i], &err));
		assert_int_not_equal(err.len, 0);
		assert_null(strstr(err.buf, "hidden"));
		strbuf_release(&err);
	}
	arena_release(&arena);
}

static void
an_origin_is_no_more_than_that(void **state)
{
	static const char *const more[] = {
	    "https://h/", "https://h/path", "https://h?a", "https://h#a", "https://h:1/"};

	(void)state;
	assert_int_equal(origin_check("https://H:443", NULL), 0);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		assert_int_equal(origin_check(more[i], NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_origin_has_one_spelling),
	    cmocka_unit_test(what_calls_nobody_has_no_origin),
	    cmocka_unit_test(an_origin_is_no_more_than_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
