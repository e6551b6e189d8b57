/* SPDX-License-Identifier: ISC */
#include "model/request/approval.h"

#include <string.h>

#include "model/request/request.h"

const struct step_state *
approval_step(const struct request *request, const char *name)
{
	const struct step_state *current = request_current_step(request), *found = NULL;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];
		bool wanted = step == current || step->status == STEP_COMPLETED;

		if (name != NULL)
			wanted = strcmp(step->step->name, name) == 0;
		if (wanted && step_is_for_people(step))
			found = step;
	}
	return found;
}

const struct value *
approval_approvers(const struct step_state *step)
{
	if (step->step->approval.required == APPROVALS_NEVER && step->intent != NULL)
		return step->intent->approvers;
	return step->step->approval.approvers;
}

const struct event *
approval_next_vote(const struct step_state *step, size_t *position)
{
	if (step->intent == NULL || *position >= step->votes)
		return NULL;
	return step->ballots[(*position)++];
}

const struct event *
approval_vote_by(const struct step_state *step, const char *user, const struct user_number *number)
{
	const struct event *vote;
	size_t position = 0;

	while ((vote = approval_next_vote(step, &position)) != NULL) {
		if (event_is_by(vote, user, number))
			break;
	}
	return vote;
}

bool
approval_was_withdrawn_by(const struct request *request, const struct step_state *step,
    const char *user, const struct user_number *number)
{
	size_t first = step->intent == NULL ? request->event_count : (size_t)step->intent->event_id;

	for (size_t i = request->event_count; i > first; i--) {
		const struct event *event = request->events[i - 1];

		if ((event->event_type == EVENT_APPROVED || event->event_type == EVENT_WITHDRAWN) &&
		    event_is_by(event, user, number))
			return event->event_type == EVENT_WITHDRAWN;
	}
	return false;
}

const struct event *
approval_last_vote(const struct step_state *step)
{
	return step->intent == NULL || step->votes == 0 ? NULL : step->ballots[step->votes - 1];
}
