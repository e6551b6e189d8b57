/* SPDX-License-Identifier: ISC */
#include "model/approval.h"

#include <string.h>

#include "base/value.h"
#include "model/request.h"
#include "model/step-types.h"

void
approval_policy_of(const struct step *step, struct approval_policy *out)
{
	const struct parameter_type *table = step->type->parameters;
	const struct value *approvers = value_map_get(step->parameters, "approvers");
	const struct value *self = value_map_get(step->parameters, "prevent_self_approval");

	*out = (struct approval_policy){
	    .approvers = approvers != NULL && approvers->type == VALUE_LIST ? approvers : NULL,
	    .required = parameter_number(table, step->parameters, "approvals_required"),
	    .prevent_self_approval = self != NULL && self->boolean,
	    .expires_after = parameter_number(table, step->parameters, "expires_after"),
	    .instructions = value_text(value_map_get(step->parameters, "instructions")),
	};
}

static const struct event *
find_vote(const struct request *request, const struct step_state *step, const char *user)
{
	if (step->intent == NULL)
		return NULL;
	for (size_t i = request->event_count; i > 0; i--) {
		const struct event *event = request->events[i - 1];

		if (event == step->intent)
			break;
		if (event->event_type == EVENT_APPROVED &&
		    strcmp(event->step_name, step->step->name) == 0 &&
		    (user == NULL || strcmp(event->created_by, user) == 0))
			return event;
	}
	return NULL;
}

const struct event *
approval_vote_by(const struct request *request, const struct step_state *step, const char *user)
{
	return find_vote(request, step, user);
}

const struct event *
approval_last_vote(const struct request *request, const struct step_state *step)
{
	return find_vote(request, step, NULL);
}
