/* SPDX-License-Identifier: ISC */
#include "model/request/snapshot.h"

#include <string.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline-change.h"
#include "model/request/request.h"

bool
snapshot_is_brought_by(const struct event *event)
{
	return event->event_type == EVENT_UPDATED && event->pipeline != NULL;
}

void
snapshot_digest(const struct pipeline *pipeline, char out[DIGEST_SIZE])
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	json_writer_init(&writer, &text);
	json_value(&writer, pipeline->source);
	digest_sha256(text.buf, text.len, out);
	strbuf_release(&text);
}

const struct pipeline *
snapshot_at(const struct request *request, int64_t event_id)
{
	const struct pipeline *pipeline = &request->pipeline;
	const struct replaced_pipeline *replaced = request->replaced;

	for (; replaced != NULL && event_id < replaced->by->event_id; replaced = replaced->older)
		pipeline = &replaced->pipeline;
	return pipeline;
}

const struct replaced_pipeline *
snapshot_replaced_by(const struct request *request, const struct event *event)
{
	const struct replaced_pipeline *replaced = request->replaced;

	while (replaced != NULL && replaced->by->event_id != event->event_id)
		replaced = replaced->older;
	return replaced;
}

struct name_list {
	struct arena *arena;
	struct name_map seen;
	const char **names;
	size_t count;
	size_t capacity;
};

static void
add_names(struct name_list *list, const struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const char *name = pipeline->steps[i].name;

		if (!name_map_add(list->arena, &list->seen, name, list->count))
			continue;
		ARENA_GROW(list->arena, list->names, list->count, list->capacity);
		list->names[list->count++] = name;
	}
}

const char **
snapshot_step_names(struct arena *arena, const struct request *request, size_t *count)
{
	const struct replaced_pipeline *replaced = request->replaced;
	struct name_list list = {.arena = arena};

	add_names(&list, &request->pipeline);
	for (; replaced != NULL; replaced = replaced->older)
		add_names(&list, &replaced->pipeline);
	*count = list.count;
	return list.names;
}

/* ---- whether a pipeline fits */

/* What is wrong with the step in whose place a completed one should be, which is in place. */
static void
add_fault(struct strbuf *out, const struct step *old, size_t place, const struct pipeline *pipeline)
{
	const struct step *step = pipeline_step(pipeline, old->name);

	strbuf_addf(out, "%sstep '%s' is Completed, ", out->len == 0 ? "" : "; ", old->name);
	if (step == NULL) {
		strbuf_addstr(out, "and is not in the pipeline any more");
	} else if (!pipeline_step_equal(old, step)) {
		strbuf_addstr(out, "and must stay as it was: ");
		pipeline_step_compare(old, step, out);
	} else {
		strbuf_addf(out, "and must stay in its place: it was step %zu, is step %zu",
		    place + 1, (size_t)(step - pipeline->steps) + 1);
	}
}

int
snapshot_check(const struct request *request, const struct pipeline *pipeline, struct strbuf *err)
{
	struct strbuf faults = STRBUF_INIT;
	int result = 0;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step *old = &request->pipeline.steps[i];

		if (request->steps[i].status == STEP_COMPLETED &&
		    (i >= pipeline->step_count || !pipeline_step_equal(old, &pipeline->steps[i])))
			add_fault(&faults, old, i, pipeline);
	}
	if (faults.len > 0)
		result = fail(err, "%s", faults.buf);
	strbuf_release(&faults);
	return result;
}

bool
snapshot_asks_again(
    const struct request *request, const struct pipeline *pipeline, const struct value *form_data)
{
	return !pipeline_steps_equal(&request->pipeline, pipeline) ||
	       (form_data != NULL && !value_equal(form_data, request->form_data));
}

/* ---- the status that follows */

static bool
has_step(const struct value *steps, const char *name)
{
	for (size_t i = 0; i < steps->count; i++) {
		const char *is = value_text(value_map_get(steps->items[i], "step_name"));

		if (is != NULL && strcmp(is, name) == 0)
			return true;
	}
	return false;
}

/*
 * Whether so many steps are those that stay completed: without the failed one the pipeline is
 * another, so that approvals are asked again.
 */
static bool
are_all_completed(const struct request *request, size_t count)
{
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (step->status == STEP_COMPLETED && step_is_for_people(step))
			return false;
		if (step->status == STEP_COMPLETED)
			count--;
	}
	return count == 0;
}

enum request_status
snapshot_status_after(const struct request *request, const struct event *event)
{
	const struct step_state *failed = request_current_step(request);
	const struct value *steps = value_map_get(event->pipeline, "steps");

	/* a document without steps is refused when it is built */
	if (failed == NULL || steps == NULL || steps->type != VALUE_LIST ||
	    has_step(steps, failed->step->name))
		return REQUEST_FAILED;
	return are_all_completed(request, steps->count) ? REQUEST_COMPLETED : REQUEST_RUNNING;
}

/* ---- building */

static int
build(struct request *request, const struct step_type *const *types, const struct event *event,
    struct pipeline *out, struct strbuf *err)
{
	int64_t rules = event->rules == 0 ? 1 : event->rules;
	struct strbuf fault = STRBUF_INIT;
	int result = pipeline_build(
	    &request->arena, event->pipeline, event->pipeline_name, rules, types, out, &fault);

	if (result != 0)
		fail(err, "its pipeline cannot be used: %s", fault.buf);
	strbuf_release(&fault);
	return result;
}

static struct step_state *
new_states(struct request *request, const struct pipeline *pipeline)
{
	struct step_state *steps =
	    arena_calloc(&request->arena, pipeline->step_count, sizeof(*steps));

	for (size_t i = 0; i < pipeline->step_count; i++)
		steps[i].step = &pipeline->steps[i];
	return steps;
}

int
snapshot_load(struct request *request, const struct step_type *const *types,
    const struct event *created, struct strbuf *err)
{
	struct pipeline pipeline;

	if (created->pipeline == NULL || created->form_data == NULL)
		return fail(err, "it has no 'pipeline' or no 'form_data'");
	if (build(request, types, created, &pipeline, err) != 0)
		return -1;
	request->pipeline = pipeline;
	request->steps = new_states(request, &pipeline);
	return 0;
}

int
snapshot_build(struct request *request, const struct step_type *const *types,
    const struct event *event, struct pipeline *out, struct strbuf *err)
{
	struct strbuf fault = STRBUF_INIT;
	int result = build(request, types, event, out, err);

	if (result == 0 && snapshot_check(request, out, &fault) != 0)
		result = fail(err, "its pipeline cannot be used: %s", fault.buf);
	strbuf_release(&fault);
	return result;
}

/* ---- replacing */

/* What a step of the same name is known by goes on: its attempts, and what they did. */
static void
carry_over(struct step_state *to, const struct step_state *from)
{
	const struct step *step = to->step;

	*to = *from;
	to->step = step;
	/* what the intent tells is of another type */
	if (strcmp(step->type_name, from->step->type_name) != 0)
		to->intent = NULL;
}

static void
ask_again(struct step_state *step, const struct event *event)
{
	step->status = STEP_NOT_STARTED;
	step->tries = 0;
	step->votes = 0;
	step->latest = event;
}

void
snapshot_replace(
    struct request *request, const struct pipeline *pipeline, const struct event *event)
{
	bool asks_again = snapshot_asks_again(request, pipeline, event->form_data);
	struct replaced_pipeline *replaced = arena_alloc(&request->arena, sizeof(*replaced));
	struct step_state *steps = new_states(request, pipeline);

	*replaced = (struct replaced_pipeline){
	    .pipeline = request->pipeline, .by = event, .older = request->replaced};
	replaced->asked_again =
	    arena_calloc(&request->arena, pipeline->step_count, sizeof(*replaced->asked_again));
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step_state *before = request_step(request, pipeline->steps[i].name);

		if (before == NULL)
			continue;
		carry_over(&steps[i], before);
		if (!asks_again || steps[i].status != STEP_COMPLETED ||
		    !step_is_for_people(&steps[i]))
			continue;
		ask_again(&steps[i], event);
		replaced->asked_again[replaced->asked_count++] = steps[i].step->name;
	}
	request->replaced = replaced;
	request->pipeline = *pipeline;
	request->steps = steps;
}
