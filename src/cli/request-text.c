/* SPDX-License-Identifier: ISC */
#include "cli/request-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/shown.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/request/next.h"
#include "model/request/approval.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "model/resolve.h"
#include "model/step-type.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/event-text.h"
#include "cli/next-call.h"
#include "cli/print.h"
#include "cli/request-view.h"
#include "cli/standstill.h"
#include "cli/table.h"

static void
add_line(struct table *table, const char *name, const char *line)
{
	table_add(table, COLOUR_FAINT, name);
	table_add_shown(table, COLOUR_NONE, line);
}

/*
 * A row for each line of a text, marked, the name in the first only.  start is what the first line
 * begins with, and stands above blanks.
 */
static void
add_block(struct table *table, const char *name, const char *start, const char *text)
{
	struct strbuf line = STRBUF_INIT;
	int width = (int)utf8_columns(start);

	while (text != NULL) {
		size_t len = strcspn(text, "\n");

		strbuf_reset(&line);
		strbuf_addf(&line, "%*s", width, start);
		print_add_marked(&line, text, len);
		add_line(table, name, line.buf);
		name = start = "";
		text = text[len] == '\0' ? NULL : text + len + 1;
	}
	strbuf_release(&line);
}

/* Whether a value has lines, or would look like one that has. */
static bool
is_block(const struct value *value)
{
	return value->type == VALUE_STRING &&
	       (strchr(value->text, '\n') != NULL || *value->text == '|');
}

/* "name = value", the title of the lines on the first only. */
static void
add_map(struct table *table, const char *title, const struct value *map)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < map->count; i++) {
		const struct value *value = map->pairs[i].value;

		strbuf_reset(&text);
		print_add_text(&text, map->pairs[i].key->text);
		strbuf_addstr(&text, " = ");
		if (is_block(value)) {
			add_block(table, title, text.buf, value->text);
		} else {
			print_add_value(&text, value);
			add_line(table, title, text.buf);
		}
		title = "";
	}
	strbuf_release(&text);
}

/* Who decided; marked when it is another's file that says so. */
static void
add_author(struct strbuf *out, struct context *context, const struct request *request,
    const struct event *event)
{
	print_add_text(out, event->created_by);
	print_add_doubt(out, context, request, event);
}

/* "alice, 3m ago", with the time in full where it is wanted, and what the person said of it. */
static void
add_by(struct strbuf *out, struct context *context, const struct request *request,
    const struct event *event, bool in_full, int64_t now)
{
	add_author(out, context, request, event);
	strbuf_addstr(out, ", ");
	print_add_age(out, event->created_at, now);
	if (in_full) {
		strbuf_addstr(out, " (");
		print_add_time(out, event->created_at);
		strbuf_addstr(out, ")");
	}
	if (event->remarks != NULL) {
		strbuf_addstr(out, ": ");
		print_add_quoted(out, event->remarks);
	}
}

static void
add_origin(struct table *table, const struct event *created)
{
	if (created->replaces != 0) {
		table_add(table, COLOUR_FAINT, "Replaces");
		table_addf(table, COLOUR_NONE, "request %" PRId64, created->replaces);
	}
	if (created->key != NULL) {
		table_add(table, COLOUR_FAINT, "Key");
		table_add(table, COLOUR_NONE, created->key);
	}
}

static void
add_cancelled(
    struct table *table, struct context *context, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = request->event_count; i > 0; i--) {
		const struct event *event = request->events[i - 1];

		if (event->event_type != EVENT_CANCELLED)
			continue;
		add_by(&text, context, request, event, false, now);
		add_line(table, "Cancelled by", text.buf);
		break;
	}
	strbuf_release(&text);
}

/* Who brought the pipeline that is in the place of the one before. */
static void
add_mended(struct table *table, struct context *context, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	if (request->replaced == NULL)
		return;
	add_by(&text, context, request, request->replaced->by, true, now);
	add_line(table, "Mended by", text.buf);
	strbuf_release(&text);
}

static void
add_pipeline(struct table *table, const struct pipeline *pipeline)
{
	struct strbuf text = STRBUF_INIT;

	print_add_text(&text, pipeline->name);
	if (pipeline->version != NULL) {
		strbuf_addstr(&text, ", version ");
		print_add_value(&text, pipeline->version);
	}
	add_line(table, "Pipeline", text.buf);
	strbuf_release(&text);
}

static void
add_requester(struct table *table, const struct request *request, int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	print_add_text(&text, request_requested_by(request));
	strbuf_addstr(&text, ", ");
	print_add_age(&text, request_created_at(request), now);
	strbuf_addstr(&text, " (");
	print_add_time(&text, request_created_at(request));
	strbuf_addstr(&text, ")");
	add_line(table, "Requested by", text.buf);
	strbuf_release(&text);
}

static void
print_head(struct context *context, const struct request *request, int64_t now)
{
	struct table table;

	printf("Request %" PRIu64 ": ", request->id);
	print_coloured(colour_of_request(request->status), request_status_name(request->status));
	puts("");
	table_init(&table, 2);
	add_pipeline(&table, &request->pipeline);
	add_mended(&table, context, request, now);
	add_requester(&table, request, now);
	add_block(&table, "Remarks", "", request->events[0]->remarks);
	add_origin(&table, request->events[0]);
	add_cancelled(&table, context, request, now);
	add_map(&table, "Form data",
	    view_form_data(&context->arena, &request->pipeline.form, request->form_data));
	table_print(&table, "  ");
	table_release(&table);
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

/* A line of the blocks below the table: "  Step 'x' ...", then what is shown already. */
static void
print_about(const char *step_name, const char *what)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_addstr(&line, "  Step '");
	print_add_text(&line, step_name);
	strbuf_addf(&line, "' %s", what);
	puts("");
	print_line(line.buf);
	strbuf_release(&line);
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
	struct strbuf command = STRBUF_INIT, line = STRBUF_INIT;

	add(&command, request, context->program);
	strbuf_addf(&line, "%-21s", when);
	shown_add(&line, command.buf, command.len);
	print_lines("    ", line.buf);
	strbuf_release(&command);
	strbuf_release(&line);
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
	if (latest->reason == REASON_REJECTED) {
		strbuf_addstr(&text, " by ");
		add_author(&text, context, request, latest);
	} else if (latest->remarks != NULL || view_was_resolved(request, step)) {
		strbuf_addstr(&text, ", as ");
		add_author(&text, context, request, latest);
		strbuf_addstr(&text, " has said");
	}
	if (next_attempt_due(latest, now) > now) {
		strbuf_addstr(&text, "; it is tried again in ");
		duration_add(&text, latest->not_before - now);
	}
	print_about(step->step->name, text.buf);
	if (latest->message != NULL)
		print_marked("    ", latest->message);
	if (latest->remarks != NULL)
		print_marked("    ", latest->remarks);
	print_effect(step);
	if (request->status == REQUEST_FAILED || request_is_unresolved(request))
		print_ways_on(context, request, step);
	strbuf_release(&text);
}

/* A table that nothing else looks like: a row for each vote, what the person said in quotes. */
static void
print_votes(struct context *context, const struct request *request, const struct step_state *step,
    int64_t now)
{
	static const char *const headings[] = {"VOTE", "WHEN", "REMARKS", NULL};
	const struct event *vote;
	struct table table;
	size_t position = 0;

	table_init(&table, 3);
	table_headings(&table, headings);
	while ((vote = approval_next_vote(step, &position)) != NULL) {
		struct strbuf who = STRBUF_INIT, age = STRBUF_INIT, said = STRBUF_INIT;

		print_add_age(&age, vote->created_at, now);
		if (vote->remarks != NULL)
			print_add_quoted(&said, vote->remarks);
		strbuf_addstr(&who, "approved by ");
		add_author(&who, context, request, vote);
		if (vote->override)
			strbuf_addstr(&who, ", an admin, in the place of the approvers");
		table_add_shown(&table, COLOUR_NONE, who.buf);
		table_add(&table, COLOUR_NONE, age.buf);
		table_add_shown(&table, COLOUR_NONE, said.buf);
		strbuf_release(&who);
		strbuf_release(&age);
		strbuf_release(&said);
	}
	if (step->votes > 0)
		table_print(&table, "    ");
	table_release(&table);
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
	strbuf_reset(&text);
	strbuf_addstr(&text, "It ");
	if (standstill_add_people(&text, context, request, step))
		print_lines("    ", text.buf);
	if (policy->instructions != NULL)
		print_marked("    ", next_call_fill(context, request, policy->instructions));
	strbuf_release(&text);
}

static void
print_outputs(const struct step_state *step)
{
	struct table table;

	if (step->outputs == NULL || step->outputs->count == 0)
		return;
	fputs("\n  Outputs of step '", stdout);
	print_text(step->step->name);
	puts("'");
	table_init(&table, 2);
	add_map(&table, "", step->outputs);
	table_print(&table, "  ");
	table_release(&table);
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
print_left(struct context *context, const struct request *request, const struct step_state *step)
{
	const char *owner = view_left_to(context, request, step);
	struct strbuf text = STRBUF_INIT;

	if (owner == NULL)
		return;
	strbuf_addstr(&text, "is left to a run of '");
	print_add_text(&text, owner);
	strbuf_addstr(&text, "', who can read what it needs");
	print_about(step->step->name, text.buf);
	strbuf_release(&text);
}

static void
print_settled(struct context *context, const struct request *request, const struct step_state *step,
    int64_t now)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "was settled by ");
	add_by(&text, context, request, step->latest, false, now);
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
	struct strbuf unseen = STRBUF_INIT;

	if (view_is_waiting(request, step))
		print_waiting(context, request, step, now);
	else if (step->status == STEP_FAILED)
		print_failure(context, request, step, now);
	else if (view_is_interrupted(context, request, step))
		print_run_due(context, request, step, "was interrupted", "settles it");
	else if (view_is_unseen(context, request, step, &unseen))
		print_about(step->step->name, unseen.buf);
	else if (is_to_be_started(context, request, step))
		print_run_due(context, request, step, "has not begun to wait", "goes on");
	else if (step->votes > 0 && step->status == STEP_RUNNING)
		print_run_due(context, request, step, "is approved", "goes on");
	else if (view_was_resolved(request, step))
		print_settled(context, request, step, now);
	else if (step->votes > 0)
		print_about(step->step->name,
		    step->status == STEP_COMPLETED ? "was approved" : "was voted on");
	print_left(context, request, step);
	if (step_is_for_people(step))
		print_votes(context, request, step, now);
	print_outputs(step);
	strbuf_release(&unseen);
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
