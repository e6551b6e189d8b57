/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/arena.h"
#include "base/faults.h"
#include "base/value.h"

static void
each_fault_is_a_line_with_its_place(void **state)
{
	const struct value place = {.type = VALUE_NULL, .line = 3, .column = 14};
	const struct value placeless = {.type = VALUE_NULL};
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.yaml");
	fault_add(&faults, &place, "unknown key '%s'", "nmae");
	fault_add(&faults, &placeless, "made here");
	fault_add(&faults, NULL, "no steps");
	assert_int_equal(faults.count, 3);
	assert_string_equal(faults_text(&faults), "x.yaml:3:14: unknown key 'nmae'\n"
						  "x.yaml: made here\n"
						  "x.yaml: no steps\n");
	faults_release(&faults);
	assert_int_equal(faults.count, 0);
	assert_string_equal(faults_text(&faults), "");
}

static void
without_a_file_the_messages_stand_alone(void **state)
{
	const struct value place = {.type = VALUE_NULL, .line = 3, .column = 14};
	struct faults faults;

	(void)state;
	faults_init(&faults, NULL);
	fault_add(&faults, &place, "too short");
	assert_string_equal(faults_text(&faults), "too short\n");
	faults_release(&faults);
}

static void
what_was_read_cannot_break_the_line(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults, NULL);
	fault_add(&faults, NULL, "unknown key '%s'", "a\nx.yaml:1:1: \x1b[2J\xff");
	assert_string_equal(
	    faults_text(&faults), "unknown key 'a\\x0ax.yaml:1:1: \\x1b[2J\\xff'\n");
	faults_release(&faults);
}

static void
faults_are_told_in_the_order_of_the_file(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.yaml");
	fault_add(&faults, NULL, "no place");
	fault_add_at(&faults, 20, 1, "e");
	fault_add_at(&faults, 3, 14, "c");
	fault_add_at(&faults, 3, 2, "a");
	fault_add_at(&faults, 3, 14, "d");
	fault_add_at(&faults, 3, 2, "b");
	assert_string_equal(faults_text(&faults), "x.yaml:3:2: a\nx.yaml:3:2: b\nx.yaml:3:14: c\n"
						  "x.yaml:3:14: d\nx.yaml:20:1: e\n"
						  "x.yaml: no place\n");
	faults.file = NULL;
	fault_add_at(&faults, 1, 1, "f");
	assert_string_equal(faults_text(&faults), "a\nb\nc\nd\ne\nno place\nf\n");
	faults_release(&faults);
}

static void
each_key_that_is_there_again_is_a_fault(void **state)
{
	static const char *const keys[] = {"a", "b", "a", "a", "b", "c"};
	struct arena arena = ARENA_INIT;
	struct value *map = value_new(&arena, VALUE_MAP);
	struct faults faults;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct value *key = value_string(&arena, keys[i]);

		key->line = key->column = (unsigned)i + 1;
		value_map_add(&arena, map, key, value_integer(&arena, (int64_t)i));
	}
	faults_init(&faults, "x.yaml");
	faults_of_keys(&arena, map, &faults);
	assert_string_equal(faults_text(&faults),
	    "x.yaml:3:3: duplicate key 'a'\nx.yaml:4:4: duplicate key 'a'\n"
	    "x.yaml:5:5: duplicate key 'b'\n");
	assert_int_equal(map->count, 3);
	assert_string_equal(map->pairs[0].value->text, "0");
	assert_string_equal(map->pairs[1].value->text, "1");
	assert_string_equal(map->pairs[2].value->text, "5");
	faults_of_keys(&arena, map, &faults);
	assert_int_equal(faults.count, 3);
	faults_release(&faults);
	arena_release(&arena);
}

static void
the_first_fault_alone_is_kept_for_who_wants_one(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.json");
	faults.first_only = true;
	assert_int_equal(fault_add_at(&faults, 7, 1, "first"), -1);
	assert_int_equal(fault_add_at(&faults, 1, 1, "second"), -1);
	assert_string_equal(faults_text(&faults), "x.json:7:1: first\n");
	faults_release(&faults);
}

static void
a_reader_fails_at_a_place(void **state)
{
	struct strbuf err = STRBUF_INIT;
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.json");
	fault_add_at(&faults, 1, 2, "'%c'", '\t');
	fault_add_at(&faults, 1, 1, "later");
	assert_int_equal(faults_fail(&faults, &err), -1);
	assert_string_equal(err.buf, "x.json:1:2: '\t'");
	strbuf_reset(&err);
	faults.file = NULL;
	assert_int_equal(faults_fail(&faults, &err), -1);
	assert_string_equal(err.buf, "1:2: '\t'");
	faults_release(&faults);
	strbuf_release(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fault_is_a_line_with_its_place),
	    cmocka_unit_test(without_a_file_the_messages_stand_alone),
	    cmocka_unit_test(what_was_read_cannot_break_the_line),
	    cmocka_unit_test(faults_are_told_in_the_order_of_the_file),
	    cmocka_unit_test(each_key_that_is_there_again_is_a_fault),
	    cmocka_unit_test(the_first_fault_alone_is_kept_for_who_wants_one),
	    cmocka_unit_test(a_reader_fails_at_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
