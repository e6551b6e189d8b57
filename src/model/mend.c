/* SPDX-License-Identifier: ISC */
#include "model/mend.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline-form.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "model/resolve.h"

/* ---- form data */

/*
 * The request's data in the present form, with what is given in its place; NULL: faults were added.
 * What no field takes any more is left out, and what would not be secret any more.
 */
static const struct value *
fill_in(const struct request *request, const struct decision_input *input, struct faults *faults)
{
	const struct form *form = &input->pipeline->form;
	struct value *given = value_new(input->arena, VALUE_MAP);
	struct value *dropped = value_new(input->arena, VALUE_LIST);
	const struct value *data = NULL;

	for (size_t i = 0; i < input->form_data->count; i++)
		value_map_add(input->arena, given, input->form_data->pairs[i].key,
		    input->form_data->pairs[i].value);
	form_take_over(
	    input->arena, form, &request->pipeline.form, request->form_data, given, dropped);
	form_check(input->arena, form, given, &data, faults);
	if (faults->count == 0)
		pipeline_form_check(input->arena, input->pipeline, data, faults);
	return faults->count == 0 ? data : NULL;
}

/* ---- what is the same */

static bool
has_pipeline(const struct request *request, const struct pipeline *pipeline)
{
	return request->pipeline.rules == pipeline->rules &&
	       value_equal(request->pipeline.source, pipeline->source);
}

bool
mend_is_latest(const struct request *request)
{
	size_t count = request->event_count;

	if (count > 1 && request->events[count - 1]->event_type == EVENT_NOT_STARTED)
		count--;
	return request->status == REQUEST_RUNNING &&
	       snapshot_is_brought_by(request->events[count - 1]);
}

bool
mend_is_repeated(const struct request *request, const struct decision_input *input)
{
	const struct value *data;
	struct faults ignored;

	if (input->pipeline == NULL || !mend_is_latest(request) ||
	    !has_pipeline(request, input->pipeline))
		return false;
	faults_init(&ignored, NULL);
	data = fill_in(request, input, &ignored);
	faults_release(&ignored);
	return value_equal(data, request->form_data);
}

/* ---- steps that are gone */

/* The largest effect of the steps that are not there any more, which are named. */
static enum effect
effect_of_removed(
    const struct request *request, const struct pipeline *pipeline, struct strbuf *names)
{
	enum effect largest = EFFECT_NONE;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];
		enum effect effect = step_effect(step);

		if (step->status == STEP_COMPLETED || effect == EFFECT_NONE ||
		    pipeline_step(pipeline, step->step->name) != NULL)
			continue;
		strbuf_addf(names, "%sstep '%s' ", names->len == 0 ? "" : "; ", step->step->name);
		resolve_add_effect(names, step);
		if (effect > largest)
			largest = effect;
	}
	return largest;
}

static enum verdict
check_removed(const struct request *request, const struct decision_input *input,
    enum effect *effect, struct strbuf *why)
{
	struct strbuf names = STRBUF_INIT;
	enum verdict verdict = VERDICT_DECIDED;

	*effect = effect_of_removed(request, input->pipeline, &names);
	if (*effect != EFFECT_NONE && !input->again) {
		strbuf_addf(why,
		    "%s, and is not in the pipeline any more: leave it there to settle it, or "
		    "'%s update %" PRIu64 " --pipeline --again' goes on without it",
		    names.buf, decision_program(input), request->id);
		verdict = VERDICT_REFUSED;
	}
	strbuf_release(&names);
	return verdict;
}

/* ---- the decision */

static const char *
digest_of(struct arena *arena, const struct pipeline *pipeline)
{
	char digest[DIGEST_SIZE];

	snapshot_digest(pipeline, digest);
	return arena_strdup(arena, digest);
}

enum verdict
mend_check(const struct request *request, const struct decision_input *input, struct event *out,
    struct strbuf *why)
{
	const struct pipeline *pipeline = input->pipeline;
	const struct value *data;
	enum verdict verdict;

	if (pipeline == NULL) {
		strbuf_addstr(why, "it has failed just now: give the command again");
		return VERDICT_REFUSED;
	}
	if (strcmp(pipeline->name, request->pipeline.name) != 0) {
		strbuf_addf(why, "its pipeline is called '%s', and not '%s'",
		    request->pipeline.name, pipeline->name);
		return VERDICT_REFUSED;
	}
	if (snapshot_check(request, pipeline, why) != 0)
		return VERDICT_REFUSED;
	verdict = check_removed(request, input, &out->effect, why);
	if (verdict != VERDICT_DECIDED)
		return verdict;
	data = fill_in(request, input, input->faults);
	if (data == NULL)
		return VERDICT_INVALID;
	if (has_pipeline(request, pipeline) && value_equal(data, request->form_data)) {
		strbuf_addf(why,
		    "request %" PRIu64 " has the pipeline's present steps and that form data "
		    "already",
		    request->id);
		return VERDICT_REPEATED;
	}
	out->rules = pipeline->rules;
	out->pipeline_version = pipeline->version;
	out->pipeline = pipeline->source;
	out->pipeline_sha256 = digest_of(input->arena, pipeline);
	out->replaced_pipeline_sha256 = digest_of(input->arena, &request->pipeline);
	if (!value_equal(data, request->form_data))
		out->form_data = data;
	return VERDICT_DECIDED;
}

bool
mend_frees(const struct request *request, const struct decision_input *input,
    const struct event *mended, struct event *out)
{
	const struct step_state *failed = request_current_step(request);
	const struct step *step = pipeline_step(input->pipeline, failed->step->name);

	if (step == NULL || (step_effect(failed) != EFFECT_NONE && !input->again))
		return false;
	request_prepare_event(
	    request, EVENT_NOT_STARTED, failed, input->actor->name, input->now, out);
	out->event_id = mended->event_id + 1;
	out->step_type = step->type_name;
	out->effect = step_effect(failed);
	out->status = REQUEST_RUNNING;
	return true;
}

void
mend_add_instead(struct strbuf *out, const struct request *request, const char *program)
{
	static const struct {
		const char *before;
		const char *command;
		const char *after;
	} ways[REQUEST_STATUS_COUNT] = {
	    [REQUEST_NOT_STARTED] = {": '", "create --from",
		"' makes a new request by the present pipeline"},
	    [REQUEST_RUNNING] = {": wait until it has failed, or '", "cancel", "' stops it"},
	    [REQUEST_PENDING] = {": '", "reject", " -m \"...\"' lets it fail first"},
	    [REQUEST_CANCELLED] = {": '", "create --from",
		"' makes a new request by the present pipeline"},
	    [REQUEST_COMPLETED] = {": '", "create --from",
		"' makes a new request by the present pipeline"},
	};

	if (ways[request->status].command != NULL)
		strbuf_addf(out, "%s%s %s %" PRIu64 "%s", ways[request->status].before, program,
		    ways[request->status].command, request->id, ways[request->status].after);
}
