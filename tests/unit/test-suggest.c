/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/suggest.h"

static const char *const commands[] = {
    "approve", "cancel", "create", "list", "log", "reject", "retry", "run", "show", "status"};

static const char *
nearest(const char *word)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, word);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		suggest_offer(&suggestion, commands[i]);
	return suggestion.best;
}

static void
a_misspelt_word_finds_the_right_one(void **state)
{
	(void)state;
	assert_string_equal(nearest("aprove"), "approve");
	assert_string_equal(nearest("apporve"), "approve");
	assert_string_equal(nearest("satus"), "status");
	assert_string_equal(nearest("craete"), "create");
	assert_string_equal(nearest("lst"), "list");
	assert_string_equal(nearest("rnu"), "run");
	assert_string_equal(nearest("CANCEL"), "cancel");
	assert_string_equal(nearest("showw"), "show");
}

static void
a_strange_word_finds_nothing(void **state)
{
	(void)state;
	assert_null(nearest("frobnicate"));
	assert_null(nearest(""));
	assert_null(nearest("x"));
	assert_null(nearest("statistics"));
}

static size_t
distance(const char *word, const char *candidate)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, word);
	suggest_offer(&suggestion, candidate);
	return suggestion.best ? suggestion.distance : 99;
}

static void
each_kind_of_slip_counts_one(void **state)
{
	(void)state;
	assert_int_equal(distance("pipeline", "pipeline"), 0);
	assert_int_equal(distance("Pipeline", "pipelinE"), 0);
	assert_int_equal(distance("pipelne", "pipeline"), 1);
	assert_int_equal(distance("pippeline", "pipeline"), 1);
	assert_int_equal(distance("pipeljne", "pipeline"), 1);
	assert_int_equal(distance("pipleine", "pipeline"), 1);
	assert_int_equal(distance("ipepline", "pipeline"), 2);
}

static void
the_limit_is_a_third_of_the_longer_word(void **state)
{
	(void)state;
	assert_int_equal(distance("a", "b"), 1);
	assert_int_equal(distance("ab", "cd"), 99);
	assert_int_equal(distance("abcdef", "abcdxy"), 2);
	assert_int_equal(distance("abcdef", "abcxyz"), 99);
	assert_int_equal(distance("abcde", "abcxy"), 99);
}

static void
of_two_that_are_equally_near_the_first_is_taken(void **state)
{
	struct suggestion suggestion;

	(void)state;
	suggest_init(&suggestion, "boot");
	suggest_offer(&suggestion, "book");
	suggest_offer(&suggestion, "boat");
	assert_string_equal(suggestion.best, "book");
	suggest_offer(&suggestion, "boot");
	assert_string_equal(suggestion.best, "boot");
}

static void
very_long_words_are_not_compared(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word));
	word[199] = '\0';
	assert_int_equal(distance(word, word), 99);
	assert_int_equal(distance("a", word), 99);
	word[64] = '\0';
	assert_int_equal(distance(word, word), 0);
}

static void
the_suggestion_ends_a_message(void **state)
{
	char word[SUGGEST_MAX + 1];
	struct suggestion suggestion;

	(void)state;
	suggest_init(&suggestion, "jsn");
	assert_string_equal(suggest_text(&suggestion), "");
	suggest_offer(&suggestion, "json");
	assert_string_equal(suggest_text(&suggestion), ", did you mean 'json'?");
	suggestion.prefix = "--";
	assert_string_equal(suggest_text(&suggestion), ", did you mean '--json'?");
	memset(word, 'a', SUGGEST_MAX);
	word[SUGGEST_MAX] = '\0';
	suggest_init(&suggestion, word);
	suggest_offer(&suggestion, word);
	assert_int_equal(
	    strlen(suggest_text(&suggestion)), strlen(", did you mean ''?") + SUGGEST_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_misspelt_word_finds_the_right_one),
	    cmocka_unit_test(a_strange_word_finds_nothing),
	    cmocka_unit_test(each_kind_of_slip_counts_one),
	    cmocka_unit_test(the_limit_is_a_third_of_the_longer_word),
	    cmocka_unit_test(of_two_that_are_equally_near_the_first_is_taken),
	    cmocka_unit_test(very_long_words_are_not_compared),
	    cmocka_unit_test(the_suggestion_ends_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
