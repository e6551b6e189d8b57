/* SPDX-License-Identifier: ISC */
/* What differs between two pipelines: each kind of change, and what is none. */
#include "unit.h"

#include <string.h>

#include "model-helper.h"
#include "model/pipeline/pipeline-change.h"
#include "model/pipeline/pipeline.h"

#define A "{step_name: A, step_type: API, parameters: {url: 'http://h/a', timeout: 30s}}"
#define B "{step_name: B, step_type: API, parameters: {url: 'http://h/b', data: {n: [1, {x: 2}]}}}"
#define W "{step_name: W, step_type: WAIT_FOR_APPROVAL}"

/* Whether the steps are the same, and what is told of the difference. */
static void
assert_change(const char *old, const char *new, bool same_steps, const char *told)
{
	struct arena arena = ARENA_INIT;
	struct strbuf out = STRBUF_INIT;
	struct pipeline before, after;

	model_pipeline(&arena, old, &before);
	model_pipeline(&arena, new, &after);
	pipeline_compare(&before, &after, &out);
	assert_string_equal(out.buf, told);
	assert_int_equal(pipeline_steps_equal(&before, &after), same_steps);
	strbuf_reset(&out);
	pipeline_compare(&before, &before, &out);
	assert_string_equal(out.buf, "");
	strbuf_release(&out);
	arena_release(&arena);
}

static void
what_is_equal_in_value_is_no_change_however_it_is_written(void **state)
{
	static const char *const same[] = {
	    "{\"steps\": [{\"parameters\": {\"timeout\": \"30s\", \"url\": \"http://h/a\"},"
	    " \"step_type\": \"API\", \"step_name\": \"A\"}]}",
	    "steps:\n  - step_name: 'A'\n    step_type: \"API\"\n    parameters:\n"
	    "      timeout: 30s\n      url: http://h/a\n",
	};

	(void)state;
	assert_change("steps: [" A "]", same[0], true, "");
	assert_change("steps: [" A "]", same[1], true, "");
	assert_change("steps: [" W "]",
	    "steps: [{step_name: W, step_type: WAIT_FOR_APPROVAL, parameters: {}}]", true, "");
	assert_change("steps: [" W "]",
	    "steps: [{step_name: W, step_type: WAIT_FOR_APPROVAL, parameters: null}]", true, "");
}

static void
the_way_in_which_the_order_is_written_is_no_change(void **state)
{
	(void)state;
	assert_change("steps: [" A ", " W "]",
	    "{first_step_name: A, steps: ["
	    "{step_name: W, step_type: WAIT_FOR_APPROVAL, is_terminal_step: true}, "
	    "{step_name: A, step_type: API, next_step_name: W,"
	    " parameters: {url: 'http://h/a', timeout: 30s}}]}",
	    true, "");
}

static void
a_parameter_is_told_from_what_to_what(void **state)
{
	(void)state;
	assert_change("steps: [" A "]",
	    "steps: [{step_name: A, step_type: API,"
	    " parameters: {url: 'http://h/${x}', method: POST}}]",
	    false,
	    "form field 'x' is added\n"
	    "step 'A': url was \"http://h/a\", is \"http://h/${x}\"\n"
	    "step 'A': timeout was \"30s\", is absent\n"
	    "step 'A': method was absent, is \"POST\"\n");
}

static void
what_is_nested_is_told_by_its_path_and_a_list_as_a_whole(void **state)
{
	(void)state;
	assert_change("steps: [" B "]",
	    "steps: [{step_name: B, step_type: API,"
	    " parameters: {url: 'http://h/b', data: {n: [1, {x: 3}], m: {k: true}}}}]",
	    false,
	    "step 'B': data.n was [1,{\"x\":2}], is [1,{\"x\":3}]\n"
	    "step 'B': data.m was absent, is {\"k\":true}\n");
	assert_change("steps: [{step_name: B, step_type: API,"
		      " parameters: {url: 'http://h/b', data: {m: {k: {l: 1}}}}}]",
	    "steps: [{step_name: B, step_type: API,"
	    " parameters: {url: 'http://h/b', data: {m: {k: {l: 1.0}}}}}]",
	    false, "step 'B': data.m.k.l was 1, is 1.0\n");
	assert_change("steps: [{step_name: B, step_type: API,"
		      " parameters: {url: 'http://h/b', data: {m: {k: 1}}}}]",
	    "steps: [{step_name: B, step_type: API, parameters: {url: 'http://h/b', data: {m: 7}}}]",
	    false, "step 'B': data.m was {\"k\":1}, is 7\n");
}

static void
another_type_is_told(void **state)
{
	(void)state;
	assert_change("steps: [{step_name: A, step_type: API, parameters: {url: 'http://h/a'}}]",
	    "steps: [{step_name: A, step_type: WAIT_FOR_APPROVAL}]", false,
	    "step 'A': step_type was API, is WAIT_FOR_APPROVAL\n"
	    "step 'A': url was \"http://h/a\", is absent\n");
}

static void
steps_that_come_and_go_are_told(void **state)
{
	(void)state;
	assert_change("steps: [" A ", " B "]", "steps: [" A ", " W ", " B "]", false,
	    "step 'W' (WAIT_FOR_APPROVAL) is added before 'B'\n");
	assert_change("steps: [" A "]", "steps: [" A ", " W "]", false,
	    "step 'W' (WAIT_FOR_APPROVAL) is added at the end\n");
	assert_change("steps: [" A ", " B ", " W "]", "steps: [" A ", " W "]", false,
	    "step 'B' is removed\n");
}

static void
another_order_is_told(void **state)
{
	(void)state;
	assert_change("steps: [" A ", " B ", " W "]", "steps: [" A ", " W ", " B "]", false,
	    "the order of the steps is 'A', 'W', 'B'\n");
}

static void
what_is_said_about_the_pipeline_changes_no_step(void **state)
{
	(void)state;
	assert_change("{version: 1, description: Old, steps: [" A "]}",
	    "{version: 2, steps: [" A "]}", true,
	    "version was 1, is 2\ndescription was \"Old\", is absent\n");
}

static void
fields_of_the_form_are_told(void **state)
{
	(void)state;
	assert_change("{form: {fields: [{name: a}, {name: b, required: true}]}, steps: [" A "]}",
	    "{form: {fields: [{name: b, title: B, required: true}, {name: c}]}, steps: [" A "]}",
	    true,
	    "form field 'a' is removed\n"
	    "form field 'b': title was absent, is \"B\"\n"
	    "form field 'c' is added\n");
	/* from a placeholder to a field of its own */
	assert_change("steps: [{step_name: A, step_type: API, parameters: {url: 'http://h/${x}'}}]",
	    "{form: {fields: [{name: x, title: X}]},"
	    " steps: [{step_name: A, step_type: API, parameters: {url: 'http://h/${x}'}}]}",
	    true,
	    "form field 'x': name was absent, is \"x\"\n"
	    "form field 'x': title was absent, is \"X\"\n");
}

static void
other_rules_make_other_steps(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf out = STRBUF_INIT;
	struct pipeline before, after;

	(void)state;
	model_pipeline(&arena, "steps: [" A "]", &before);
	after = before;
	before.rules = 1;
	after.rules = 2;
	assert_false(pipeline_steps_equal(&before, &after));
	pipeline_compare(&before, &after, &out);
	assert_string_equal(out.buf, "the rules were 1, are 2\n");
	strbuf_release(&out);
	arena_release(&arena);
}

static void
what_people_wrote_adds_no_line(void **state)
{
	(void)state;
	assert_change("steps: [" A "]",
	    "{description: \"a\\nstep 'X' is removed\", steps: [{step_name: A, step_type: API,"
	    " parameters: {url: 'http://h/a', timeout: 30s, data: {\"a\\nb\": \"c\\nd\"}}}]}",
	    false,
	    "description was absent, is \"a\\nstep 'X' is removed\"\n"
	    "step 'A': data was absent, is {\"a\\nb\":\"c\\nd\"}\n");
	assert_change("steps: [{step_name: A, step_type: API,"
		      " parameters: {url: 'http://h/a', data: {z: 1}}}]",
	    "steps: [{step_name: A, step_type: API,"
	    " parameters: {url: 'http://h/a', data: {z: 1, \"a\\nb\": 2}}}]",
	    false, "step 'A': data.a\\x0ab was absent, is 2\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_equal_in_value_is_no_change_however_it_is_written),
	    cmocka_unit_test(the_way_in_which_the_order_is_written_is_no_change),
	    cmocka_unit_test(a_parameter_is_told_from_what_to_what),
	    cmocka_unit_test(what_is_nested_is_told_by_its_path_and_a_list_as_a_whole),
	    cmocka_unit_test(another_type_is_told),
	    cmocka_unit_test(steps_that_come_and_go_are_told),
	    cmocka_unit_test(another_order_is_told),
	    cmocka_unit_test(what_is_said_about_the_pipeline_changes_no_step),
	    cmocka_unit_test(fields_of_the_form_are_told),
	    cmocka_unit_test(other_rules_make_other_steps),
	    cmocka_unit_test(what_people_wrote_adds_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
