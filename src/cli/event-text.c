/* SPDX-License-Identifier: ISC */
#include "cli/event-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/shown.h"
#include "base/value.h"
#include "model/pipeline/pipeline-change.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "cli/context.h"
#include "cli/print.h"
#include "cli/request-view.h"

#define DIGEST_SHOWN 12

/* The form data before that event. */
static const struct value *
form_data_before(const struct request *request, size_t index)
{
	while (request->events[--index]->form_data == NULL)
		continue;
	return request->events[index]->form_data;
}

/* ": size = L, days = []", of what is another value than before. */
static void
add_changes(
    struct strbuf *out, struct context *context, const struct request *request, size_t index)
{
	const struct event *event = request->events[index];
	const struct form *form = &snapshot_at(request, event->event_id)->form;
	const struct value *before = form_data_before(request, index);
	const struct value *data = event->form_data;
	const struct value *shown;
	const char *separator = ": ";

	if (data == NULL) /* it brings a pipeline, or is by somebody else's hand */
		return;
	shown = view_form_data(&context->arena, form, data);
	for (size_t i = 0; i < data->count; i++) {
		const char *name = data->pairs[i].key->text;
		const struct value *old = value_map_get(before, name);

		if (old != NULL && value_equal(old, data->pairs[i].value))
			continue;
		strbuf_addstr(out, separator);
		print_add_text(out, name);
		strbuf_addstr(out, " = ");
		print_add_value_quoted(out, shown->pairs[i].value);
		separator = ", ";
	}
}

/* "step 'x'" */
static void
add_named(struct strbuf *out, const char *what, const char *name)
{
	strbuf_addf(out, "%s '", what);
	print_add_text(out, name);
	strbuf_addch(out, '\'');
}

static void
add_origin(struct strbuf *out, const struct event *created)
{
	add_named(out, "pipeline", created->pipeline_name);
	if (created->replaces != 0)
		strbuf_addf(out, ", replaces request %" PRId64, created->replaces);
	if (created->key != NULL) {
		strbuf_addstr(out, ", key ");
		print_add_quoted(out, created->key);
	}
}

/* "step 'x' (attempt 1)", or what else it is about. */
static void
add_subject(
    struct strbuf *out, struct context *context, const struct request *request, size_t index)
{
	const struct event *event = request->events[index];

	if (event->step_name != NULL)
		add_named(out, "step", event->step_name);
	else if (event->event_type == EVENT_CREATED)
		add_origin(out, event);
	else if (snapshot_is_brought_by(event))
		strbuf_addf(out, "pipeline%s", event->form_data == NULL ? "" : ", form data");
	else if (event->event_type == EVENT_UPDATED)
		strbuf_addstr(out, "form data");
	else
		strbuf_addstr(out, "request");
	if (event->attempt != 0)
		strbuf_addf(out, " (attempt %" PRId64 ")", event->attempt);
	if (event->event_type == EVENT_UPDATED)
		add_changes(out, context, request, index);
}

/* " with ticket = 7, link = /7"; outputs may be NULL. */
static void
add_outputs(struct strbuf *out, const struct value *outputs)
{
	for (size_t i = 0; outputs != NULL && i < outputs->count; i++) {
		strbuf_addstr(out, i == 0 ? " with " : ", ");
		print_add_text(out, outputs->pairs[i].key->text);
		strbuf_addstr(out, " = ");
		print_add_value_quoted(out, outputs->pairs[i].value);
	}
}

/* Whether one decision wrote both events: the pipeline, and that its failed step is free to run. */
static bool
is_mended_with(const struct event *before, const struct event *event)
{
	return snapshot_is_brought_by(before) && event->event_type == EVENT_NOT_STARTED &&
	       before->created_at == event->created_at &&
	       strcmp(before->created_by, event->created_by) == 0;
}

/* Appends which decision about a failed step the event is, which its type alone leaves open. */
static void
add_decision(struct strbuf *out, const struct request *request, size_t index)
{
	static const char *const although[EFFECT_COUNT] = {
	    [EFFECT_NONE] = "",
	    [EFFECT_POSSIBLE] = " although it may have been carried out",
	    [EFFECT_CERTAIN] = " although it was carried out",
	};
	const struct event *event = request->events[index];
	const char *command;

	if (index == 0 || request->events[index - 1]->status != REQUEST_FAILED)
		return;
	command = is_mended_with(request->events[index - 1], event) ? "update --pipeline" : "retry";
	if (event->event_type == EVENT_NOT_STARTED)
		strbuf_addf(out, ", to be run again (%s)%s", command, although[event->effect]);
	else if (snapshot_is_brought_by(event) && event->effect != EFFECT_NONE)
		strbuf_addf(out, " without a step%s", although[event->effect]);
	else if (event->step_name != NULL)
		strbuf_addstr(out, ", settled (resolve)");
	add_outputs(out, event->outputs);
}

void
print_add_doubt(struct strbuf *out, struct context *context, const struct request *request,
    const struct event *event)
{
	const char *doubt = view_doubt(context, request, event);

	if (doubt == NULL)
		return;
	strbuf_addstr(out, " (NOT CERTAIN: the file is of ");
	print_add_text(out, doubt);
	strbuf_addch(out, ')');
}

/* "0acd9728e9a5", as far as a person needs it to tell two apart */
static void
add_digest(struct strbuf *out, const char *digest)
{
	shown_add(out, digest, strnlen(digest, DIGEST_SHOWN));
}

/* What a pipeline changed, a line each. */
static void
print_replaced(const struct request *request, const struct event *event)
{
	const struct replaced_pipeline *replaced = snapshot_replaced_by(request, event);
	struct strbuf text = STRBUF_INIT;

	if (event->replaced_pipeline_sha256 != NULL && event->pipeline_sha256 != NULL) {
		strbuf_addstr(&text, "sha256 was ");
		add_digest(&text, event->replaced_pipeline_sha256);
		strbuf_addstr(&text, "..., is ");
		add_digest(&text, event->pipeline_sha256);
		strbuf_addstr(&text, "...\n");
	}
	pipeline_compare(&replaced->pipeline, snapshot_at(request, event->event_id), &text);
	for (size_t i = 0; i < replaced->asked_count; i++) {
		add_named(&text, "step", replaced->asked_again[i]);
		strbuf_addstr(&text, " is asked again\n");
	}
	print_lines("    ", text.buf);
	strbuf_release(&text);
}

void
print_event_text(struct context *context, const struct request *request, size_t index)
{
	const struct event *event = request->events[index];
	struct strbuf text = STRBUF_INIT, who = STRBUF_INIT;

	print_add_time(&text, event->created_at);
	print_add_text(&who, event->created_by);
	strbuf_addf(&text, "  %-11s  %-8s  ", event_type_name(event->event_type), who.buf);
	add_subject(&text, context, request, index);
	if (event->event_type == EVENT_COMPLETED && event->http_status != 0) {
		strbuf_addf(&text, ", %" PRId64 " in ", event->http_status);
		duration_add(&text, event->duration_ms);
	}
	add_decision(&text, request, index);
	if (event->override)
		strbuf_addstr(&text, ", in the place of the approvers (override)");
	print_add_doubt(&text, context, request, event);
	if (event->reason != REASON_NONE)
		strbuf_addf(&text, ", %s", reason_name(event->reason));
	if (event->message != NULL) {
		strbuf_addstr(&text, ": ");
		print_add_text(&text, event->message);
	}
	if (event->remarks != NULL) {
		strbuf_addstr(&text, ": ");
		print_add_quoted(&text, event->remarks);
	}
	print_line(text.buf);
	if (snapshot_is_brought_by(event))
		print_replaced(request, event);
	strbuf_release(&text);
	strbuf_release(&who);
}

void
print_event_json(struct context *context, const struct request *request, size_t index)
{
	struct strbuf line = STRBUF_INIT;
	struct event shown = *request->events[index];

	if (shown.form_data != NULL)
		shown.form_data = view_form_data(
		    &context->arena, &snapshot_at(request, shown.event_id)->form, shown.form_data);
	event_write(&shown, &line);
	strbuf_truncate(&line, line.len - 1); /* its newline */
	print_json(line.buf);
	strbuf_release(&line);
}
