/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "http/http.h"
#include "http/syntax.h"

static void
only_some_methods_may_be_sent_twice(void **state)
{
	(void)state;
	assert_true(http_method_idempotent("GET"));
	assert_true(http_method_idempotent("PUT"));
	assert_true(http_method_idempotent("DELETE"));
	assert_false(http_method_idempotent("POST"));
	assert_false(http_method_idempotent("PATCH"));
	assert_false(http_method_idempotent("TRACE"));
	assert_false(http_method_known("TRACE"));
	assert_true(http_method_has_length("POST"));
	assert_false(http_method_has_length("DELETE"));
}

static void
credentials_are_known_in_any_case(void **state)
{
	(void)state;
	assert_true(http_header_is_credential("authorization"));
	assert_true(http_header_is_credential("Set-Cookie"));
	assert_true(http_header_is_credential("X-Api-Key"));
	assert_true(http_header_is_credential("PRIVATE-TOKEN"));
	assert_false(http_header_is_credential("Accept"));
}

/* As libcurl sends it. */
static void
a_url_is_taken_apart_as_it_is_sent(void **state)
{
	static const struct {
		const char *url;
		const char *scheme;
		const char *authority;
		const char *target;
	} cases[] = {
	    {"http://h", "http", "h", "/"},
	    {"https://h/x", "https", "h", "/x"},
	    {"HTTP://H?q", "http", "H", "/?q"},
	    {"https://h:80/", "https", "h:80", "/"},
	    {"https://h:443/", "https", "h", "/"},
	    {"http://h:80/", "http", "h", "/"},
	    {"http://h:/", "http", "h", "/"},
	    {"http://h:8080#f", "http", "h:8080", "/"},
	    {"http://h/a:1?b?c#d?e", "http", "h", "/a:1?b?c"},
	    {"http://h/?", "http", "h", "/?"},
	    {"http://h//a/%7Eb/", "http", "h", "//a/%7Eb/"},
	    {"http://[::1]/", "http", "[::1]", "/"},
	    {"http://[0:0::1]:99/", "http", "[::1]:99", "/"},
	    {"http://[2001:DB8::1]/", "http", "[2001:DB8::1]", "/"},
	    {"http://127.1/", "http", "127.0.0.1", "/"},
	    {"http://0x7f.1:81/", "http", "127.0.0.1:81", "/"},
	    {"http://1.2.3.4.5/", "http", "1.2.3.4.5", "/"},
	    {"http://localhost./", "http", "localhost.", "/"},
	};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		struct http_url url;

		assert_int_equal(http_url_split(&arena, cases[i].url, &url, &err), 0);
		assert_string_equal(url.scheme, cases[i].scheme);
		assert_string_equal(url.authority, cases[i].authority);
		assert_string_equal(url.target, cases[i].target);
		strbuf_release(&err);
	}
	arena_release(&arena);
}

static void
what_cannot_be_sent_is_not_taken_apart(void **state)
{
	static const char *const urls[] = {"ftp://h/", "file:///etc/passwd", "h", "http:/h/", "",
	    "http:///h/", "http://", "http://?a=b", "http://h:99999/", "http://ex a/",
	    "http://h/a b", "http://h/a\r\nX: y", "http://hidden@h/", "http://me:hidden@h/",
	    "http://h/../hidden", "http://a<hidden/", "http://[::1", "http://[h]/"};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		struct http_url url;

		assert_int_equal(http_url_split(&arena, urls[i], &url, &err), -1);
		assert_int_not_equal(err.len, 0);
		assert_null(strstr(err.buf, "hidden"));
		strbuf_release(&err);
	}
	arena_release(&arena);
}

static void
the_same_server_may_be_written_in_several_ways(void **state)
{
	static const struct {
		const char *left;
		const char *right;
		bool same;
	} cases[] = {
	    {"http://h/a", "http://h/b?c#d", true},
	    {"http://h", "HTTP://H:80/", true},
	    {"https://h:443/", "https://h", true},
	    {"http://127.0.0.1/", "http://127.1/", true},
	    {"http://h/", "https://h/", false},
	    {"http://h:443/", "https://h:443/", false},
	    {"http://h/", "http://h:81/", false},
	    {"http://h/", "http://h.evil/", false},
	    {"http://h/", "http://evil/h/", false},
	    {"http://h/", "http://h@evil/", false},
	    {"http://h/", "http://u@h/", false},
	    {"http://h/", "http://h:80@evil/", false},
	    {"http://h:99999999/", "http://h:99999999/", false},
	    {"http://h/", "file:///h/", false},
	    {"http://h/", "//h/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    http_url_same_origin(cases[i].left, cases[i].right), cases[i].same);
		assert_int_equal(
		    http_url_same_origin(cases[i].right, cases[i].left), cases[i].same);
	}
}

static void
a_proxy_has_a_host_and_perhaps_a_user(void **state)
{
	static const struct {
		const char *text;
		const char *url;
		const char *user;
		const char *password;
	} cases[] = {
	    {"none", "", NULL, NULL},
	    {"h", "h", NULL, NULL},
	    {"h:3128", "h:3128", NULL, NULL},
	    {"http://h/", "http://h/", NULL, NULL},
	    {"SOCKS5h://h:1080", "SOCKS5h://h:1080", NULL, NULL},
	    {"http://me@h:1", "http://h:1", "me", NULL},
	    {"me:pw@h", "h", "me", "pw"},
	    {"https://u%40r:p%3aw%2Fx%@h", "https://h", "u@r", "p:w/x%"},
	    {"http://u:a:b@h", "http://h", "u", "a:b"},
	    {"http://u:@h", "http://h", "u", ""},
	};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		struct http_proxy proxy;

		assert_int_equal(http_proxy_parse(&arena, cases[i].text, &proxy, &err), 0);
		assert_string_equal(proxy.url, cases[i].url);
		if (cases[i].user == NULL)
			assert_null(proxy.user);
		else
			assert_string_equal(proxy.user, cases[i].user);
		if (cases[i].password == NULL)
			assert_null(proxy.password);
		else
			assert_string_equal(proxy.password, cases[i].password);
		strbuf_release(&err);
	}
	arena_release(&arena);
}

static void
what_is_no_proxy_is_refused(void **state)
{
	static const char *const proxies[] = {"", "http://", "ftp://h", "nonsense://me:hidden@h",
	    "h h", ":1", "http://u:hid@den@h", "http://u:hid/den@h", "http://u:hid?@h",
	    "u:hid#den@h", "http://h/hidden", "http://u@", "http://u:hidden@/"};
	struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		struct http_proxy proxy;

		assert_int_equal(http_proxy_parse(&arena, proxies[i], &proxy, &err), -1);
		assert_int_not_equal(err.len, 0);
		assert_null(strstr(err.buf, "hid"));
		strbuf_release(&err);
	}
	arena_release(&arena);
}

/* As it is; and percent-encoded once, as it is filled into a URL, or once and twice more. */
static void
assert_segment(const char *segment, bool moves)
{
	struct strbuf text = STRBUF_INIT, encoded = STRBUF_INIT;

	strbuf_addstr(&text, segment);
	for (int encodings = 0; encodings <= 3; encodings++) {
		assert_string_equal(
		    http_segment_moves(text.buf, text.len) == moves ? "" : text.buf, "");
		strbuf_reset(&encoded);
		for (size_t i = 0; i < text.len; i++)
			strbuf_addf(&encoded, "%%%02X", (unsigned char)text.buf[i]);
		strbuf_reset(&text);
		strbuf_add(&text, encoded.buf, encoded.len);
	}
	strbuf_release(&text);
	strbuf_release(&encoded);
}

static void
a_segment_that_leads_elsewhere_is_known_however_it_is_encoded(void **state)
{
	static const char *const moving[] = {".", "..", "../admin", "..\\admin", "a/..", "a\\..",
	    "a/../b", "a\\..\\b", "a/..\\b", "/..", "../", "./a", "a/.", "a/./b", "..;", "..;/a",
	    "..;jsessionid=1/admin", "a/..;x", "x;/../", "//..//", ".\\"};
	static const char *const staying[] = {"", "a", "a.b", "...", "....", ".a", "..a", "a..",
	    "a.", "..a/b", "a../b", "a/b", "a//b", "/", "\\", ".;", ".;/a", ". ", ".. ", "a;..",
	    "a;/b", "v1..v2", "1.0/2.0", "\xc0\xae\xc0\xae", "%u002e", "..\xc2\xa0", "%", "%2",
	    "%zz"};

	(void)state;
	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		assert_segment(moving[i], true);
	for (size_t i = 0; i < sizeof(staying) / sizeof(staying[0]); i++)
		assert_segment(staying[i], false);
}

static void
a_segment_is_decoded_part_by_part_too(void **state)
{
	static const struct {
		const char *segment;
		bool moves;
	} cases[] = {{".%2e", true}, {"%2E.", true}, {"..%2fa", true}, {"..%5Ca", true},
	    {"%2e%2e%2fadmin", true}, {"%252e%252e%252fadmin", true}, {"%25252e%25252e", true},
	    {".%252e%5ca", true}, {"..%3bx", true}, {"a%2f%2e", true}, {"%2525252e", false},
	    {"%00..", false}, {"..%00", false}, {"%2", false}, {"..%2", false}, {"..%2g", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *segment = cases[i].segment;
		bool moves = http_segment_moves(segment, strlen(segment));

		assert_string_equal(moves == cases[i].moves ? "" : segment, "");
	}
	/* no more than the segment is looked at */
	assert_true(http_segment_moves("..a", 2));
	assert_false(http_segment_moves("a/..", 2));
	assert_false(http_segment_moves("..%2e", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_some_methods_may_be_sent_twice),
	    cmocka_unit_test(credentials_are_known_in_any_case),
	    cmocka_unit_test(a_url_is_taken_apart_as_it_is_sent),
	    cmocka_unit_test(what_cannot_be_sent_is_not_taken_apart),
	    cmocka_unit_test(the_same_server_may_be_written_in_several_ways),
	    cmocka_unit_test(a_proxy_has_a_host_and_perhaps_a_user),
	    cmocka_unit_test(what_is_no_proxy_is_refused),
	    cmocka_unit_test(a_segment_that_leads_elsewhere_is_known_however_it_is_encoded),
	    cmocka_unit_test(a_segment_is_decoded_part_by_part_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
