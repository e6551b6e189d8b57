/* SPDX-License-Identifier: ISC */
/* Retry-After, in every form of RFC 9110. */
#include "unit.h"

#include <stdbool.h>

#include "http/retry-after.h"

#define NOW INT64_C(1795651200) /* Thu, 26 Nov 2026 00:00:00 GMT */

static void
every_form_is_known_and_nothing_else(void **state)
{
	static const struct {
		const char *value;
		int64_t wanted;
	} table[] = {
	    {"0", 0},
	    {"7", 7000},
	    {"007", 7000},
	    {"9223372036854775", INT64_MAX},
	    {"9223372036854775807", INT64_MAX},
	    {"99999999999999999999999999999999999999", INT64_MAX},
	    {"Thu, 26 Nov 2026 00:01:00 GMT", 60000},
	    {"Thursday, 26-Nov-26 00:01:00 GMT", 60000},
	    {"Thu Nov 26 00:01:00 2026", 60000},
	    {"Tue Dec  1 00:00:00 2026", INT64_C(5) * 86400 * 1000},
	    /* in the past */
	    {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", 0},
	    {"Sun Nov  6 08:49:37 1994", 0},
	    /* 2070 is less than 50 years away, and 1977 is not 2077 */
	    {"Wednesday, 26-Nov-70 00:00:00 GMT", INT64_C(16071) * 86400 * 1000},
	    {"Saturday, 26-Nov-77 00:00:00 GMT", 0},
	    {"Friday, 26-Nov-77 00:00:00 GMT", -1}, /* a Friday in 2077 */
	    /* no form of it */
	    {"", -1},
	    {"-1", -1},
	    {"+1", -1},
	    {"1.5", -1},
	    {"1e3", -1},
	    {"0x10", -1},
	    {"7 s", -1},
	    {"soon", -1},
	    {"7, 8", -1},
	    {"Thu, 26 Nov 2026 00:01:00", -1},
	    {"Thu, 26 Nov 2026 00:01:00 UTC", -1},
	    {"Thu, 26 Nov 2026 00:01:00 +0000", -1},
	    {"thu, 26 nov 2026 00:01:00 gmt", -1},
	    {"Fri, 26 Nov 2026 00:01:00 GMT", -1},
	    {"Thu, 26 Nov 2026 24:01:00 GMT", -1},
	    {"Thu, 31 Nov 2026 00:01:00 GMT", -1},
	    {"2026-11-26T00:01:00Z", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int64_t got = retry_after_parse(table[i].value, NOW);

		if (got != table[i].wanted)
			print_error("'%s'\n", table[i].value);
		assert_int_equal(got, table[i].wanted);
	}
}

static void
it_is_found_in_a_head(void **state)
{
	static const struct {
		const char *head;
		int64_t wanted;
	} table[] = {
	    {"", 0},
	    {"HTTP/1.1 503 Busy\r\n", 0},
	    {"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n", 7000},
	    {"HTTP/1.1 503 Busy\r\nretry-after:7  \r\n", 7000},
	    {"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n", 0},
	    {"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\nRetry-After: 7\r\nRetry-After: 3\r\n",
		7000},
	    {"HTTP/1.1 503 Busy\r\nX-Retry-After: 7\r\nRetry-Afterwards: 8\r\n", 0},
	    /* a date is so long after the server's own, whatever ours is */
	    {"HTTP/1.1 503 Busy\r\nRetry-After: Thu, 26 Nov 2026 00:01:00 GMT\r\n", 60000},
	    {"HTTP/1.1 503 Busy\r\nRetry-After: Sun, 06 Nov 1994 08:49:57 GMT\r\n"
	     "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		20000},
	    {"HTTP/1.1 503 Busy\r\nDate: yesterday\r\n"
	     "Retry-After: Thu, 26 Nov 2026 00:01:00 GMT\r\n",
		60000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (retry_after_find(table[i].head, NOW * 1000) != table[i].wanted)
			print_error("%s\n", table[i].head);
		assert_int_equal(retry_after_find(table[i].head, NOW * 1000), table[i].wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_is_known_and_nothing_else),
	    cmocka_unit_test(it_is_found_in_a_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
