/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

static void
the_examples_of_fips_180_have_their_digests(void **state)
{
	static const struct {
		const char *text;
		const char *digest;
	} cases[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmno"
	     "pqrlmnopqrsmnopqrstnopqrstu",
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[DIGEST_SIZE];

		digest_sha256(cases[i].text, strlen(cases[i].text), out);
		assert_string_equal(out, cases[i].digest);
	}
}

static void
a_million_letters_have_their_digest(void **state)
{
	char *text = malloc(1000000);
	char out[DIGEST_SIZE];

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 1000000);
	digest_sha256(text, 1000000, out);
	assert_string_equal(
	    out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_of_fips_180_have_their_digests),
	    cmocka_unit_test(a_million_letters_have_their_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
