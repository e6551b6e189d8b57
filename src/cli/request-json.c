/* SPDX-License-Identifier: ISC */
#include "cli/request-json.h"

#include "base/clock.h"
#include "base/json/json-writer.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "model/step-type.h"
#include "cli/context.h"
#include "cli/print.h"
#include "cli/request-view.h"

/* 0 is written as null, here and in add_stamp(): there is none. */
static void
add_integer(struct json_writer *writer, const char *name, int64_t number)
{
	json_name(writer, name);
	if (number == 0)
		json_null(writer);
	else
		json_integer(writer, number);
}

static void
add_stamp(struct json_writer *writer, const char *name, int64_t ms)
{
	char stamp[TIMESTAMP_SIZE];

	timestamp_format(ms, stamp);
	json_string_member(writer, name, ms == 0 ? NULL : stamp);
}

static void
add_approvals(struct json_writer *writer, struct context *context, const struct request *request,
    const struct step_state *step)
{
	const struct event *vote;
	size_t position = 0;

	json_name(writer, "approvals");
	json_begin_array(writer);
	while (step_is_for_people(step) && (vote = approval_next_vote(step, &position)) != NULL) {
		json_begin_object(writer);
		json_string_member(writer, "created_by", vote->created_by);
		json_string_member(writer, "doubt", view_doubt(context, request, vote));
		add_stamp(writer, "created_at", vote->created_at);
		json_name(writer, "override");
		json_boolean(writer, vote->override);
		json_string_member(writer, "remarks", vote->remarks);
		json_end(writer);
	}
	json_end(writer);
}

/* step may be NULL: there is none. */
static void
add_waiting_for(struct json_writer *writer, struct context *context, const struct request *request,
    const struct step_state *step)
{
	json_name(writer, "waiting_for");
	if (step != NULL && view_is_waiting(request, step) &&
	    request_next(request, clock_now()).kind != NEXT_EXPIRED) {
		json_value(writer, view_deciders_of(context, step));
	} else {
		json_begin_array(writer);
		json_end(writer);
	}
}

/* event may be NULL: there is none. */
static void
add_reason(struct json_writer *writer, const struct event *event)
{
	bool failed = event != NULL && event->reason != REASON_NONE;

	json_string_member(writer, "reason", failed ? reason_name(event->reason) : NULL);
	json_string_member(writer, "message", event == NULL ? NULL : event->message);
}

static void
add_effect(struct json_writer *writer, enum effect effect)
{
	json_string_member(writer, "effect", effect == EFFECT_NONE ? NULL : effect_name(effect));
}

static void
add_step(struct json_writer *writer, struct context *context, const struct request *request,
    const struct step_state *step)
{
	static const struct event none;
	const struct event *latest = step->latest == NULL ? &none : step->latest;

	json_begin_object(writer);
	json_string_member(writer, "step_name", step->step->name);
	json_string_member(writer, "step_type", step->step->type_name);
	json_string_member(writer, "status", step_status_name(step->status));
	json_name(writer, "interrupted");
	json_boolean(writer, view_is_interrupted(context, request, step));
	json_name(writer, "elsewhere");
	json_boolean(writer, view_is_unseen(context, request, step, NULL));
	json_name(writer, "attempt");
	json_integer(writer, step->attempt);
	add_stamp(writer, "started_at", step->started_at);
	add_stamp(writer, "finished_at", view_finished_at(step));
	json_string_member(
	    writer, "finished_by", view_finished_at(step) == 0 ? NULL : latest->created_by);
	json_string_member(writer, "doubt", view_doubt(context, request, latest));
	add_reason(writer, latest);
	add_effect(writer, step_effect(step));
	json_string_member(writer, "remarks", latest->remarks);
	json_string_member(writer, "left_to", view_left_to(context, request, step));
	add_integer(writer, "http_status", latest->http_status);
	json_name(writer, "duration_ms");
	if (latest->duration_ms == 0 || step_is_for_people(step))
		json_null(writer);
	else
		json_integer(writer, latest->duration_ms);
	add_stamp(writer, "not_before", latest->not_before);
	add_stamp(
	    writer, "expires_at", view_is_waiting(request, step) ? step->intent->expires_at : 0);
	json_value_member(writer, "outputs", step->outputs);
	add_approvals(writer, context, request, step);
	add_waiting_for(writer, context, request, step);
	json_end(writer);
}

static void
add_details(struct json_writer *writer, struct context *context, const struct request *request)
{
	json_value_member(writer, "form_data",
	    view_form_data(&context->arena, &request->pipeline.form, request->form_data));
	json_string_member(writer, "remarks", request->events[0]->remarks);
	json_name(writer, "steps");
	json_begin_array(writer);
	for (size_t i = 0; i < request->pipeline.step_count; i++)
		add_step(writer, context, request, &request->steps[i]);
	json_end(writer);
}

void
print_request_json(struct context *context, const struct request *request, bool in_full)
{
	const struct step_state *step =
	    view_has_step(request->status) ? request_current_step(request) : NULL;
	const struct step_state *failed = view_failed_step(request);
	struct strbuf line = STRBUF_INIT;
	struct json_writer writer;

	json_writer_init(&writer, &line);
	json_begin_object(&writer);
	json_name(&writer, "id");
	json_integer(&writer, (int64_t)request->id);
	json_string_member(&writer, "status", request_status_name(request->status));
	json_string_member(&writer, "pipeline_name", request->pipeline.name);
	json_value_member(&writer, "pipeline_version", request->pipeline.version);
	json_string_member(&writer, "requested_by", request_requested_by(request));
	add_stamp(&writer, "created_at", request_created_at(request));
	add_stamp(&writer, "updated_at", request_updated_at(request));
	add_integer(&writer, "replaces", request->events[0]->replaces);
	json_string_member(&writer, "key", request->events[0]->key);
	json_string_member(&writer, "mended_by",
	    request->replaced == NULL ? NULL : request->replaced->by->created_by);
	add_stamp(&writer, "mended_at",
	    request->replaced == NULL ? 0 : request->replaced->by->created_at);
	json_string_member(&writer, "step_name", step == NULL ? NULL : step->step->name);
	json_name(&writer, "interrupted");
	json_boolean(&writer, step != NULL && view_is_interrupted(context, request, step));
	json_name(&writer, "elsewhere");
	json_boolean(&writer, step != NULL && view_is_unseen(context, request, step, NULL));
	add_reason(&writer, failed == NULL ? NULL : failed->latest);
	add_waiting_for(&writer, context, request, step);
	if (in_full)
		add_details(&writer, context, request);
	json_end(&writer);
	print_json(line.buf);
	strbuf_release(&line);
}
