/* SPDX-License-Identifier: ISC */
/*
 * What a step's attempts did that another one would do again: the largest of all, as their events
 * say, until a person says that it was not done.
 */
#include "unit.h"

#include <string.h>

#include "base/value.h"
#include "model-helper.h"

#define LIFE_MAX 8

static const char one_call[] =
    "steps: [{step_name: Call, step_type: API, parameters: {url: http://h/}}]";

/* What may happen to the call. */
enum happening {
	NOTHING,
	STARTS,
	STARTS_ONCE,	/* its intent says that it may be carried out */
	IS_REFUSED,	/* 409 */
	IS_LOST,	/* its outcome is unknown */
	IS_DONE,	/* 201, and the step fails all the same */
	WAITS,		/* it broke before it was sent, and is tried again */
	WAITS_AFTER_IT, /* the same, but it may have been carried out */
	RETRIED,
	SETTLED_DONE, /* resolve */
	SETTLED_NOT_DONE,
	COMPLETES,
	CANCELLED,
	HAPPENINGS,
};

static const struct {
	enum event_type type;
	struct model_detail detail;
} happenings[HAPPENINGS] = {
    [STARTS] = {EVENT_RUNNING, {.by = NULL}},
    [STARTS_ONCE] = {EVENT_RUNNING, {.effect = EFFECT_POSSIBLE}},
    [IS_REFUSED] = {EVENT_FAILED, {.reason = REASON_HTTP_STATUS, .http_status = 409}},
    [IS_LOST] = {EVENT_FAILED, {.reason = REASON_OUTCOME_UNKNOWN, .effect = EFFECT_POSSIBLE}},
    [IS_DONE] = {EVENT_FAILED,
	{.reason = REASON_HTTP_STATUS, .http_status = 201, .effect = EFFECT_CERTAIN}},
    [WAITS] = {EVENT_FAILED, {.reason = REASON_TRANSPORT, .not_before = MODEL_NOW + 1}},
    [WAITS_AFTER_IT] = {EVENT_FAILED,
	{.reason = REASON_TIMEOUT, .effect = EFFECT_POSSIBLE, .not_before = MODEL_NOW + 1}},
    [RETRIED] = {EVENT_NOT_STARTED, {.effect = EFFECT_CERTAIN}}, /* which is no attempt */
    [SETTLED_DONE] = {EVENT_COMPLETED, {.effect = EFFECT_CERTAIN}},
    [SETTLED_NOT_DONE] = {EVENT_FAILED, {.reason = REASON_EXECUTOR}},
    [COMPLETES] = {EVENT_COMPLETED, {.http_status = 200, .effect = EFFECT_CERTAIN}},
    [CANCELLED] = {EVENT_CANCELLED, {.by = NULL}},
};

static const struct {
	enum happening life[LIFE_MAX];
	enum effect effect;
	size_t from; /* the happening that it is known from, from 1; 0: none */
} lives[] = {
    {{NOTHING}, EFFECT_NONE, 0},
    {{STARTS}, EFFECT_NONE, 0},
    {{STARTS_ONCE}, EFFECT_POSSIBLE, 0},
    {{STARTS_ONCE, IS_REFUSED}, EFFECT_NONE, 0},
    {{STARTS_ONCE, IS_LOST}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_DONE}, EFFECT_CERTAIN, 2},
    {{STARTS_ONCE, COMPLETES}, EFFECT_CERTAIN, 2},
    {{STARTS_ONCE, WAITS}, EFFECT_NONE, 0},
    {{STARTS_ONCE, WAITS, STARTS_ONCE}, EFFECT_POSSIBLE, 0},
    {{STARTS_ONCE, WAITS, STARTS_ONCE, IS_REFUSED}, EFFECT_NONE, 0},
    /* an attempt that did nothing takes nothing back */
    {{STARTS, WAITS_AFTER_IT, STARTS, IS_REFUSED}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_LOST, RETRIED}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_LOST, RETRIED, STARTS_ONCE}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_LOST, RETRIED, STARTS_ONCE, IS_REFUSED}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_LOST, RETRIED, STARTS_ONCE, IS_LOST}, EFFECT_POSSIBLE, 2},
    {{STARTS_ONCE, IS_LOST, RETRIED, STARTS_ONCE, IS_DONE}, EFFECT_CERTAIN, 5},
    {{STARTS_ONCE, IS_DONE, RETRIED, STARTS_ONCE, IS_LOST}, EFFECT_CERTAIN, 2},
    {{STARTS_ONCE, IS_REFUSED, RETRIED}, EFFECT_NONE, 0},
    /* a person does */
    {{STARTS_ONCE, IS_LOST, SETTLED_NOT_DONE}, EFFECT_NONE, 0},
    {{STARTS_ONCE, IS_DONE, SETTLED_NOT_DONE}, EFFECT_NONE, 0},
    {{STARTS_ONCE, IS_DONE, SETTLED_NOT_DONE, RETRIED, STARTS_ONCE}, EFFECT_POSSIBLE, 0},
    {{STARTS_ONCE, IS_DONE, SETTLED_NOT_DONE, RETRIED, STARTS_ONCE, IS_REFUSED}, EFFECT_NONE, 0},
    {{STARTS_ONCE, IS_LOST, SETTLED_NOT_DONE, RETRIED, STARTS_ONCE, IS_LOST}, EFFECT_POSSIBLE, 6},
    {{STARTS_ONCE, IS_LOST, SETTLED_DONE}, EFFECT_CERTAIN, 3},
    {{STARTS_ONCE, IS_REFUSED, SETTLED_DONE}, EFFECT_CERTAIN, 3},
    /* of a cancelled request */
    {{STARTS_ONCE, CANCELLED}, EFFECT_POSSIBLE, 0},
    {{STARTS_ONCE, CANCELLED, IS_LOST}, EFFECT_POSSIBLE, 3},
    {{STARTS_ONCE, CANCELLED, IS_REFUSED}, EFFECT_NONE, 0},
    {{STARTS_ONCE, CANCELLED, COMPLETES}, EFFECT_CERTAIN, 3},
    {{STARTS_ONCE, IS_LOST, CANCELLED}, EFFECT_POSSIBLE, 2},
};

static void
the_effect_of_a_step_is_the_largest_of_its_attempts_until_a_person_says_no(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		const struct step_state *step;
		const struct event *from = NULL;
		struct request request;
		size_t first;

		model_request(&request, one_call, "{}");
		first = request.event_count;
		for (size_t j = 0; j < LIFE_MAX && lives[i].life[j] != NOTHING; j++) {
			enum happening what = lives[i].life[j];

			model_happens_with(&request, happenings[what].type,
			    what == CANCELLED ? NULL : "Call", &happenings[what].detail);
		}
		step = &request.steps[0];
		if (lives[i].from > 0)
			from = request.events[first + lives[i].from - 1];
		if (step_effect(step) != lives[i].effect || step->effect_event != from)
			print_error("life %zu\n", i);
		assert_int_equal(step_effect(step), lives[i].effect);
		assert_ptr_equal(step->effect_event, from);
		request_release(&request);
	}
}

/* A request as a version with those rules begins it. */
static void
begin(struct arena *arena, struct request *request, int64_t rules)
{
	struct event event = {
	    .event_id = 1,
	    .event_type = EVENT_CREATED,
	    .status = REQUEST_NOT_STARTED,
	    .service_request_id = 7,
	    .pipeline_name = "x",
	    .requested_by = MODEL_REQUESTER,
	    .created_by = MODEL_REQUESTER,
	    .created_at = MODEL_NOW,
	    .rules = rules,
	    .pipeline = model_yaml(arena, one_call),
	    .form_data = model_yaml(arena, "{}"),
	};

	request_init(request, 7);
	model_applies(request, &event);
}

/* Their effect follows from the answer. */
static void
older_programs_recorded_no_effect(void **state)
{
	static const struct {
		enum reason reason;
		int64_t http_status;
		enum effect older, newer;
	} cases[] = {
	    {REASON_HTTP_STATUS, 201, EFFECT_CERTAIN, EFFECT_NONE},
	    {REASON_EXECUTOR, 200, EFFECT_CERTAIN, EFFECT_NONE},
	    {REASON_HTTP_STATUS, 303, EFFECT_POSSIBLE, EFFECT_NONE},
	    {REASON_OUTCOME_UNKNOWN, 502, EFFECT_POSSIBLE, EFFECT_NONE},
	    {REASON_OUTCOME_UNKNOWN, 0, EFFECT_POSSIBLE, EFFECT_NONE},
	    {REASON_HTTP_STATUS, 404, EFFECT_NONE, EFFECT_NONE},
	    {REASON_TRANSPORT, 0, EFFECT_NONE, EFFECT_NONE},
	    {REASON_EXECUTOR, 0, EFFECT_NONE, EFFECT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		bool older = i % 2 == 0;
		struct arena arena = ARENA_INIT;
		struct request request;

		begin(&arena, &request, older ? 0 : 2);
		model_happens(&request, EVENT_RUNNING, "Call");
		assert_int_equal(request_unrecorded_effect(&request, &request.steps[0]),
		    older ? EFFECT_POSSIBLE : EFFECT_NONE);
		model_happens_with(&request, EVENT_FAILED, "Call",
		    &(struct model_detail){
			.reason = cases[i / 2].reason, .http_status = cases[i / 2].http_status});
		assert_int_equal(step_effect(&request.steps[0]),
		    older ? cases[i / 2].older : cases[i / 2].newer);
		request_release(&request);
		arena_release(&arena);
	}
}

static void
an_attempt_whose_outcome_nobody_records_did_what_its_intent_says(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, one_call, "{}");
	model_happens_with(
	    &request, EVENT_RUNNING, "Call", &(struct model_detail){.effect = EFFECT_POSSIBLE});
	assert_int_equal(request_unrecorded_effect(&request, &request.steps[0]), EFFECT_POSSIBLE);
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_effect_of_a_step_is_the_largest_of_its_attempts_until_a_person_says_no),
	    cmocka_unit_test(older_programs_recorded_no_effect),
	    cmocka_unit_test(an_attempt_whose_outcome_nobody_records_did_what_its_intent_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
