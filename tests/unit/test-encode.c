/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/encode.h"
#include "base/strbuf.h"

static void
assert_base64(const void *data, size_t len, const char *padded, const char *for_urls)
{
	struct strbuf out = STRBUF_INIT;

	encode_base64(&out, data, len);
	assert_string_equal(out.buf, padded);
	strbuf_reset(&out);
	encode_base64url(&out, data, len);
	assert_string_equal(out.buf, for_urls);
	strbuf_release(&out);
}

/* The examples of RFC 4648, and the digits in which the alphabets differ. */
static void
bytes_become_base64(void **state)
{
	(void)state;
	assert_base64("", 0, "", "");
	assert_base64("f", 1, "Zg==", "Zg");
	assert_base64("fo", 2, "Zm8=", "Zm8");
	assert_base64("foo", 3, "Zm9v", "Zm9v");
	assert_base64("foob", 4, "Zm9vYg==", "Zm9vYg");
	assert_base64("fooba", 5, "Zm9vYmE=", "Zm9vYmE");
	assert_base64("foobar", 6, "Zm9vYmFy", "Zm9vYmFy");
	assert_base64("\xff\xef\xbe\0\xff", 5, "/+++AP8=", "_---AP8");
}

static void
all_but_the_unreserved_is_percent_encoded(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	encode_percent(&out, "aZ09-._~ /%+\xc3\xa4");
	assert_string_equal(out.buf, "aZ09-._~%20%2F%25%2B%C3%A4");
	strbuf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_become_base64),
	    cmocka_unit_test(all_but_the_unreserved_is_percent_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
