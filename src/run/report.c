/* SPDX-License-Identifier: ISC */
#include "run/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/next.h"
#include "model/request.h"

/* Names and messages come from files and servers: nothing in them may drive the terminal. */
static void
say(const struct strbuf *text)
{
	struct strbuf line = STRBUF_INIT;

	utf8_add_printable(&line, text->buf, text->len);
	strbuf_addch(&line, '\n');
	fputs(line.buf, stderr);
	strbuf_release(&line);
}

void
report_error(uint64_t id, const char *message)
{
	struct strbuf text = STRBUF_INIT, subject = STRBUF_INIT;

	/* the store names the request itself where it is the subject */
	strbuf_addf(&subject, "request %" PRIu64, id);
	if (strncmp(message, subject.buf, subject.len) == 0 || strncmp(message, "no such", 7) == 0)
		strbuf_addf(&text, "svcreq: %s", message);
	else
		strbuf_addf(&text, "svcreq: %s: %s", subject.buf, message);
	say(&text);
	strbuf_release(&subject);
	strbuf_release(&text);
}

static void
add_details(struct strbuf *text, const struct event *event)
{
	if (event->http_status != 0 && event->duration_ms != 0)
		strbuf_addf(
		    text, " (%" PRId64 ", %" PRId64 " ms)", event->http_status, event->duration_ms);
	if (event->message != NULL)
		strbuf_addf(text, ": %s", event->message);
}

void
report_event(const struct request *request, bool quiet)
{
	const struct event *event = request->events[request->event_count - 1];
	struct strbuf text = STRBUF_INIT;

	if (quiet && event->event_type != EVENT_FAILED)
		return;
	strbuf_addf(&text, "request %" PRIu64 ": step '%s' %s", request->id, event->step_name,
	    event_type_name(event->event_type));
	add_details(&text, event);
	say(&text);
	strbuf_release(&text);
}

void
report_standing(const struct request *request, const struct next *next, bool quiet)
{
	struct strbuf text = STRBUF_INIT;

	if (quiet)
		return;
	strbuf_addf(
	    &text, "request %" PRIu64 ": %s", request->id, request_status_name(request->status));
	switch (next->kind) {
	case NEXT_WAIT_PERSON:
		strbuf_addf(&text, ", step '%s' waits for approval", next->step->step->name);
		break;
	case NEXT_WAIT_TIME:
		strbuf_addf(&text, ", step '%s' is tried again in ", next->step->step->name);
		duration_add(&text, next->due - clock_now());
		break;
	default:
		break;
	}
	say(&text);
	strbuf_release(&text);
}
