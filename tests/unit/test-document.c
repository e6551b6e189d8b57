/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/document.h"
#include "base/faults.h"
#include "base/value.h"

static struct arena arena;
static struct faults faults;

static int
set_up(void **state)
{
	(void)state;
	faults_init(&faults, "f");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	faults_release(&faults);
	arena_release(&arena);
	return 0;
}

static struct value *
read_text(const char *name, const char *text)
{
	struct value *value = NULL;
	int result = document_read(&arena, name, text, strlen(text), &value, &faults);

	assert_int_equal(result, value != NULL ? 0 : -1);
	return value;
}

static void
yaml_is_read_whatever_the_name(void **state)
{
	static const char *const names[] = {"p.yaml", "p.yml", "-", "json", ".json.x"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(
		    value_text(value_map_get(read_text(names[i], "a: x # y"), "a")), "x");
	assert_int_equal(faults.count, 0);
}

static void
a_name_that_ends_in_json_means_json_alone(void **state)
{
	(void)state;
	assert_non_null(read_text("p.json", "{\"a\": 1}"));
	assert_null(read_text("p.json", "a: 1"));
	assert_string_equal(faults_text(&faults), "f:1:1: 'a' is not a JSON value\n");
}

static void
json_is_read_by_its_own_rules_under_any_name(void **state)
{
	(void)state;
	assert_string_equal(
	    value_text(read_text("p.yaml", "\"\\ud83d\\ude00\"")), "\xf0\x9f\x98\x80");
	assert_int_equal(faults.count, 0);
}

static void
faults_are_those_of_the_reader_that_read_last(void **state)
{
	(void)state;
	fault_add(&faults, NULL, "one before");
	assert_null(read_text("p.yaml", "{\"a\": 1, \"a\": 2, \"b\": *x}"));
	assert_string_equal(
	    faults_text(&faults), "f:1:23: alias '*x' has no anchor\nf: one before\n");
}

static void
a_duplicate_key_does_not_end_the_reading(void **state)
{
	(void)state;
	assert_string_equal(value_map_get(read_text("p.yaml", "{a: 1, a: 2}"), "a")->text, "1");
	assert_string_equal(
	    value_map_get(read_text("p.json", "{\"a\":1,\"a\":2}"), "a")->text, "1");
	assert_string_equal(
	    faults_text(&faults), "f:1:8: duplicate key 'a'\nf:1:8: duplicate key 'a'\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(yaml_is_read_whatever_the_name, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_name_that_ends_in_json_means_json_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		json_is_read_by_its_own_rules_under_any_name, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		faults_are_those_of_the_reader_that_read_last, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_duplicate_key_does_not_end_the_reading, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
