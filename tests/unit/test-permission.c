/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/value.h"
#include "model-helper.h"
#include "model/request/approval.h"
#include "model/request/permission.h"
#include "model/request/transition.h"

static const struct membership memberships[] = {{"olga", "ops"}};

#define MEMBERSHIPS .memberships = memberships, .membership_count = 1

static struct actor
actor(const char *name, bool owner)
{
	return (struct actor){.name = name, .owner = owner};
}

/* retry is for admins alone. */
static bool
is_admin(const struct actor *who, const struct policy *policy)
{
	return permission_check(who, policy, COMMAND_RETRY, NULL, NULL, NULL) == 0;
}

static const char waits[] = "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL}]";

/* What each of the commands says to an actor: "" is yes. */
static void
assert_answer(const struct actor *who, const struct policy *policy, enum command command,
    const struct request *request, const char *expected)
{
	struct strbuf err = STRBUF_INIT;
	int ret = permission_check(who, policy, command, request,
	    request == NULL ? NULL : approval_step(request, NULL), &err);

	assert_string_equal(err.buf, expected);
	assert_int_equal(ret, *expected == '\0' ? 0 : -1);
	strbuf_release(&err);
}

static void
waiting(struct request *request, const char *pipeline)
{
	model_request(request, pipeline, "{}");
	model_happens(request, EVENT_RUNNING, "ok");
}

static void
without_a_list_the_owner_is_the_admin(void **state)
{
	const struct policy policy = {MEMBERSHIPS};
	const struct actor owner = actor("svc", true), other = actor("alice", false);

	(void)state;
	assert_true(is_admin(&owner, &policy));
	assert_false(is_admin(&other, &policy));
}

static void
listed_admins_are_users_and_groups(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {
	    .admins = model_yaml(&arena, "[alice, '@ops', 7, ~]"), MEMBERSHIPS};
	const struct policy nobody = {.admins = model_yaml(&arena, "[]"), MEMBERSHIPS};
	const struct actor alice = actor("alice", false), olga = actor("olga", false);
	const struct actor mallory = actor("mallory", false), owner = actor("svc", true);
	const struct actor named = actor("@ops", false);

	(void)state;
	assert_true(is_admin(&alice, &policy));
	assert_true(is_admin(&olga, &policy));
	assert_false(is_admin(&mallory, &policy));
	assert_false(is_admin(&owner, &policy));
	assert_false(is_admin(&named, &policy));
	assert_false(is_admin(&alice, &nobody));
	arena_release(&arena);
}

static void
an_admin_may_do_everything(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {.admins = model_yaml(&arena, "[alice]"), MEMBERSHIPS};
	const struct actor alice = actor("alice", false);
	struct request request;

	(void)state;
	waiting(&request, waits);
	for (int command = 0; command < COMMAND_COUNT; command++)
		assert_answer(&alice, &policy, (enum command)command, &request, "");
	request_release(&request);
	arena_release(&arena);
}

static void
a_stranger_may_do_nothing(void **state)
{
	static const char neither[] = "'mallory' is neither an admin nor its requester";
	static const char *const answers[COMMAND_COUNT] = {
	    [COMMAND_UPDATE] = neither,
	    [COMMAND_RUN] = neither,
	    [COMMAND_CANCEL] = neither,
	    [COMMAND_APPROVE] = "'mallory' is not an approver of step 'ok' ('alice', '@ops')",
	    [COMMAND_OVERRIDE] = "'mallory' is not an admin",
	    [COMMAND_WITHDRAW] = "'mallory' is not an approver of step 'ok' ('alice', '@ops')",
	    [COMMAND_REJECT] = "'mallory' is not an approver of step 'ok' ('alice', '@ops')",
	    [COMMAND_RETRY] = "'mallory' is not an admin",
	    [COMMAND_RESOLVE] = "'mallory' is not an admin",
	    [COMMAND_MEND] = "'mallory' is not an admin",
	    [COMMAND_REPLACE] = neither,
	};
	struct arena arena = ARENA_INIT;
	const struct policy policy = {
	    .admins = model_yaml(&arena, "[7, alice, '@ops']"), MEMBERSHIPS};
	const struct actor mallory = actor("mallory", false);
	struct request request;

	(void)state;
	waiting(&request, waits);
	for (int command = 0; command < COMMAND_COUNT; command++)
		assert_answer(&mallory, &policy, (enum command)command, &request, answers[command]);
	request_release(&request);
	arena_release(&arena);
}

static void
a_requester_looks_after_their_own(void **state)
{
	const struct policy policy = {MEMBERSHIPS};
	const struct actor rita = actor(MODEL_REQUESTER, false);
	struct request request;

	(void)state;
	waiting(&request, waits);
	assert_answer(&rita, &policy, COMMAND_UPDATE, &request, "");
	assert_answer(&rita, &policy, COMMAND_CANCEL, &request, "");
	assert_answer(&rita, &policy, COMMAND_RUN, &request, "");
	assert_answer(&rita, &policy, COMMAND_REPLACE, &request, "");
	assert_answer(&rita, &policy, COMMAND_RETRY, &request, "'rita' is not an admin");
	assert_answer(&rita, &policy, COMMAND_RESOLVE, &request, "'rita' is not an admin");
	assert_answer(&rita, &policy, COMMAND_MEND, &request, "'rita' is not an admin");
	assert_answer(&rita, &policy, COMMAND_APPROVE, &request,
	    "'rita' is not an approver of step 'ok' (the owner of the workspace)");
	assert_answer(&rita, &policy, COMMAND_REJECT, &request,
	    "'rita' is not an approver of step 'ok' (the owner of the workspace)");
	request_release(&request);
}

/* cron runs as the owner of the workspace, also where the admins are others. */
static void
the_owner_runs_every_request(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {.admins = model_yaml(&arena, "[alice]"), MEMBERSHIPS};
	const struct actor owner = actor("svc", true);
	struct request request;

	(void)state;
	waiting(&request, waits);
	assert_answer(&owner, &policy, COMMAND_RUN, &request, "");
	assert_answer(&owner, &policy, COMMAND_CANCEL, &request,
	    "'svc' is neither an admin nor its requester");
	assert_answer(&owner, &policy, COMMAND_REPLACE, &request,
	    "'svc' is neither an admin nor its requester");
	assert_answer(&owner, &policy, COMMAND_RETRY, &request, "'svc' is not an admin");
	assert_answer(&owner, &policy, COMMAND_APPROVE, &request,
	    "'svc' is not an approver of step 'ok' ('alice')");
	request_release(&request);
	arena_release(&arena);
}

static void
all_requests_are_run_by_the_owner_and_the_admins(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {.admins = model_yaml(&arena, "[alice]"), MEMBERSHIPS};
	const struct actor owner = actor("svc", true), alice = actor("alice", false);
	const struct actor rita = actor(MODEL_REQUESTER, false);

	(void)state;
	assert_answer(&owner, &policy, COMMAND_RUN, NULL, "");
	assert_answer(&alice, &policy, COMMAND_RUN, NULL, "");
	assert_answer(&rita, &policy, COMMAND_RUN, NULL, "'rita' is not an admin");
	assert_answer(&owner, &policy, COMMAND_CANCEL, NULL, "'svc' is not an admin");
	arena_release(&arena);
}

/* Whoever the lists name and whose request it is. */
static void
a_service_runs_and_decides_nothing(void **state)
{
	static const char refusal[] =
	    "'rita' is the service account of this workspace, which runs requests and decides nothing "
	    "(owner: service in state/config.yaml); come through sudo, run0 or doas";
	struct arena arena = ARENA_INIT;
	const struct policy policies[] = {
	    {.service = true, MEMBERSHIPS},
	    {.service = true, .admins = model_yaml(&arena, "[rita]"), MEMBERSHIPS},
	    {.service = true, .admins = model_yaml(&arena, "[alice]"), MEMBERSHIPS},
	};
	static const char *const waiting_for[] = {waits,
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [rita]}}]"};
	const struct actor service = {.name = MODEL_REQUESTER, .owner = true, .service = true};

	(void)state;
	for (size_t i = 0; i < 3 * 2; i++) {
		struct request request;

		waiting(&request, waiting_for[i / 3]);
		for (int command = 0; command < COMMAND_COUNT; command++)
			assert_answer(&service, &policies[i % 3], (enum command)command, &request,
			    command == COMMAND_RUN ? "" : refusal);
		assert_answer(&service, &policies[i % 3], COMMAND_RUN, NULL, "");
		request_release(&request);
	}
	arena_release(&arena);
}

static void
without_a_list_root_is_the_admin_of_a_service(void **state)
{
	const struct policy policy = {.service = true, MEMBERSHIPS};
	const struct actor root = actor("root", true), alice = actor("alice", false);
	struct request request;

	(void)state;
	waiting(&request, waits);
	for (int command = 0; command < COMMAND_COUNT; command++)
		assert_answer(&root, &policy, (enum command)command, &request, "");
	assert_answer(&alice, &policy, COMMAND_APPROVE, &request,
	    "'alice' is not an approver of step 'ok' (root)");
	assert_answer(&alice, &policy, COMMAND_RETRY, &request, "'alice' is not an admin");
	request_release(&request);
}

/* Who approved a step may ask about it again, whoever is to approve the next one. */
static void
each_approval_step_has_approvers_of_its_own(void **state)
{
	static const char two[] =
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [bob]}},"
	    " {step_name: more, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [eve]}}]";
	const struct policy policy = {MEMBERSHIPS};
	const struct actor bob = actor("bob", false);
	struct strbuf err = STRBUF_INIT;
	struct request request;

	(void)state;
	waiting(&request, two);
	model_happens_with(&request, EVENT_APPROVED, "ok", &(struct model_detail){.by = "bob"});
	model_happens(&request, EVENT_COMPLETED, "ok");
	model_happens(&request, EVENT_RUNNING, "more");
	assert_answer(&bob, &policy, COMMAND_APPROVE, &request,
	    "'bob' is not an approver of step 'more' ('eve')");
	assert_int_equal(permission_check(&bob, &policy, COMMAND_APPROVE, &request,
			     approval_step(&request, "ok"), &err),
	    0);
	strbuf_release(&err);
	request_release(&request);
}

static void
named_approvers_decide_and_not_the_admins(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {.admins = model_yaml(&arena, "[alice]"), MEMBERSHIPS};
	const struct actor bob = actor("bob", false), olga = actor("olga", false),
			   alice = actor("alice", true);
	struct request request;

	(void)state;
	waiting(&request,
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [bob, '@ops']}}]");
	assert_answer(&bob, &policy, COMMAND_APPROVE, &request, "");
	assert_answer(&bob, &policy, COMMAND_REJECT, &request, "");
	assert_answer(
	    &bob, &policy, COMMAND_CANCEL, &request, "'bob' is neither an admin nor its requester");
	assert_answer(&olga, &policy, COMMAND_APPROVE, &request, "");
	assert_answer(&alice, &policy, COMMAND_APPROVE, &request,
	    "'alice' is not an approver of step 'ok' ('bob', '@ops')");
	assert_answer(&alice, &policy, COMMAND_CANCEL, &request, "");
	request_release(&request);
	arena_release(&arena);
}

static void
a_requester_may_approve_their_own_unless_it_is_prevented(void **state)
{
	static const char allowed[] =
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [rita, bob]}}]";
	static const char prevented[] =
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [rita, bob], prevent_self_approval: true}}]";
	const struct policy policy = {MEMBERSHIPS};
	const struct actor rita = actor(MODEL_REQUESTER, false), bob = actor("bob", false);
	struct request request;

	(void)state;
	waiting(&request, allowed);
	assert_answer(&rita, &policy, COMMAND_APPROVE, &request, "");
	request_release(&request);
	waiting(&request, prevented);
	assert_answer(&rita, &policy, COMMAND_APPROVE, &request,
	    "step 'ok' does not let 'rita' approve their own request");
	assert_answer(&rita, &policy, COMMAND_REJECT, &request, "");
	assert_answer(&bob, &policy, COMMAND_APPROVE, &request, "");
	request_release(&request);
}

static void
where_nothing_waits_there_is_nothing_to_decide(void **state)
{
	const struct policy policy = {MEMBERSHIPS};
	const struct actor bob = actor("bob", false);
	struct request request;

	(void)state;
	model_request(&request,
	    "steps: [{step_name: ok, step_type: API, parameters: {url: http://h/}}]", "{}");
	assert_answer(&bob, &policy, COMMAND_APPROVE, &request, "");
	assert_false(command_allowed(request.status, COMMAND_APPROVE));
	model_happens(&request, EVENT_RUNNING, "ok");
	model_happens(&request, EVENT_COMPLETED, "ok");
	assert_answer(&bob, &policy, COMMAND_REJECT, &request, "");
	assert_false(command_allowed(request.status, COMMAND_REJECT));
	request_release(&request);
}

/* The system is asked for memberships only where they decide. */
static void
a_list_decides_where_nobody_may_without_it(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct policy policy = {.admins = model_yaml(&arena, "['@ops']")}, none = {0};
	const struct actor rita = actor(MODEL_REQUESTER, false), owner = actor("svc", true);
	const struct step_state *step;
	struct request request;

	(void)state;
	waiting(&request,
	    "steps: [{step_name: ok, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: ['@hr']}}]");
	step = &request.steps[0];
	assert_null(permission_list(&rita, &policy, COMMAND_CANCEL, &request, NULL));
	assert_null(permission_list(&rita, &policy, COMMAND_RUN, &request, NULL));
	assert_null(permission_list(&owner, &policy, COMMAND_RUN, NULL, NULL));
	assert_ptr_equal(permission_list(&rita, &policy, COMMAND_RUN, NULL, NULL), policy.admins);
	assert_ptr_equal(
	    permission_list(&rita, &policy, COMMAND_RETRY, &request, NULL), policy.admins);
	assert_ptr_equal(
	    permission_list(&owner, &policy, COMMAND_CANCEL, &request, NULL), policy.admins);
	assert_null(permission_list(&owner, &none, COMMAND_RETRY, &request, NULL));
	model_assert_value(
	    permission_list(&rita, &policy, COMMAND_APPROVE, &request, step), "['@hr']");
	model_assert_value(
	    permission_list(&owner, &policy, COMMAND_REJECT, &request, step), "['@hr']");
	assert_null(permission_list(&owner, &policy, COMMAND_REJECT, &request, NULL));
	assert_ptr_equal(permission_deciders(&policy, NULL), policy.admins);
	assert_null(permission_deciders(&none, NULL));
	request_release(&request);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_list_the_owner_is_the_admin),
	    cmocka_unit_test(listed_admins_are_users_and_groups),
	    cmocka_unit_test(an_admin_may_do_everything),
	    cmocka_unit_test(a_stranger_may_do_nothing),
	    cmocka_unit_test(a_requester_looks_after_their_own),
	    cmocka_unit_test(the_owner_runs_every_request),
	    cmocka_unit_test(all_requests_are_run_by_the_owner_and_the_admins),
	    cmocka_unit_test(a_service_runs_and_decides_nothing),
	    cmocka_unit_test(without_a_list_root_is_the_admin_of_a_service),
	    cmocka_unit_test(each_approval_step_has_approvers_of_its_own),
	    cmocka_unit_test(named_approvers_decide_and_not_the_admins),
	    cmocka_unit_test(a_requester_may_approve_their_own_unless_it_is_prevented),
	    cmocka_unit_test(a_list_decides_where_nobody_may_without_it),
	    cmocka_unit_test(where_nothing_waits_there_is_nothing_to_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
