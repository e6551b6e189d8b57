/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/value.h"
#include "model-helper.h"
#include "model/request/approval.h"

static void
policy_of(struct arena *arena, const char *parameters, struct approval_policy *out)
{
	struct pipeline pipeline;

	model_pipeline(arena,
	    arena_printf(arena,
		"steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: %s}]",
		parameters),
	    &pipeline);
	*out = pipeline.steps[0].approval;
}

static void
a_policy_has_its_defaults(void **state)
{
	static const char *const empty[] = {"{}", "~",
	    "{approvers: ~, approvals_required: ~, prevent_self_approval: ~, expires_after: ~, instructions: ~}"};

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct arena arena = ARENA_INIT;
		struct approval_policy policy;

		policy_of(&arena, empty[i], &policy);
		assert_null(policy.approvers);
		assert_int_equal(policy.required, 1);
		assert_false(policy.prevent_self_approval);
		assert_int_equal(policy.expires_after, 0);
		assert_null(policy.instructions);
		arena_release(&arena);
	}
}

static void
a_policy_is_what_the_parameters_say(void **state)
{
	struct arena arena = ARENA_INIT;
	struct approval_policy policy;

	(void)state;
	policy_of(&arena,
	    "{approvers: [alice, '@ops'], approvals_required: 3, prevent_self_approval: true, expires_after: 3d, instructions: 'see ${ticket}'}",
	    &policy);
	model_assert_value(policy.approvers, "[alice, '@ops']");
	assert_int_equal(policy.required, 3);
	assert_true(policy.prevent_self_approval);
	assert_int_equal(policy.expires_after, 3 * 86400 * INT64_C(1000));
	assert_string_equal(policy.instructions, "see ${ticket}");
	policy_of(&arena, "{expires_after: 90}", &policy);
	assert_int_equal(policy.expires_after, 90000);
	arena_release(&arena);
}

/* Older events have no numbers of users. */
static const struct user_number nobody_knows;

static const char votes[] =
    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvals_required: 3}},\n"
    "        {step_name: more, step_type: WAIT_FOR_APPROVAL}]\n";

static void
votes_are_found_by_their_voter(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	assert_null(approval_vote_by(&request.steps[0], "eve", &nobody_knows));
	assert_null(approval_last_vote(&request.steps[0]));
	model_happens(&request, EVENT_RUNNING, "ok");
	assert_null(approval_last_vote(&request.steps[0]));
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "bob"});
	assert_ptr_equal(
	    approval_vote_by(&request.steps[0], "eve", &nobody_knows), request.events[4]);
	assert_ptr_equal(
	    approval_vote_by(&request.steps[0], "bob", &nobody_knows), request.events[5]);
	assert_null(approval_vote_by(&request.steps[0], "rita", &nobody_knows));
	assert_ptr_equal(approval_last_vote(&request.steps[0]), request.events[5]);
	assert_null(approval_last_vote(&request.steps[1]));
	request_release(&request);
}

static void
votes_of_an_earlier_wait_do_not_count(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "eve"});
	model_happens_with(
	    &request, EVENT_FAILED, "ok", &(struct model_detail){.reason = REASON_EXPIRED});
	model_happens(&request, EVENT_NOT_STARTED, "ok");
	/* it has not begun to wait again, but nobody has approved what is to come */
	assert_null(approval_vote_by(&request.steps[0], "eve", &nobody_knows));
	assert_null(approval_last_vote(&request.steps[0]));
	assert_int_equal(request.steps[0].votes, 0);
	model_happens(&request, EVENT_RUNNING, "ok");
	assert_null(approval_vote_by(&request.steps[0], "eve", &nobody_knows));
	assert_int_equal(request.steps[0].votes, 0);
	request_release(&request);
}

static void
votes_for_one_step_do_not_count_for_another(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	for (int i = 0; i < 3; i++)
		model_happens_with(&request, EVENT_APPROVED, "ok",
		    &(struct model_detail){.by = i == 0	  ? "eve"
						 : i == 1 ? "bob"
							  : "joe"});
	model_happens(&request, EVENT_COMPLETED, "ok");
	model_happens(&request, EVENT_RUNNING, "more");
	assert_int_equal(request.steps[1].votes, 0);
	assert_null(approval_vote_by(&request.steps[1], "eve", &nobody_knows));
	assert_non_null(approval_vote_by(&request.steps[0], "eve", &nobody_knows));
	request_release(&request);
}

static void
vote(struct request *request, enum event_type type, const char *by, uid_t uid, const char *counted)
{
	model_happens_with(request, type, "ok",
	    &(struct model_detail){.by = by, .uid = {true, uid}, .approved_by = counted});
}

/* "eve bob", those whose votes count */
static void
assert_voters(const struct request *request, const char *expected)
{
	struct strbuf names = STRBUF_INIT;
	const struct event *found;
	size_t position = 0;

	while ((found = approval_next_vote(&request->steps[0], &position)) != NULL)
		strbuf_addf(&names, "%s%s", names.len == 0 ? "" : " ", found->created_by);
	assert_string_equal(names.buf, expected);
	assert_int_equal(request->steps[0].votes, position);
	strbuf_release(&names);
}

static void
a_vote_that_is_withdrawn_does_not_count_and_can_be_given_anew(void **state)
{
	const struct user_number eve = {true, 7};
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	vote(&request, EVENT_APPROVED, "eve", 7, NULL);
	vote(&request, EVENT_APPROVED, "bob", 8, NULL);
	assert_false(approval_was_withdrawn_by(&request, &request.steps[0], "eve", &eve));
	vote(&request, EVENT_WITHDRAWN, "eve", 7, NULL);
	assert_voters(&request, "bob");
	model_assert_request(&request, REQUEST_PENDING);
	assert_true(approval_was_withdrawn_by(&request, &request.steps[0], "eve", &eve));
	vote(&request, EVENT_APPROVED, "joe", 9, NULL);
	model_assert_request(&request, REQUEST_PENDING);
	vote(&request, EVENT_APPROVED, "eve", 7, NULL);
	model_assert_request(&request, REQUEST_RUNNING);
	assert_voters(&request, "bob joe eve");
	assert_false(approval_was_withdrawn_by(&request, &request.steps[0], "eve", &eve));
	request_release(&request);
}

static void
an_event_says_whose_votes_count_and_is_believed(void **state)
{
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	model_happens(&request, EVENT_RUNNING, "ok");
	vote(&request, EVENT_APPROVED, "eve", 7, "[eve]");
	vote(&request, EVENT_APPROVED, "bob", 8, "[eve, bob]");
	vote(&request, EVENT_APPROVED, "joe", 9, "[bob, joe]"); /* eve has left the group */
	model_assert_request(&request, REQUEST_PENDING);
	assert_voters(&request, "bob joe");
	vote(&request, EVENT_APPROVED, "eve", 17, "[bob, joe, eve]"); /* another of that name */
	model_assert_request(&request, REQUEST_RUNNING);
	assert_voters(&request, "bob joe eve");
	request_release(&request);
}

static void
a_person_is_a_number_under_any_name(void **state)
{
	const struct user_number seven = {true, 7}, eight = {true, 8};
	const struct step_state *step;
	struct request request;

	(void)state;
	model_request(&request, votes, "{}");
	step = &request.steps[0];
	model_happens(&request, EVENT_RUNNING, "ok");
	vote(&request, EVENT_APPROVED, "eve", 7, NULL);
	assert_non_null(approval_vote_by(step, "evelyn", &seven));
	assert_null(approval_vote_by(step, "eve", &eight));
	assert_non_null(approval_vote_by(step, "eve", &nobody_knows));
	assert_null(approval_vote_by(step, "evelyn", &nobody_knows));
	request_release(&request);
}

static void
assert_step_found(const struct request *request, const char *name, const char *expected)
{
	const struct step_state *step = approval_step(request, name);

	if (expected == NULL)
		assert_null(step);
	else
		assert_ptr_equal(step, request_step(request, expected));
}

static void
a_decision_is_about_the_step_that_waits_or_the_last_that_was_approved(void **state)
{
	struct request request;

	(void)state;
	model_request(&request,
	    "steps: [{step_name: call, step_type: API, parameters: {url: http://h/}},\n"
	    "        {step_name: one, step_type: WAIT_FOR_APPROVAL},\n"
	    "        {step_name: two, step_type: WAIT_FOR_APPROVAL},\n"
	    "        {step_name: last, step_type: API, parameters: {url: http://h/}}]\n",
	    "{}");
	assert_step_found(&request, NULL, NULL);
	assert_step_found(&request, "one", "one");
	assert_step_found(&request, "two", "two");
	assert_step_found(&request, "call", NULL);
	assert_step_found(&request, "none", NULL);
	model_happens(&request, EVENT_RUNNING, "call");
	model_happens(&request, EVENT_COMPLETED, "call");
	assert_step_found(&request, NULL, "one");
	model_happens(&request, EVENT_RUNNING, "one");
	model_happens(&request, EVENT_APPROVED, "one");
	assert_step_found(&request, NULL, "one");
	model_happens(&request, EVENT_COMPLETED, "one");
	assert_step_found(&request, NULL, "two");
	assert_step_found(&request, "one", "one");
	model_happens(&request, EVENT_RUNNING, "two");
	model_happens(&request, EVENT_APPROVED, "two");
	model_happens(&request, EVENT_COMPLETED, "two");
	assert_step_found(&request, NULL, "two");
	model_happens(&request, EVENT_RUNNING, "last");
	model_happens(&request, EVENT_COMPLETED, "last");
	assert_step_found(&request, NULL, "two");
	request_release(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_policy_has_its_defaults),
	    cmocka_unit_test(a_policy_is_what_the_parameters_say),
	    cmocka_unit_test(votes_are_found_by_their_voter),
	    cmocka_unit_test(votes_of_an_earlier_wait_do_not_count),
	    cmocka_unit_test(a_vote_that_is_withdrawn_does_not_count_and_can_be_given_anew),
	    cmocka_unit_test(an_event_says_whose_votes_count_and_is_believed),
	    cmocka_unit_test(a_person_is_a_number_under_any_name),
	    cmocka_unit_test(votes_for_one_step_do_not_count_for_another),
	    cmocka_unit_test(a_decision_is_about_the_step_that_waits_or_the_last_that_was_approved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
