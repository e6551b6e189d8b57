/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "steps/url-origin.h"

static void
an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *url;
		bool secure;
		const char *host;
		long port;
	} cases[] = {
	    {"http://h", false, "h", 80},
	    {"https://h/x", true, "h", 443},
	    {"HTTP://h?q", false, "h", 80},
	    {"https://h:80/", true, "h", 80},
	    {"http://h:80/", false, "h", 80},
	    {"http://h:/", false, "h", 80},
	    {"http://h:8080#f", false, "h", 8080},
	    {"http://[::1]/", false, "[::1]", 80},
	    {"http://[::1]:99/", false, "[::1]", 99},
	    {"http://h/a:1", false, "h", 80},
	    {"http://h:123456/", false, "h", -1},
	    {"http://u:p@h/", false, "u", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url_origin origin;

		url_origin_of(cases[i].url, &origin);
		assert_int_equal(origin.secure, cases[i].secure);
		assert_int_equal(origin.port, cases[i].port);
		assert_int_equal(origin.host_len, strlen(cases[i].host));
		assert_memory_equal(origin.host, cases[i].host, origin.host_len);
	}
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
		assert_int_equal(url_same_origin(cases[i].left, cases[i].right), cases[i].same);
		assert_int_equal(url_same_origin(cases[i].right, cases[i].left), cases[i].same);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_origin_is_scheme_host_and_port),
	    cmocka_unit_test(the_same_server_may_be_written_in_several_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
