/* SPDX-License-Identifier: ISC */
#include "cli/request-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "model/resolve.h"
#include "model/step-type.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/next-call.h"
#include "cli/print.h"
#include "cli/request-view.h"
#include "cli/table.h"

/* A row for each line of the text, the name in the first only. */
static void
add_line(struct table *table, const char *name, const char *text)
{
	do {
		size_t len = strcspn(text, "\n");

		table_add(table, COLOUR_FAINT, name);
		table_addf(table, COLOUR_NONE, "%.*s", (int)len, text);
		name = "";
		text += len;
	} while (*text++ != '\0' && *text != '\0');
}

/* "name = value", the title of the lines on the first only. */
static void
add_map(struct table *table, const char *title, const struct value *map)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < map->count; i++) {
		strbuf_reset(&text);
		strbuf_addf(&text, "%s = ", map->pairs[i].key->text);
		print_add_value(&text, map->pairs[i].value);
		add_line(table, i == 0 ? title : "", text.buf);
	}
	strbuf_release(&text);
}

static void
add_origin(struct table *table, const struct event *created)
{
	if (created->replaces != 0) {
		table_add(table, COLOUR_FAINT, "Replaces");
		table_addf(table, COLOUR_NONE, "request %" PRId64, created->replaces);
	}
	if (created->key != NULL)
		add_line(table, "Key", created->key);
}

static void
add_cancelled(struct table *table, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = request->event_count; i > 0; i--) {
		const struct event *event = request->events[i - 1];

		if (event->event_type != EVENT_CANCELLED)
			continue;
		strbuf_addf(&text, "%s, ", event->created_by);
		print_add_age(&text, event->created_at, now);
		if (event->remarks != NULL)
			strbuf_addf(&text, ": %s", event->remarks);
		add_line(table, "Cancelled by", text.buf);
		break;
	}
	strbuf_release(&text);
}

/* Who brought the pipeline that is in the place of the one before. */
static void
add_mended(struct table *table, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;
	const struct event *event;

	if (request->replaced == NULL)
		return;
	event = request->replaced->by;
	strbuf_addf(&text, "%s, ", event->created_by);
	print_add_age(&text, event->created_at, now);
	strbuf_addstr(&text, " (");
	print_add_time(&text, event->created_at);
	strbuf_addstr(&text, ")");
	if (event->remarks != NULL)
		strbuf_addf(&text, ": %s", event->remarks);
	add_line(table, "Mended by", text.buf);
	strbuf_release(&text);
}

static void
print_head(struct context *context, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;
	struct table table;

	printf("Request %" PRIu64 ": ", request->id);
	print_coloured(colour_of_request(request->status), request_status_name(request->status));
	puts("");
	table_init(&table, 2);
	strbuf_addstr(&text, request->pipeline.name);
	if (request->pipeline.version != NULL) {
		strbuf_addstr(&text, ", version ");
		print_add_value(&text, request->pipeline.version);
	}
	add_line(&table, "Pipeline", text.buf);
	add_mended(&table, request, now);
	strbuf_reset(&text);
	strbuf_addf(&text, "%s, ", request_requested_by(request));
	print_add_age(&text, request_created_at(request), now);
	strbuf_addstr(&text, " (");
	print_add_time(&text, request_created_at(request));
	strbuf_addstr(&text, ")");
	add_line(&table, "Requested by", text.buf);
	if (request->events[0]->remarks != NULL)
		add_line(&table, "Remarks", request->events[0]->remarks);
	add_origin(&table, request->events[0]);
	add_cancelled(&table, request, now);
	add_map(&table, "Form data",
	    view_form_data(&context->arena, &request->pipeline.form, request->form_data));
	table_print(&table, "  ");
	table_release(&table);
	strbuf_release(&text);
}

/* How long the latest attempt took, or has taken so far. */
static void
add_duration(
    struct table *table, const struct request *request, const struct step_state *step, int64_t now)
{
	struct strbuf text = STRBUF_INIT;
	int64_t finished = view_finished_at(step);

	if (step->status != STEP_NOT_STARTED && step->started_at != 0) {
		int64_t took = (finished == 0 ? now : finished) - step->started_at;

		if (step->latest->duration_ms != 0)
			took = step->latest->duration_ms;
		if (!view_was_resolved(request, step))
			duration_add(&text, took);
		if (finished == 0)
			strbuf_addstr(&text, " so far");
	}
	table_add(table, COLOUR_NONE, text.buf);
	strbuf_release(&text);
}

static void
print_steps(const struct request *request, int64_t now)
{
	static const char *const headings[] = {
	    "STEP", "TYPE", "STATUS", "ATTEMPT", "STARTED", "TOOK", NULL};
	struct strbuf text = STRBUF_INIT;
	struct table table;

	table_init(&table, 6);
	table_headings(&table, headings);
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		table_add(&table, COLOUR_NONE, step->step->name);
		table_add(&table, COLOUR_NONE, step->step->type_name);
		table_add(&table, colour_of_step(step->status), step_status_name(step->status));
		strbuf_reset(&text);
		if (step->status == STEP_NOT_STARTED || step->started_at == 0) {
			table_add(&table, COLOUR_NONE, "");
		} else {
			table_addf(&table, COLOUR_NONE, "%" PRId64, step->attempt);
			print_add_age(&text, step->started_at, now);
		}
		table_add(&table, COLOUR_NONE, text.buf);
		add_duration(&table, request, step, now);
	}
	puts("");
	table_print(&table, "  ");
	table_release(&table);
	strbuf_release(&text);
}

/* A line of the blocks below the table: "  Step 'x' ..." */
static void
print_about(const char *step_name, const char *text)
{
	fputs("\n  Step '", stdout);
	print_text(step_name);
	fputs("' ", stdout);
	print_text(text);
	puts("");
}

static void
print_effect(const struct step_state *step)
{
	struct strbuf text = STRBUF_INIT;

	if (step_effect(step) != EFFECT_NONE) {
		strbuf_addstr(&text, "It ");
		resolve_add_effect(&text, step);
		strbuf_addch(&text, '.');
		print_lines("    ", text.buf);
	}
	strbuf_release(&text);
}

/* A command as it can be typed, and when it is the right one. */
static void
print_way_on(struct context *context, const struct request *request, const char *when,
    void (*add)(struct strbuf *, const struct request *, const char *program))
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%-21s", when);
	add(&text, request, context->program);
	print_lines("    ", text.buf);
	strbuf_release(&text);
}

static void
print_ways_on(struct context *context, const struct request *request, const struct step_state *step)
{
	bool people = step_is_for_people(step);
	const char *retry = people ? "To ask again:" : "To try it again:";

	if (!people)
		print_way_on(context, request, "If it is done:", resolve_add_completed);
	if (step_effect(step) != EFFECT_NONE || request_is_unresolved(request)) {
		retry = "To do it once more:";
		print_way_on(context, request, "If it is not done:", resolve_add_failed);
	}
	if (request->status == REQUEST_FAILED)
		print_way_on(context, request, retry, resolve_add_retry);
}

static void
print_failure(struct context *context, const struct request *request, const struct step_state *step,
    int64_t now)
{
	const struct event *latest = step->latest;
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "failed ");
	print_add_age(&text, latest->created_at, now);
	strbuf_addf(&text, ", reason %s", reason_name(latest->reason));
	if (latest->reason == REASON_REJECTED)
		strbuf_addf(&text, " by %s", latest->created_by);
	else if (view_was_resolved(request, step))
		strbuf_addf(&text, ", as %s has said", latest->created_by);
	if (latest->not_before > now) {
		strbuf_addstr(&text, "; it is tried again in ");
		duration_add(&text, latest->not_before - now);
	}
	print_about(step->step->name, text.buf);
	if (latest->message != NULL)
		print_lines("    ", latest->message);
	if (latest->remarks != NULL)
		print_lines("    ", latest->remarks);
	print_effect(step);
	if (request->status == REQUEST_FAILED || request_is_unresolved(request))
		print_ways_on(context, request, step);
	strbuf_release(&text);
}

static void
print_votes(const struct request *request, const struct step_state *step, int64_t now)
{
	struct strbuf text = STRBUF_INIT;
	const struct event *vote;
	size_t position = 0;

	while ((vote = approval_next_vote(request, step, &position)) != NULL) {
		strbuf_reset(&text);
		strbuf_addf(&text, "approved by %s, ", vote->created_by);
		print_add_age(&text, vote->created_at, now);
		if (vote->remarks != NULL)
			strbuf_addf(&text, ": %s", vote->remarks);
		print_lines("    ", text.buf);
	}
	strbuf_release(&text);
}

static void
print_waiting(struct context *context, const struct request *request, const struct step_state *step,
    int64_t now)
{
	struct strbuf text = STRBUF_INIT;
	const struct approval_policy *policy = &step->step->approval;

	strbuf_addstr(&text, "waits for approval by ");
	print_add_list(&text, view_deciders_of(context, step));
	if (policy->required > 1 && policy->required != APPROVALS_NEVER)
		strbuf_addf(&text, " (%zu of %" PRId64 " so far)", step->votes, policy->required);
	strbuf_addstr(&text, " since ");
	print_add_time(&text, step->started_at);
	strbuf_addstr(&text, " (");
	print_add_age(&text, step->started_at, now);
	strbuf_addstr(&text, ")");
	if (step->intent->expires_at > now) {
		strbuf_addstr(&text, ", for another ");
		duration_add(&text, step->intent->expires_at - now);
	} else if (step->intent->expires_at != 0) {
		strbuf_addstr(&text, ", but the time for it ended at ");
		print_add_time(&text, step->intent->expires_at);
	}
	print_about(step->step->name, text.buf);
	if (policy->instructions != NULL)
		print_lines("    ", next_call_fill(context, request, policy->instructions));
	strbuf_release(&text);
}

static void
print_outputs(const struct step_state *step)
{
	struct strbuf text = STRBUF_INIT;
	struct table table;

	if (step->outputs == NULL || step->outputs->count == 0)
		return;
	fputs("\n  Outputs of step '", stdout);
	print_text(step->step->name);
	puts("'");
	table_init(&table, 1);
	for (size_t i = 0; i < step->outputs->count; i++) {
		strbuf_reset(&text);
		strbuf_addf(&text, "%s = ", step->outputs->pairs[i].key->text);
		print_add_value(&text, step->outputs->pairs[i].value);
		table_add(&table, COLOUR_NONE, text.buf);
	}
	table_print(&table, "    ");
	table_release(&table);
	strbuf_release(&text);
}

/* Prints what a run has to do next, if no run is at it now. */
static void
print_run_due(struct context *context, const struct request *request, const struct step_state *step,
    const char *state, const char *what)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(
	    &text, "%s: '%s run %" PRIu64 "' %s", state, context->program, request->id, what);
	print_about(step->step->name, text.buf);
	strbuf_release(&text);
}

static void
print_settled(const struct step_state *step, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "was settled by %s, ", step->latest->created_by);
	print_add_age(&text, step->latest->created_at, now);
	if (step->latest->remarks != NULL)
		strbuf_addf(&text, ": %s", step->latest->remarks);
	print_about(step->step->name, text.buf);
	strbuf_release(&text);
}

/* Whether it is the turn of a step that only a run starts, and nobody runs the request. */
static bool
is_to_be_started(
    struct context *context, const struct request *request, const struct step_state *step)
{
	return step_is_for_people(step) && step->status == STEP_NOT_STARTED &&
	       !request_is_finished(request) && step == request_current_step(request) &&
	       !store_is_locked(workspace_store(context->workspace), request->id);
}

static void
print_step_details(struct context *context, const struct request *request,
    const struct step_state *step, int64_t now)
{
	if (view_is_waiting(request, step))
		print_waiting(context, request, step, now);
	else if (step->status == STEP_FAILED)
		print_failure(context, request, step, now);
	else if (view_is_interrupted(context, request, step))
		print_run_due(context, request, step, "was interrupted", "settles it");
	else if (is_to_be_started(context, request, step))
		print_run_due(context, request, step, "has not begun to wait", "goes on");
	else if (step->votes > 0 && step->status == STEP_RUNNING)
		print_run_due(context, request, step, "is approved", "goes on");
	else if (view_was_resolved(request, step))
		print_settled(step, now);
	else if (step->votes > 0)
		print_about(step->step->name,
		    step->status == STEP_COMPLETED ? "was approved" : "was voted on");
	if (step_is_for_people(step))
		print_votes(request, step, now);
	print_outputs(step);
}

void
print_request_text(struct context *context, const struct request *request, int64_t now)
{
	print_head(context, request, now);
	print_steps(request, now);
	for (size_t i = 0; i < request->pipeline.step_count; i++)
		print_step_details(context, request, &request->steps[i], now);
	print_next_call(context, request);
}
