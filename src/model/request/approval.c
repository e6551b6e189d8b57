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
approval_next_vote(const struct request *request, const struct step_state *step, size_t *position)
{
	/* after a retry the votes before it no longer count */
	if (step->intent == NULL || step->status == STEP_NOT_STARTED)
		return NULL;
	if (*position == 0) /* events are numbered from 1: the first after the intent */
		*position = (size_t)step->intent->event_id;
	while (*position < request->event_count) {
		const struct event *event = request->events[(*position)++];

		if (event->event_type == EVENT_APPROVED &&
		    strcmp(event->step_name, step->step->name) == 0)
			return event;
	}
	return NULL;
}

const struct event *
approval_vote_by(const struct request *request, const struct step_state *step, const char *user)
{
	const struct event *vote;
	size_t position = 0;

	while ((vote = approval_next_vote(request, step, &position)) != NULL) {
		if (strcmp(vote->created_by, user) == 0)
			break;
	}
	return vote;
}

const struct event *
approval_last_vote(const struct request *request, const struct step_state *step)
{
	const struct event *vote, *last = NULL;
	size_t position = 0;

	while ((vote = approval_next_vote(request, step, &position)) != NULL)
		last = vote;
	return last;
}
