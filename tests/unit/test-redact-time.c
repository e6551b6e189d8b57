/* SPDX-License-Identifier: ISC */
/* Masking takes no more than linear time, whatever it is given. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/redact/redact.h"
#include "base/strbuf.h"

/* Masks a text, with these secrets, which are separated by spaces. */
static double
seconds_once(const char *secrets, const char *text, size_t len)
{
	clock_t start = clock();
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT;
	char *copy = strdup(secrets), *rest = NULL;

	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		redactor_add(redactor, word);
	redactor_apply(redactor, text, len, &out);
	redactor_whole(redactor, text, len);
	strbuf_release(&out);
	redactor_free(redactor);
	free(copy);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* The least time of a few runs, of the processor: what else the machine does is not in it. */
static double
seconds_of(const char *secrets, const char *text, size_t len)
{
	double least = seconds_once(secrets, text, len);

	for (int round = 0; round < 2; round++) {
		double seconds = seconds_once(secrets, text, len);

		least = seconds < least ? seconds : least;
	}
	return least;
}

/* A text that repeats a pattern. */
static char *
repeated(const char *pattern, size_t len)
{
	char *text = malloc(len + 1);
	size_t pattern_len = strlen(pattern);

	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = pattern[i % pattern_len];
	text[len] = '\0';
	return text;
}

#define KIB ((size_t)1024)

/* Twice the size takes about twice the time; its square would be four times. */
static void
assert_linear(double half, double whole)
{
	if (whole > half * 3.3)
		print_error("%.3f s, and %.3f s for twice as much\n", half, whole);
	assert_true(whole <= 0.002 || whole <= half * 3.3);
}

static void
the_time_grows_with_the_text_and_not_its_square(void **state)
{
	static const char *const patterns[] = {
	    "token %74%+\\u0074", "%25", "\\", "&#37;", "''", "=3D", "dG9rZW4t"};
	struct strbuf secrets = STRBUF_INIT;

	(void)state;
	for (unsigned i = 0; i < 48; i++)
		strbuf_addf(&secrets, "token-%u-%08x ", i, i * 2654435761U);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		char *text = repeated(patterns[i], 256 * KIB);

		assert_linear(seconds_of(secrets.buf, text, 128 * KIB),
		    seconds_of(secrets.buf, text, 256 * KIB));
		free(text);
	}
	strbuf_release(&secrets);
}

/* A secret that agrees with the text at every place, up to its end. */
static double
seconds_with_long_secret(size_t len)
{
	char *secret = repeated("a", len), *text = repeated("a", len);
	double seconds;

	text[len / 2] = '"';
	memcpy(text, "%a\\n&a=a''", 10);
	seconds = seconds_of(secret, text, len);
	free(secret);
	free(text);
	return seconds;
}

static void
the_time_grows_with_the_secret_and_not_its_square(void **state)
{
	(void)state;
	assert_linear(seconds_with_long_secret(32 * KIB), seconds_with_long_secret(64 * KIB));
}

/* Long enough to be noticed, ten times what it takes: the runner does nothing else meanwhile. */
/* The largest secret, in a text that is all its beginning: 16 times as much, not 256 times. */
static void
a_mebibyte_takes_what_sixteen_parts_of_it_take(void **state)
{
	double part = seconds_with_long_secret(64 * KIB);
	double whole = seconds_with_long_secret(1024 * KIB);

	(void)state;
	if (whole > part * 16 * 3.3)
		print_error("%.3f s, and %.3f s for 16 times as much\n", part, whole);
	assert_true(whole <= part * 16 * 3.3);
}

/* Secrets that begin alike and agree with the text for long. */
static double
seconds_with_secrets(size_t count)
{
	struct strbuf secrets = STRBUF_INIT;
	char *secret = repeated("a", 1000), *text = repeated("a", 128 * KIB);
	double seconds;

	for (size_t i = 0; i < count; i++) {
		secret[999 - i] = 'b';
		strbuf_addf(&secrets, "%s ", secret);
		secret[999 - i] = 'a';
	}
	seconds = seconds_of(secrets.buf, text, 128 * KIB);
	strbuf_release(&secrets);
	free(secret);
	free(text);
	return seconds;
}

static void
the_time_does_not_grow_with_the_number_of_secrets_but_for_reading_them(void **state)
{
	(void)state;
	assert_linear(seconds_with_secrets(400), seconds_with_secrets(800));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_time_grows_with_the_text_and_not_its_square),
	    cmocka_unit_test(the_time_grows_with_the_secret_and_not_its_square),
	    cmocka_unit_test(a_mebibyte_takes_what_sixteen_parts_of_it_take),
	    cmocka_unit_test(
		the_time_does_not_grow_with_the_number_of_secrets_but_for_reading_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
