/* SPDX-License-Identifier: ISC */
#include "model/request/permission.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/request.h"

/* Whether a list of users and @groups has the actor. */
static bool
is_listed(const struct actor *actor, const struct value *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);

		if (name == NULL)
			continue;
		if (name[0] == '@' ? actor->in_group(actor->name, name + 1)
				   : strcmp(name, actor->name) == 0)
			return true;
	}
	return false;
}

bool
actor_is_admin(const struct actor *actor, const struct policy *policy)
{
	return policy->admins == NULL ? actor->owner : is_listed(actor, policy->admins);
}

static void
add_names(struct strbuf *out, const struct value *list)
{
	const char *comma = "";

	for (size_t i = 0; i < list->count; i++) {
		if (value_text(list->items[i]) == NULL)
			continue;
		strbuf_addf(out, "%s%s", comma, list->items[i]->text);
		comma = ", ";
	}
}

/* Who may approve the step. */
static void
add_approvers(struct strbuf *out, const struct policy *policy, const struct value *approvers)
{
	if (approvers != NULL)
		add_names(out, approvers);
	else if (policy->admins != NULL)
		add_names(out, policy->admins);
	else
		strbuf_addstr(out, "the owner of the workspace");
}

static bool
is_own(const struct actor *actor, const struct request *request)
{
	return request != NULL && strcmp(actor->name, request_requested_by(request)) == 0;
}

/* Approving and rejecting: the approvers of the step; an admin only when none are named. */
static int
check_decision(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step, struct strbuf *err)
{
	const struct value *approvers;
	struct strbuf names = STRBUF_INIT;
	bool listed;

	if (step == NULL)
		return 0; /* there is nothing to decide, as the state machine says */
	approvers = approval_approvers(step);
	listed = approvers != NULL ? is_listed(actor, approvers) : actor_is_admin(actor, policy);
	if (!listed) {
		add_approvers(&names, policy, approvers);
		fail(err, "'%s' is not an approver of step '%s' (%s)", actor->name,
		    step->step->name, names.buf);
		strbuf_release(&names);
		return -1;
	}
	if (command == COMMAND_APPROVE && step->step->approval.prevent_self_approval &&
	    is_own(actor, request))
		return fail(err, "step '%s' does not let '%s' approve their own request",
		    step->step->name, actor->name);
	return 0;
}

int
permission_check(const struct actor *actor, const struct policy *policy, enum command command,
    const struct request *request, const struct step_state *step, struct strbuf *err)
{
	switch (command) {
	case COMMAND_APPROVE:
	case COMMAND_REJECT:
		return check_decision(actor, policy, command, request, step, err);
	case COMMAND_RUN:
		if (actor->owner) /* cron runs as the owner, whoever the admins are */
			return 0;
		/* fallthrough */
	case COMMAND_UPDATE:
	case COMMAND_CANCEL:
		if (request == NULL)
			break;
		if (is_own(actor, request) || actor_is_admin(actor, policy))
			return 0;
		return fail(err, "'%s' is neither an admin nor its requester", actor->name);
	case COMMAND_RETRY:
	case COMMAND_RESOLVE:
	case COMMAND_COUNT:
		break;
	}
	if (actor_is_admin(actor, policy))
		return 0;
	return fail(err, "'%s' is not an admin", actor->name);
}
