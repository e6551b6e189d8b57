/* SPDX-License-Identifier: ISC */
#include "model/request/permission.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/user-name.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/request.h"

static const unsigned roles[COMMAND_COUNT] = {
    [COMMAND_UPDATE] = ROLE_REQUESTER | ROLE_ADMIN,
    [COMMAND_CANCEL] = ROLE_REQUESTER | ROLE_ADMIN,
    /* cron runs as the owner, whoever the admins are */
    [COMMAND_RUN] = ROLE_REQUESTER | ROLE_ADMIN | ROLE_OWNER | ROLE_SERVICE,
    [COMMAND_APPROVE] = ROLE_APPROVER,
    [COMMAND_OVERRIDE] = ROLE_ADMIN | ROLE_OTHER,
    [COMMAND_WITHDRAW] = ROLE_APPROVER | ROLE_VOTER,
    [COMMAND_REJECT] = ROLE_APPROVER,
    [COMMAND_RETRY] = ROLE_ADMIN,
    [COMMAND_RESOLVE] = ROLE_ADMIN,
    [COMMAND_MEND] = ROLE_ADMIN,
    /* its form data, with the secrets in it, goes into the new one */
    [COMMAND_REPLACE] = ROLE_REQUESTER | ROLE_ADMIN,
};

unsigned
permission_roles(enum command command)
{
	return roles[command];
}

static bool
is_member(const struct policy *policy, const char *user, const char *group)
{
	for (size_t i = 0; i < policy->membership_count; i++) {
		const struct membership *membership = &policy->memberships[i];

		if (strcmp(membership->user, user) == 0 && strcmp(membership->group, group) == 0)
			return true;
	}
	return false;
}

/* Whether a list of users and @groups has the user, by name, number or a membership. */
static bool
is_listed(const struct policy *policy, const struct value *list, const char *user,
    const struct user_number *number)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);

		if (name == NULL)
			continue;
		if (number->known && user_name_is_number(name, number->uid))
			return true;
		if (*name == '@' ? is_member(policy, user, name + 1) : strcmp(name, user) == 0)
			return true;
	}
	return false;
}

const struct value *
permission_deciders(const struct policy *policy, const struct value *approvers)
{
	return approvers != NULL ? approvers : policy->admins;
}

/* Without a list it is root, and the owner, if that is a person. */
static bool
is_one_of(const struct actor *actor, const struct policy *policy, const struct value *list)
{
	return list == NULL ? actor->owner && !actor->service
			    : is_listed(policy, list, actor->name, &actor->uid);
}

bool
permission_is_requester(const struct actor *actor, const struct request *request)
{
	return request != NULL && request->event_count > 0 &&
	       event_is_by(request->events[0], actor->name, &actor->uid);
}

/* Whether the actor may without being on any list. */
static bool
needs_no_list(const struct actor *actor, enum command command, const struct request *request)
{
	return ((roles[command] & ROLE_OWNER) != 0 && actor->owner) ||
	       ((roles[command] & ROLE_REQUESTER) != 0 && permission_is_requester(actor, request));
}

const struct value *
permission_list(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step)
{
	if (needs_no_list(actor, command, request))
		return NULL;
	if ((roles[command] & ROLE_APPROVER) == 0)
		return policy->admins;
	if (step == NULL)
		return NULL;
	return permission_deciders(policy, approval_approvers(step));
}

/* "'alice', '@ops'" */
static void
add_names(struct strbuf *out, const struct policy *policy, const struct value *list)
{
	const char *comma = "";

	if (list == NULL)
		strbuf_addstr(out, policy->service ? "root" : "the owner of the workspace");
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		if (value_text(list->items[i]) == NULL)
			continue;
		strbuf_addf(out, "%s'%s'", comma, list->items[i]->text);
		comma = ", ";
	}
}

/* Approving and rejecting: the approvers of the step; an admin only when none are named. */
static int
check_approver(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step, struct strbuf *err)
{
	const struct value *list;
	struct strbuf names = STRBUF_INIT;

	if (step == NULL)
		return 0; /* there is nothing to decide, as the state machine says */
	list = permission_deciders(policy, approval_approvers(step));
	if ((roles[command] & ROLE_VOTER) != 0 &&
	    approval_vote_by(step, actor->name, &actor->uid) != NULL)
		return 0;
	if (!is_one_of(actor, policy, list)) {
		add_names(&names, policy, list);
		fail(err, "'%s' is not an approver of step '%s' (%s)", actor->name,
		    step->step->name, names.buf);
		strbuf_release(&names);
		return -1;
	}
	if (command == COMMAND_APPROVE && step->step->approval.prevent_self_approval &&
	    permission_is_requester(actor, request))
		return fail(err, "step '%s' does not let '%s' approve their own request",
		    step->step->name, actor->name);
	return 0;
}

bool
permission_vote_counts(const struct policy *policy, const struct request *request,
    const struct step_state *step, const struct event *vote)
{
	const struct value *list = permission_deciders(policy, approval_approvers(step));
	const struct actor voter = {.name = vote->created_by, .uid = vote->created_by_uid};

	if (step->step->approval.prevent_self_approval && permission_is_requester(&voter, request))
		return false;
	for (size_t i = 0; i < policy->renamed_count; i++) {
		if (policy->renamed[i] == vote)
			return false;
	}
	/* root and the owner are so for ever */
	return list == NULL || is_listed(policy, list, vote->created_by, &vote->created_by_uid);
}

/*
 * Nobody decides alone about what they want themselves.  Where root is the only admin there is
 * nobody else: the step itself can still forbid it.
 */
static int
check_other(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step, struct strbuf *err)
{
	bool alone = policy->admins == NULL && (policy->root_owns || policy->service);

	if ((roles[command] & ROLE_OTHER) == 0 || !permission_is_requester(actor, request) ||
	    (alone && step != NULL && !step->step->approval.prevent_self_approval))
		return 0;
	return fail(err, "'%s' is its requester: another admin must do that", actor->name);
}

int
permission_check(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step, struct strbuf *err)
{
	if (actor->service && (roles[command] & ROLE_SERVICE) == 0)
		return fail(err,
		    "'%s' is the service account of this workspace, which runs requests and decides "
		    "nothing (owner: service in state/config.yaml); come through sudo, run0 or doas",
		    actor->name);
	if ((roles[command] & ROLE_APPROVER) != 0)
		return check_approver(actor, policy, command, request, step, err);
	if (needs_no_list(actor, command, request) || is_one_of(actor, policy, policy->admins))
		return check_other(actor, policy, command, request, step, err);
	if ((roles[command] & ROLE_REQUESTER) != 0 && request != NULL)
		return fail(err, "'%s' is neither an admin nor its requester", actor->name);
	return fail(err, "'%s' is not an admin", actor->name);
}
