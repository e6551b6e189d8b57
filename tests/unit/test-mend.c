/* SPDX-License-Identifier: ISC */
/* A failed request goes on by the present steps of its pipeline. */
#include "unit.h"

#include <string.h>

#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/decision.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/snapshot.h"

#define OK "{step_name: Ok, step_type: WAIT_FOR_APPROVAL}"
#define RESERVE \
	"{step_name: Reserve, step_type: API, parameters: {url: 'http://h/r', outputs: {id: /id}}}"
#define CHECK \
	"{step_name: Check, step_type: WAIT_FOR_APPROVAL, parameters: {approvals_required: 1}}"
#define ORDER "{step_name: Order, step_type: API, parameters: {method: POST, url: 'http://h/${x}'}}"
#define MENDED \
	"{step_name: Order, step_type: API, parameters: {method: POST, url: 'http://h/o/${x}'}}"
#define TELL "{step_name: Tell, step_type: API, parameters: {url: 'http://h/t'}}"
#define FORM "form: {fields: [{name: x}, {name: y, default: d}]}\n"

static const struct actor svc = {.name = "svc", .owner = true}, rita = {.name = MODEL_REQUESTER};
static const struct policy owner_only = {.admins = NULL};

/* A decision, and what it is about. */
struct trial {
	struct arena arena;
	struct request request;
	struct pipeline pipeline; /* the present one */
	struct faults faults;
	struct event event, second;
	bool continues;
	struct strbuf why;
};

static void
happens_by_approval(struct request *request, const char *step)
{
	model_happens(request, EVENT_RUNNING, step);
	model_happens(request, EVENT_APPROVED, step);
	model_happens(request, EVENT_COMPLETED, step);
}

/* Ok, Reserve and Check are done, and Order fails in that way. */
static void
begin(struct trial *trial, const struct model_detail *how)
{
	*trial = (struct trial){.arena = ARENA_INIT, .why = STRBUF_INIT};
	faults_init(&trial->faults, NULL);
	model_request(&trial->request,
	    FORM "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL "]", "{x: '1', y: d}");
	happens_by_approval(&trial->request, "Ok");
	model_happens(&trial->request, EVENT_RUNNING, "Reserve");
	model_happens_with(&trial->request, EVENT_COMPLETED, "Reserve",
	    &(struct model_detail){.outputs = "{id: 7}", .effect = EFFECT_CERTAIN});
	happens_by_approval(&trial->request, "Check");
	model_happens(&trial->request, EVENT_RUNNING, "Order");
	model_happens_with(&trial->request, EVENT_FAILED, "Order", how);
	model_assert_request(&trial->request, REQUEST_FAILED);
}

static const struct model_detail refused = {.reason = REASON_HTTP_STATUS, .http_status = 422};
static const struct model_detail unknown = {
    .reason = REASON_OUTCOME_UNKNOWN, .effect = EFFECT_POSSIBLE};
static const struct model_detail done = {
    .reason = REASON_EXECUTOR, .effect = EFFECT_CERTAIN, .http_status = 201};

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
	enum verdict verdict;

	input.actor = input.actor == NULL ? &svc : input.actor;
	input.policy = &owner_only;
	input.now = MODEL_NOW + 60000;
	input.remarks = "mended";
	input.arena = &trial->arena;
	input.faults = &trial->faults;
	if (input.form_data == NULL)
		input.form_data = model_yaml(&trial->arena, "{}");
	strbuf_reset(&trial->why);
	verdict = request_decide(&trial->request, &input, &trial->event, &trial->why);
	trial->continues = verdict == VERDICT_DECIDED && decision_continues(&trial->request, &input,
							     &trial->event, &trial->second);
	return verdict;
}

static enum verdict
mend_with(struct trial *trial, const char *pipeline, struct decision_input input)
{
	model_pipeline(&trial->arena, pipeline, &trial->pipeline);
	input.command = COMMAND_MEND;
	input.pipeline = &trial->pipeline;
	return decide(trial, input);
}

/* Records what was decided. */
static void
record(struct trial *trial)
{
	struct strbuf err = STRBUF_INIT;

	assert_string_equal(trial->why.buf, "");
	assert_string_equal(faults_text(&trial->faults), "");
	model_applies(&trial->request, &trial->event);
	if (trial->continues) {
		trial->second.prev = trial->request.head;
		assert_int_equal(request_status_after(&trial->request, &trial->second, &err), 0);
		model_applies(&trial->request, &trial->second);
	}
	strbuf_release(&err);
}

static void
mends(struct trial *trial, const char *pipeline)
{
	assert_int_equal(
	    mend_with(trial, pipeline, (struct decision_input){.again = false}), VERDICT_DECIDED);
	record(trial);
}

static void
assert_refused(struct trial *trial, const char *pipeline, const char *why)
{
	assert_int_equal(
	    mend_with(trial, pipeline, (struct decision_input){.again = false}), VERDICT_REFUSED);
	assert_string_equal(trial->why.buf, why);
}

static void
assert_next(const struct request *request, enum next_kind kind, const char *step)
{
	struct next next = request_next(request, MODEL_NOW + 70000);

	assert_int_equal(next.kind, kind);
	assert_string_equal(next.step == NULL ? "" : next.step->step->name, step);
}

/* Approves what the request waits for, or will wait for next. */
static void
approve_next(struct request *request, const char *step)
{
	assert_next(request, NEXT_START, step);
	happens_by_approval(request, step);
}

static void
a_step_that_did_nothing_goes_on_by_the_present_steps(void **state)
{
	struct trial trial;
	const struct request *request = &trial.request;

	(void)state;
	begin(&trial, &refused);
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]");
	assert_int_equal(trial.event.event_type, EVENT_UPDATED);
	assert_int_equal(trial.event.status, REQUEST_FAILED);
	assert_null(trial.event.step_name);
	assert_null(trial.event.form_data);
	assert_true(trial.continues);
	assert_string_equal(trial.second.step_name, "Order");
	model_assert_request(request, REQUEST_RUNNING);
	/* both approvals are asked again, and the call between them stays what it is */
	model_assert_step(request, "Ok", STEP_NOT_STARTED);
	model_assert_step(request, "Reserve", STEP_COMPLETED);
	model_assert_step(request, "Check", STEP_NOT_STARTED);
	model_assert_step(request, "Order", STEP_NOT_STARTED);
	assert_int_equal(request_step(request, "Ok")->votes, 0);
	model_assert_value(request_step(request, "Reserve")->outputs, "{id: 7}");
	model_assert_value(request_step(request, "Order")->step->parameters,
	    "{method: POST, url: 'http://h/o/${x}'}");
	approve_next(&trial.request, "Ok");
	model_assert_request(request, REQUEST_RUNNING);
	approve_next(&trial.request, "Check");
	assert_next(request, NEXT_START, "Order");
	model_happens(&trial.request, EVENT_RUNNING, "Order");
	assert_int_equal(request_step(request, "Order")->attempt, 2);
	model_happens(&trial.request, EVENT_COMPLETED, "Order");
	model_happens(&trial.request, EVENT_RUNNING, "Tell");
	model_happens(&trial.request, EVENT_COMPLETED, "Tell");
	model_assert_request(request, REQUEST_COMPLETED);
	end(&trial);
}

static void
the_votes_before_count_no_more(void **state)
{
	struct trial trial;
	size_t position = 0;

	(void)state;
	begin(&trial, &refused);
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]");
	assert_null(approval_next_vote(request_step(&trial.request, "Ok"), &position));
	model_happens(&trial.request, EVENT_RUNNING, "Ok");
	assert_string_equal(approval_step(&trial.request, NULL)->step->name, "Ok");
	position = 0;
	assert_null(approval_next_vote(request_step(&trial.request, "Ok"), &position));
	model_assert_request(&trial.request, REQUEST_PENDING);
	end(&trial);
}

static void
the_event_has_the_document_its_rules_and_both_digests(void **state)
{
	struct trial trial;
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	char before[DIGEST_SIZE], after[DIGEST_SIZE];

	(void)state;
	begin(&trial, &refused);
	snapshot_digest(&trial.request.pipeline, before);
	mends(&trial, "{version: 2, "
		      "form: {fields: [{name: x}, {name: y, default: d}]}, "
		      "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]}");
	json_writer_init(&writer, &text);
	json_value(&writer, trial.pipeline.source);
	digest_sha256(text.buf, text.len, after);
	assert_int_equal(trial.event.rules, PIPELINE_RULES);
	model_assert_value(trial.event.pipeline_version, "2");
	assert_string_equal(trial.event.pipeline_sha256, after);
	assert_string_equal(trial.event.replaced_pipeline_sha256, before);
	assert_string_equal(trial.event.remarks, "mended");
	assert_ptr_equal(trial.event.pipeline, trial.pipeline.source);
	assert_string_equal(trial.request.replaced->by->created_by, "svc");
	/* the first pipeline is found by the events that are read by it */
	assert_ptr_equal(snapshot_at(&trial.request, trial.event.event_id - 1),
	    &trial.request.replaced->pipeline);
	assert_ptr_equal(
	    snapshot_at(&trial.request, trial.event.event_id), &trial.request.pipeline);
	strbuf_release(&text);
	end(&trial);
}

/* A request by the rules of before, whose pipeline is written as it is now. */
static void
the_rules_that_are_brought_hold_from_then_on(void **state)
{
	static const char pipeline[] = FORM "steps: [" OK ", " ORDER "]";
	struct trial trial;
	struct request *request = &trial.request;
	struct event created;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	begin(&trial, &refused);
	created = *request->events[0];
	request_release(request);
	request_init(request, 7);
	model_pipeline(&trial.arena, pipeline, &trial.pipeline);
	created.rules = 1;
	created.pipeline_name = "x";
	created.requested_by = created.created_by = MODEL_REQUESTER;
	created.pipeline = trial.pipeline.source;
	created.form_data = model_yaml(&trial.arena, "{x: '1', y: d}");
	created.remarks = NULL;
	model_applies(request, &created);
	happens_by_approval(request, "Ok");
	model_happens(request, EVENT_RUNNING, "Order");
	/* what an older program did not write follows from its answer */
	model_happens_with(request, EVENT_FAILED, "Order",
	    &(struct model_detail){.reason = REASON_EXECUTOR, .http_status = 201});
	assert_int_equal(request->pipeline.rules, 1);
	assert_int_equal(step_effect(request_step(request, "Order")), EFFECT_CERTAIN);
	mends(&trial, pipeline);
	assert_int_equal(request->pipeline.rules, PIPELINE_RULES);
	assert_int_equal(step_effect(request_step(request, "Order")), EFFECT_CERTAIN);
	/* other rules are other steps than were approved */
	model_assert_step(request, "Ok", STEP_NOT_STARTED);
	strbuf_release(&err);
	end(&trial);
}

/* ---- what was, or may have been, carried out */

static void
a_step_that_may_have_been_carried_out_stays_failed(void **state)
{
	static const struct model_detail *const ways[] = {&unknown, &done};
	struct trial trial;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(&trial, ways[i]);
		mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]");
		assert_false(trial.continues);
		model_assert_request(&trial.request, REQUEST_FAILED);
		/* an admin decides about it before anybody is asked */
		assert_string_equal(request_current_step(&trial.request)->step->name, "Order");
		model_assert_step(&trial.request, "Ok", STEP_NOT_STARTED);
		assert_int_equal(decide(&trial, (struct decision_input){.command = COMMAND_RETRY}),
		    VERDICT_REFUSED);
		assert_non_null(strstr(trial.why.buf, "step 'Order' "));
		assert_non_null(strstr(trial.why.buf, "svcreq retry 7 --again"));
		end(&trial);
	}
}

static void
what_is_done_is_settled_and_the_approvals_come_before_the_rest(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &unknown);
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]");
	assert_int_equal(
	    decide(&trial, (struct decision_input){.command = COMMAND_RESOLVE, .completed = true}),
	    VERDICT_DECIDED);
	record(&trial);
	model_assert_step(&trial.request, "Order", STEP_COMPLETED);
	model_assert_request(&trial.request, REQUEST_RUNNING);
	approve_next(&trial.request, "Ok");
	approve_next(&trial.request, "Check");
	assert_next(&trial.request, NEXT_START, "Tell");
	end(&trial);
}

static void
a_request_is_completed_when_every_step_is(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &unknown);
	/* the last step is done while approvals before it are asked again */
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]");
	decide(&trial, (struct decision_input){.command = COMMAND_RESOLVE, .completed = true});
	record(&trial);
	model_assert_request(&trial.request, REQUEST_RUNNING);
	approve_next(&trial.request, "Ok");
	model_assert_request(&trial.request, REQUEST_RUNNING);
	approve_next(&trial.request, "Check");
	model_assert_request(&trial.request, REQUEST_COMPLETED);
	end(&trial);
}

static void
with_again_it_is_to_be_run_once_more(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &done);
	assert_int_equal(
	    mend_with(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]",
		(struct decision_input){.again = true}),
	    VERDICT_DECIDED);
	record(&trial);
	assert_true(trial.continues);
	assert_int_equal(trial.second.effect, EFFECT_CERTAIN);
	model_assert_request(&trial.request, REQUEST_RUNNING);
	end(&trial);
}

static void
a_failed_step_that_did_nothing_can_be_left_out(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " TELL "]");
	assert_false(trial.continues);
	assert_int_equal(trial.event.status, REQUEST_RUNNING);
	approve_next(&trial.request, "Ok");
	approve_next(&trial.request, "Check");
	assert_next(&trial.request, NEXT_START, "Tell");
	end(&trial);
}

static void
one_that_was_carried_out_can_be_left_out_with_again_only(void **state)
{
	static const char without[] = FORM "steps: [" OK ", " RESERVE ", " CHECK ", " TELL "]";
	struct trial trial;

	(void)state;
	begin(&trial, &done);
	assert_refused(&trial, without,
	    "step 'Order' was carried out (201), and is not in the pipeline any more: leave it "
	    "there to settle it, or 'svcreq update 7 --pipeline --again' goes on without it");
	assert_int_equal(
	    mend_with(&trial, without, (struct decision_input){.again = true}), VERDICT_DECIDED);
	record(&trial);
	assert_int_equal(trial.event.effect, EFFECT_CERTAIN);
	model_assert_request(&trial.request, REQUEST_RUNNING);
	end(&trial);
}

static void
without_its_failed_step_a_request_can_be_complete(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	request_release(&trial.request);
	model_request(&trial.request, "steps: [" RESERVE ", " TELL "]", "{}");
	model_happens(&trial.request, EVENT_RUNNING, "Reserve");
	model_happens(&trial.request, EVENT_COMPLETED, "Reserve");
	model_happens(&trial.request, EVENT_RUNNING, "Tell");
	model_happens_with(&trial.request, EVENT_FAILED, "Tell", &refused);
	mends(&trial, "steps: [" RESERVE "]");
	model_assert_request(&trial.request, REQUEST_COMPLETED);
	assert_next(&trial.request, NEXT_NOTHING, "");
	end(&trial);
}

/* ---- steps that are completed */

static void
completed_steps_stay_what_they_are(void **state)
{
	static const struct {
		const char *steps;
		const char *why;
	} changes[] = {
	    {OK ", {step_name: Reserve, step_type: API, parameters: {url: 'http://h/q', outputs: {id: /id}}}"
		", " CHECK ", " MENDED ", " TELL,
		"step 'Reserve' is Completed, and must stay as it was: url was \"http://h/r\", is "
		"\"http://h/q\""},
	    {OK ", {step_name: Reserve, step_type: API, parameters: {url: 'http://h/r', outputs: {id: /id, n: /n}}}"
		", " CHECK ", " MENDED ", " TELL,
		"step 'Reserve' is Completed, and must stay as it was: outputs.n was absent, is \"/n\""},
	    {OK ", {step_name: Reserve, step_type: WAIT_FOR_APPROVAL}, " CHECK ", " MENDED
		", " TELL,
		"step 'Reserve' is Completed, and must stay as it was: step_type was API, is "
		"WAIT_FOR_APPROVAL; url was \"http://h/r\", is absent; outputs was {\"id\":\"/id\"}, is "
		"absent"},
	    {OK ", " CHECK ", " MENDED ", " TELL,
		"step 'Reserve' is Completed, and is not in the pipeline any more; step 'Check' is "
		"Completed, and must stay in its place: it was step 3, is step 2"},
	    {RESERVE ", " OK ", " CHECK ", " MENDED,
		"step 'Ok' is Completed, and must stay in its place: it was step 1, is step 2; step "
		"'Reserve' is Completed, and must stay in its place: it was step 2, is step 1"},
	    {OK ", " RESERVE ", {step_name: New, step_type: WAIT_FOR_APPROVAL}, " CHECK ", " MENDED,
		"step 'Check' is Completed, and must stay in its place: it was step 3, is step 4"},
	};
	struct trial trial;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		begin(&trial, &refused);
		assert_refused(&trial,
		    arena_printf(&trial.arena, FORM "steps: [%s]", changes[i].steps),
		    changes[i].why);
		end(&trial);
	}
}

static void
an_event_that_changes_completed_steps_is_refused(void **state)
{
	struct trial trial;
	struct event event;

	(void)state;
	begin(&trial, &refused);
	mend_with(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]",
	    (struct decision_input){.again = false});
	event = trial.event;
	event.pipeline = model_yaml(&trial.arena, "steps: [" OK ", " MENDED "]");
	model_refuses_event(&trial.request, &event,
	    "its pipeline cannot be used: step 'Reserve' is Completed, and is not in the pipeline any "
	    "more; step 'Check' is Completed, and is not in the pipeline any more");
	event.pipeline = model_yaml(&trial.arena, "steps: [{step_name: Order}]");
	model_refuses_event(
	    &trial.request, &event, "its pipeline cannot be used: a step has no 'step_type'");
	event.pipeline = model_yaml(&trial.arena, "{}");
	model_refuses_event(&trial.request, &event,
	    "its pipeline cannot be used: a pipeline needs at least one step ('steps')");
	event = trial.event;
	event.status = REQUEST_RUNNING;
	model_refuses_event(&trial.request, &event, "it says Running where Failed follows");
	event = trial.event;
	event.pipeline = NULL;
	event.status = REQUEST_NOT_STARTED;
	model_refuses_event(
	    &trial.request, &event, "'Updated' cannot follow while the request is Failed");
	record(&trial);
	event = trial.event;
	request_prepare_event(&trial.request, EVENT_UPDATED, NULL, "svc", MODEL_NOW, &event);
	event.pipeline = trial.event.pipeline;
	model_refuses_event(
	    &trial.request, &event, "'Updated' cannot follow while the request is Running");
	end(&trial);
}

/* ---- what is asked again */

static void
each_kind_of_change_asks_again(void **state)
{
	static const struct {
		const char *document;
		const char *given;
		bool asks;
	} changes[] = {
	    {FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]", "{}", true},
	    {FORM "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER "]", "{}", true},
	    {FORM "steps: [" OK ", " RESERVE ", " CHECK ", " TELL ", " ORDER "]", "{}", true},
	    {FORM "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL
		  ", {step_name: New, step_type: WAIT_FOR_APPROVAL}]",
		"{}", true},
	    /* not the steps, but what is filled in */
	    {FORM "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL "]", "{x: '2'}", true},
	    {"form: {fields: [{name: x}, {name: y, default: d}, {name: z, default: e}]}\n"
	     "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL "]",
		"{}", true},
	    /* nothing of what is done */
	    {"{description: About, form: {fields: [{name: x, title: X}, {name: y, default: d}]}, "
	     "steps: [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL "]}",
		"{}", false},
	};
	struct trial trial;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		enum step_status status = changes[i].asks ? STEP_NOT_STARTED : STEP_COMPLETED;

		begin(&trial, &refused);
		assert_int_equal(mend_with(&trial, changes[i].document,
				     (struct decision_input){
					 .form_data = model_yaml(&trial.arena, changes[i].given)}),
		    VERDICT_DECIDED);
		record(&trial);
		model_assert_step(&trial.request, "Ok", status);
		model_assert_step(&trial.request, "Check", status);
		model_assert_step(&trial.request, "Reserve", STEP_COMPLETED);
		assert_int_equal(trial.request.replaced->asked_count, changes[i].asks ? 2 : 0);
		end(&trial);
	}
}

static void
an_approval_that_is_asked_again_can_be_changed(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	mends(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]");
	model_happens(&trial.request, EVENT_RUNNING, "Ok");
	model_happens_with(
	    &trial.request, EVENT_FAILED, "Ok", &(struct model_detail){.reason = REASON_REJECTED});
	assert_string_equal(request_current_step(&trial.request)->step->name, "Ok");
	mends(&trial, FORM
	    "steps: [{step_name: Ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [bob]}}, " RESERVE
	    ", " MENDED "]");
	model_assert_request(&trial.request, REQUEST_RUNNING);
	approve_next(&trial.request, "Ok");
	assert_next(&trial.request, NEXT_START, "Order");
	end(&trial);
}

static void
a_rejected_or_expired_approval_is_asked_again(void **state)
{
	static const enum reason reasons[] = {REASON_REJECTED, REASON_EXPIRED};
	struct trial trial;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(&trial, &refused);
		request_release(&trial.request);
		model_request(&trial.request, FORM "steps: [" OK ", " ORDER "]", "{x: '1', y: d}");
		model_happens(&trial.request, EVENT_RUNNING, "Ok");
		model_happens_with(&trial.request, EVENT_FAILED, "Ok",
		    &(struct model_detail){.reason = reasons[i]});
		mends(&trial, FORM "steps: [" OK ", " MENDED "]");
		approve_next(&trial.request, "Ok");
		assert_next(&trial.request, NEXT_START, "Order");
		end(&trial);
	}
}

/* ---- form data */

static void
form_data_fits_the_present_form(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_int_equal(
	    mend_with(&trial,
		"form: {fields: [{name: x}, {name: z, required: true}, {name: n, type: select, options: [S]}]}\n"
		"steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]",
		(struct decision_input){.form_data = model_yaml(&trial.arena, "{n: M, y: u}")}),
	    VERDICT_INVALID);
	faults_sort(&trial.faults);
	assert_int_equal(trial.faults.count, 3);
	assert_string_equal(
	    trial.faults.array[0].message, "the form has no field 'y', did you mean 'x'?");
	assert_string_equal(trial.faults.array[1].message, "form field 'z': it is required");
	assert_string_equal(trial.faults.array[2].message, "form field 'n': 'M' is not one of S");
	end(&trial);
}

static void
what_no_field_takes_is_left_out_and_what_is_given_is_added(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_int_equal(
	    mend_with(&trial,
		"form: {fields: [{name: x}, {name: z, required: true}]}\n"
		"steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]",
		(struct decision_input){.form_data = model_yaml(&trial.arena, "{z: '3'}")}),
	    VERDICT_DECIDED);
	record(&trial);
	model_assert_value(trial.request.form_data, "{x: '1', z: '3'}");
	end(&trial);
}

static void
a_placeholder_that_cannot_be_filled_in_is_a_fault(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_int_equal(
	    mend_with(&trial,
		FORM
		"steps: [" OK ", " RESERVE ", " CHECK
		", {step_name: Order, step_type: API, parameters: {url: 'http://h/${y}/${x}'}}]",
		(struct decision_input){.form_data = model_yaml(&trial.arena, "{x: '..'}")}),
	    VERDICT_INVALID);
	assert_int_equal(trial.faults.count, 1);
	assert_non_null(strstr(trial.faults.array[0].message, "step 'Order' could not be run"));
	end(&trial);
}

/* ---- once more */

static void
the_same_steps_and_data_record_nothing(void **state)
{
	static const char same[] = "{\"steps\": [" OK ", " RESERVE ", " CHECK ", " ORDER ", " TELL
				   "], form: {fields: [{name: x}, {name: y, default: d}]}}";
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_int_equal(
	    mend_with(&trial, same,
		(struct decision_input){.form_data = model_yaml(&trial.arena, "{x: '1'}")}),
	    VERDICT_REPEATED);
	assert_string_equal(
	    trial.why.buf, "request 7 has the pipeline's present steps and that form data already");
	end(&trial);
}

static void
the_same_command_and_retry_are_repetitions_until_something_is_run(void **state)
{
	static const char mended[] =
	    FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED ", " TELL "]";
	static const char other[] = FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]";
	const struct decision_input retry = {.command = COMMAND_RETRY}, plain = {.again = false};
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	mends(&trial, mended);
	assert_int_equal(mend_with(&trial, mended, plain), VERDICT_REPEATED);
	assert_string_equal(
	    trial.why.buf, "request 7 goes on by the pipeline's present steps already");
	assert_int_equal(decide(&trial, retry), VERDICT_REPEATED);
	assert_string_equal(
	    trial.why.buf, "request 7 goes on already, by the pipeline's present steps");
	assert_int_equal(mend_with(&trial, other, plain), VERDICT_REFUSED);
	assert_int_equal(
	    mend_with(&trial, mended,
		(struct decision_input){.form_data = model_yaml(&trial.arena, "{x: '2'}")}),
	    VERDICT_REFUSED);
	model_happens(&trial.request, EVENT_RUNNING, "Ok");
	assert_int_equal(mend_with(&trial, mended, plain), VERDICT_REFUSED);
	assert_int_equal(decide(&trial, retry), VERDICT_REFUSED);
	end(&trial);
}

static void
only_an_admin_may(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_int_equal(
	    mend_with(&trial, FORM "steps: [" OK ", " RESERVE ", " CHECK ", " MENDED "]",
		(struct decision_input){.actor = &rita}),
	    VERDICT_NOT_PERMITTED);
	assert_string_equal(trial.why.buf, "'rita' is not an admin");
	end(&trial);
}

static void
a_pipeline_of_another_name_is_refused(void **state)
{
	struct trial trial;

	(void)state;
	begin(&trial, &refused);
	assert_refused(&trial,
	    "{pipeline_name: z, steps: [" OK ", " RESERVE ", " CHECK ", " TELL "]}",
	    "its pipeline is called 'x', and not 'z'");
	end(&trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_step_that_did_nothing_goes_on_by_the_present_steps),
	    cmocka_unit_test(the_votes_before_count_no_more),
	    cmocka_unit_test(the_event_has_the_document_its_rules_and_both_digests),
	    cmocka_unit_test(the_rules_that_are_brought_hold_from_then_on),
	    cmocka_unit_test(a_step_that_may_have_been_carried_out_stays_failed),
	    cmocka_unit_test(what_is_done_is_settled_and_the_approvals_come_before_the_rest),
	    cmocka_unit_test(a_request_is_completed_when_every_step_is),
	    cmocka_unit_test(with_again_it_is_to_be_run_once_more),
	    cmocka_unit_test(a_failed_step_that_did_nothing_can_be_left_out),
	    cmocka_unit_test(one_that_was_carried_out_can_be_left_out_with_again_only),
	    cmocka_unit_test(without_its_failed_step_a_request_can_be_complete),
	    cmocka_unit_test(completed_steps_stay_what_they_are),
	    cmocka_unit_test(an_event_that_changes_completed_steps_is_refused),
	    cmocka_unit_test(each_kind_of_change_asks_again),
	    cmocka_unit_test(an_approval_that_is_asked_again_can_be_changed),
	    cmocka_unit_test(a_rejected_or_expired_approval_is_asked_again),
	    cmocka_unit_test(form_data_fits_the_present_form),
	    cmocka_unit_test(what_no_field_takes_is_left_out_and_what_is_given_is_added),
	    cmocka_unit_test(a_placeholder_that_cannot_be_filled_in_is_a_fault),
	    cmocka_unit_test(the_same_steps_and_data_record_nothing),
	    cmocka_unit_test(the_same_command_and_retry_are_repetitions_until_something_is_run),
	    cmocka_unit_test(only_an_admin_may),
	    cmocka_unit_test(a_pipeline_of_another_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
