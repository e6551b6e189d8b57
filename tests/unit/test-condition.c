/* SPDX-License-Identifier: ISC */
/* Conditions on values, as they are written in YAML, and what holds of which JSON. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/yaml/yaml.h"
#include "model/condition.h"
#include "model/parameters.h"

static const struct value *
condition_of(struct arena *arena, const char *yaml)
{
	struct value *value;

	assert_int_equal(yaml_read(arena, NULL, yaml, strlen(yaml), &value, NULL), 0);
	return value;
}

/* json: NULL for a value that is not there. */
static bool
holds(const char *yaml, const char *json)
{
	struct arena arena = ARENA_INIT;
	struct value *actual = NULL;
	bool ret;

	if (json != NULL)
		assert_int_equal(json_parse(&arena, NULL, json, strlen(json), &actual, NULL), 0);
	ret = condition_holds(condition_of(&arena, yaml), actual);
	arena_release(&arena);
	return ret;
}

static void
assert_holds(const char *yaml, const char *json, bool wanted)
{
	bool held = holds(yaml, strcmp(json, "-") == 0 ? NULL : json);

	if (held != wanted)
		print_error("%s, and %s\n", yaml, json);
	assert_int_equal(held, wanted);
}

static void
each_word_holds_of_what_it_says(void **state)
{
	static const struct {
		const char *yaml;
		const char *yes[5]; /* ends in NULL; "-": nothing is there */
		const char *no[6];
	} table[] = {
	    {"true", {"true"}, {"false", "1", "\"true\"", "null", "-"}},
	    {"done", {"\"done\""}, {"\"Done\"", "\"done \"", "[\"done\"]", "-"}},
	    {"1", {"1", "1.0", "10e-1", "0.1E+1"}, {"\"1\"", "2", "-1", "true", "-"}},
	    {"null", {"null"}, {"0", "\"\"", "false", "-"}},
	    {"[queued, 2]", {"\"queued\"", "2", "2.00"}, {"\"2\"", "[2]", "-"}},
	    {"{equals: a}", {"\"a\""}, {"\"b\"", "-"}},
	    {"{not_equals: a}", {"\"b\"", "1", "-"}, {"\"a\""}},
	    {"{in: [a, b]}", {"\"a\"", "\"b\""}, {"\"c\"", "-"}},
	    {"{in: a}", {"\"a\""}, {"\"c\"", "-"}},
	    {"{not_in: [a, b]}", {"\"c\"", "-"}, {"\"a\"", "\"b\""}},
	    {"{less_than: 5}", {"4.99", "-6", "0", "49e-1"}, {"5", "5.0", "6", "\"4\"", "-"}},
	    {"{exists: true}", {"null", "0", "{}"}, {"-"}},
	    {"{exists: false}", {"-"}, {"null", "0"}},
	    {"{not_equals: a, exists: true}", {"\"b\""}, {"\"a\"", "-"}},
	    {"{less_than: 9, not_in: [1, 2]}", {"3"}, {"1", "2", "9", "-"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t j = 0; table[i].yes[j] != NULL; j++) {
			const char *json = table[i].yes[j];

			assert_holds(table[i].yaml, json, true);
		}
		for (size_t j = 0; table[i].no[j] != NULL; j++) {
			const char *json = table[i].no[j];

			assert_holds(table[i].yaml, json, false);
		}
	}
}

static void
each_fault_is_reported_with_a_suggestion(void **state)
{
	static const struct {
		const char *yaml;
		const char *fault;
	} table[] = {
	    {"[]", "the list is empty"},
	    {"{}", "the condition is empty"},
	    {"[[1]]", "a condition compares with a single value, not with a list"},
	    {"{in: []}", "the list is empty"},
	    {"{equal: 1}", "'equal' is not a condition, did you mean 'equals'?"},
	    {"{zzz: 1}",
		"'zzz' is not a condition (there are equals, not_equals, in, not_in, less_than, "
		"exists)"},
	    {"{equals: [1]}", "'equals' must be a single value, not a list"},
	    {"{less_than: x}", "'less_than' must be a number, not a string"},
	    {"{exists: 1}", "'exists' must be true or false, not a number"},
	    {"{in: {a: 1}}", "'in' must be a list of values, not a map"},
	};
	struct arena arena = ARENA_INIT;
	struct faults faults;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct parameter_check check = {.mode = &check_written, .faults = &faults};

		faults_init(&faults, NULL);
		condition_check(&check, condition_of(&arena, table[i].yaml));
		assert_int_equal(faults.count, 1);
		assert_string_equal(faults.array[0].message, table[i].fault);
		faults_release(&faults);
	}
	arena_release(&arena);
}

static void
it_is_said_in_words(void **state)
{
	static const char *const table[][2] = {
	    {"true", "true"},
	    {"done", "\"done\""},
	    {"[a, 2]", "one of \"a\", 2"},
	    {"{not_in: [a], less_than: 5.50}", "none of \"a\", less than 5.50"},
	    {"{exists: false}", "nothing"},
	    {"{not_equals: null, exists: true}", "not null, something"},
	};
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		strbuf_reset(&text);
		condition_add(&text, condition_of(&arena, table[i][0]));
		assert_string_equal(text.buf, table[i][1]);
	}
	strbuf_release(&text);
	arena_release(&arena);
}

/* In ascending order: each is less than those behind it, and equals its other notations. */
static void
numbers_are_compared_exactly(void **state)
{
	static const char *const table[][4] = {
	    {"-1e400"},
	    {"-12345678901234567891"},
	    {"-12345678901234567890", "-1234567890123456789e1"},
	    {"-10", "-1e1", "-10.0"},
	    {"-0.5", "-5e-1", "-0.50"},
	    {"0", "-0", "0.000", "0e7"},
	    {"0.05", "5e-2", "0.0500", "50e-3"},
	    {"0.5", "5E-1"},
	    {"9.99"},
	    {"10", "1e1", "10.00", "100e-1"},
	    {"10.01"},
	    {"100", "1e2", "1E+2"},
	    {"12345678901234567890"},
	    {"12345678901234567891"},
	    {"1e400", "10e399"},
	};
	size_t count = sizeof(table) / sizeof(table[0]);

	(void)state;
	for (size_t i = 0; i < count * 4; i++) {
		for (size_t j = 0; j < count * 4; j++) {
			const char *a = table[i / 4][i % 4], *b = table[j / 4][j % 4];
			int wanted = i / 4 < j / 4 ? -1 : i / 4 > j / 4;

			if (a == NULL || b == NULL)
				continue;
			if (number_compare(a, b) != wanted)
				print_error("%s and %s\n", a, b);
			assert_int_equal(number_compare(a, b), wanted);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_word_holds_of_what_it_says),
	    cmocka_unit_test(each_fault_is_reported_with_a_suggestion),
	    cmocka_unit_test(it_is_said_in_words),
	    cmocka_unit_test(numbers_are_compared_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
