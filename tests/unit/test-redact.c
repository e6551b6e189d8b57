/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/redact/redact.h"

/* Masks text with these secrets, NULL-terminated, and compares. */
static void
check(const char *const *secrets, const char *text, const char *expected)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	for (; *secrets != NULL; secrets++)
		redactor_add(redactor, *secrets);
	strbuf_addstr(&out, "<");
	redactor_apply(redactor, text, strlen(text), &out);
	assert_int_equal(out.buf[0], '<'); /* it appends */
	assert_string_equal(out.buf + 1, expected);
	strbuf_release(&out);
	redactor_free(redactor);
}

static void
check_one(const char *secret, const char *text, const char *expected)
{
	const char *const secrets[] = {secret, NULL};

	check(secrets, text, expected);
}

/* How much of a text that was cut off is kept. */
static void
check_whole(const char *secret, const char *text, const char *kept)
{
	struct redactor *redactor = redactor_new();

	redactor_add(redactor, secret);
	assert_int_equal(redactor_whole(redactor, text, strlen(text)), strlen(kept));
	redactor_free(redactor);
}

static void
add_base64(struct strbuf *out, const char *text, const char *digits, bool pad)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += 3) {
		unsigned long group = 0;
		for (size_t j = 0; j < 3; j++)
			group = group << 8 | (i + j < len ? (unsigned char)text[i + j] : 0U);
		for (size_t j = 0; j < 4; j++) {
			if (i + j <= len)
				strbuf_addch(out, digits[group >> (18 - 6 * j) & 0x3f]);
			else if (pad)
				strbuf_addch(out, '=');
		}
	}
}

static void
a_secret_is_masked_in_raw_text(void **state)
{
	(void)state;
	check_one("s3cret", "", "");
	check_one("s3cret", "nothing here", "nothing here");
	check_one("s3cret", "s3cret", "***");
	check_one("s3cret", "a s3cret, s3crets3cret s3cre", "a ***, ****** s3cre");
	check_one("s3cret", "ss3cret", "s***");
	check_one("", "text", "text");
}

static void
without_secrets_the_text_stays_as_it_is(void **state)
{
	const char *const none[] = {NULL};

	(void)state;
	check(none, "any 100% te+xt \\n", "any 100% te+xt \\n");
}

static void
the_longest_secret_wins(void **state)
{
	const char *const secrets[] = {"abcd", "abcdef", "bcdefg", NULL};
	const char *const same[] = {"abcd", "abcd", NULL};

	(void)state;
	check(secrets, "abcdef!", "***!");
	check(secrets, "abcd!", "***!");
	check(same, "abcd!", "***!");
}

static void
secrets_that_overlap_leave_no_end(void **state)
{
	const char *const secrets[] = {"abcd", "cdefgh", NULL};

	(void)state;
	check(secrets, "-abcdefgh-", "-***-");
	check_one("abab", "-ababab-", "-***-");
}

static void
a_secret_is_masked_in_every_percent_encoding(void **state)
{
	(void)state;
	check_one("p@ss/w:d", "?k=p%40ss%2Fw%3Ad&x=1", "?k=***&x=1");
	check_one("p@ss/w:d", "?k=p%40ss%2fw%3ad&x=1", "?k=***&x=1");
	check_one("p@ss/w:d", "?k=p%40ss/w:d", "?k=***");
	check_one("p@ss/w:d", "?k=%70%40%73%73%2F%77%3A%64", "?k=***");
	check_one("one two", "k=one+two&l=one%20two", "k=***&l=***");
	check_one(" two", "k=+two", "k=***");
	check_one("a+b c", "k=a%2Bb+c a+b%20c", "k=*** ***");
	check_one("50%25x!", "50%25x! 50%2525x! 50%2525x%21", "*** *** ***");
	check_one("p\xc3\xa4ss", "p%C3%A4ss p%c3%A4ss", "*** ***");
	check_one("p@ss", "p%4 p%4", "p%4 p%4");
	check_one("p@ss", "%", "%");
}

static void
a_secret_is_masked_with_json_escapes(void **state)
{
	(void)state;
	check_one("a\"b\\c/d", "{\"k\":\"a\\\"b\\\\c/d\"}", "{\"k\":\"***\"}");
	check_one("a\"b\\c/d", "{\"k\":\"a\\\"b\\\\c\\/d\"}", "{\"k\":\"***\"}");
	check_one("a\nb\tc\x01", "a\\nb\\tc\\u0001 a\\u000ab\\u0009c\\u0001", "*** ***");
	check_one("<p\xc3\xa4ss>", "\\u003Cp\\u00e4ss\\u003e", "***");
	check_one("p\xf0\x9f\x98\x80q", "p\\ud83d\\ude00q p\\uD83D\\uDE00q", "*** ***");
	check_one("p\xf0\x9f\x98\x80q", "p\\ud83d p\\ud83d\\u0041q", "p\\ud83d p\\ud83d\\u0041q");
	check_one("abcd", "abc\\", "abc\\");
	check_one("abcd", "abc\\u00", "abc\\u00");
}

static void
what_the_json_writer_writes_is_masked(void **state)
{
	static const char secret[] = "q\"b\\s/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9";
	struct strbuf json = STRBUF_INIT;
	struct json_writer writer;

	(void)state;
	json_writer_init(&writer, &json);
	json_begin_object(&writer);
	json_name(&writer, "k");
	json_string(&writer, secret);
	json_end(&writer);
	check_one(secret, json.buf, "{\"k\":\"***\"}");
	strbuf_release(&json);
}

static void
a_secret_is_masked_in_base64_at_each_alignment(void **state)
{
	static const char *const secrets[] = {
	    "s3cr", "s3cre", "s3cret", "\xfb\xff\xfe?>\xfb\xff~~"};
	static const char *const befores[] = {"", ":", "u:", "me:", "user:"};
	static const char *const afters[] = {"", "!", "!!", "!!!"};
	static const char *const alphabets[] = {
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

	(void)state;
	for (size_t i = 0; i < 4 * 5 * 4 * 2 * 2; i++) {
		const char *secret = secrets[i % 4];
		const char *before = befores[i / 4 % 5];
		const char *after = afters[i / 20 % 4];
		bool pad = i / 160 == 0;
		struct redactor *redactor = redactor_new();
		struct strbuf plain = STRBUF_INIT, text = STRBUF_INIT, out = STRBUF_INIT;

		strbuf_addf(&plain, "%s%s%s", before, secret, after);
		strbuf_addstr(&text, "Basic ");
		add_base64(&text, plain.buf, alphabets[i / 80 % 2], pad);
		redactor_add(redactor, secret);
		redactor_apply(redactor, text.buf, text.len, &out);
		/* what is left is what encodes only the text before and after, no digit of both */
		size_t head = strlen(before) * 8 / 6;
		assert_int_equal(strncmp(out.buf, text.buf, 6 + head), 0);
		assert_int_equal(strncmp(out.buf + 6 + head, "***", 3), 0);
		const char *tail = out.buf + 6 + head + 3;
		size_t encoded = strlen(before) + strlen(secret);
		size_t tail_start = 6 + (encoded * 8 + 5) / 6;
		if (after[0] == '\0')
			assert_string_equal(tail, "");
		else
			assert_string_equal(tail, text.buf + tail_start);
		strbuf_release(&plain);
		strbuf_release(&text);
		strbuf_release(&out);
		redactor_free(redactor);
	}
}

static void
base64_is_masked_in_other_encodings(void **state)
{
	(void)state;
	/* "aa?~~~zz" is "YWE/fn5+eno=" */
	check_one("aa?~~~zz", "k=YWE/fn5+eno=&", "k=***&");
	check_one("aa?~~~zz", "k=YWE%2Ffn5%2Beno%3D&", "k=***%3D&");
	check_one("aa?~~~zz", "{\"k\":\"YWE\\/fn5+eno=\"}", "{\"k\":\"***\"}");
}

static void
a_short_secret_is_masked_as_a_whole_word(void **state)
{
	(void)state;
	check_one("ab", "ab cab abc ab! _ab ab", "*** cab abc ***! _ab ***");
	check_one("a", "a=a&b=ba", "***=***&b=ba");
	check_one("a b", "a+b a%20b xa+b", "*** *** xa+b");
	check_one("abc", "YWJj", "YWJj");
	check_one("abcd", "xabcdx", "x***x");
}

static void
a_word_may_stand_beside_an_escape(void **state)
{
	(void)state;
	check_one("12", "?a=%2F12&b=%2f12%2F", "?a=%2F***&b=%2f***%2F");
	check_one("12", "{\"a\":\"\\n12\\t\",\"b\":\"\\u002f12\"}",
	    "{\"a\":\"\\n***\\t\",\"b\":\"\\u002f***\"}");
	check_one("12", "n12 2F12 u002f12", "n12 2F12 u002f12");
}

static void
base64_is_masked_over_several_lines(void **state)
{
	static const char *const breaks[] = {"\n", "\r\n", "\\n", "\\r\\n", "%0D%0A"};
	static const char base64[] = "dXNlcjpzM2NyZXQvMDEyMw=="; /* user:s3cret/0123 */
	const size_t first = 7, last = 20; /* the digits of the secret alone */

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		for (size_t at = first + 1; at <= last; at++) {
			struct strbuf text = STRBUF_INIT;

			strbuf_addf(&text, "<%.*s%s%s>", (int)at, base64, breaks[i], base64 + at);
			check_one("s3cret/0123", text.buf, "<dXNlcj***>");
			strbuf_release(&text);
		}
	}
	/* only base64 is broken like that */
	check_one("s3cret/0123", "s3cr\net/0123", "s3cr\net/0123");
	check_whole("s3cret/0123", "<dXNlcjpzM2\nNyZX", "<dXNlcjp");
}

static void
a_text_may_have_bytes_of_any_kind(void **state)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;

	(void)state;
	redactor_add(redactor, "s3cret");
	redactor_apply(redactor, "\0\xff\x80s3cret\0s3cre\0t%\0", 20, &out);
	assert_int_equal(out.len, 17);
	assert_memory_equal(out.buf, "\0\xff\x80***\0s3cre\0t%\0", 17);
	redactor_apply(redactor, NULL, 0, &out);
	assert_int_equal(out.len, 17);
	strbuf_release(&out);
	redactor_free(redactor);
	redactor_free(NULL);
}

/* A secret is found at any place of any text, in any form, whatever is around it. */
static void
a_secret_is_masked_in_random_texts(void **state)
{
	static const char letters[] = "ab%+\\\"/ 4u0=";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct redactor *redactor = redactor_new();
		struct strbuf out = STRBUF_INIT;
		char secret[6] = "", text[40] = "";

		for (size_t i = 0; i < sizeof(secret) - 1; i++)
			secret[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		memcpy(text + (size_t)rand_r(&seed) % 30, secret, 5);
		redactor_add(redactor, secret);
		redactor_apply(redactor, text, strlen(text), &out);
		if (strstr(out.buf, secret) != NULL || strstr(out.buf, "***") == NULL) {
			print_error("secret '%s' in '%s' gave '%s'\n", secret, text, out.buf);
			assert_true(false);
		}
		strbuf_release(&out);
		redactor_free(redactor);
	}
}

static double
seconds_of(const struct redactor *redactor, const char *text, size_t len)
{
	struct strbuf out = STRBUF_INIT;
	clock_t start = clock();

	redactor_apply(redactor, text, len, &out);
	strbuf_release(&out);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void
the_time_grows_with_the_text_and_not_its_square(void **state)
{
	static const char *const patterns[] = {"token %74%+\\u0074", "t", "%", "%74", "\\"};
	const size_t len = (size_t)256 * 1024;
	struct redactor *redactor = redactor_new();
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < 48; i++) {
		struct strbuf secret = STRBUF_INIT;
		strbuf_addf(&secret, "token-%u-%08x", i, i * 2654435761U);
		redactor_add(redactor, secret.buf);
		strbuf_release(&secret);
	}
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		for (size_t j = 0; j < len; j++)
			text[j] = patterns[i][j % strlen(patterns[i])];
		double part = seconds_of(redactor, text, len / 16);
		double whole = seconds_of(redactor, text, len);
		/* 16 times as long; its square would be 256 times. */
		assert_true(whole < 0.02 || whole < part * 80);
	}
	free(text);
	redactor_free(redactor);
}

static void
a_secret_is_masked_in_a_query_that_was_decoded_in_part(void **state)
{
	(void)state;
	/* as httpbin tells its URL, and as libcurl makes a Location absolute */
	check_one(
	    "hunter2/+\xc3\xa4", "{\"url\":\"?p=hunter2%2F+\\u00e4\"}", "{\"url\":\"?p=***\"}");
	check_one("s3cr/t+\"v ue", "http://h/?t=s3cr/t+\"v+ue", "http://h/?t=***");
	check_one("s3cr/t+v ue", "http://h/?t=s3cr%2Ft%2Bv+ue&x=1", "http://h/?t=***&x=1");
}

static void
a_secret_is_masked_in_json_in_a_string_of_json(void **state)
{
	(void)state;
	check_one("a\"b\\c\xc3\xa4/",
	    "{\"data\":\"{\\\"t\\\":\\\"a\\\\\\\"b\\\\\\\\c\\\\u00e4\\\\/\\\"}\"}",
	    "{\"data\":\"{\\\"t\\\":\\\"***\\\"}\"}");
	check_one("\xf0\x9f\x98\x80 is it", "<\\\\ud83d\\\\ude00 is it>", "<***>");
}

static void
the_beginning_of_a_secret_is_left_out_where_a_text_was_cut(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	check_whole("s3cret/x", "", "");
	check_whole("s3cret/x", "it is s3cret", "it is ");
	check_whole("s3cret/x", "it is s", "it is ");
	check_whole("s3cret/x", "it is s3c and more", "it is s3c and more");
	check_whole("s3cret/x", "it is s3cret%2", "it is ");
	check_whole("s3cret/x", "it is s3cret%", "it is ");
	check_whole("s3cret/x", "it is s3cret\\", "it is ");
	check_whole("s3cret/x", "it is s3cret\\/", "it is ");
	check_whole("aab", "xaa", "x");
	/* it is whole: redactor_apply() sees it */
	check_whole("s3cret/x", "it is s3cret/x", "it is s3cret/x");
	/* base64 of "s3cret/x" is czNjcmV0L3g= */
	check_whole("s3cret/x", "Basic czNjcm", "Basic ");
	for (int i = 0; i < 100000; i++)
		strbuf_addstr(&text, "s3cret/");
	check_whole("s3cret/x", text.buf, text.buf + strlen("s3cret/"));
	strbuf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_secret_is_masked_in_raw_text),
	    cmocka_unit_test(without_secrets_the_text_stays_as_it_is),
	    cmocka_unit_test(the_longest_secret_wins),
	    cmocka_unit_test(secrets_that_overlap_leave_no_end),
	    cmocka_unit_test(a_secret_is_masked_in_every_percent_encoding),
	    cmocka_unit_test(a_secret_is_masked_with_json_escapes),
	    cmocka_unit_test(what_the_json_writer_writes_is_masked),
	    cmocka_unit_test(a_secret_is_masked_in_base64_at_each_alignment),
	    cmocka_unit_test(base64_is_masked_in_other_encodings),
	    cmocka_unit_test(a_short_secret_is_masked_as_a_whole_word),
	    cmocka_unit_test(a_word_may_stand_beside_an_escape),
	    cmocka_unit_test(base64_is_masked_over_several_lines),
	    cmocka_unit_test(a_text_may_have_bytes_of_any_kind),
	    cmocka_unit_test(a_secret_is_masked_in_random_texts),
	    cmocka_unit_test(the_time_grows_with_the_text_and_not_its_square),
	    cmocka_unit_test(a_secret_is_masked_in_a_query_that_was_decoded_in_part),
	    cmocka_unit_test(a_secret_is_masked_in_json_in_a_string_of_json),
	    cmocka_unit_test(the_beginning_of_a_secret_is_left_out_where_a_text_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
