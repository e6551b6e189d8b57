/* SPDX-License-Identifier: ISC */
/*
 * Whether a life was right.  The story that the events of a request tell is read by rules that are
 * said here a second time, in the plainest way.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/next.h"
#include "sim.h"

#define STEPS_MAX 4
#define VOTES_MAX 8

/* What the events have told of a step so far. */
struct tale {
	const struct step_state *step;
	bool for_people;
	bool repeatable;
	int64_t attempt;
	bool open; /* it was begun, and did not end */
	bool completed;
	const struct event *intent;
	const struct event *failed; /* NULL: it is to be begun, or was */
	enum effect effect;	    /* of all attempts that have ended, or as people say */
	const char *voters[VOTES_MAX];
	int64_t votes;
	bool overridden;
};

/* What is counted over all requests. */
struct ledger {
	unsigned recorded[CALLS_MAX];  /* outcomes, by the number of the call */
	unsigned batches[BATCHES_MAX]; /* events of each */
};

struct story {
	struct life *life;
	const struct request *request; /* loaded anew */
	const struct event *event;     /* where the reader is */
	struct tale tales[STEPS_MAX];
	const struct value *pipeline; /* the document that it goes by */
	bool cancelled;
	struct ledger *ledger;
};

_Noreturn static void
wrong(const struct story *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
wrong(const struct story *story, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	if (story->event != NULL)
		life_fail(story->life, "request %" PRIu64 ", event %" PRId64 ": %s",
		    story->request->id, story->event->event_id, text.buf);
	life_fail(story->life, "request %" PRIu64 ": %s", story->request->id, text.buf);
}

static struct tale *
tale_of(struct story *story, const char *name)
{
	const struct request *request = story->request;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		if (strcmp(request->pipeline.steps[i].name, name) == 0)
			return &story->tales[i];
	}
	wrong(story, "there is no step '%s'", name);
}

/* NULL: the event is not about a call. */
static struct call *
call_of(const struct story *story)
{
	int64_t number = story->event->http_status;

	if (number == 0)
		return NULL;
	if (number < 1 || (size_t)number > story->life->call_count)
		wrong(story, "there was no call %" PRId64, number);
	return &story->life->calls[number - 1];
}

/* ---- one event */

static void
forget_votes(struct tale *tale)
{
	tale->votes = 0;
	tale->overridden = false;
}

/* Somebody retries the request. */
static void
read_not_started(const struct story *story, struct tale *tale)
{
	if (story->event->event_id <= (int64_t)story->request->pipeline.step_count + 1)
		return;
	if (tale->failed == NULL)
		wrong(story, "a retry of a step that has not failed");
	if (tale->failed->not_before != 0 && story->cancelled)
		wrong(story, "a retry of a step of a cancelled request");
	if (!person_is_admin(story->event->created_by))
		wrong(story, "'%s' may not retry", story->event->created_by);
	if (story->event->effect != tale->effect)
		wrong(story, "a retry that does not say what it does once more");
	tale->failed = NULL;
	tale->open = false;
	forget_votes(tale);
}

/* A call that was interrupted or has failed is begun again by itself only when that may be. */
static void
check_begun_again(const struct story *story, const struct tale *tale)
{
	if (tale->open && !tale->repeatable)
		wrong(story, "a call that is not repeatable was interrupted and is sent again");
	if (tale->failed != NULL && tale->failed->not_before == 0)
		wrong(story, "a step that has failed for good is begun again");
}

static void
read_running(const struct story *story, struct tale *tale)
{
	const struct event *event = story->event;

	if (story->cancelled)
		wrong(story, "a step of a cancelled request is begun");
	for (const struct tale *before = story->tales; before < tale; before++) {
		if (!before->completed)
			wrong(story, "a step is begun before its turn");
	}
	if (tale->completed || (tale->for_people && tale->open))
		wrong(story, "a step is begun that was begun");
	if (event->attempt != tale->attempt + 1)
		wrong(story, "its attempt is %" PRId64, event->attempt);
	check_begun_again(story, tale);
	tale->attempt = event->attempt;
	tale->intent = event;
	tale->failed = NULL;
	tale->open = true;
	forget_votes(tale);
}

static bool
has_voted(const struct tale *tale, const char *user)
{
	for (int64_t i = 0; i < tale->votes; i++) {
		if (strcmp(tale->voters[i], user) == 0)
			return true;
	}
	return false;
}

static int64_t
votes_required(const struct tale *tale)
{
	return tale->step->step->approval.required;
}

static bool
is_enough(const struct tale *tale)
{
	return tale->overridden || tale->votes >= votes_required(tale);
}

static bool
take_back(struct tale *tale, const char *user)
{
	int64_t kept = 0, before = tale->votes;

	for (int64_t i = 0; i < before; i++) {
		if (strcmp(tale->voters[i], user) != 0)
			tale->voters[kept++] = tale->voters[i];
	}
	tale->votes = kept;
	return kept < before;
}

static void
check_waits(const struct story *story, const struct tale *tale)
{
	const struct event *event = story->event;

	if (!tale->for_people || !tale->open || story->cancelled)
		wrong(story, "a vote for a step that does not wait for it");
	if (is_enough(tale))
		wrong(story, "a vote that is not needed");
	if (tale->intent->expires_at != 0 && event->created_at >= tale->intent->expires_at)
		wrong(story, "a vote after its time");
}

static void
read_withdrawn(const struct story *story, struct tale *tale)
{
	check_waits(story, tale);
	if (!take_back(tale, story->event->created_by))
		wrong(story, "'%s' takes back what they have not given", story->event->created_by);
}

static void
check_counted(const struct story *story, const struct tale *tale)
{
	const struct value *counted = story->event->approved_by;

	if (counted == NULL || (int64_t)counted->count != tale->votes)
		wrong(story, "it does not say whose votes count");
	for (int64_t i = 0; i < tale->votes; i++) {
		if (strcmp(counted->items[i]->text, tale->voters[i]) != 0)
			wrong(story, "it does not count the vote of '%s'", tale->voters[i]);
	}
}

static void
read_approved(const struct story *story, struct tale *tale)
{
	const struct event *event = story->event;
	const char *user = event->created_by;

	check_waits(story, tale);
	if (event->override) {
		if (!person_is_admin(user) || strcmp(user, REQUESTER) == 0)
			wrong(story, "'%s' may not override", user);
		take_back(tale, user);
		tale->overridden = true;
	} else if (!person_may_approve(story->request, tale->step, user)) {
		wrong(story, "'%s' may not approve", user);
	}
	if (has_voted(tale, user))
		wrong(story, "'%s' has voted twice", user);
	tale->voters[tale->votes++] = user;
	check_counted(story, tale);
}

static void
read_approval_completed(const struct story *story, const struct tale *tale)
{
	const struct event *event = story->event;

	if (!tale->open)
		wrong(story, "a step is approved that does not wait");
	if (!is_enough(tale))
		wrong(story, "it is completed with %" PRId64 " of %" PRId64 " votes", tale->votes,
		    votes_required(tale));
	if (strcmp(event->created_by, tale->voters[tale->votes - 1]) != 0)
		wrong(story, "'%s' was not the last voter", event->created_by);
	if (event->override != tale->overridden)
		wrong(story, "it does not say that it was overridden");
}

/* Where its lock could not be seen a person can say so while it is under way. */
static bool
is_said_to_be_interrupted(const struct story *story, const struct tale *tale)
{
	return story->life->two_machines && tale->failed != NULL && tale->failed->not_before == 0 &&
	       tale->failed->http_status == 0;
}

/* What was completed is recorded as failed when there was no room for its outputs for too long. */
static bool
is_without_outputs(const struct event *event, const struct call *call)
{
	return call->answered && call->plan == PLAN_COMPLETED &&
	       event->event_type == EVENT_FAILED && event->reason == REASON_EXECUTOR &&
	       (call->repeatable || event->effect == EFFECT_CERTAIN);
}

/* The outcome of a call is what the runner heard. */
static void
check_outcome(const struct story *story, const struct tale *tale, const struct call *call)
{
	const struct event *event = story->event;
	bool completed = event->event_type == EVENT_COMPLETED;

	if (!tale->open && !is_said_to_be_interrupted(story, tale))
		wrong(story, "an outcome of a step that does not run");
	if (call->request != story->request->id || call->attempt != tale->attempt ||
	    strcmp(call->step, event->step_name) != 0)
		wrong(story, "the outcome of call %u is of another attempt", call->number);
	if (is_without_outputs(event, call))
		cover(MARK_WITHOUT_OUTPUTS);
	else if (!call->answered || (call->plan == PLAN_COMPLETED) != completed)
		wrong(story, "the outcome is not that of call %u", call->number);
	if (story->ledger->recorded[call->number - 1]++ != 0)
		wrong(story, "the outcome of call %u is recorded twice", call->number);
}

static void
check_resolved(const struct story *story, const struct tale *tale)
{
	bool completed = story->event->event_type == EVENT_COMPLETED;

	if (tale->failed == NULL || tale->failed->not_before != 0)
		wrong(story, "a step is resolved that has not failed");
	else if (story->cancelled && tale->failed->reason != REASON_OUTCOME_UNKNOWN)
		wrong(story, "a step of a cancelled request is resolved whose outcome is known");
	if (!completed && tale->effect == EFFECT_NONE && !story->cancelled)
		wrong(story, "a step is resolved that has done nothing");
	if (story->event->effect != (completed ? EFFECT_CERTAIN : EFFECT_NONE))
		wrong(story, "a step is resolved and its effect is another");
	if (!person_is_admin(story->event->created_by))
		wrong(story, "'%s' may not resolve", story->event->created_by);
}

/* It was announced by a runner that was then told to end at once: nothing was sent. */
static void
check_left_out(const struct story *story, const struct tale *tale)
{
	const struct life *life = story->life;

	if (!tale->open && !is_said_to_be_interrupted(story, tale))
		wrong(story, "a call is left out that was not announced");
	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];

		if (call->request == story->request->id && call->attempt == tale->attempt &&
		    strcmp(call->step, story->event->step_name) == 0)
			wrong(story, "call %u was sent, and is said to be left out", call->number);
	}
}

/* What people say replaces what is known of the attempts, of which the largest effect counts. */
static void
note_effect(const struct story *story, struct tale *tale)
{
	bool by_people = tale->failed != NULL && tale->failed->not_before == 0 && !tale->open &&
			 story->event->duration_ms == 0;

	if (by_people || story->event->effect > tale->effect)
		tale->effect = story->event->effect;
}

static void
read_completed(const struct story *story, struct tale *tale)
{
	const struct call *call = call_of(story);

	if (tale->for_people)
		read_approval_completed(story, tale);
	else if (call != NULL)
		check_outcome(story, tale, call);
	else
		check_resolved(story, tale);
	note_effect(story, tale);
	tale->open = false;
	tale->failed = NULL;
	tale->completed = true;
}

static void
read_approval_failed(const struct story *story, const struct tale *tale)
{
	const struct event *event = story->event;

	if (!tale->open || story->cancelled)
		wrong(story, "a step fails that does not wait");
	if (is_enough(tale))
		wrong(story, "a step fails that was approved");
	if (event->reason == REASON_EXPIRED) {
		if (tale->intent->expires_at == 0 || event->created_at < tale->intent->expires_at)
			wrong(story, "it has not expired");
	} else if (event->reason != REASON_REJECTED) {
		wrong(story, "a step that people decide fails by itself");
	}
}

/* An attempt follows by itself only when that may be: it cannot double anything. */
static void
check_next_attempt(const struct story *story, const struct tale *tale, const struct call *call)
{
	if (story->event->not_before == 0)
		return;
	if (story->cancelled)
		wrong(story, "a call of a cancelled request is to be tried again");
	if (call == NULL && story->event->reason == REASON_TRANSPORT)
		return;
	if (call == NULL || call->plan == PLAN_REFUSED ||
	    (!tale->repeatable && call->plan != PLAN_BREAK_BEFORE))
		wrong(story, "a call is to be tried again that is not to be");
}

static void
read_failed(const struct story *story, struct tale *tale)
{
	const struct event *event = story->event;
	const struct call *call = call_of(story);

	if (tale->for_people)
		read_approval_failed(story, tale);
	else if (call != NULL)
		check_outcome(story, tale, call);
	else if (event->reason == REASON_EXECUTOR)
		check_resolved(story, tale);
	else if (event->reason == REASON_TRANSPORT)
		check_left_out(story, tale);
	else if (event->reason != REASON_OUTCOME_UNKNOWN || tale->attempt == 0)
		wrong(story, "a step fails for no reason");
	check_next_attempt(story, tale, call);
	note_effect(story, tale);
	tale->open = false;
	tale->failed = event;
}

static void
count_batch(const struct story *story)
{
	const char *remarks = story->event->remarks;
	size_t number;

	if (remarks != NULL && sscanf(remarks, "batch %zu", &number) == 1)
		story->ledger->batches[number]++;
}

static void
read_step_event(struct story *story, struct tale *tale)
{
	switch (story->event->event_type) {
	case EVENT_NOT_STARTED:
		read_not_started(story, tale);
		break;
	case EVENT_RUNNING:
		read_running(story, tale);
		break;
	case EVENT_APPROVED:
		read_approved(story, tale);
		break;
	case EVENT_WITHDRAWN:
		read_withdrawn(story, tale);
		break;
	case EVENT_COMPLETED:
		read_completed(story, tale);
		break;
	case EVENT_FAILED:
		read_failed(story, tale);
		break;
	default:
		wrong(story, "a step has an event that none has");
	}
}

static void
read_updated(const struct story *story)
{
	if (story->cancelled)
		wrong(story, "a request is updated that is cancelled");
	for (size_t i = 0; i < story->request->pipeline.step_count; i++) {
		if (story->tales[i].attempt != 0)
			wrong(story, "a request is updated that has begun");
	}
}

/* The failed step is free to run, or is left to people, in the same moment. */
static void
check_freed(const struct story *story, const struct tale *failed)
{
	const struct event *event = story->event, *next = NULL;
	bool freed;

	if (event->event_id < (int64_t)story->request->event_count)
		next = story->request->events[event->event_id];
	freed = next != NULL && next->event_type == EVENT_NOT_STARTED &&
		next->created_at == event->created_at;
	if (failed->effect == EFFECT_NONE && !freed)
		wrong(story, "a step that did nothing is not free to run by the new pipeline");
}

static void
check_still_there(const struct story *story, size_t place)
{
	const struct value *old = value_map_get(story->pipeline, "steps")->items[place];
	const struct value *now = value_map_get(story->event->pipeline, "steps")->items[place];

	if (story->tales[place].completed && !value_equal(old, now))
		wrong(story, "a completed step is another");
}

/* Another pipeline, whose steps have the same names, is put into the place of the one before. */
static void
read_mended(struct story *story)
{
	const struct event *event = story->event;
	bool asks = event->form_data != NULL || !value_equal(event->pipeline, story->pipeline);
	const struct tale *failed = NULL;

	if (!person_is_admin(event->created_by))
		wrong(story, "'%s' may not mend", event->created_by);
	for (size_t i = 0; i < story->request->pipeline.step_count; i++) {
		struct tale *tale = &story->tales[i];

		check_still_there(story, i);
		if (tale->failed != NULL && tale->failed->not_before == 0)
			failed = tale;
		if (!asks || !tale->for_people || !tale->completed)
			continue;
		tale->completed = false;
		forget_votes(tale);
	}
	if (failed == NULL || story->cancelled)
		wrong(story, "a request is mended that has not failed");
	check_freed(story, failed);
	story->pipeline = event->pipeline;
}

static void
read_event(struct story *story)
{
	const struct event *event = story->event;

	count_batch(story);
	if (event->pipeline != NULL && event->event_id > 1) {
		read_mended(story);
		return;
	}
	if (event->step_name != NULL)
		read_step_event(story, tale_of(story, event->step_name));
	else if (event->event_type == EVENT_UPDATED)
		read_updated(story);
	else if (event->event_type == EVENT_CANCELLED)
		story->cancelled = true;
}

/* ---- what was acknowledged is there, and nothing else */

static void
check_known(struct story *story)
{
	const struct request *request = story->request;
	const struct subject *subject = &story->life->subjects[request->id];
	size_t first = request->pipeline.step_count + 1;

	story->event = NULL;
	for (size_t number = request->event_count + 1; number <= EVENTS_MAX; number++) {
		if (subject->known[number] == KNOWN_SURELY)
			wrong(story, "event %zu was recorded and is not there", number);
	}
	if (subject->known[1] == KNOWN_NOT)
		cover(MARK_UNSURE_CREATED);
	for (size_t number = first + 1; number <= request->event_count; number++) {
		const char *digest =
		    number < request->event_count ? request->events[number]->prev : request->head;

		if (subject->known[number] == KNOWN_NOT)
			wrong(story, "nobody has recorded event %zu", number);
		if (subject->known[number] == KNOWN_MAYBE)
			cover(MARK_UNSURE);
		else if (strcmp(subject->digests[number], digest) != 0)
			wrong(story, "event %zu is not the one that was recorded", number);
	}
}

/* ---- a request is the same for all who read it */

static int64_t
number_of(const struct event *event)
{
	return event == NULL ? 0 : event->event_id;
}

static bool
is_same_step(const struct step_state *left, const struct step_state *right)
{
	return left->status == right->status && left->attempt == right->attempt &&
	       left->tries == right->tries && left->started_at == right->started_at &&
	       left->votes == right->votes && left->effect == right->effect &&
	       number_of(left->effect_event) == number_of(right->effect_event) &&
	       number_of(left->latest) == number_of(right->latest) &&
	       number_of(left->intent) == number_of(right->intent) &&
	       (left->outputs == NULL) == (right->outputs == NULL) &&
	       (left->outputs == NULL || value_equal(left->outputs, right->outputs));
}

static void
check_same(const struct story *story, const struct request *other)
{
	const struct request *request = story->request;

	if (request->status != other->status || request->event_count != other->event_count ||
	    strcmp(request->head, other->head) != 0 ||
	    !value_equal(request->form_data, other->form_data))
		wrong(story, "two readers do not see the same");
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		if (!is_same_step(&request->steps[i], &other->steps[i]))
			wrong(story, "two readers do not see the same of step '%s'",
			    request->steps[i].step->name);
	}
}

void
check_reader(struct life *life, const struct request *request)
{
	const struct request *seen = look_at(life, request->id);
	const struct story story = {.life = life, .request = request};

	if (seen->event_count == request->event_count)
		check_same(&story, seen);
}

/* What people have kept from command to command, brought up to date. */
static void
check_kept(const struct story *story, struct store *store)
{
	struct request *kept = &story->life->subjects[story->request->id].kept;
	struct strbuf err = STRBUF_INIT;

	if (kept->event_count == 0)
		return;
	if (store_load(store, kept, &err) != STORE_OK)
		wrong(story, "%s", err.buf);
	check_same(story, kept);
}

/* ---- the end */

static void
check_end(struct story *story)
{
	const struct request *request = story->request;

	story->event = NULL;
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct tale *tale = &story->tales[i];

		if (tale->open && !tale->for_people)
			wrong(story, "the outcome of step '%s' is not recorded",
			    tale->step->step->name);
		if (tale->open && !story->cancelled)
			wrong(story, "step '%s' still waits", tale->step->step->name);
		if (tale->completed != (request->steps[i].status == STEP_COMPLETED))
			wrong(story, "step '%s' is %s", tale->step->step->name,
			    step_status_name(request->steps[i].status));
		if (tale->effect != step_effect(&request->steps[i]))
			wrong(story, "the effect of step '%s' is another", tale->step->step->name);
	}
	for (size_t i = 0; i < story->life->call_count; i++) {
		const struct call *call = &story->life->calls[i];

		if (call->request == request->id && call->answered && !call->excused &&
		    story->ledger->recorded[i] == 0)
			wrong(story, "the outcome of call %u was lost", call->number);
	}
}

static void
begin_story(struct story *story)
{
	const struct request *request = story->request;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];
		const struct value *repeatable =
		    value_map_get(step->step->parameters, "repeatable");

		story->tales[i] = (struct tale){.step = step,
		    .for_people = step->step->pauses == PAUSE_PERSON,
		    .repeatable = repeatable != NULL && repeatable->boolean};
	}
}

static void
check_request(struct life *life, struct store *store, uint64_t id, struct ledger *ledger)
{
	struct request request;
	struct strbuf err = STRBUF_INIT;
	struct story story = {.life = life, .request = &request, .ledger = ledger};

	request_init(&request, id);
	if (store_load(store, &request, &err) != STORE_OK)
		life_fail(life, "%s", err.buf);
	begin_story(&story);
	story.pipeline = request.events[0]->pipeline;
	for (size_t i = 0; i < request.event_count; i++) {
		story.event = request.events[i];
		read_event(&story);
	}
	check_end(&story);
	calls_check_effects(life, &request);
	check_known(&story);
	check_same(&story, look_at(life, id));
	check_kept(&story, store);
	request_release(&request);
}

void
check_story(struct life *life)
{
	struct store *store = store_open_memory(life->disk, NULL, sim_catalogue);
	struct ledger ledger = {0};

	for (uint64_t id = 1; id <= life->subject_count; id++)
		check_request(life, store, id, &ledger);
	for (size_t i = 0; i < life->batch_count; i++) {
		unsigned count = ledger.batches[i];

		if (count == 1 || (count == 0 && life->batches[i] == KNOWN_SURELY) ||
		    (count != 0 && life->batches[i] == KNOWN_NOT))
			life_fail(life, "%u of the two events of batch %zu are there", count, i);
	}
	store_close(store);
}

/* ---- while all are well and nothing moves */

struct listed {
	struct life *life;
	unsigned statuses;
	uint64_t last; /* ids come in descending order */
	size_t count;
};

static bool
check_listed(void *context, const struct store_latest *latest)
{
	struct listed *listed = context;
	struct life *life = listed->life;
	const struct request *request;
	const struct event *event = latest->event;
	const struct step_state *step;

	if (latest->result != STORE_OK)
		life_fail(
		    life, "request %" PRIu64 " cannot be listed: %s", latest->id, latest->why);
	if (latest->id >= listed->last)
		life_fail(life, "request %" PRIu64 " is listed out of order", latest->id);
	listed->last = latest->id;
	listed->count++;
	request = look_at(life, latest->id);
	if (event->event_id != (int64_t)request->event_count || event->status != request->status)
		life_fail(life, "request %" PRIu64 " is listed as it was before", latest->id);
	if (event->status != REQUEST_PENDING)
		return true;
	step = request_current_step(request);
	if (event->expires_at != step->intent->expires_at ||
	    (event->approvers == NULL) != (step->step->approval.approvers == NULL) ||
	    (event->approvers != NULL &&
		!value_equal(event->approvers, step->step->approval.approvers)))
		life_fail(life, "request %" PRIu64 " is listed as waiting for others", latest->id);
	return true;
}

/* Whether it was cancelled and the last that is known of a step is that nobody knows. */
static bool
is_unresolved(const struct request *request)
{
	size_t last = request->event_count - 1;

	while (last > 0 && request->events[last]->step_name == NULL)
		last--;
	return request->status == REQUEST_CANCELLED &&
	       request->events[last]->reason == REASON_OUTCOME_UNKNOWN;
}

static void
check_list(struct life *life, unsigned statuses)
{
	struct arena arena = ARENA_INIT;
	struct listed listed = {.life = life, .last = UINT64_MAX};
	size_t expected = 0;

	if (store_latest(life->observer, statuses, &arena, check_listed, &listed, NULL) != STORE_OK)
		life_fail(life, "the requests cannot be listed");
	for (uint64_t id = 1; id <= life->subject_count; id++) {
		const struct request *request = look_at(life, id);

		if ((statuses & STATUS_BIT(request->status)) != 0 ||
		    ((statuses & STATUS_BIT_UNRESOLVED) != 0 && is_unresolved(request)))
			expected++;
	}
	if (listed.count != expected)
		life_fail(life, "%zu requests are listed in place of %zu", listed.count, expected);
	arena_release(&arena);
}

void
check_settled(struct life *life)
{
	for (uint64_t id = 1; id <= life->subject_count; id++) {
		const struct request *request = look_at(life, id);
		struct next next = request_next(request, wall_now(life));

		if (next.kind != NEXT_WAIT_PERSON && next.kind != NEXT_NOTHING)
			life_fail(life, "request %" PRIu64 " is %s, could move and does not", id,
			    request_status_name(request->status));
		if (!request_is_finished(request) && request->status != REQUEST_PENDING)
			life_fail(life, "request %" PRIu64 " is %s and does not move", id,
			    request_status_name(request->status));
	}
	check_list(life, STATUS_BIT(REQUEST_PENDING));
	check_list(life, STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED));
	check_list(life, STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED) | STATUS_BIT_UNRESOLVED);
	check_list(life, STATUSES_ALL);
}

void
check_attended(struct life *life)
{
	for (uint64_t id = 1; id <= life->subject_count; id++) {
		const struct request *request = look_at(life, id);
		enum next_kind kind = request_next(request, wall_now(life)).kind;

		if (request->status == REQUEST_RUNNING && kind != NEXT_WAIT_TIME)
			life_fail(life,
			    "request %" PRIu64 " could move, and nobody has noticed who ran it",
			    id);
	}
}
