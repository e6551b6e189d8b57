/* SPDX-License-Identifier: ISC */
/* Whole lives of requests: what their events add up to, and which events are refused. */
#include "unit.h"

#include <string.h>

#include "base/digest.h"
#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/filter.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/step-plan.h"

#define CALL(name) "  - {step_name: " name ", step_type: API, parameters: {url: http://h/}}\n"
#define WAIT(name, parameters) \
	"  - {step_name: " name ", step_type: WAIT_FOR_APPROVAL, parameters: {" parameters "}}\n"

static const char one_call[] = "steps:\n" CALL("call");
static const char two_calls[] = "steps:\n" CALL("one") CALL("two");
static const char one_wait[] = "steps:\n" WAIT("ok", "");
static const char wait_between[] = "steps:\n" CALL("one") WAIT("ok", "") CALL("two");
static const char two_votes[] = "steps:\n" WAIT("ok", "approvals_required: 2") CALL("call");

static void
a_new_request_has_a_form_and_its_steps(void **state)
{
	struct request request;

	(void)state;
	model_request(&request,
	    "version: 3\nform: {fields: [{name: q}]}\nsteps:\n" CALL("one") CALL("two"),
	    "{q: hello}");
	model_assert_request(&request, REQUEST_NOT_STARTED);
	model_assert_step(&request, "one", STEP_NOT_STARTED);
	model_assert_step(&request, "two", STEP_NOT_STARTED);
	assert_int_equal(request.event_count, 3);
	assert_int_equal(request.events[0]->event_type, EVENT_CREATED);
	assert_string_equal(request.events[0]->remarks, "please");
	assert_string_equal(request.events[0]->pipeline_version->text, "3");
	assert_int_equal(request.events[2]->event_type, EVENT_NOT_STARTED);
	assert_string_equal(request.events[2]->step_name, "two");
	assert_string_equal(request.events[2]->step_type, "API");
	assert_int_equal(request.events[2]->event_id, 3);
	assert_string_equal(request_requested_by(&request), MODEL_REQUESTER);
	assert_string_equal(request.pipeline.name, "x");
	model_assert_value(request.form_data, "{q: hello}");
	assert_ptr_equal(request_current_step(&request), &request.steps[0]);
	assert_ptr_equal(request_step(&request, "two"), &request.steps[1]);
	assert_null(request_step(&request, "three"));
	assert_false(request_is_finished(&request));
	request_release(&request);
}

static void
an_empty_request_has_nothing(void **state)
{
	struct request request;

	(void)state;
	request_init(&request, 3);
	assert_null(request_current_step(&request));
	assert_null(request_step(&request, "one"));
	assert_string_equal(request_requested_by(&request), "");
	assert_false(request_is_finished(&request));
	request_release(&request);
}

static void
a_request_succeeds_step_by_step(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_calls, "{}");
	model_happens(&request, EVENT_RUNNING, "one");
	model_assert_request(&request, REQUEST_RUNNING);
	model_assert_step(&request, "one", STEP_RUNNING);
	assert_int_equal(request.steps[0].attempt, 1);
	assert_int_equal(request.steps[0].started_at, MODEL_NOW + 3000);
	assert_ptr_equal(request.steps[0].intent, request.events[3]);
	model_happens_with(
	    &request, EVENT_COMPLETED, "one", &(struct model_detail){.outputs = "{id: [5]}"});
	model_assert_request(&request, REQUEST_RUNNING);
	model_assert_step(&request, "one", STEP_COMPLETED);
	model_assert_value(request.steps[0].outputs, "{id: [5]}");
	assert_ptr_equal(request.steps[0].latest, request.events[4]);
	assert_ptr_equal(request_current_step(&request), &request.steps[1]);
	model_happens(&request, EVENT_RUNNING, "two");
	model_happens(&request, EVENT_COMPLETED, "two");
	model_assert_request(&request, REQUEST_COMPLETED);
	assert_true(request_is_finished(&request));
	assert_null(request_current_step(&request));
	request_release(&request);
}

static void
a_completed_request_takes_no_event(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_COMPLETED, "call");
	model_refuses(&request, EVENT_RUNNING, "call", "it is not the turn of step 'call'");
	model_refuses(&request, EVENT_NOT_STARTED, "call",
	    "'Not Started' of step 'call' cannot follow while the request is Completed");
	model_refuses(&request, EVENT_CANCELLED, NULL,
	    "'Cancelled' cannot follow while the request is Completed");
	model_refuses(&request, EVENT_UPDATED, NULL,
	    "'Updated' cannot follow while the request is Completed");
	request_release(&request);
}

static void
steps_keep_their_order(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_calls, "{}");
	model_refuses(&request, EVENT_RUNNING, "two", "it is not the turn of step 'two'");
	model_refuses(&request, EVENT_FAILED, "two", "it is not the turn of step 'two'");
	model_refuses(&request, EVENT_COMPLETED, "one",
	    "'Completed' of step 'one' cannot follow while the request is Not Started");
	model_refuses(&request, EVENT_RUNNING, "three", "the pipeline has no step 'three'");
	model_refuses(&request, EVENT_RUNNING, NULL,
	    "'Running' cannot follow while the request is Not Started");
	model_refuses(&request, EVENT_CANCELLED, "one",
	    "'Cancelled' of step 'one' cannot follow while the request is Not Started");
	request_release(&request);
}

static void
a_request_is_updated_until_it_starts(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "form: {fields: [{name: q}]}\nsteps:\n" CALL("call"), "{q: old}");
	model_happens_with(&request, EVENT_UPDATED, NULL,
	    &(struct model_detail){.form_data = "{q: new}", .by = MODEL_REQUESTER});
	model_assert_request(&request, REQUEST_NOT_STARTED);
	model_assert_value(request.form_data, "{q: new}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_refuses(
	    &request, EVENT_UPDATED, NULL, "'Updated' cannot follow while the request is Running");
	request_release(&request);
}

static void
only_creating_and_updating_fill_in_the_form(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{q: old}");
	model_happens_with(
	    &request, EVENT_RUNNING, "call", &(struct model_detail){.form_data = "{q: forged}"});
	model_assert_value(request.form_data, "{q: old}");
	request_release(&request);
}

static void
a_failed_request_goes_on_where_it_failed(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_calls, "{}");
	model_happens(&request, EVENT_RUNNING, "one");
	model_happens(&request, EVENT_COMPLETED, "one");
	model_happens(&request, EVENT_RUNNING, "two");
	model_happens_with(
	    &request, EVENT_FAILED, "two", &(struct model_detail){.reason = REASON_HTTP_STATUS});
	model_assert_request(&request, REQUEST_FAILED);
	model_assert_step(&request, "two", STEP_FAILED);
	assert_int_equal(request.steps[1].latest->reason, REASON_HTTP_STATUS);
	assert_true(request_is_finished(&request));
	model_refuses(&request, EVENT_RUNNING, "two",
	    "'Running' of step 'two' cannot follow while the request is Failed");
	model_refuses(&request, EVENT_NOT_STARTED, "one",
	    "'Not Started' of step 'one' cannot follow while the request is Failed");
	model_happens(&request, EVENT_NOT_STARTED, "two");
	model_assert_request(&request, REQUEST_RUNNING);
	model_assert_step(&request, "one", STEP_COMPLETED);
	model_assert_step(&request, "two", STEP_NOT_STARTED);
	assert_int_equal(request.steps[1].attempt, 1);
	assert_int_equal(request.steps[1].tries, 0);
	model_happens(&request, EVENT_RUNNING, "two");
	assert_int_equal(request.steps[1].attempt, 2);
	assert_int_equal(request.steps[1].tries, 1);
	model_happens(&request, EVENT_COMPLETED, "two");
	model_assert_request(&request, REQUEST_COMPLETED);
	request_release(&request);
}

static void
a_step_can_fail_before_it_is_started(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.reason = REASON_PLACEHOLDER});
	model_assert_request(&request, REQUEST_FAILED);
	assert_int_equal(request.steps[0].attempt, 0);
	request_release(&request);
}

static void
a_failure_with_a_next_attempt_keeps_the_request_running(void **state)
{
	const struct model_detail again = {
	    .reason = REASON_TRANSPORT, .not_before = MODEL_NOW + 60000};
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(&request, EVENT_FAILED, "call", &again);
	model_assert_request(&request, REQUEST_RUNNING);
	model_assert_step(&request, "call", STEP_FAILED);
	assert_false(request_is_finished(&request));
	model_happens(&request, EVENT_RUNNING, "call");
	assert_int_equal(request.steps[0].attempt, 2);
	assert_int_equal(request.steps[0].tries, 2);
	model_happens_with(&request, EVENT_FAILED, "call", &again);
	/* the next attempt may turn out to be impossible */
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.reason = REASON_PLACEHOLDER});
	model_assert_request(&request, REQUEST_FAILED);
	request_release(&request);
}

static void
an_interrupted_call_is_sent_again(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_RUNNING, "call");
	assert_int_equal(request.steps[0].attempt, 2);
	assert_ptr_equal(request.steps[0].intent, request.events[3]);
	model_happens(&request, EVENT_COMPLETED, "call");
	model_assert_request(&request, REQUEST_COMPLETED);
	request_release(&request);
}

static void
one_approval_lets_the_request_go_on(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, wait_between, "{}");
	model_happens(&request, EVENT_RUNNING, "one");
	model_happens(&request, EVENT_COMPLETED, "one");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_assert_request(&request, REQUEST_PENDING);
	model_assert_step(&request, "ok", STEP_RUNNING);
	model_refuses(&request, EVENT_COMPLETED, "ok",
	    "'Completed' of step 'ok' cannot follow while the request is Pending");
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	model_assert_request(&request, REQUEST_RUNNING);
	model_assert_step(&request, "ok", STEP_RUNNING);
	assert_int_equal(request.steps[1].votes, 1);
	model_refuses(&request, EVENT_APPROVED, "ok",
	    "'Approved' of step 'ok' cannot follow while the request is Running");
	model_happens(&request, EVENT_COMPLETED, "ok");
	model_assert_request(&request, REQUEST_RUNNING);
	model_happens(&request, EVENT_RUNNING, "two");
	model_happens(&request, EVENT_COMPLETED, "two");
	model_assert_request(&request, REQUEST_COMPLETED);
	request_release(&request);
}

static void
two_votes_are_needed_where_two_are_asked_for(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	model_assert_request(&request, REQUEST_PENDING);
	model_refuses(&request, EVENT_COMPLETED, "ok",
	    "'Completed' of step 'ok' cannot follow while the request is Pending");
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "bob"});
	model_assert_request(&request, REQUEST_RUNNING);
	assert_int_equal(request.steps[0].votes, 2);
	model_happens_with(&request, EVENT_COMPLETED, "ok", &(struct model_detail){.by = "bob"});
	model_assert_request(&request, REQUEST_RUNNING);
	request_release(&request);
}

static void
a_last_approval_completes_the_request(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_wait, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens(&request, EVENT_APPROVED, "ok");
	model_happens(&request, EVENT_COMPLETED, "ok");
	model_assert_request(&request, REQUEST_COMPLETED);
	request_release(&request);
}

static void
a_rejected_request_cannot_be_approved(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens(&request, EVENT_APPROVED, "ok");
	model_happens_with(
	    &request, EVENT_FAILED, "ok", &(struct model_detail){.reason = REASON_REJECTED});
	model_assert_request(&request, REQUEST_FAILED);
	model_assert_step(&request, "ok", STEP_FAILED);
	model_refuses(&request, EVENT_APPROVED, "ok",
	    "'Approved' of step 'ok' cannot follow while the request is Failed");
	/* retried, it waits anew: votes from before do not count */
	model_happens(&request, EVENT_NOT_STARTED, "ok");
	model_assert_request(&request, REQUEST_RUNNING);
	model_happens(&request, EVENT_RUNNING, "ok");
	model_assert_request(&request, REQUEST_PENDING);
	assert_int_equal(request.steps[0].votes, 0);
	model_happens(&request, EVENT_APPROVED, "ok");
	model_assert_request(&request, REQUEST_PENDING);
	request_release(&request);
}

static void
a_request_is_cancelled_before_it_starts(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_assert_request(&request, REQUEST_CANCELLED);
	model_assert_step(&request, "call", STEP_NOT_STARTED);
	model_refuses(&request, EVENT_RUNNING, "call",
	    "'Running' of step 'call' cannot follow while the request is Cancelled");
	model_refuses(&request, EVENT_CANCELLED, NULL,
	    "'Cancelled' cannot follow while the request is Cancelled");
	model_refuses(&request, EVENT_UPDATED, NULL,
	    "'Updated' cannot follow while the request is Cancelled");
	request_release(&request);
}

static void
a_call_that_was_under_way_still_ends_after_cancelling(void **state)
{
	static const enum event_type outcomes[] = {EVENT_COMPLETED, EVENT_FAILED};
	static const enum step_status becomes[] = {STEP_COMPLETED, STEP_FAILED};
	struct request request;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		model_request(&request, two_calls, "{}");
		model_happens(&request, EVENT_RUNNING, "one");
		model_happens(&request, EVENT_CANCELLED, NULL);
		model_assert_request(&request, REQUEST_CANCELLED);
		model_assert_step(&request, "one", STEP_RUNNING);
		model_happens(&request, outcomes[i], "one");
		model_assert_request(&request, REQUEST_CANCELLED);
		model_assert_step(&request, "one", becomes[i]);
		model_assert_step(&request, "two", STEP_NOT_STARTED);
		model_refuses(&request, outcomes[i], i == 0 ? "two" : "one",
		    i == 0
			? "'Completed' of step 'two' cannot follow while the request is Cancelled"
			: "'Failed' of step 'one' cannot follow while the request is Cancelled");
		request_release(&request);
	}
}

static void
the_last_call_completes_no_cancelled_request(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_happens(&request, EVENT_COMPLETED, "call");
	model_assert_request(&request, REQUEST_CANCELLED);
	request_release(&request);
}

static void
cancelling_ends_a_wait_for_approval(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_wait, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_assert_request(&request, REQUEST_CANCELLED);
	model_assert_step(&request, "ok", STEP_CANCELLED);
	assert_ptr_equal(request.steps[0].latest, request.events[3]);
	model_refuses(&request, EVENT_APPROVED, "ok",
	    "'Approved' of step 'ok' cannot follow while the request is Cancelled");
	model_refuses(&request, EVENT_COMPLETED, "ok",
	    "'Completed' of step 'ok' cannot follow while the request is Cancelled");
	request_release(&request);
}

static void
cancelling_ends_a_wait_for_the_next_attempt(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.not_before = MODEL_NOW + 1});
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_assert_step(&request, "call", STEP_CANCELLED);
	request_release(&request);
}

static void
a_failed_request_can_be_cancelled_for_good(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_FAILED, "call");
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_assert_request(&request, REQUEST_CANCELLED);
	model_assert_step(&request, "call", STEP_FAILED);
	model_refuses(&request, EVENT_NOT_STARTED, "call",
	    "'Not Started' of step 'call' cannot follow while the request is Cancelled");
	request_release(&request);
}

static void
an_unknown_outcome_is_resolved_as_completed(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, two_calls, "{}");
	model_happens(&request, EVENT_RUNNING, "one");
	model_happens_with(&request, EVENT_FAILED, "one",
	    &(struct model_detail){.reason = REASON_OUTCOME_UNKNOWN});
	model_assert_request(&request, REQUEST_FAILED);
	model_happens(&request, EVENT_COMPLETED, "one");
	model_assert_request(&request, REQUEST_RUNNING);
	assert_ptr_equal(request_current_step(&request), &request.steps[1]);
	model_happens(&request, EVENT_RUNNING, "two");
	model_happens_with(&request, EVENT_FAILED, "two",
	    &(struct model_detail){.reason = REASON_OUTCOME_UNKNOWN});
	model_happens(&request, EVENT_COMPLETED, "two");
	model_assert_request(&request, REQUEST_COMPLETED);
	request_release(&request);
}

static void
an_unknown_outcome_is_resolved_as_failed(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(&request, EVENT_FAILED, "call",
	    &(struct model_detail){.reason = REASON_OUTCOME_UNKNOWN});
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.reason = REASON_EXECUTOR});
	model_assert_request(&request, REQUEST_FAILED);
	assert_int_equal(request.steps[0].latest->reason, REASON_EXECUTOR);
	request_release(&request);
}

static void
an_event_is_the_next_one_of_its_request(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, one_call, "{}");
	model_prepare(&request, EVENT_RUNNING, "call", &(struct model_detail){0}, &event);
	event.event_id = 4;
	model_refuses_event(&request, &event, "its event_id is 4");
	event.event_id = 2;
	model_refuses_event(&request, &event, "its event_id is 2");
	event.event_id = 3;
	event.service_request_id = 8;
	model_refuses_event(&request, &event, "it belongs to request 8");
	event.service_request_id = 7;
	event.event_type = EVENT_CREATED;
	model_refuses_event(&request, &event, "the first event, and only it, is of type 'Created'");
	request_release(&request);
}

static void
an_event_is_chained_to_the_one_before(void **state)
{
	static const char broken[] =
	    "the chain is broken: the event before it was changed or replaced";
	struct request request;
	struct event event;
	char other[DIGEST_SIZE];

	(void)state;
	model_request(&request, one_call, "{}");
	model_prepare(&request, EVENT_RUNNING, "call", &(struct model_detail){0}, &event);
	event.prev = NULL;
	model_refuses_event(&request, &event, broken);
	digest_sha256("something else", 14, other);
	event.prev = other;
	model_refuses_event(&request, &event, broken);
	event.prev = "";
	model_refuses_event(&request, &event, broken);
	event.prev = request.head;
	model_happens(&request, EVENT_RUNNING, "call");
	request_release(&request);
}

static void
a_status_that_does_not_follow_is_refused(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, one_call, "{}");
	model_prepare(&request, EVENT_RUNNING, "call", &(struct model_detail){0}, &event);
	event.status = REQUEST_COMPLETED;
	model_refuses_event(&request, &event, "it says Completed where Running follows");
	request_release(&request);
}

/* The first event of a request, as it should be. */
static struct event
created(struct arena *arena, const char *pipeline)
{
	return (struct event){
	    .event_id = 1,
	    .event_type = EVENT_CREATED,
	    .status = REQUEST_NOT_STARTED,
	    .service_request_id = 7,
	    .pipeline_name = "x",
	    .requested_by = MODEL_REQUESTER,
	    .created_by = MODEL_REQUESTER,
	    .created_at = MODEL_NOW,
	    .pipeline = model_yaml(arena, pipeline),
	    .form_data = model_yaml(arena, "{}"),
	};
}

/* Whether a step waits for people, and how many of them, is what its type and its policy said. */
static void
a_status_that_the_type_decides_is_believed(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, one_call, "{}");
	model_prepare(&request, EVENT_RUNNING, "call", &(struct model_detail){0}, &event);
	event.status = REQUEST_PENDING;
	model_applies(&request, &event);
	assert_int_equal(request_next(&request, MODEL_NOW).kind, NEXT_WAIT_PERSON);
	model_prepare(&request, EVENT_APPROVED, "call", &(struct model_detail){0}, &event);
	event.status = REQUEST_PENDING;
	model_applies(&request, &event);
	assert_int_equal(request_next(&request, MODEL_NOW).kind, NEXT_WAIT_PERSON);
	event = (struct event){0};
	model_prepare(
	    &request, EVENT_APPROVED, "call", &(struct model_detail){.by = "eve"}, &event);
	event.status = REQUEST_RUNNING;
	model_applies(&request, &event);
	assert_int_equal(request_next(&request, MODEL_NOW).kind, NEXT_APPROVED);
	request_release(&request);
}

static const char unknown_types[] =
    "form: {fields: [{name: token, secret: true, default: abcd1234}, {name: odd, type: select}]}\n"
    "steps:\n"
    "  - {step_name: a, step_type: GONE, parameters: {what: '${who}', outputs: {x: /x}}}\n"
    "  - {step_name: b, step_type: API, parameters: {url: 'http://h/${x}/${y}', frobnicate: 1}}\n"
    "  - {step_name: c, step_type: WAIT_FOR_APPROVAL, parameters: {approvals_required: none}}\n";

/* The first events of a request, by whatever rules. */
static void
begin(struct arena *arena, struct request *request, const char *pipeline, int64_t rules)
{
	struct event event = created(arena, pipeline);

	request_init(request, 7);
	event.rules = rules;
	event.form_data = model_yaml(arena, "{who: me, y: z}");
	model_applies(request, &event);
}

static void
assert_step_check(const struct request *request, size_t step, const char *message)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(
	    pipeline_step_check(&request->pipeline, &request->pipeline.steps[step], &err), -1);
	assert_string_equal(err.buf, message);
	strbuf_release(&err);
}

static void
a_stored_pipeline_is_built_and_not_judged(void **state)
{
	struct arena arena = ARENA_INIT;
	struct request request;

	(void)state;
	begin(&arena, &request, unknown_types, 0);
	assert_int_equal(request.pipeline.step_count, 3);
	assert_null(request.pipeline.steps[0].type);
	assert_string_equal(request.pipeline.steps[0].type_name, "GONE");
	assert_int_equal(request.pipeline.rules, 1);
	assert_int_equal(
	    field_check(form_find(&request.pipeline.form, "odd"), model_yaml(&arena, "x"), NULL),
	    -1);
	assert_int_equal(request.pipeline.steps[0].approval.required, APPROVALS_NEVER);
	assert_int_equal(request.pipeline.steps[2].approval.required, APPROVALS_NEVER);
	assert_step_check(&request, 0, "svcreq has no step type 'GONE'");
	assert_step_check(&request, 1, "unknown parameter 'frobnicate' of a step of type API");
	assert_step_check(
	    &request, 2, "'approvals_required' must be a whole number from 0 on, not a string");
	model_happens(&request, EVENT_CANCELLED, NULL);
	model_assert_request(&request, REQUEST_CANCELLED);
	request_release(&request);
	arena_release(&arena);
}

static const char bars[] =
    "steps:\n"
    "  - {step_name: a, step_type: API,\n"
    "     parameters: {url: 'http://h/${who|path}?q=${y|z}', outputs: {'o|p': /x}}}\n"
    "  - {step_name: b, step_type: API, parameters: {url: 'http://h/${o|p}', data: '${who|path}'}}\n";

/* By rules that have no filters, a "|" is part of a name: of a field, and of an output. */
static void
a_bar_in_a_stored_pipeline_is_part_of_a_name(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	for (int64_t rules = 1; rules < FILTER_RULES; rules++) {
		event = created(&arena, bars);
		event.rules = rules;
		event.form_data = model_yaml(&arena, "{who|path: me, y|z: you}");
		request_init(&request, 7);
		model_applies(&request, &event);
		assert_non_null(form_find(&request.pipeline.form, "who|path"));
		assert_non_null(form_find(&request.pipeline.form, "y|z"));
		assert_int_equal(request.pipeline.form.count, 2);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(pipeline_step_check(
					     &request.pipeline, &request.pipeline.steps[i], NULL),
			    0);
		assert_int_equal(step_plan_show(&request, &request.steps[0], &text, NULL), 0);
		assert_non_null(strstr(text.buf, "GET /me?q=you HTTP/1.1"));
		strbuf_reset(&text);
		request_release(&request);
	}
	strbuf_release(&text);
	arena_release(&arena);
}

static void
what_later_rules_wrote_is_read_and_not_run(void **state)
{
	struct arena arena = ARENA_INIT;
	struct request request;

	(void)state;
	begin(&arena, &request, one_call, PIPELINE_RULES + 1);
	assert_int_equal(request.pipeline.rules, PIPELINE_RULES + 1);
	assert_step_check(&request, 0,
	    "the request is written by rules 5, and this svcreq knows none above 4: it takes a newer one");
	request_release(&request);
	arena_release(&arena);
}

static void
a_first_event_that_is_not_right_leaves_the_request_empty(void **state)
{
	struct arena arena = ARENA_INIT;
	struct request request;
	struct event event = created(&arena, one_call);

	(void)state;
	request_init(&request, 7);
	event.event_type = EVENT_NOT_STARTED;
	model_refuses_event(&request, &event, "the first event, and only it, is of type 'Created'");
	event = created(&arena, one_call);
	event.prev = "0123";
	model_refuses_event(&request, &event, "the first event follows none");
	event = created(&arena, one_call);
	event.status = REQUEST_RUNNING;
	model_refuses_event(&request, &event, "it says Running where Not Started follows");
	event = created(&arena, one_call);
	event.step_name = "nowhere";
	model_refuses_event(&request, &event, "'Created' is about no step");
	event = created(&arena, one_call);
	event.pipeline = NULL;
	model_refuses_event(&request, &event, "it has no 'pipeline' or no 'form_data'");
	event = created(&arena, one_call);
	event.form_data = NULL;
	model_refuses_event(&request, &event, "it has no 'pipeline' or no 'form_data'");
	event = created(&arena, "steps: []");
	model_refuses_event(&request, &event,
	    "its pipeline cannot be used: a pipeline needs at least one step ('steps')");
	event = created(
	    &arena, "steps: [{step_name: a, step_type: API}, {step_name: a, step_type: B}]");
	model_refuses_event(
	    &request, &event, "its pipeline cannot be used: there are two steps 'a'");
	/* the steps are in order and one has no type: nothing of them may stay */
	event = created(&arena, "steps: [{step_name: a, step_type: API}, {step_name: b}]");
	model_refuses_event(
	    &request, &event, "its pipeline cannot be used: a step has no 'step_type'");
	assert_null(request_current_step(&request));
	request_release(&request);
	arena_release(&arena);
}

static void
a_request_can_be_emptied_and_loaded_again(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, two_calls, "{}");
	request_reset(&request);
	assert_int_equal(request.id, 7);
	assert_int_equal(request.event_count, 0);
	event = created(&arena, one_call);
	assert_int_equal(model_apply(&request, &event, &err), 0);
	assert_int_equal(request.pipeline.step_count, 1);
	request_release(&request);
	strbuf_release(&err);
	arena_release(&arena);
}

static void
settling_gives_the_status_that_applying_expects(void **state)
{
	struct strbuf err = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	model_request(&request, one_wait, "{}");
	request_prepare_event(
	    &request, EVENT_RUNNING, &request.steps[0], "adam", MODEL_NOW, &event);
	assert_int_equal(event.event_id, 3);
	assert_string_equal(event.step_name, "ok");
	assert_string_equal(event.step_type, "WAIT_FOR_APPROVAL");
	assert_string_equal(event.requested_by, MODEL_REQUESTER);
	assert_string_equal(event.pipeline_name, "x");
	assert_string_equal(event.prev, request.head);
	assert_int_equal(event.status, REQUEST_NOT_STARTED);
	assert_int_equal(request_status_after(&request, &event, &err), 0);
	assert_int_equal(event.status, REQUEST_PENDING);
	request_prepare_event(
	    &request, EVENT_COMPLETED, &request.steps[0], "adam", MODEL_NOW, &event);
	assert_int_equal(request_status_after(&request, &event, &err), -1);
	assert_string_equal(
	    err.buf, "'Completed' of step 'ok' cannot follow while the request is Not Started");
	strbuf_release(&err);
	request_release(&request);
}

static void
a_long_life_is_folded_whole(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	for (int i = 0; i < 200; i++) {
		model_happens(&request, EVENT_RUNNING, "call");
		model_happens(&request, EVENT_FAILED, "call");
		model_happens(&request, EVENT_NOT_STARTED, "call");
	}
	assert_int_equal(request.event_count, 602);
	assert_int_equal(request.steps[0].attempt, 200);
	for (size_t i = 0; i < request.event_count; i++)
		assert_int_equal(request.events[i]->event_id, i + 1);
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_request_has_a_form_and_its_steps),
	    cmocka_unit_test(an_empty_request_has_nothing),
	    cmocka_unit_test(a_request_succeeds_step_by_step),
	    cmocka_unit_test(a_completed_request_takes_no_event),
	    cmocka_unit_test(steps_keep_their_order),
	    cmocka_unit_test(a_request_is_updated_until_it_starts),
	    cmocka_unit_test(only_creating_and_updating_fill_in_the_form),
	    cmocka_unit_test(a_failed_request_goes_on_where_it_failed),
	    cmocka_unit_test(a_step_can_fail_before_it_is_started),
	    cmocka_unit_test(a_failure_with_a_next_attempt_keeps_the_request_running),
	    cmocka_unit_test(an_interrupted_call_is_sent_again),
	    cmocka_unit_test(one_approval_lets_the_request_go_on),
	    cmocka_unit_test(two_votes_are_needed_where_two_are_asked_for),
	    cmocka_unit_test(a_last_approval_completes_the_request),
	    cmocka_unit_test(a_rejected_request_cannot_be_approved),
	    cmocka_unit_test(a_request_is_cancelled_before_it_starts),
	    cmocka_unit_test(a_call_that_was_under_way_still_ends_after_cancelling),
	    cmocka_unit_test(the_last_call_completes_no_cancelled_request),
	    cmocka_unit_test(cancelling_ends_a_wait_for_approval),
	    cmocka_unit_test(cancelling_ends_a_wait_for_the_next_attempt),
	    cmocka_unit_test(a_failed_request_can_be_cancelled_for_good),
	    cmocka_unit_test(an_unknown_outcome_is_resolved_as_completed),
	    cmocka_unit_test(an_unknown_outcome_is_resolved_as_failed),
	    cmocka_unit_test(an_event_is_the_next_one_of_its_request),
	    cmocka_unit_test(an_event_is_chained_to_the_one_before),
	    cmocka_unit_test(a_status_that_does_not_follow_is_refused),
	    cmocka_unit_test(a_status_that_the_type_decides_is_believed),
	    cmocka_unit_test(a_stored_pipeline_is_built_and_not_judged),
	    cmocka_unit_test(a_bar_in_a_stored_pipeline_is_part_of_a_name),
	    cmocka_unit_test(what_later_rules_wrote_is_read_and_not_run),
	    cmocka_unit_test(a_first_event_that_is_not_right_leaves_the_request_empty),
	    cmocka_unit_test(a_request_can_be_emptied_and_loaded_again),
	    cmocka_unit_test(settling_gives_the_status_that_applying_expects),
	    cmocka_unit_test(a_long_life_is_folded_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
