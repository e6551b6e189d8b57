/* SPDX-License-Identifier: ISC */
#include "unit.h"

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
	assert_string_equal(faults.text.buf, "x.yaml:3:14: unknown key 'nmae'\n"
					     "x.yaml: made here\n"
					     "x.yaml: no steps\n");
	faults_release(&faults);
	assert_int_equal(faults.count, 0);
	assert_string_equal(faults.text.buf, "");
}

static void
without_a_file_the_messages_stand_alone(void **state)
{
	const struct value place = {.type = VALUE_NULL, .line = 3, .column = 14};
	struct faults faults;

	(void)state;
	faults_init(&faults, NULL);
	fault_add(&faults, &place, "too short");
	assert_string_equal(faults.text.buf, "too short\n");
	faults_release(&faults);
}

static void
what_was_read_cannot_break_the_line(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults, NULL);
	fault_add(&faults, NULL, "unknown key '%s'", "a\nx.yaml:1:1: \x1b[2J\xff");
	assert_string_equal(faults.text.buf, "unknown key 'a\\x0ax.yaml:1:1: \\x1b[2J\\xff'\n");
	faults_release(&faults);
}

static void
a_reader_fails_at_a_place(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_int_equal(fail_at(&err, "x.json", 1, 2, "'%c'", '\t'), -1);
	assert_string_equal(err.buf, "x.json:1:2: '\\x09'");
	strbuf_reset(&err);
	assert_int_equal(fail_at(&err, NULL, 1, 2, "odd"), -1);
	assert_string_equal(err.buf, "1:2: odd");
	strbuf_release(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fault_is_a_line_with_its_place),
	    cmocka_unit_test(without_a_file_the_messages_stand_alone),
	    cmocka_unit_test(what_was_read_cannot_break_the_line),
	    cmocka_unit_test(a_reader_fails_at_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
