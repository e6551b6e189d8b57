/* SPDX-License-Identifier: ISC */
/* The ways on from a failed step: what an admin says of it, with which outputs and command. */
#include "unit.h"

#include <string.h>

#include "base/faults.h"
#include "base/json/json.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/decision.h"
#include "model/request/outputs.h"
#include "model/resolve.h"

static const struct actor svc = {.name = "svc", .owner = true};
static const struct policy owner_only = {.admins = NULL};

/* A decision, and what it is about. */
struct trial {
	struct arena arena;
	struct request request;
	struct faults faults;
	struct event event;
	struct strbuf why;
};

/* A step Call whose later steps are those lines, and that fails in that way. */
static void
begin(struct trial *trial, const char *outputs, const char *later, const struct model_detail *how)
{
	const char *pipeline;

	*trial = (struct trial){.arena = ARENA_INIT, .why = STRBUF_INIT};
	faults_init(&trial->faults, "outputs.json");
	pipeline = arena_printf(&trial->arena,
	    "form: {fields: [{name: field}]}\nsteps:\n"
	    "- {step_name: Before, step_type: API, parameters: {url: 'http://h/', outputs: {early: /e}}}\n"
	    "- {step_name: Call, step_type: API, parameters: {method: POST, url: 'http://h/${early}', outputs: {%s}}}\n"
	    "%s",
	    outputs, later);
	model_request(&trial->request, pipeline, "{field: f}");
	model_happens(&trial->request, EVENT_RUNNING, "Before");
	model_happens_with(&trial->request, EVENT_COMPLETED, "Before",
	    &(struct model_detail){.outputs = "{early: 1}"});
	model_happens(&trial->request, EVENT_RUNNING, "Call");
	model_happens_with(&trial->request, EVENT_FAILED, "Call", how);
}

static void
end(struct trial *trial)
{
	request_release(&trial->request);
	faults_release(&trial->faults);
	strbuf_release(&trial->why);
	arena_release(&trial->arena);
}

static enum verdict
decide(struct trial *trial, struct decision_input input)
{
	input.actor = &svc;
	input.policy = &owner_only;
	input.now = MODEL_NOW + 60000;
	input.remarks = "looked";
	input.arena = &trial->arena;
	input.faults = &trial->faults;
	strbuf_reset(&trial->why);
	return request_decide(&trial->request, &input, &trial->event, &trial->why);
}

static enum verdict
resolve(struct trial *trial, const char *outputs)
{
	return decide(
	    trial, (struct decision_input){.command = COMMAND_RESOLVE,
		       .completed = true,
		       .outputs = outputs == NULL ? NULL : model_yaml(&trial->arena, outputs)});
}

static void
happens(struct trial *trial)
{
	model_applies(&trial->request, &trial->event);
}

static const struct model_detail refused = {.reason = REASON_HTTP_STATUS, .http_status = 409};
static const struct model_detail done = {
    .reason = REASON_HTTP_STATUS, .http_status = 201, .effect = EFFECT_CERTAIN};
static const struct model_detail lost = {
    .reason = REASON_OUTCOME_UNKNOWN, .effect = EFFECT_POSSIBLE};

static void
a_failed_call_is_settled_whatever_its_reason_and_its_effect(void **state)
{
	(void)state;
	for (int i = REASON_NONE + 1; i < REASON_COUNT * EFFECT_COUNT; i++) {
		enum reason reason = (enum reason)(i % REASON_COUNT);
		enum effect effect = (enum effect)(i / REASON_COUNT);
		struct trial trial;

		begin(&trial, "", "", &(struct model_detail){.reason = reason, .effect = effect});
		assert_int_equal(resolve(&trial, NULL), VERDICT_DECIDED);
		assert_int_equal(trial.event.effect, EFFECT_CERTAIN);
		assert_int_equal(trial.event.reason, REASON_NONE);
		happens(&trial);
		model_assert_request(&trial.request, REQUEST_COMPLETED);
		assert_int_equal(step_effect(&trial.request.steps[1]), EFFECT_CERTAIN);
		end(&trial);
	}
}

static void
what_was_not_done_is_retried_without_more_ado(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, "", "", &done);
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RESOLVE}), VERDICT_DECIDED);
	assert_int_equal(trial.event.reason, REASON_EXECUTOR);
	assert_int_equal(trial.event.effect, EFFECT_NONE);
	happens(&trial);
	model_assert_request(&trial.request, REQUEST_FAILED);
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RETRY}), VERDICT_DECIDED);
	assert_int_equal(trial.event.effect, EFFECT_NONE);
	end(&trial);
}

static void
a_retry_is_told_what_it_does_once_more_and_the_event_says_so(void **state)
{
	static const struct {
		const struct model_detail *how;
		const char *why; /* NULL: it is decided without --again */
	} cases[] = {
	    {&refused, NULL},
	    {&done,
		"step 'Call' was carried out (201): 'svcreq resolve 7 --completed --output id=VALUE -m \"...\"'"
		" if it is done, or 'svcreq retry 7 --again' to do it once more"},
	    {&lost,
		"step 'Call' may have been carried out: 'svcreq resolve 7 --completed --output id=VALUE -m \"...\"'"
		" if it is done, or 'svcreq retry 7 --again' to do it once more"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial trial;

		begin(&trial, "id: /id",
		    "- {step_name: Last, step_type: API, parameters: {url: 'http://h/${id}'}}",
		    cases[i].how);
		assert_int_equal(decide(&trial, (struct decision_input){.command = COMMAND_RETRY}),
		    cases[i].why == NULL ? VERDICT_DECIDED : VERDICT_REFUSED);
		assert_string_equal(trial.why.buf, cases[i].why == NULL ? "" : cases[i].why);
		assert_int_equal(decide(&trial, (struct decision_input){.command = COMMAND_RETRY,
						    .again = true}),
		    VERDICT_DECIDED);
		assert_int_equal(trial.event.effect, cases[i].how->effect);
		happens(&trial);
		end(&trial);
	}
}

/* A refusal that follows is not what it was that may have been carried out. */
static void
the_status_is_of_the_attempt_that_had_the_effect(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct trial trial;

	(void)state;
	begin(&trial, "", "",
	    &(struct model_detail){
		.reason = REASON_OUTCOME_UNKNOWN, .http_status = 502, .effect = EFFECT_POSSIBLE});
	model_happens(&trial.request, EVENT_NOT_STARTED, "Call");
	model_happens(&trial.request, EVENT_RUNNING, "Call");
	model_happens_with(&trial.request, EVENT_FAILED, "Call", &refused);
	resolve_add_effect(&text, &trial.request.steps[1]);
	assert_string_equal(text.buf, "may have been carried out (502)");
	strbuf_reset(&text);
	resolve_add_effect(&text, &trial.request.steps[0]);
	assert_string_equal(text.buf, "");
	strbuf_release(&text);
	end(&trial);
}

#define LAST(parameters) \
	"- {step_name: Last, step_type: API, parameters: {url: http://h/, " parameters "}}\n"
#define LOOK(parameters) \
	"- {step_name: Look, step_type: WAIT_FOR_APPROVAL, parameters: {" parameters "}}\n"

static void
what_later_steps_need_of_a_step_is_what_they_mention_and_it_alone_gives(void **state)
{
	static const struct {
		const char *outputs, *later, *needed;
	} cases[] = {
	    {"id: /id", "", "[]"},
	    {"id: /id", LAST("query: {a: b}"), "[]"},
	    {"id: /id", LAST("query: {a: '${id}'}"), "[id]"},
	    {"id: /id", LAST("query: {a: 'the ${id}, ${ id }'}"), "[id]"},
	    {"id: /id", LAST("query: {a: '$${id}'}"), "[]"},
	    {"id: /id", LAST("data: {'${id}': 1}"), "[id]"},
	    {"id: /id", LAST("data: [{a: [1, 'x${id}']}]"), "[id]"},
	    {"id: /id", LOOK("instructions: 'see ${id}'"), "[id]"},
	    {"id: /id", LOOK("instructions: see") LAST("data: '${id}'"), "[id]"},
	    {"id: /id, other: /o", LAST("data: '${id}'"), "[id]"},
	    {"id: /id, other: /o", LAST("data: ['${other}', '${id}']"), "[other, id]"},
	    /* of whatever else */
	    {"id: /id", LAST("data: ['${field}', '${early}', '${secret:s}', '${asked}']"), "[]"},
	    {"id: /id",
		"- {step_name: Next, step_type: API, parameters: {url: 'http://h/${id}', outputs: {n: /n}}}\n" LAST(
		    "data: ['${n}']"),
		"[id]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial trial;

		begin(&trial, cases[i].outputs, cases[i].later, &lost);
		model_assert_value(
		    outputs_needed(&trial.arena, &trial.request, &trial.request.steps[1]),
		    cases[i].needed);
		end(&trial);
	}
}

static void
what_later_steps_need_must_be_given(void **state)
{
	static const struct {
		const char *outputs; /* NULL: none are given */
		const char *why;     /* NULL: it is decided */
	} cases[] = {
	    {NULL,
		"later steps need the outputs 'two words', 'id' of step 'Call': add --output 'two words=VALUE' --output id=VALUE"},
	    {"{}",
		"later steps need the outputs 'two words', 'id' of step 'Call': add --output 'two words=VALUE' --output id=VALUE"},
	    {"{id: 7}",
		"later steps need the output 'two words' of step 'Call': add --output 'two words=VALUE'"},
	    {"{two words: x, spare: 1}",
		"later steps need the output 'id' of step 'Call': add --output id=VALUE"},
	    {"{id: 7, two words: [1, {a: ~}]}", NULL},
	    {"{id: ~, two words: '', spare: false}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial trial;

		begin(&trial, "id: /id, two words: /t, spare: /s",
		    LOOK("instructions: '${two words}'") LAST("data: '${id}'"), &done);
		assert_int_equal(resolve(&trial, cases[i].outputs),
		    cases[i].why == NULL ? VERDICT_DECIDED : VERDICT_REFUSED);
		assert_string_equal(trial.why.buf, cases[i].why == NULL ? "" : cases[i].why);
		assert_string_equal(faults_text(&trial.faults), "");
		if (cases[i].why == NULL) {
			happens(&trial);
			model_assert_request(&trial.request, REQUEST_RUNNING);
			model_assert_value(trial.request.steps[1].outputs, cases[i].outputs);
			assert_string_equal(trial.event.remarks, "looked");
		}
		end(&trial);
	}
}

/* "a=b=VALUE" would be the output 'a'. */
static void
an_output_that_no_option_can_name_is_given_by_a_file(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, "id: /id, a=b: /ab", LAST("data: ['${id}', '${a=b}']"), &done);
	assert_int_equal(resolve(&trial, NULL), VERDICT_REFUSED);
	assert_string_equal(trial.why.buf,
	    "later steps need the outputs 'id', 'a=b' of step 'Call': add --outputs FILE");
	end(&trial);
}

static void
an_output_that_the_step_does_not_declare_is_a_fault(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, "ticket: /id", LAST("data: '${ticket}'"), &done);
	assert_int_equal(resolve(&trial, "{ticket: 1, tiket: 2, early: 3}"), VERDICT_INVALID);
	assert_string_equal(trial.why.buf, "");
	assert_string_equal(faults_text(&trial.faults),
	    "outputs.json:1:13: step 'Call' has no output 'tiket', did you mean 'ticket'?\n"
	    "outputs.json:1:23: step 'Call' has no output 'early'\n");
	end(&trial);
}

/* A list in a list, so many levels in all. */
static struct value *
levels(struct arena *arena, int count)
{
	struct value *value = value_string(arena, "deep");

	while (count-- > 0) {
		struct value *list = value_new(arena, VALUE_LIST);

		value_list_add(arena, list, value);
		value = list;
	}
	return value;
}

/* The event that keeps them must be one that can be read again. */
static void
outputs_that_an_event_cannot_keep_are_a_fault(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		bool too_deep = i == 1, too_large = i == 3;
		struct trial trial;
		struct value *outputs;
		char *text;

		begin(&trial, "id: /id", "", &done);
		outputs = value_new(&trial.arena, VALUE_MAP);
		text = arena_alloc(&trial.arena, OUTPUTS_MAX_BYTES + 1);
		memset(text, 'x', OUTPUTS_MAX_BYTES);
		/* {"id":""} has 9 bytes */
		text[OUTPUTS_MAX_BYTES - (too_large ? 8 : 9)] = '\0';
		value_map_set(&trial.arena, outputs, "id",
		    i < 2 ? levels(&trial.arena, JSON_MAX_DEPTH - (too_deep ? 1 : 2))
			  : value_string(&trial.arena, text));
		assert_int_equal(decide(&trial, (struct decision_input){.command = COMMAND_RESOLVE,
						    .completed = true,
						    .outputs = outputs}),
		    too_deep || too_large ? VERDICT_INVALID : VERDICT_DECIDED);
		assert_string_equal(faults_text(&trial.faults),
		    too_deep
			? "outputs.json: the outputs cannot be kept: they have more than 62 levels of lists and maps\n"
		    : too_large
			? "outputs.json: the outputs cannot be kept: they have more than 1048576 bytes\n"
			: "");
		if (!too_deep && !too_large)
			happens(&trial);
		end(&trial);
	}
}

/* As another version left it: what the step gives is not known, and what is needed is. */
static void
a_step_of_an_unknown_type_is_settled_with_what_others_need(void **state)
{
	static const char pipeline[] =
	    "{form: {fields: [{name: field}]}, steps: ["
	    "{step_name: Call, step_type: GONE, parameters: {gives: [id]}},"
	    "{step_name: Last, step_type: API, parameters: {url: 'http://h/${id}/${field}/${asked}'}}]}";
	struct trial trial = {.arena = ARENA_INIT, .why = STRBUF_INIT};
	struct event event = {
	    .event_id = 1,
	    .event_type = EVENT_CREATED,
	    .service_request_id = 7,
	    .pipeline_name = "x",
	    .requested_by = MODEL_REQUESTER,
	    .created_by = MODEL_REQUESTER,
	    .created_at = MODEL_NOW,
	    .pipeline = model_yaml(&trial.arena, pipeline),
	    .form_data = model_yaml(&trial.arena, "{field: f, asked: a}"),
	};

	(void)state;
	faults_init(&trial.faults, NULL);
	request_init(&trial.request, 7);
	model_applies(&trial.request, &event);
	model_happens_with(&trial.request, EVENT_FAILED, "Call",
	    &(struct model_detail){.reason = REASON_EXECUTOR});
	assert_null(outputs_declared(&trial.arena, trial.request.steps[0].step));
	assert_int_equal(resolve(&trial, NULL), VERDICT_REFUSED);
	assert_string_equal(trial.why.buf,
	    "later steps need the output 'id' of step 'Call': add --output id=VALUE");
	assert_int_equal(resolve(&trial, "{id: 1, more: 2}"), VERDICT_DECIDED);
	happens(&trial);
	end(&trial);
}

static void
commands_have_the_name_that_people_type(void **state)
{
	static const char program[] = "sudo -u svc request";
	struct trial trial;

	(void)state;
	begin(&trial, "", "", &lost);
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RETRY, .program = program}),
	    VERDICT_REFUSED);
	assert_string_equal(trial.why.buf,
	    "step 'Call' may have been carried out: 'sudo -u svc request resolve 7 --completed -m \"...\"'"
	    " if it is done, or 'sudo -u svc request retry 7 --again' to do it once more");
	model_happens_with(&trial.request, EVENT_FAILED, "Call",
	    &(struct model_detail){.reason = REASON_EXECUTOR});
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RESOLVE, .program = program}),
	    VERDICT_REFUSED);
	assert_string_equal(trial.why.buf,
	    "step 'Call' has done nothing that it would do twice: 'sudo -u svc request retry 7' runs it again");
	model_happens(&trial.request, EVENT_NOT_STARTED, "Call");
	model_happens(&trial.request, EVENT_RUNNING, "Call");
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RETRY, .program = program}),
	    VERDICT_REFUSED);
	assert_string_equal(trial.why.buf,
	    "it is Running, but was interrupted: 'sudo -u svc request run 7' settles that first");
	end(&trial);
}

static void
whole_commands_are_made_of_what_the_step_did(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct trial trial;

	(void)state;
	begin(&trial, "it's: /id", LAST("data: \"${it's}\""), &refused);
	resolve_add_completed(&text, &trial.request, "svcreq");
	strbuf_addch(&text, '\n');
	resolve_add_retry(&text, &trial.request, "svcreq");
	strbuf_addch(&text, '\n');
	resolve_add_failed(&text, &trial.request, "svcreq");
	assert_string_equal(text.buf,
	    "svcreq resolve 7 --completed --output 'it'\\''s=VALUE' -m \"...\"\n"
	    "svcreq retry 7\n"
	    "svcreq resolve 7 --failed -m \"...\"");
	strbuf_release(&text);
	end(&trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_failed_call_is_settled_whatever_its_reason_and_its_effect),
	    cmocka_unit_test(what_was_not_done_is_retried_without_more_ado),
	    cmocka_unit_test(a_retry_is_told_what_it_does_once_more_and_the_event_says_so),
	    cmocka_unit_test(the_status_is_of_the_attempt_that_had_the_effect),
	    cmocka_unit_test(
		what_later_steps_need_of_a_step_is_what_they_mention_and_it_alone_gives),
	    cmocka_unit_test(what_later_steps_need_must_be_given),
	    cmocka_unit_test(an_output_that_no_option_can_name_is_given_by_a_file),
	    cmocka_unit_test(an_output_that_the_step_does_not_declare_is_a_fault),
	    cmocka_unit_test(outputs_that_an_event_cannot_keep_are_a_fault),
	    cmocka_unit_test(a_step_of_an_unknown_type_is_settled_with_what_others_need),
	    cmocka_unit_test(commands_have_the_name_that_people_type),
	    cmocka_unit_test(whole_commands_are_made_of_what_the_step_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
