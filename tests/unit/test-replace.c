/* SPDX-License-Identifier: ISC */
/* Of which requests a new one may be made: what their steps did, or may have done, decides. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "model-helper.h"
#include "model/decision.h"

static const char steps[] =
    "steps: [{step_name: Ok, step_type: WAIT_FOR_APPROVAL},"
    " {step_name: Order, step_type: API, parameters: {method: POST, url: http://h/}},"
    " {step_name: Mail, step_type: API, parameters: {method: POST, url: http://h/}}]";

static const struct actor svc = {.name = "svc", .owner = true};
static const struct policy owner_only = {.admins = NULL};

static void
assert_verdict(const struct request *request, bool again, enum verdict verdict, const char *why)
{
	const struct decision_input input = {.command = COMMAND_REPLACE,
	    .actor = &svc,
	    .policy = &owner_only,
	    .program = "request",
	    .again = again};
	struct strbuf got = STRBUF_INIT;
	struct event event;

	assert_int_equal(request_decide(request, &input, &event, &got), verdict);
	assert_string_equal(got.buf, why);
	strbuf_release(&got);
}

/* Without --again it is refused with that text and what is to be typed; with it, never. */
static void
assert_refused(const struct request *request, const char *named, const char *calls)
{
	char why[512];

	snprintf(why, sizeof(why),
	    "%s: 'request create --from 7 --again' makes a new request all the same, which sends %s "
	    "again",
	    named, calls);
	assert_verdict(request, false, VERDICT_REFUSED, why);
	assert_verdict(request, true, VERDICT_DECIDED, "");
}

static void
assert_free(const struct request *request)
{
	assert_verdict(request, false, VERDICT_DECIDED, "");
}

static void
happens(struct request *request, enum event_type type, const char *step, enum effect effect,
    int64_t http_status)
{
	struct event event;

	model_prepare(request, type, step, &(struct model_detail){.reason = REASON_NONE}, &event);
	event.effect = effect;
	event.http_status = http_status;
	if (type == EVENT_FAILED)
		event.reason =
		    effect == EFFECT_POSSIBLE ? REASON_OUTCOME_UNKNOWN : REASON_HTTP_STATUS;
	model_applies(request, &event);
}

/* The approval is given, and the first call is under way. */
static void
ordering(struct request *request, enum effect possible)
{
	model_request(request, steps, "{}");
	model_happens(request, EVENT_RUNNING, "Ok");
	model_happens(request, EVENT_APPROVED, "Ok");
	model_happens(request, EVENT_COMPLETED, "Ok");
	happens(request, EVENT_RUNNING, "Order", possible, 0);
}

static void
what_sent_nothing_is_replaced_in_any_state(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, steps, "{}");
	assert_free(&request);
	model_happens(&request, EVENT_RUNNING, "Ok");
	assert_free(&request);
	model_happens(&request, EVENT_APPROVED, "Ok");
	model_happens(&request, EVENT_COMPLETED, "Ok");
	assert_free(&request);
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_free(&request);
	request_release(&request);
}

static void
a_call_that_is_repeatable_hinders_nobody(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_NONE);
	assert_free(&request);
	happens(&request, EVENT_COMPLETED, "Order", EFFECT_NONE, 200);
	assert_free(&request);
	request_release(&request);
}

static void
a_call_that_was_not_carried_out_hinders_nobody(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_POSSIBLE);
	happens(&request, EVENT_FAILED, "Order", EFFECT_NONE, 404);
	assert_free(&request);
	request_release(&request);
}

static void
each_step_that_was_or_may_have_been_carried_out_is_named(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_POSSIBLE);
	assert_refused(&request, "step 'Order' (Running) may have been carried out", "that call");
	happens(&request, EVENT_COMPLETED, "Order", EFFECT_CERTAIN, 201);
	assert_refused(&request, "step 'Order' (Completed) was carried out (201)", "that call");
	happens(&request, EVENT_RUNNING, "Mail", EFFECT_POSSIBLE, 0);
	assert_refused(&request,
	    "step 'Order' (Completed) was carried out (201), step 'Mail' (Running) may have been "
	    "carried out",
	    "these calls");
	happens(&request, EVENT_FAILED, "Mail", EFFECT_POSSIBLE, 502);
	assert_refused(&request,
	    "step 'Order' (Completed) was carried out (201), step 'Mail' (Failed) may have been "
	    "carried out (502)",
	    "these calls");
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_refused(&request,
	    "step 'Order' (Completed) was carried out (201), step 'Mail' (Failed) may have been "
	    "carried out (502)",
	    "these calls");
	request_release(&request);
}

static void
a_call_of_a_cancelled_request_without_an_outcome_is_named(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_POSSIBLE);
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_refused(&request, "step 'Order' (Running) may have been carried out", "that call");
	request_release(&request);
}

static void
what_a_former_attempt_did_is_not_forgotten(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_POSSIBLE);
	happens(&request, EVENT_FAILED, "Order", EFFECT_CERTAIN, 202);
	model_happens(&request, EVENT_NOT_STARTED, "Order");
	assert_refused(&request, "step 'Order' (Not Started) was carried out (202)", "that call");
	happens(&request, EVENT_RUNNING, "Order", EFFECT_POSSIBLE, 0);
	happens(&request, EVENT_FAILED, "Order", EFFECT_NONE, 409);
	assert_refused(&request, "step 'Order' (Failed) was carried out (202)", "that call");
	request_release(&request);
}

/* Its program wrote nothing of effects. */
static void
an_old_call_that_is_under_way_may_be_carried_out(void **state)
{
	struct request request;

	(void)state;
	ordering(&request, EFFECT_NONE);
	request.pipeline.rules = 1;
	assert_refused(&request, "step 'Order' (Running) may have been carried out", "that call");
	request_release(&request);
	model_request(&request, steps, "{}");
	request.pipeline.rules = 1;
	model_happens(&request, EVENT_RUNNING, "Ok");
	assert_free(&request);
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_sent_nothing_is_replaced_in_any_state),
	    cmocka_unit_test(a_call_that_is_repeatable_hinders_nobody),
	    cmocka_unit_test(a_call_that_was_not_carried_out_hinders_nobody),
	    cmocka_unit_test(each_step_that_was_or_may_have_been_carried_out_is_named),
	    cmocka_unit_test(a_call_of_a_cancelled_request_without_an_outcome_is_named),
	    cmocka_unit_test(what_a_former_attempt_did_is_not_forgotten),
	    cmocka_unit_test(an_old_call_that_is_under_way_may_be_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
