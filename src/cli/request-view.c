/* SPDX-License-Identifier: ISC */
#include "cli/request-view.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/trust.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/request/approval.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "model/step-type.h"
#include "store/store.h"
#include "workspace/certificates.h"
#include "workspace/identity.h"
#include "workspace/secrets.h"
#include "workspace/workspace.h"
#include "cli/context.h"
#include "cli/print.h"

const struct value *
view_form_data(struct arena *arena, const struct form *form, const struct value *data)
{
	struct value *masked = value_new(arena, VALUE_MAP);

	for (size_t i = 0; i < data->count; i++) {
		struct value_pair *pair = &data->pairs[i];
		const struct field *field = form_find(form, pair->key->text);
		bool secret = field != NULL && field->secret;

		value_map_add(
		    arena, masked, pair->key, secret ? value_string(arena, "***") : pair->value);
	}
	return masked;
}

bool
view_has_step(enum request_status status)
{
	return status == REQUEST_RUNNING || status == REQUEST_PENDING || status == REQUEST_FAILED;
}

/* What it is, and what can be seen; RUN_GOES_ON: it is not under way, or it is being run. */
static enum run_state
look_at_run(struct context *context, const struct request *request, const struct step_state *step,
    struct run_sight *sight)
{
	if (step->status != STEP_RUNNING || step_is_for_people(step))
		return RUN_GOES_ON;
	*sight = store_see_run(workspace_store(context->workspace), step->intent, STORE_NO_LOCK);
	return run_state_of(request, step, sight, clock_now());
}

bool
view_is_interrupted(
    struct context *context, const struct request *request, const struct step_state *step)
{
	struct run_sight sight;

	return look_at_run(context, request, step, &sight) == RUN_INTERRUPTED;
}

bool
view_is_unseen(struct context *context, const struct request *request,
    const struct step_state *step, struct strbuf *out)
{
	struct strbuf text = STRBUF_INIT;
	struct run_sight sight;

	if (look_at_run(context, request, step, &sight) != RUN_UNSEEN)
		return false;
	run_add_unseen(&text, request, step, &sight, context->program);
	if (out != NULL)
		print_add_text(out, text.buf);
	strbuf_release(&text);
	return true;
}

/* An outcome that follows another is not of a run, unless that took its time. */
bool
view_was_resolved(const struct request *request, const struct step_state *step)
{
	bool ended = step->status == STEP_COMPLETED || step->status == STEP_FAILED;
	size_t index =
	    ended && step->latest->duration_ms == 0 ? (size_t)step->latest->event_id - 1 : 0;

	while (index > 0) {
		const struct event *before = request->events[--index];

		if (before->step_name != NULL && strcmp(before->step_name, step->step->name) == 0)
			return before->event_type == EVENT_FAILED && before->not_before == 0;
	}
	return false;
}

const struct step_state *
view_failed_step(const struct request *request)
{
	const struct step_state *step =
	    view_has_step(request->status) || request_is_unresolved(request)
		? request_current_step(request)
		: NULL;

	return step != NULL && step->status == STEP_FAILED ? step : NULL;
}

/* The program does that in the name of the last voter, whoever runs it. */
static bool
is_for_a_quorum(const struct request *request, const struct event *event)
{
	const struct step_state *step =
	    event->step_name == NULL ? NULL : request_step(request, event->step_name);

	return event->event_type == EVENT_COMPLETED && step != NULL && step_is_for_people(step);
}

const char *
view_doubt(struct context *context, const struct request *request, const struct event *event)
{
	if (is_for_a_quorum(request, event))
		return NULL;
	return identity_doubt(
	    context->workspace, &context->arena, event->created_by, event->writer);
}

/* What a step needs of the workspace: whether the user lacks some of it that another may read. */
struct readable {
	struct context *context;
	bool lacks;
	bool distrusts; /* some is nobody's to use */
};

static void
note_unread(struct readable *readable, int reason)
{
	readable->lacks = true;
	readable->distrusts = readable->distrusts || reason == TRUST_ERRNO;
}

static void
look_at_secret(void *context, const struct secret_place *place)
{
	struct readable *readable = context;

	if (secret_length(readable->context->workspace, place->name) == 0)
		note_unread(readable, errno);
}

static void
look_at_file(void *context, const char *path, bool is_secret)
{
	struct readable *readable = context;
	struct strbuf text = STRBUF_INIT;

	if (certificate_read(readable->context->workspace, path,
		is_secret ? CERTIFICATE_KEY : CERTIFICATE_PUBLIC, "", &text, NULL) != 0)
		note_unread(readable, errno);
	explicit_bzero(text.buf, text.len);
	strbuf_release(&text);
}

static bool
lacks_something(struct context *context, const struct request *request, const struct step *step)
{
	struct readable readable = {.context = context};
	const void *parameters;

	pipeline_each_secret(&context->arena, &request->pipeline, step, look_at_secret, &readable);
	if (step->type->files != NULL &&
	    parameters_read(&context->arena, step->type, step->parameters, &parameters))
		step->type->files(parameters, look_at_file, &readable);
	return readable.lacks && !readable.distrusts;
}

const char *
view_left_to(struct context *context, const struct request *request, const struct step_state *step)
{
	bool is_next = step == request_current_step(request) && !request_is_finished(request) &&
		       !step_is_for_people(step) && step->step->type != NULL;

	if (!is_next || !workspace_is_foreign(context->workspace) ||
	    (step->status == STEP_RUNNING && !view_is_interrupted(context, request, step)) ||
	    !lacks_something(context, request, step->step))
		return NULL;
	return workspace_owner(context->workspace, &context->arena);
}

bool
view_is_waiting(const struct request *request, const struct step_state *step)
{
	return request->status == REQUEST_PENDING && step->status == STEP_RUNNING &&
	       step_is_for_people(step);
}

/* A name is looked up once, however many requests wait for its bearer. */
static const struct value *
owner_of(struct context *context)
{
	const char *name;
	struct value *list;

	if (context->owner != NULL)
		return context->owner;
	name =
	    context->policy.service ? "root" : workspace_owner(context->workspace, &context->arena);
	list = value_new(&context->arena, VALUE_LIST);
	value_list_add(&context->arena, list, value_string(&context->arena, name));
	context->owner = list;
	return list;
}

const struct value *
view_deciders(struct context *context, const struct value *approvers)
{
	const struct value *list = permission_deciders(&context->policy, approvers);

	return list != NULL ? list : owner_of(context);
}

const struct value *
view_deciders_of(struct context *context, const struct step_state *step)
{
	return view_deciders(context, approval_approvers(step));
}

int64_t
view_finished_at(const struct step_state *step)
{
	bool finished = step->status == STEP_COMPLETED || step->status == STEP_FAILED ||
			step->status == STEP_CANCELLED;

	return finished && step->latest != NULL ? step->latest->created_at : 0;
}

int64_t
request_created_at(const struct request *request)
{
	return request->events[0]->created_at;
}

int64_t
request_updated_at(const struct request *request)
{
	return request->events[request->event_count - 1]->created_at;
}
