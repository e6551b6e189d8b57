/* SPDX-License-Identifier: ISC */
#include "model/request/next.h"

#include <stddef.h>

#include "model/limits.h"
#include "model/request/approval.h"
#include "model/request/request.h"

int64_t
next_attempt_due(const struct event *event, int64_t now)
{
	/* a pause begins anew with the millisecond after the one in which the step failed */
	return event->not_before > now + PAUSE_MAX_MS + 1 ? 0 : event->not_before;
}

/* The last approval that was needed makes the request Running. */
static struct next
next_of_waiting(const struct request *request, const struct step_state *step, int64_t now)
{
	struct next next = {
	    .kind = NEXT_WAIT_PERSON, .step = step, .due = step->intent->expires_at};

	if (request->status == REQUEST_RUNNING)
		next.kind = NEXT_APPROVED;
	else if (next.due != 0 && now >= next.due)
		next.kind = NEXT_EXPIRED;
	return next;
}

static struct next
next_of_step(const struct request *request, const struct step_state *step, int64_t now)
{
	struct next next = {.kind = NEXT_START, .step = step};

	switch (step->status) {
	case STEP_RUNNING:
		if (step_is_for_people(step))
			return next_of_waiting(request, step, now);
		next.kind = NEXT_INTERRUPTED;
		break;
	case STEP_FAILED:
		next.due = next_attempt_due(step->latest, now);
		if (now < next.due)
			next.kind = NEXT_WAIT_TIME;
		break;
	default:
		break;
	}
	return next;
}

struct next
request_next(const struct request *request, int64_t now)
{
	struct next nothing = {.kind = NEXT_NOTHING};
	const struct step_state *step = request_current_step(request);

	if (step == NULL ||
	    (request_is_finished(request) && !request_has_unrecorded_outcome(request)))
		return nothing;
	return next_of_step(request, step, now);
}

bool
next_may_move(const struct event *latest, int64_t now, int64_t patience)
{
	switch (latest->status) {
	case REQUEST_NOT_STARTED:
	case REQUEST_RUNNING:
		return next_attempt_due(latest, now) <= now + patience;
	case REQUEST_PENDING:
		return latest->expires_at != 0 && latest->expires_at <= now;
	case REQUEST_CANCELLED: /* the outcome of a call may be unrecorded */
		return true;
	default:
		return false;
	}
}

void
next_prepare_event(const struct request *request, const struct next *next, const char *created_by,
    int64_t now, struct event *out)
{
	const struct event *vote;

	if (next->kind == NEXT_APPROVED) {
		vote = approval_last_vote(next->step);
		request_prepare_event(
		    request, EVENT_COMPLETED, next->step, vote->created_by, now, out);
		out->created_by_uid = vote->created_by_uid;
		out->approved_by = vote->approved_by;
		out->override = vote->override;
		return;
	}
	request_prepare_event(request, EVENT_FAILED, next->step, created_by, now, out);
	out->reason = REASON_EXPIRED;
	out->message = "the time for approval ended before there were enough approvals";
}
