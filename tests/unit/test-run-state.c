/* SPDX-License-Identifier: ISC */
/* Whether a Running step was interrupted: over all that can be seen, known and past. */
#include "unit.h"

#include <string.h>

#include "base/strbuf.h"
#include "model-helper.h"
#include "model/decision.h"
#include "model/limits.h"
#include "model/request/run-state.h"
#include "steps/catalogue.h"

#define ONE(method, more)                                                        \
	"steps: [{step_name: Call, step_type: API, parameters: {method: " method \
	", url: 'http://h/'" more "}}]"
#define TIMEOUT	      60000 /* when the step says nothing */
#define OVER(timeout) (call->intent->created_at + (timeout) + RUN_MARGIN_MS)

static const struct actor svc = {.name = "svc", .owner = true}, bob = {.name = "bob"};
static const struct policy owner_only = {.admins = NULL};

/* A request whose step Call is under way, and what its intent says is so by its method. */
static const struct step_state *
begin(struct request *request, const char *pipeline, bool repeatable)
{
	model_request(request, pipeline, "{wait: 7s}");
	model_happens_with(request, EVENT_RUNNING, "Call",
	    &(struct model_detail){.effect = repeatable ? EFFECT_NONE : EFFECT_POSSIBLE,
		.host = "far",
		.process = 12});
	return request_step(request, "Call");
}

/* What the manual says, in its words. */
static enum run_state
expected(const struct run_sight *sight, bool repeatable, bool over)
{
	if (sight->medium == NULL)
		return sight->locked ? RUN_GOES_ON : RUN_INTERRUPTED;
	if (sight->locked || sight->process == PROCESS_LIVES)
		return RUN_GOES_ON;
	if (sight->process == PROCESS_ENDED || (repeatable && over))
		return RUN_INTERRUPTED;
	return RUN_UNSEEN;
}

static void
a_step_is_interrupted_when_that_is_seen_or_can_do_no_harm(void **state)
{
	static const char *const media[] = {NULL, "NFS"};
	struct request request;

	(void)state;
	for (unsigned i = 0; i < 2 * 2 * 3 * 2 * 2; i++) {
		bool repeatable = (i & 1) != 0, over = (i & 2) != 0;
		struct run_sight sight = {.locked = (i & 4) != 0,
		    .medium = media[(i >> 3) & 1],
		    .process = (enum process_sight)(i >> 4)};
		const struct step_state *call =
		    begin(&request, ONE("POST", ", repeatable: true"), repeatable);
		enum run_state got =
		    run_state_of(&request, call, &sight, OVER(TIMEOUT) - (over ? 0 : 1));

		if (got != expected(&sight, repeatable, over))
			print_error("repeatable %d, over %d, locked %d, on %s, process %d\n",
			    repeatable, over, sight.locked, sight.medium, (int)sight.process);
		assert_int_equal(got, expected(&sight, repeatable, over));
		request_release(&request);
	}
}

static void
the_longest_time_of_a_step_is_its_timeout_as_it_was_filled_in(void **state)
{
	static const struct {
		const char *pipeline;
		int64_t timeout;
	} cases[] = {
	    {ONE("GET", ""), TIMEOUT},
	    {ONE("GET", ", timeout: 5s"), 5000},
	    {ONE("GET", ", timeout: 1h, retry: {max_attempts: 3}"), 3600000},
	    {"form: {fields: [{name: wait}]}\n" ONE("GET", ", timeout: '${wait}'"), 7000},
	    {ONE("GET", ", timeout: 5s, headers: {Authorization: '${secret:TOKEN}'}"), 5000},
	};
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct step_state *call = begin(&request, cases[i].pipeline, true);

		assert_int_equal(run_over_at(&request, call), OVER(cases[i].timeout));
		request_release(&request);
	}
}

static void
nobody_knows_how_long_a_step_takes_whose_type_or_parameters_are_unknown(void **state)
{
	static const struct run_sight sight = {.medium = "NFS", .process = PROCESS_ELSEWHERE};
	static const char *const cases[] = {
	    "steps: [{step_name: Call, step_type: NEW, parameters: {}}]",
	    ONE("GET", ", timeout: '${wait}'"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = ARENA_INIT;
		struct request request;
		struct pipeline pipeline;
		struct step_state call;

		call = *begin(&request, ONE("GET", ""), true);
		/* as a request of another version has it */
		assert_int_equal(pipeline_build(&arena, model_yaml(&arena, cases[i]), "p",
				     PIPELINE_RULES, steps_catalogue, &pipeline, NULL),
		    0);
		call.step = &pipeline.steps[0];
		assert_int_equal(run_over_at(&request, &call), 0);
		assert_int_equal(run_state_of(&request, &call, &sight, INT64_MAX), RUN_UNSEEN);
		request_release(&request);
		arena_release(&arena);
	}
}

static void
who_runs_it_or_did_is_said_with_the_ways_on(void **state)
{
	static const struct run_sight sight = {.medium = "NFS", .process = PROCESS_ELSEWHERE};
	struct strbuf text = STRBUF_INIT;
	struct request request;
	const struct step_state *call;

	(void)state;
	call = begin(&request, ONE("POST", ""), false);
	run_add_unseen(&text, &request, call, &sight, "svcreq");
	assert_string_equal(text.buf,
	    "is, or was, run by process 12 on host 'far', not of this boot; on NFS nobody here can "
	    "see whether it still is: an admin who knows that it is not says 'svcreq resolve 7 "
	    "--interrupted -m \"...\"'");
	request_release(&request);
	strbuf_reset(&text);
	model_request(&request, ONE("GET", ""), "{}");
	model_happens(&request, EVENT_RUNNING, "Call"); /* by a program that did not name itself */
	call = request_step(&request, "Call");
	run_add_unseen(&text, &request, call, &sight, "svcreq");
	assert_string_equal(text.buf,
	    "is, or was, run by a process that is not named; on NFS nobody here can see whether it "
	    "still is: a run after 2001-09-09T01:48:42.000Z does it again; an admin who knows that "
	    "it is not says 'svcreq resolve 7 --interrupted -m \"...\"'");
	request_release(&request);
	strbuf_release(&text);
}

/* ---- resolve --interrupted */

static enum verdict
say_interrupted(const struct request *request, const struct actor *actor,
    const struct run_sight *sight, struct event *event, struct strbuf *why)
{
	const struct decision_input input = {.command = COMMAND_RESOLVE,
	    .interrupted = true,
	    .actor = actor,
	    .policy = &owner_only,
	    .remarks = "the machine burnt down",
	    .now = MODEL_NOW + 5000,
	    .sight = *sight};

	strbuf_reset(why);
	return request_decide(request, &input, event, why);
}

static void
an_admin_says_that_a_step_was_interrupted_where_no_lock_and_no_process_tells(void **state)
{
	static const char *const media[] = {NULL, "NFS"};
	struct strbuf why = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	for (unsigned i = 0; i < 2 * 2 * 3 * 2; i++) {
		bool cancelled = (i & 1) != 0;
		struct run_sight sight = {.locked = (i & 2) != 0,
		    .medium = media[(i >> 2) & 1],
		    .process = (enum process_sight)(i >> 3)};
		bool may = sight.medium != NULL && sight.process != PROCESS_LIVES;

		begin(&request, ONE("POST", ""), false);
		if (cancelled)
			model_happens(&request, EVENT_CANCELLED, NULL);
		assert_int_equal(say_interrupted(&request, &svc, &sight, &event, &why),
		    may ? VERDICT_DECIDED : VERDICT_REFUSED);
		assert_int_equal(
		    say_interrupted(&request, &bob, &sight, &event, &why), VERDICT_NOT_PERMITTED);
		if (may) {
			say_interrupted(&request, &svc, &sight, &event, &why);
			assert_int_equal(event.event_type, EVENT_FAILED);
			assert_int_equal(event.reason, REASON_OUTCOME_UNKNOWN);
			assert_int_equal(event.effect, EFFECT_POSSIBLE);
			assert_string_equal(event.remarks, "the machine burnt down");
			model_applies(&request, &event);
			model_assert_request(
			    &request, cancelled ? REQUEST_CANCELLED : REQUEST_FAILED);
			assert_int_equal(
			    step_effect(request_step(&request, "Call")), EFFECT_POSSIBLE);
			assert_int_equal(request_is_unresolved(&request), cancelled);
			/* once */
			assert_int_equal(
			    say_interrupted(&request, &svc, &sight, &event, &why), VERDICT_REFUSED);
		}
		request_release(&request);
	}
	strbuf_release(&why);
}

static void
why_an_admin_cannot_say_so_is_said(void **state)
{
	static const struct {
		struct run_sight sight;
		const char *why;
	} cases[] = {
	    {{.locked = false},
		"on this file system the lock alone says whether step 'Call' was interrupted, and "
		"nobody holds it: 'svcreq run 7' settles it"},
	    {{.locked = true},
		"on this file system the lock alone says whether step 'Call' was interrupted, and "
		"somebody holds it; when that has ended, 'svcreq run 7' settles it"},
	    {{.medium = "FUSE", .process = PROCESS_LIVES},
		"process 12 of this machine runs step 'Call' still; when it has ended, 'svcreq run "
		"7' settles it"},
	};
	struct strbuf why = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	begin(&request, ONE("POST", ""), false);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say_interrupted(&request, &svc, &cases[i].sight, &event, &why);
		assert_string_equal(why.buf, cases[i].why);
	}
	request_release(&request);
	model_request(&request, ONE("GET", ""), "{}");
	assert_int_equal(
	    say_interrupted(&request, &svc, &cases[0].sight, &event, &why), VERDICT_REFUSED);
	assert_string_equal(why.buf, "it is Not Started");
	request_release(&request);
	model_request(&request, "steps: [{step_name: Ok, step_type: WAIT_FOR_APPROVAL}]", "{}");
	model_happens(&request, EVENT_RUNNING, "Ok");
	assert_int_equal(
	    say_interrupted(&request, &svc, &cases[2].sight, &event, &why), VERDICT_REFUSED);
	assert_string_equal(why.buf, "it is Pending");
	request_release(&request);
	strbuf_release(&why);
}

/* Neither a run nor another command settles it, and each says so. */
static void
what_cannot_be_seen_is_in_the_way_of_other_commands(void **state)
{
	static const enum command commands[] = {COMMAND_RETRY, COMMAND_RESOLVE};
	struct strbuf why = STRBUF_INIT;
	struct request request;
	struct event event;

	(void)state;
	begin(&request, ONE("POST", ""), false);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct decision_input input = {.command = commands[i],
		    .completed = true,
		    .actor = &svc,
		    .policy = &owner_only,
		    .now = MODEL_NOW + 5000,
		    .sight = {.medium = "NFS", .process = PROCESS_ELSEWHERE}};

		strbuf_reset(&why);
		assert_int_equal(request_decide(&request, &input, &event, &why), VERDICT_REFUSED);
		assert_non_null(strstr(
		    why.buf, "it is Running, and step 'Call' is, or was, run by process 12"));
	}
	request_release(&request);
	strbuf_release(&why);
}

static void
the_call_of_a_cancelled_request_that_may_be_under_way_gets_no_outcome(void **state)
{
	static const struct run_sight unseen = {.medium = "NFS", .process = PROCESS_ELSEWHERE},
				      lives = {.medium = "NFS", .process = PROCESS_LIVES},
				      ended = {.medium = "NFS", .process = PROCESS_ENDED};
	struct request request;
	struct event event;

	(void)state;
	begin(&request, ONE("POST", ""), false);
	model_happens(&request, EVENT_CANCELLED, NULL);
	assert_false(
	    decision_of_unrecorded_outcome(&request, &svc, &unseen, MODEL_NOW + 5000, &event));
	assert_false(
	    decision_of_unrecorded_outcome(&request, &svc, &lives, MODEL_NOW + 5000, &event));
	assert_true(
	    decision_of_unrecorded_outcome(&request, &svc, &ended, MODEL_NOW + 5000, &event));
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_step_is_interrupted_when_that_is_seen_or_can_do_no_harm),
	    cmocka_unit_test(the_longest_time_of_a_step_is_its_timeout_as_it_was_filled_in),
	    cmocka_unit_test(
		nobody_knows_how_long_a_step_takes_whose_type_or_parameters_are_unknown),
	    cmocka_unit_test(who_runs_it_or_did_is_said_with_the_ways_on),
	    cmocka_unit_test(
		an_admin_says_that_a_step_was_interrupted_where_no_lock_and_no_process_tells),
	    cmocka_unit_test(why_an_admin_cannot_say_so_is_said),
	    cmocka_unit_test(what_cannot_be_seen_is_in_the_way_of_other_commands),
	    cmocka_unit_test(the_call_of_a_cancelled_request_that_may_be_under_way_gets_no_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
