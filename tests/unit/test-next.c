/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "model-helper.h"
#include "model/exit-code.h"
#include "model/limits.h"
#include "model/request/next.h"

#define CALL "  - {step_name: call, step_type: API, parameters: {url: http://h/}}\n"
#define WAIT \
	"  - {step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvals_required: 2}}\n"
#define LATE (MODEL_NOW + 3600000)

static void
assert_next(
    const struct request *request, int64_t now, enum next_kind kind, const char *step, int64_t due)
{
	struct next next = request_next(request, now);
	bool waits = kind == NEXT_NOTHING || kind == NEXT_WAIT_PERSON || kind == NEXT_WAIT_TIME;

	/* the latest event alone does not keep it from being run */
	if (!waits)
		assert_true(next_may_move(request->events[request->event_count - 1], now, 0));
	assert_int_equal(next.kind, kind);
	if (step == NULL)
		assert_null(next.step);
	else
		assert_ptr_equal(next.step, request_step(request, step));
	assert_int_equal(next.due, due);
}

static void
an_empty_request_needs_nothing(void **state)
{
	struct request request;

	(void)state;
	request_init(&request, 1);
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	request_release(&request);
}

static void
steps_are_started_one_after_the_other(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL WAIT, "{}");
	assert_next(&request, LATE, NEXT_START, "call", 0);
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_COMPLETED, "call");
	assert_next(&request, LATE, NEXT_START, "ok", 0);
	request_release(&request);
}

static void
a_finished_request_needs_nothing(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_FAILED, "call");
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	model_happens(&request, EVENT_NOT_STARTED, "call");
	assert_next(&request, LATE, NEXT_START, "call", 0);
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_COMPLETED, "call");
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	request_release(&request);
}

static void
a_running_call_was_interrupted(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	assert_next(&request, LATE, NEXT_INTERRUPTED, "call", 0);
	request_release(&request);
}

static void
a_next_attempt_waits_for_its_time(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.not_before = LATE});
	assert_next(&request, LATE - 1, NEXT_WAIT_TIME, "call", LATE);
	assert_next(&request, LATE, NEXT_START, "call", LATE);
	assert_next(&request, LATE + 1, NEXT_START, "call", LATE);
	request_release(&request);
}

static void
a_next_attempt_that_no_pause_can_reach_is_due(void **state)
{
	const int64_t furthest = LATE + PAUSE_MAX_MS + 1; /* as it is recorded at LATE */
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.not_before = furthest});
	assert_next(&request, LATE, NEXT_WAIT_TIME, "call", furthest);
	assert_false(next_may_move(request.events[request.event_count - 1], LATE, 5000));
	assert_next(&request, LATE - 1, NEXT_START, "call", 0);
	request_release(&request);
}

static void
an_approval_waits_for_people(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" WAIT, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	assert_next(&request, LATE, NEXT_WAIT_PERSON, "ok", 0);
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	assert_next(&request, LATE, NEXT_WAIT_PERSON, "ok", 0);
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "bob"});
	assert_next(&request, LATE, NEXT_APPROVED, "ok", 0);
	request_release(&request);
}

static void
an_approval_expires_when_its_time_is_over(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" WAIT, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "ok", &(struct model_detail){.expires_at = LATE});
	assert_next(&request, LATE - 1, NEXT_WAIT_PERSON, "ok", LATE);
	assert_next(&request, LATE, NEXT_EXPIRED, "ok", LATE);
	/* votes that came in time count, however late it is seen */
	model_happens_with(
	    &request, EVENT_APPROVED, "ok", &(struct model_detail){.expires_at = LATE});
	assert_next(&request, LATE, NEXT_EXPIRED, "ok", LATE);
	model_happens(&request, EVENT_APPROVED, "ok");
	assert_next(&request, LATE + 1, NEXT_APPROVED, "ok", LATE);
	request_release(&request);
}

/* The event of what is decided is one that may follow. */
static void
assert_decision(const struct request *request, int64_t now, enum event_type type, const char *by,
    enum reason reason, enum request_status status)
{
	struct next next = request_next(request, now);
	struct strbuf err = STRBUF_INIT;
	struct event event;

	next_prepare_event(request, &next, "olga", now, &event);
	assert_int_equal(event.event_type, type);
	assert_string_equal(event.step_name, "ok");
	assert_string_equal(event.created_by, by);
	assert_int_equal(event.created_at, now);
	assert_int_equal(event.reason, reason);
	assert_int_equal(request_status_after(request, &event, &err), 0);
	assert_int_equal(event.status, status);
	strbuf_release(&err);
}

static void
an_approval_is_completed_by_its_last_voter_and_expires_by_who_looks(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" WAIT, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "ok", &(struct model_detail){.expires_at = LATE});
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	assert_decision(&request, LATE, EVENT_FAILED, "olga", REASON_EXPIRED, REQUEST_FAILED);
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "bob"});
	assert_decision(&request, LATE, EVENT_COMPLETED, "bob", REASON_NONE, REQUEST_COMPLETED);
	request_release(&request);
}

/* The code that tells every state, and the one of what should have moved the request. */
static void
assert_codes(const struct request *request, int64_t now, int state, int moved)
{
	assert_int_equal(exit_code_of_request(request, true, now), state);
	assert_int_equal(exit_code_of_request(request, false, now), moved);
}

static void
the_exit_code_of_a_wait_changes_when_its_time_is_over(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" WAIT, "{}");
	assert_codes(&request, LATE, CODE_NOT_STARTED, CODE_DONE);
	model_happens_with(
	    &request, EVENT_RUNNING, "ok", &(struct model_detail){.expires_at = LATE});
	assert_codes(&request, LATE - 1, CODE_PENDING, CODE_DONE);
	assert_codes(&request, LATE, CODE_EXPIRED, CODE_DONE);
	model_happens_with(
	    &request, EVENT_FAILED, "ok", &(struct model_detail){.reason = REASON_EXPIRED});
	assert_codes(&request, LATE, CODE_EXPIRED, CODE_EXPIRED);
	model_happens(&request, EVENT_NOT_STARTED, "ok");
	assert_codes(&request, LATE, CODE_RUNNING, CODE_DONE);
	request_release(&request);
}

static void
a_cancelled_request_has_its_exit_code_everywhere(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" WAIT, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "ok", &(struct model_detail){.expires_at = LATE});
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_codes(&request, LATE, CODE_CANCELLED, CODE_CANCELLED);
	request_release(&request);

	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	assert_codes(&request, LATE, CODE_RUNNING, CODE_DONE);
	model_happens(&request, EVENT_COMPLETED, "call");
	assert_codes(&request, LATE, CODE_DONE, CODE_DONE);
	request_release(&request);
}

static void
a_cancelled_request_only_ends_the_call_under_way(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, "steps:\n" CALL WAIT, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_next(&request, LATE, NEXT_INTERRUPTED, "call", 0);
	model_happens(&request, EVENT_COMPLETED, "call");
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	request_release(&request);

	model_request(&request, "steps:\n" WAIT, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "ok", &(struct model_detail){.expires_at = LATE});
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	request_release(&request);

	model_request(&request, "steps:\n" CALL, "{}");
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens_with(
	    &request, EVENT_FAILED, "call", &(struct model_detail){.not_before = LATE});
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_next(&request, LATE, NEXT_NOTHING, NULL, 0);
	request_release(&request);
}

static bool
may_move(enum request_status status, int64_t not_before, int64_t expires_at)
{
	const struct event latest = {
	    .status = status, .not_before = not_before, .expires_at = expires_at};

	return next_may_move(&latest, MODEL_NOW, 1000);
}

static void
what_has_to_wait_is_left_alone(void **state)
{
	(void)state;
	assert_true(may_move(REQUEST_NOT_STARTED, 0, 0));
	assert_true(may_move(REQUEST_RUNNING, 0, 0));
	assert_true(may_move(REQUEST_RUNNING, MODEL_NOW + 1000, 0));
	assert_false(may_move(REQUEST_RUNNING, MODEL_NOW + 1001, 0));
	assert_false(may_move(REQUEST_PENDING, 0, 0));
	assert_false(may_move(REQUEST_PENDING, 0, MODEL_NOW + 1));
	assert_true(may_move(REQUEST_PENDING, 0, MODEL_NOW));
	assert_false(may_move(REQUEST_FAILED, 0, 0));
	assert_false(may_move(REQUEST_COMPLETED, 0, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_has_to_wait_is_left_alone),
	    cmocka_unit_test(an_empty_request_needs_nothing),
	    cmocka_unit_test(steps_are_started_one_after_the_other),
	    cmocka_unit_test(a_finished_request_needs_nothing),
	    cmocka_unit_test(a_running_call_was_interrupted),
	    cmocka_unit_test(a_next_attempt_waits_for_its_time),
	    cmocka_unit_test(a_next_attempt_that_no_pause_can_reach_is_due),
	    cmocka_unit_test(an_approval_waits_for_people),
	    cmocka_unit_test(an_approval_expires_when_its_time_is_over),
	    cmocka_unit_test(an_approval_is_completed_by_its_last_voter_and_expires_by_who_looks),
	    cmocka_unit_test(the_exit_code_of_a_wait_changes_when_its_time_is_over),
	    cmocka_unit_test(a_cancelled_request_has_its_exit_code_everywhere),
	    cmocka_unit_test(a_cancelled_request_only_ends_the_call_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
