/* SPDX-License-Identifier: ISC */
#include "model/request/request.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/snapshot.h"
#include "model/request/transition.h"
#include "model/step-type.h"

void
request_init(struct request *request, uint64_t id)
{
	*request = (struct request){.arena = ARENA_INIT, .id = id};
}

void
request_release(struct request *request)
{
	arena_release(&request->arena);
	request_init(request, 0);
}

void
request_reset(struct request *request)
{
	uint64_t id = request->id;

	arena_release(&request->arena);
	request_init(request, id);
}

static struct step_state *
find_step(const struct request *request, const char *name)
{
	const struct step *step = pipeline_step(&request->pipeline, name);

	return step == NULL ? NULL : &request->steps[step - request->pipeline.steps];
}

const struct step_state *
request_step(const struct request *request, const char *name)
{
	return find_step(request, name);
}

const struct step_state *
request_current_step(const struct request *request)
{
	bool may_have_failed =
	    request->status == REQUEST_FAILED || request->status == REQUEST_CANCELLED;
	const struct step_state *first = NULL;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (may_have_failed && step->status == STEP_FAILED)
			return step;
		if (first == NULL && step->status != STEP_COMPLETED)
			first = step;
		if (first != NULL && !may_have_failed)
			break;
	}
	return first;
}

bool
request_is_finished(const struct request *request)
{
	return request->status == REQUEST_COMPLETED || request->status == REQUEST_FAILED ||
	       request->status == REQUEST_CANCELLED;
}

bool
request_has_unrecorded_outcome(const struct request *request)
{
	const struct step_state *step = request_current_step(request);

	return request->status == REQUEST_CANCELLED && step != NULL && step->status == STEP_RUNNING;
}

bool
request_is_unresolved(const struct request *request)
{
	const struct step_state *step = request_current_step(request);

	return request->status == REQUEST_CANCELLED && step != NULL &&
	       step->status == STEP_FAILED && step->latest->reason == REASON_OUTCOME_UNKNOWN;
}

const char *
request_requested_by(const struct request *request)
{
	return request->event_count == 0 ? "" : request->events[0]->requested_by;
}

/* Whether all steps but that one are completed, which the last mostly tells. */
static bool
is_last(const struct request *request, const struct step_state *step)
{
	for (size_t i = request->pipeline.step_count; i > 0; i--) {
		const struct step_state *other = &request->steps[i - 1];

		if (other != step && other->status != STEP_COMPLETED)
			return false;
	}
	return true;
}

bool
step_is_for_people(const struct step_state *step)
{
	if (step->intent != NULL)
		return step->intent->status == REQUEST_PENDING;
	return step->step->pauses == PAUSE_PERSON;
}

enum effect
step_effect(const struct step_state *step)
{
	if (step->status == STEP_RUNNING && step->intent != NULL &&
	    step->intent->effect > step->effect)
		return step->intent->effect;
	return step->effect;
}

enum effect
request_unrecorded_effect(const struct request *request, const struct step_state *step)
{
	return request->pipeline.rules < 2 ? EFFECT_POSSIBLE : step->intent->effect;
}

enum effect
request_effect(const struct request *request, const struct step_state *step)
{
	enum effect effect = step_effect(step);
	enum effect under_way = EFFECT_NONE;

	if (step->status == STEP_RUNNING && !step_is_for_people(step))
		under_way = request_unrecorded_effect(request, step);
	return under_way > effect ? under_way : effect;
}

/* Older programs do not say whose votes count: all that were given do. */
static bool
is_enough(const struct step_state *step, const struct event *vote)
{
	size_t votes = vote->approved_by != NULL ? vote->approved_by->count : step->votes + 1;

	return vote->override || votes >= (size_t)step->step->approval.required;
}

/* What the request is after an event of a step, or of none. */
static enum request_status
status_after(
    const struct request *request, const struct event *event, const struct step_state *step)
{
	if (snapshot_is_brought_by(event))
		return snapshot_status_after(request, event);
	if (step == NULL) /* Created, Updated or Cancelled */
		return event->event_type == EVENT_CANCELLED ? REQUEST_CANCELLED
							    : REQUEST_NOT_STARTED;
	switch (event->event_type) {
	case EVENT_NOT_STARTED:
		return request->status == REQUEST_FAILED ? REQUEST_RUNNING : request->status;
	case EVENT_RUNNING:
		return step->step->pauses == PAUSE_PERSON ? REQUEST_PENDING : REQUEST_RUNNING;
	case EVENT_APPROVED:
		return is_enough(step, event) ? REQUEST_RUNNING : REQUEST_PENDING;
	case EVENT_COMPLETED:
		if (request->status == REQUEST_CANCELLED)
			return REQUEST_CANCELLED;
		return is_last(request, step) ? REQUEST_COMPLETED : REQUEST_RUNNING;
	case EVENT_FAILED:
		if (request->status == REQUEST_CANCELLED)
			return REQUEST_CANCELLED;
		return event->not_before != 0 ? REQUEST_RUNNING : REQUEST_FAILED;
	case EVENT_WITHDRAWN:
	case EVENT_CREATED:
	case EVENT_UPDATED:
	case EVENT_CANCELLED:
	case EVENT_TYPE_COUNT:
		break;
	}
	return request->status;
}

static int
fail_transition(const struct request *request, const struct event *event, struct strbuf *err)
{
	return fail(err, "'%s'%s%s%s cannot follow while the request is %s",
	    event_type_name(event->event_type), event->step_name == NULL ? "" : " of step '",
	    event->step_name == NULL ? "" : event->step_name, event->step_name == NULL ? "" : "'",
	    request_status_name(request->status));
}

/* Form data is updated before the request starts, the pipeline when it has failed. */
static bool
is_about_its_time(const struct request *request, const struct event *event)
{
	return event->event_type != EVENT_UPDATED ||
	       snapshot_is_brought_by(event) == (request->status == REQUEST_FAILED);
}

int
request_status_after(const struct request *request, struct event *event, struct strbuf *err)
{
	const struct step_state *step = NULL;
	bool allowed;

	if (event->event_type == EVENT_CREATED) {
		allowed = request->event_count == 0;
	} else if (event->step_name == NULL) {
		allowed = request_event_allowed(request->status, event->event_type) &&
			  is_about_its_time(request, event);
	} else {
		step = find_step(request, event->step_name);
		if (step == NULL)
			return fail(err, "the pipeline has no step '%s'", event->step_name);
		/* a step is run when all before it are completed, never earlier */
		if (event->event_type != EVENT_NOT_STARTED && step != request_current_step(request))
			return fail(err, "it is not the turn of step '%s'", event->step_name);
		allowed = step_event_allowed(request->status, step->status, event->event_type) &&
			  (request->status != REQUEST_CANCELLED || step->status != STEP_FAILED ||
			      request_is_unresolved(request));
	}
	if (!allowed)
		return fail_transition(request, event, err);
	event->status = status_after(request, event, step);
	return 0;
}

static int
check_chain(const struct request *request, const struct event *event, struct strbuf *err)
{
	if (event->event_id != (int64_t)request->event_count + 1)
		return fail(err, "its event_id is %" PRId64, event->event_id);
	if (event->service_request_id != (int64_t)request->id)
		return fail(err, "it belongs to request %" PRId64, event->service_request_id);
	if ((event->event_type == EVENT_CREATED) != (request->event_count == 0))
		return fail(err, "the first event, and only it, is of type 'Created'");
	if (event->event_type == EVENT_CREATED && event->step_name != NULL)
		return fail(err, "'Created' is about no step");
	if (request->event_count == 0)
		return event->prev == NULL ? 0 : fail(err, "the first event follows none");
	if (event->prev == NULL || strcmp(event->prev, request->head) != 0)
		return fail(
		    err, "the chain is broken: the event before it was changed or replaced");
	return 0;
}

/*
 * What is known of a step's effect after its outcome: the largest of its attempts, but a person
 * who says that it was not done has the last word.  Programs that know only rules 1 record no
 * effect: it follows from the answer then.
 */
static enum effect
effect_after(const struct step_state *step, const struct event *event, int64_t rules, bool resolved)
{
	enum effect effect = event->effect;

	if (rules < 2 && effect == EFFECT_NONE) {
		if (event->http_status / 100 == 2)
			effect = EFFECT_CERTAIN;
		else if (event->http_status / 100 == 3 || event->reason == REASON_OUTCOME_UNKNOWN)
			effect = EFFECT_POSSIBLE;
	}
	return resolved || effect > step->effect ? effect : step->effect;
}

static void
apply_effect(struct step_state *step, const struct event *event, int64_t rules, bool resolved)
{
	enum effect before = step->effect;

	step->effect = effect_after(step, event, rules, resolved);
	if (step->effect == EFFECT_NONE)
		step->effect_event = NULL;
	else if (step->effect != before)
		step->effect_event = event;
}

static bool
has_text(const struct value *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *item = value_text(list->items[i]);

		if (item != NULL && strcmp(item, text) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a vote counts still after another event about votes: a person has one, and whom the next
 * vote does not name, was no approver any more when it was given.
 */
static bool
counts_after(const struct event *vote, const struct event *next)
{
	if (event_is_by(vote, next->created_by, &next->created_by_uid) ||
	    strcmp(vote->created_by, next->created_by) == 0)
		return false;
	return next->approved_by == NULL || has_text(next->approved_by, vote->created_by);
}

static void
apply_vote(struct arena *arena, struct step_state *step, const struct event *event)
{
	size_t kept = 0;

	for (size_t i = 0; i < step->votes; i++) {
		if (counts_after(step->ballots[i], event))
			step->ballots[kept++] = step->ballots[i];
	}
	step->votes = kept;
	if (event->event_type == EVENT_WITHDRAWN)
		return;
	ARENA_GROW(arena, step->ballots, step->votes, step->ballot_capacity);
	step->ballots[step->votes++] = event;
}

/* Applies an event to its step. */
static void
apply_step(struct arena *arena, struct step_state *step, const struct event *event,
    enum request_status before, int64_t rules)
{
	/* the outcome of an attempt, which takes its time, may come after an admin's word */
	bool resolved =
	    step->status == STEP_FAILED && before != REQUEST_RUNNING && event->duration_ms == 0;

	if (event->event_type == EVENT_COMPLETED || event->event_type == EVENT_FAILED)
		apply_effect(step, event, rules, resolved);
	step->status = step_status_after(before, step->status, event->event_type);
	switch (event->event_type) {
	case EVENT_APPROVED:
	case EVENT_WITHDRAWN:
		apply_vote(arena, step, event);
		return; /* the step still waits for its outcome */
	case EVENT_RUNNING:
		step->attempt = event->attempt;
		step->tries++;
		step->started_at = event->created_at;
		step->intent = event;
		step->votes = 0;
		break;
	case EVENT_NOT_STARTED:
		step->tries = 0;
		step->votes = 0;
		break;
	case EVENT_COMPLETED:
		step->outputs = event->outputs;
		break;
	default:
		break;
	}
	step->latest = event;
}

/* A cancelled request's steps that wait, for a person or for their next attempt, wait no more. */
static void
cancel_steps(struct request *request, const struct event *event)
{
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		struct step_state *step = &request->steps[i];

		if ((step->status == STEP_RUNNING && step_is_for_people(step)) ||
		    (step->status == STEP_FAILED && step->latest->not_before != 0)) {
			step->status = STEP_CANCELLED;
			step->latest = event;
		}
	}
}

static struct event *
add_event(struct request *request, const struct event *event)
{
	struct event *copy = arena_alloc(&request->arena, sizeof(*copy));

	ARENA_GROW(&request->arena, request->events, request->event_count, request->event_capacity);
	*copy = *event;
	request->events[request->event_count++] = copy;
	return copy;
}

/*
 * Whether the status after such an event depends on the step's type or policy: the state machine
 * alone cannot check it.
 */
static bool
is_believed(const struct event *event)
{
	return (event->event_type == EVENT_RUNNING || event->event_type == EVENT_APPROVED) &&
	       (event->status == REQUEST_RUNNING || event->status == REQUEST_PENDING);
}

int
request_apply(struct request *request, const struct step_type *const *types,
    const struct event *event, const char digest[DIGEST_SIZE], struct strbuf *err)
{
	enum request_status before = request->status;
	struct event expected = *event;
	struct pipeline pipeline;
	const struct event *kept;

	if (check_chain(request, event, err) != 0 ||
	    request_status_after(request, &expected, err) != 0)
		return -1;
	if (expected.status != event->status && !is_believed(event))
		return fail(err, "it says %s where %s follows", request_status_name(event->status),
		    request_status_name(expected.status));
	if (event->event_type == EVENT_CREATED && snapshot_load(request, types, event, err) != 0)
		return -1;
	if (snapshot_is_brought_by(event) &&
	    snapshot_build(request, types, event, &pipeline, err) != 0)
		return -1;
	kept = add_event(request, event);
	memcpy(request->head, digest, DIGEST_SIZE);
	request->status = event->status;
	if (snapshot_is_brought_by(kept))
		snapshot_replace(request, &pipeline, kept);
	if (event->step_name == NULL && event->form_data != NULL)
		request->form_data = event->form_data;
	if (event->step_name != NULL)
		apply_step(&request->arena, find_step(request, event->step_name), kept, before,
		    request->pipeline.rules);
	else if (event->event_type == EVENT_CANCELLED)
		cancel_steps(request, kept);
	return 0;
}

void
request_prepare_event(const struct request *request, enum event_type type,
    const struct step_state *step, const char *created_by, int64_t now, struct event *out)
{
	*out = (struct event){
	    .event_id = (int64_t)request->event_count + 1,
	    .event_type = type,
	    .status = request->status,
	    .service_request_id = (int64_t)request->id,
	    .pipeline_name = request->pipeline.name,
	    .requested_by = request_requested_by(request),
	    .created_by = created_by,
	    .created_at = now,
	    .prev = request->head,
	};
	if (step != NULL) {
		out->step_name = step->step->name;
		out->step_type = step->step->type_name;
		out->attempt = step->attempt;
	}
}

void
request_first_events(struct arena *arena, const struct pipeline *pipeline,
    const struct value *form_data, const char *requested_by, const char *remarks, int64_t now,
    struct event **out, size_t *count)
{
	struct event *events = arena_calloc(arena, pipeline->step_count + 1, sizeof(*events));

	for (size_t i = 0; i <= pipeline->step_count; i++) {
		events[i] = (struct event){
		    .event_id = (int64_t)i + 1,
		    .event_type = i == 0 ? EVENT_CREATED : EVENT_NOT_STARTED,
		    .status = REQUEST_NOT_STARTED,
		    .pipeline_name = pipeline->name,
		    .requested_by = requested_by,
		    .created_by = requested_by,
		    .created_at = now,
		};
		if (i > 0) {
			events[i].step_name = pipeline->steps[i - 1].name;
			events[i].step_type = pipeline->steps[i - 1].type_name;
		}
	}
	events[0].remarks = remarks;
	events[0].rules = pipeline->rules;
	events[0].pipeline_version = pipeline->version;
	events[0].pipeline = pipeline->source;
	events[0].form_data = form_data;
	*out = events;
	*count = pipeline->step_count + 1;
}
