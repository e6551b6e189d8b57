/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/pipeline-form.h"
#include "model/pipeline/pipeline.h"

#define CALL(parameters) "steps: [{step_name: A, step_type: API, parameters: {" parameters "}}]\n"

/* What is told about that form data, without "step 'A' could not be run: ". */
static void
assert_check(const char *yaml, const char *data, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;
	struct faults faults;

	model_pipeline(&arena, yaml, &pipeline);
	faults_init(&faults, "data.yaml");
	pipeline_form_check(&arena, &pipeline, model_yaml(&arena, data), &faults);
	assert_string_equal(faults_text(&faults), expected);
	faults_release(&faults);
	arena_release(&arena);
}

#define MOVES                                                                                        \
	" would make a path segment of the URL lead to another place: a part of it is '.', '..' or " \
	"begins with '..;'\n"
#define COULD_NOT "data.yaml: step 'A' could not be run: "

static void
what_can_be_sent_is_no_fault(void **state)
{
	(void)state;
	assert_check(CALL("url: 'http://h/${p}', method: '${m}', timeout: '${t}'"),
	    "{p: a/b, m: PUT, t: 5s}", "");
	assert_check(
	    CALL("url: http://h/, data: {'${p}': '$${x}', text: 'a ${p}'}"), "{p: '${'}", "");
}

static void
what_could_never_be_sent_is_a_fault(void **state)
{
	(void)state;
	assert_check(CALL("url: 'http://h/${p}/x'"), "{p: ..}", COULD_NOT "'${p}'" MOVES);
	assert_check(CALL("url: http://h/, headers: {X: 'a ${p}'}"), "{p: \"b\\r\\nC: d\"}",
	    COULD_NOT "'p' has a line break (0x0d), and the header 'X' cannot have one\n");
	assert_check(CALL("url: http://h/, method: '${p}'"), "{p: BREW}",
	    COULD_NOT
	    "'BREW' is not a value of 'method' (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)\n");
	assert_check(CALL("url: http://h/, headers: {X-A: 1, 'x-${p}': 2}"), "{p: a}",
	    COULD_NOT "the header 'x-a' is there twice: its case makes no difference\n");
	assert_check(CALL("url: http://h/, data: {a: 1, '${p}': 2}"), "{p: a}",
	    COULD_NOT "two keys are the same once '${p}' is filled in\n");
}

static void
each_fault_of_each_step_is_told(void **state)
{
	(void)state;
	assert_check(
	    "steps:\n"
	    "- {step_name: A, step_type: API, parameters: {url: 'http://h/${p}', timeout: '${p}'}}\n"
	    "- {step_name: B, step_type: API, parameters: {url: http://h/, timeout: '${p}'}}\n",
	    "{p: ..}",
	    COULD_NOT "'${p}'" MOVES COULD_NOT
		      "'timeout' must be a span of time such as 10s, 5m or 3d\n"
		      "data.yaml: step 'B' could not be run: "
		      "'timeout' must be a span of time such as 10s, 5m or 3d\n");
}

static void
a_rule_between_parameters_holds_for_what_is_filled_in(void **state)
{
	(void)state;
	assert_check(CALL("url: http://h/, method: '${m}', data: {a: 1}"), "{m: HEAD}",
	    COULD_NOT "a HEAD request cannot have a body ('data')\n");
}

static void
outputs_and_secrets_are_left_to_the_run(void **state)
{
	(void)state;
	assert_check(
	    "steps:\n"
	    "- {step_name: O, step_type: API, parameters: {url: http://h/, outputs: {id: /id}}}\n"
	    "- {step_name: A, step_type: API, parameters: {url: 'http://h/${id}', timeout: "
	    "'${id}', data: '${id}', retry: {backoff: '${id}'}}}\n",
	    "{}", "");
	/* but not what stands beside them */
	assert_check(
	    CALL("url: 'http://h/${secret:X}', headers: {Authorization: '${secret:X}', Y: '${p}'}"),
	    "{p: \"\\n\"}",
	    COULD_NOT "'p' has a line break (0x0a), and the header 'Y' cannot have one\n");
}

static void
the_value_of_a_secret_field_is_not_told(void **state)
{
	(void)state;
	assert_check("form: {fields: [{name: s, secret: true}]}\n" CALL(
			 "url: http://h/, method: '${s}', follow_redirects: 1"),
	    "{s: LEAKME}", COULD_NOT "the value of a secret field does not fit\n");
	assert_check("form: {fields: [{name: s, secret: true}]}\n" CALL(
			 "url: http://h/, method: '${s}', follow_redirects: 1"),
	    "{s: POST}", COULD_NOT "the value of a secret field does not fit\n");
	assert_check(
	    "form: {fields: [{name: s, secret: true, type: checkboxes, options: [Host]}]}\n" CALL(
		"url: http://h/, headers: {'${s}': x}"),
	    "{s: [Host]}",
	    COULD_NOT "the name of a header has a byte that is not allowed (0x5b)\n");
	assert_check("form: {fields: [{name: s, secret: true}]}\n" CALL(
			 "url: http://h/, headers: {'${s}': x}"),
	    "{s: Host}", COULD_NOT "the value of a secret field does not fit\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_can_be_sent_is_no_fault),
	    cmocka_unit_test(what_could_never_be_sent_is_a_fault),
	    cmocka_unit_test(each_fault_of_each_step_is_told),
	    cmocka_unit_test(a_rule_between_parameters_holds_for_what_is_filled_in),
	    cmocka_unit_test(outputs_and_secrets_are_left_to_the_run),
	    cmocka_unit_test(the_value_of_a_secret_field_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
