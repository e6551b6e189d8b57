/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/value.h"

static struct arena arena;

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct value *
number(const char *digits)
{
	struct value *value = value_new(&arena, VALUE_NUMBER);

	value->text = digits;
	return value;
}

/* A map with count keys "k0", "k1", ... to integers, from the last key when backwards. */
static struct value *
numbered_map(int count, bool backwards)
{
	struct value *map = value_new(&arena, VALUE_MAP);

	for (int i = 0; i < count; i++) {
		int n = backwards ? count - 1 - i : i;

		value_map_add(&arena, map, value_string(&arena, arena_printf(&arena, "k%d", n)),
		    value_integer(&arena, n));
	}
	return map;
}

static void
items_come_out_in_the_order_they_were_added(void **state)
{
	struct value *list = value_new(&arena, VALUE_LIST);

	(void)state;
	for (int i = 0; i < 1000; i++)
		value_list_add(&arena, list, value_integer(&arena, i));
	assert_int_equal(list->count, 1000);
	for (int i = 0; i < 1000; i++) {
		int64_t n;

		assert_true(value_to_integer(list->items[i], &n));
		assert_int_equal(n, i);
	}
}

static void
a_map_finds_its_keys(void **state)
{
	struct value *map = numbered_map(100, false);

	(void)state;
	assert_string_equal(value_map_get(map, "k42")->text, "42");
	assert_null(value_map_get(map, "k100"));
	assert_null(value_map_get(NULL, "k1"));
	assert_null(value_map_get(value_string(&arena, "k1"), "k1"));
}

static void
setting_a_key_replaces_its_item_in_place(void **state)
{
	struct value *map = numbered_map(3, false);
	char key[] = "new";

	(void)state;
	value_map_set(&arena, map, "k1", value_string(&arena, "other"));
	assert_int_equal(map->count, 3);
	assert_string_equal(map->pairs[1].value->text, "other");
	value_map_set(&arena, map, key, value_boolean(&arena, true));
	key[0] = 'x';
	assert_int_equal(map->count, 4);
	assert_true(value_map_get(map, "new")->boolean);
}

static void
the_earliest_duplicate_is_found_in_small_and_large_maps(void **state)
{
	(void)state;
	for (int count = 1; count < 60; count++) {
		struct value *map = numbered_map(count, count % 2);
		struct value *again = value_string(&arena, "k0");

		assert_null(value_map_duplicate(map));
		value_map_add(&arena, map, again, map);
		value_map_add(&arena, map, value_string(&arena, "k0"), map);
		if (count > 1)
			value_map_add(&arena, map, value_string(&arena, "k1"), map);
		assert_ptr_equal(value_map_duplicate(map), again);
	}
	assert_null(value_map_duplicate(value_new(&arena, VALUE_MAP)));
}

static void
only_strings_have_a_text(void **state)
{
	(void)state;
	assert_string_equal(value_text(value_string(&arena, "x")), "x");
	assert_null(value_text(number("1")));
	assert_null(value_text(NULL));
}

static void
whole_numbers_in_range_are_integers(void **state)
{
	static const struct {
		const char *digits;
		bool is_integer;
		int64_t integer;
	} cases[] = {
	    {"0", true, 0},
	    {"-0", true, 0},
	    {"7", true, 7},
	    {"9223372036854775807", true, INT64_MAX},
	    {"-9223372036854775808", true, INT64_MIN},
	    {"9223372036854775808", false, 0},
	    {"-9223372036854775809", false, 0},
	    {"7.0", false, 0},
	    {"1e3", false, 0},
	    {"-", false, 0},
	    {"", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t n = 99;

		errno = 0;
		assert_int_equal(
		    value_to_integer(number(cases[i].digits), &n), cases[i].is_integer);
		assert_int_equal(n, cases[i].is_integer ? cases[i].integer : 99);
		assert_int_equal(errno, 0);
	}
	assert_false(value_to_integer(value_string(&arena, "7"), &(int64_t){0}));
	assert_false(value_to_integer(NULL, &(int64_t){0}));
}

static void
integers_become_their_digits(void **state)
{
	(void)state;
	assert_string_equal(value_integer(&arena, INT64_MIN)->text, "-9223372036854775808");
	assert_string_equal(value_integer(&arena, 0)->text, "0");
}

static void
maps_are_equal_whatever_their_order(void **state)
{
	(void)state;
	for (int count = 0; count < 40; count++) {
		struct value *left = numbered_map(count, false);
		struct value *right = numbered_map(count, true);

		assert_true(value_equal(left, right));
		if (count == 0)
			continue;
		assert_false(value_equal(left, numbered_map(count - 1, false)));
		value_map_set(&arena, right, "k0", number("0.0"));
		assert_false(value_equal(left, right));
		right->pairs[0].key = value_string(&arena, "other");
		assert_false(value_equal(left, right));
	}
}

static void
equality_is_by_type_and_content(void **state)
{
	struct value *one = value_new(&arena, VALUE_LIST), *two = value_new(&arena, VALUE_LIST);

	(void)state;
	assert_true(value_equal(NULL, NULL));
	assert_false(value_equal(NULL, number("1")));
	assert_true(value_equal(value_new(&arena, VALUE_NULL), value_new(&arena, VALUE_NULL)));
	assert_false(value_equal(number("1"), value_string(&arena, "1")));
	assert_false(value_equal(number("1"), number("1.0")));
	assert_false(value_equal(value_boolean(&arena, true), value_boolean(&arena, false)));
	value_list_add(&arena, one, number("1"));
	value_list_add(&arena, two, number("1"));
	assert_true(value_equal(one, two));
	value_list_add(&arena, one, number("2"));
	value_list_add(&arena, two, number("3"));
	assert_false(value_equal(one, two));
}

static void
types_have_names_for_messages(void **state)
{
	(void)state;
	assert_string_equal(value_type_name(VALUE_NULL), "null");
	assert_string_equal(value_type_name(VALUE_BOOLEAN), "boolean");
	assert_string_equal(value_type_name(VALUE_NUMBER), "number");
	assert_string_equal(value_type_name(VALUE_STRING), "string");
	assert_string_equal(value_type_name(VALUE_LIST), "list");
	assert_string_equal(value_type_name(VALUE_MAP), "map");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(items_come_out_in_the_order_they_were_added),
	    cmocka_unit_test(a_map_finds_its_keys),
	    cmocka_unit_test(setting_a_key_replaces_its_item_in_place),
	    cmocka_unit_test(the_earliest_duplicate_is_found_in_small_and_large_maps),
	    cmocka_unit_test(only_strings_have_a_text),
	    cmocka_unit_test(whole_numbers_in_range_are_integers),
	    cmocka_unit_test(integers_become_their_digits),
	    cmocka_unit_test(maps_are_equal_whatever_their_order),
	    cmocka_unit_test(equality_is_by_type_and_content),
	    cmocka_unit_test(types_have_names_for_messages),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
