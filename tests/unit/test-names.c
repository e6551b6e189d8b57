/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/arena.h"
#include "model/names.h"

static void
an_empty_index_has_no_name(void **state)
{
	const struct names names = {0};
	size_t place = 7;

	(void)state;
	assert_false(names_find(&names, "", &place));
	assert_false(names_find(&names, "a", &place));
	assert_int_equal(place, 7);
}

static void
a_name_keeps_its_first_place(void **state)
{
	struct arena arena = ARENA_INIT;
	struct names names = {0};
	size_t place;

	(void)state;
	assert_true(names_add(&arena, &names, "a", 3));
	assert_true(names_add(&arena, &names, "", 4));
	assert_false(names_add(&arena, &names, "a", 5));
	assert_true(names_find(&names, "a", &place));
	assert_int_equal(place, 3);
	assert_true(names_find(&names, "", &place));
	assert_int_equal(place, 4);
	assert_false(names_find(&names, "A", &place));
	arena_release(&arena);
}

static void
many_names_are_all_found(void **state)
{
	struct arena arena = ARENA_INIT;
	struct names names = {0};
	size_t place;

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		assert_true(names_add(&arena, &names, arena_printf(&arena, "name %zu", i), i));
	for (size_t i = 0; i < 5000; i++) {
		assert_true(names_find(&names, arena_printf(&arena, "name %zu", i), &place));
		assert_int_equal(place, i);
	}
	assert_false(names_find(&names, "name 5000", &place));
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
