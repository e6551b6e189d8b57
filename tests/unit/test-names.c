/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/arena.h"
#include "base/name-map.h"

static void
an_empty_index_has_no_name(void **state)
{
	const struct name_map names = {0};
	size_t place = 7;

	(void)state;
	assert_false(name_map_find(&names, "", &place));
	assert_false(name_map_find(&names, "a", &place));
	assert_int_equal(place, 7);
}

static void
a_name_keeps_its_first_place(void **state)
{
	struct arena arena = ARENA_INIT;
	struct name_map names = {0};
	size_t place;

	(void)state;
	assert_true(name_map_add(&arena, &names, "a", 3));
	assert_true(name_map_add(&arena, &names, "", 4));
	assert_false(name_map_add(&arena, &names, "a", 5));
	assert_true(name_map_find(&names, "a", &place));
	assert_int_equal(place, 3);
	assert_true(name_map_find(&names, "", &place));
	assert_int_equal(place, 4);
	assert_false(name_map_find(&names, "A", &place));
	arena_release(&arena);
}

static void
many_names_are_all_found(void **state)
{
	struct arena arena = ARENA_INIT;
	struct name_map names = {0};
	size_t place;

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		assert_true(name_map_add(&arena, &names, arena_printf(&arena, "name %zu", i), i));
	for (size_t i = 0; i < 5000; i++) {
		assert_true(name_map_find(&names, arena_printf(&arena, "name %zu", i), &place));
		assert_int_equal(place, i);
	}
	assert_false(name_map_find(&names, "name 5000", &place));
	assert_int_equal(names.count, 5000);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_index_has_no_name),
	    cmocka_unit_test(a_name_keeps_its_first_place),
	    cmocka_unit_test(many_names_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
