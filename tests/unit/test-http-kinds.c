/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/value.h"
#include "model-helper.h"
#include "steps/http-kinds.h"

static void
a_list_of_statuses_has_what_it_says(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct value *list = model_yaml(&arena, "[201, '4xx', '300-302']");

	(void)state;
	assert_true(status_list_has(list, 201));
	assert_false(status_list_has(list, 200));
	assert_false(status_list_has(list, 399));
	assert_true(status_list_has(list, 400));
	assert_true(status_list_has(list, 499));
	assert_false(status_list_has(list, 500));
	assert_true(status_list_has(list, 300));
	assert_true(status_list_has(list, 302));
	assert_false(status_list_has(list, 303));
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_of_statuses_has_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
