/* SPDX-License-Identifier: ISC */
#include "run/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/message.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "model/request/run-state.h"
#include "workspace/logs.h"

void
report_error(uint64_t id, const char *why)
{
	struct strbuf text = STRBUF_INIT, subject = STRBUF_INIT;

	/* the store names the request itself where it is the subject */
	strbuf_addf(&subject, "request %" PRIu64, id);
	if (strstr(why, subject.buf) != NULL || strncmp(why, "no such", 7) == 0)
		strbuf_addf(&text, "svcreq: %s", why);
	else
		strbuf_addf(&text, "svcreq: %s: %s", subject.buf, why);
	message_of_others("%s", text.buf);
	strbuf_release(&subject);
	strbuf_release(&text);
}

/* "step 'Call' Completed (200, 5ms)", with the message of a failure. */
static void
add_outcome(struct strbuf *text, const struct event *event, int64_t now)
{
	strbuf_addf(text, "request %" PRId64 ": step '%s' %s", event->service_request_id,
	    event->step_name, event_type_name(event->event_type));
	if (event->http_status != 0) {
		strbuf_addf(text, " (%" PRId64 ", ", event->http_status);
		duration_add(text, event->duration_ms);
		strbuf_addch(text, ')');
	}
	if (event->message != NULL)
		strbuf_addf(text, ": %s", event->message);
	if (event->not_before != 0) {
		strbuf_addstr(text, "; it is tried again in ");
		duration_add(text, event->not_before - now);
	}
}

void
report_event(const struct request *request, int64_t now, bool quiet)
{
	const struct event *event = request->events[request->event_count - 1];
	struct strbuf text = STRBUF_INIT;

	if (quiet && event->event_type != EVENT_FAILED)
		return;
	add_outcome(&text, event, now);
	message_of_others("%s", text.buf);
	strbuf_release(&text);
}

void
report_unrecorded(const struct event *event, int64_t now, const char *why)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "svcreq: ");
	add_outcome(&text, event, now);
	strbuf_addf(&text, ", but that could not be recorded: %s", why);
	message_of_others("%s", text.buf);
	strbuf_release(&text);
}

/* Who has approved since the step began to wait. */
static void
add_voters(struct strbuf *text, const struct request *request, const struct event *outcome)
{
	const struct step_state *step = request_step(request, outcome->step_name);
	const char *before = ": approved by ";
	const struct event *vote;
	size_t position = 0;

	while ((vote = approval_next_vote(step, &position)) != NULL) {
		strbuf_addf(text, "%s%s", before, vote->created_by);
		before = ", ";
	}
	if (outcome->override)
		strbuf_addstr(text, " in the place of the approvers");
}

void
report_in_log(const struct request *request, const struct event *event, struct log *log)
{
	bool completed = event->event_type == EVENT_COMPLETED;
	struct strbuf text = STRBUF_INIT;
	char again[TIMESTAMP_SIZE];

	strbuf_addstr(&text, completed ? "completed" : "failed");
	if (!completed)
		strbuf_addf(&text, " (%s)", reason_name(event->reason));
	if (event->duration_ms != 0) {
		strbuf_addstr(&text, " after ");
		duration_add(&text, event->duration_ms);
	}
	if (completed && event->http_status != 0)
		strbuf_addf(&text, " (%" PRId64 ")", event->http_status);
	if (completed)
		add_voters(&text, request, event);
	if (event->message != NULL)
		strbuf_addf(&text, ": %s", event->message);
	if (event->not_before != 0) {
		timestamp_format(event->not_before, again);
		strbuf_addf(&text, "; to be tried again at %s", again);
	}
	log_line(log, completed ? LOG_INFO : LOG_ERROR, "%s", text.buf);
	strbuf_release(&text);
}

void
report_status(const struct request *request, const struct next *next, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(
	    &text, "request %" PRIu64 ": %s", request->id, request_status_name(request->status));
	switch (next->kind) {
	case NEXT_WAIT_PERSON:
		strbuf_addf(&text, ", step '%s' waits for approval", next->step->step->name);
		break;
	case NEXT_WAIT_TIME:
		strbuf_addf(&text, ", step '%s' is tried again in ", next->step->step->name);
		duration_add(&text, next->due - now);
		break;
	default:
		break;
	}
	message_of_others("%s", text.buf);
	strbuf_release(&text);
}

void
report_left(const struct request *request, const struct step_state *step, const char *owner,
    const char *why)
{
	message_of_others("request %" PRIu64 ": step '%s' is left to a run of '%s', who owns the "
			  "workspace: %s",
	    request->id, step->step->name, owner, why);
}

void
report_run(
    const struct request *request, const struct step_state *step, const struct run_sight *sight)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "step '%s' ", step->step->name);
	if (run_state_seen(sight) == RUN_UNSEEN)
		run_add_unseen(&text, request, step, sight, "svcreq");
	else
		strbuf_addf(&text,
		    "is run by process %" PRId64
		    " of this machine, whose lock cannot be seen here (%s)",
		    step->intent->process, sight->medium);
	report_error(request->id, text.buf);
	strbuf_release(&text);
}
