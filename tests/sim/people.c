/* SPDX-License-Identifier: ISC */
/* People: what cli/decide.c does, with a system that knows a few users and groups. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/decision.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/snapshot.h"
#include "sim.h"

/* ---- who there is */

static const char *const users[] = {"rita", "alice", "bob", "carol", "dave", "adam", "eve"};
#define USERS (sizeof(users) / sizeof(users[0]))

static const struct membership memberships[] = {
    {"bob", "ops"}, {"carol", "ops"}, {"dave", "ops"}, {"rita", "ops"}, {"alice", "admins"}};
#define MEMBERSHIPS (sizeof(memberships) / sizeof(memberships[0]))

/* [adam, @admins] */
static struct value adam = {.type = VALUE_STRING, .text = "adam"};
static struct value admins_group = {.type = VALUE_STRING, .text = "@admins"};
static struct value *admin_items[] = {&adam, &admins_group};
static const struct value admins = {.type = VALUE_LIST, .items = admin_items, .count = 2};

static const struct policy policy = {
    .admins = &admins, .memberships = memberships, .membership_count = MEMBERSHIPS};

static bool
is_member(const char *user, const char *group)
{
	for (size_t i = 0; i < MEMBERSHIPS; i++) {
		if (strcmp(memberships[i].user, user) == 0 &&
		    strcmp(memberships[i].group, group) == 0)
			return true;
	}
	return false;
}

bool
person_is_admin(const char *user)
{
	return strcmp(user, "adam") == 0 || is_member(user, "admins");
}

/* Said a second time, and not by model/request/permission.c, which is to be checked. */
bool
person_may_approve(const struct request *request, const struct step_state *step, const char *user)
{
	const struct approval_policy *approval = &step->step->approval;

	if (approval->prevent_self_approval && strcmp(user, request_requested_by(request)) == 0)
		return false;
	if (approval->approvers == NULL)
		return person_is_admin(user);
	for (size_t i = 0; i < approval->approvers->count; i++) {
		const char *name = approval->approvers->items[i]->text;

		if (*name == '@' ? is_member(user, name + 1) : strcmp(name, user) == 0)
			return true;
	}
	return false;
}

/* ---- one decision */

struct decision {
	struct life *life;
	struct process *process;
	const char *user;
	struct decision_input input;
	struct request *request; /* own, or the one that is kept from command to command */
	struct request own;
	struct arena arena;
	enum verdict verdict;
	struct event event;
	struct event second; /* of the same decision */
	bool continues;	     /* it has one */
};

static const char *
verdict_text(enum verdict verdict)
{
	static const char *const texts[VERDICT_COUNT] = {"decides", "repeats it", "is refused",
	    "is refused: it is cancelled", "gives unfit data", "may not", "finds its time over",
	    "comes too late"};

	return texts[verdict];
}

static void
cover_verdict(const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_REPEATED:
		cover(MARK_REPEATED);
		break;
	case VERDICT_REFUSED:
	case VERDICT_CANCELLED:
		cover(decision->input.command == COMMAND_RETRY &&
			      decision->request->status == REQUEST_FAILED
			  ? MARK_RETRY_REFUSED
			  : MARK_REFUSED);
		break;
	case VERDICT_NOT_PERMITTED:
		cover(MARK_NOT_PERMITTED);
		break;
	case VERDICT_TOO_LATE:
		cover(MARK_TOO_LATE);
		break;
	default:
		break;
	}
}

/* Some people keep what they have loaded, and others load it anew for each command. */
static void
decision_about(struct decision *decision, uint64_t id)
{
	struct life *life = decision->life;
	struct subject *subject = &life->subjects[id];

	decision->request = &decision->own;
	request_init(&decision->own, id);
	if (subject->kept_busy || one_in(life, 3))
		return;
	decision->request = &subject->kept;
	subject->kept_busy = true;
}

/* Begins a decision of somebody; process_close() and decision_end() end it.  NULL: too many act. */
static struct process *
decision_begin(struct decision *decision, struct life *life, const char *user, uint64_t id)
{
	struct process *process = process_open(life, PROCESS_PERSON);

	*decision =
	    (struct decision){.life = life, .process = process, .user = user, .arena = ARENA_INIT};
	decision_about(decision, id);
	if (process != NULL)
		process->busy = true;
	return process;
}

static void
decision_end(struct decision *decision)
{
	if (decision->request == &decision->own)
		request_release(&decision->own);
	else
		decision->life->subjects[decision->request->id].kept_busy = false;
	arena_release(&decision->arena);
}

static struct run_sight
sight_of(struct process *process, const struct request *request, uint64_t token)
{
	const struct step_state *step = request_current_step(request);
	const struct run_sight none = {.locked = false};

	if (step == NULL || step->status != STEP_RUNNING || step_is_for_people(step))
		return none;
	return store_see_run(process->store, step->intent, token);
}

/* Brings the request up to date and decides. */
static enum store_result
take_decision(struct decision *decision)
{
	struct process *process = decision->process;
	struct life *life = process->life;
	struct actor actor = {.name = decision->user, .owner = strcmp(decision->user, "adam") == 0};
	struct decision_input input = decision->input;
	struct faults faults;
	struct strbuf why = STRBUF_INIT;
	enum store_result result;

	if (one_in(life, 12))
		request_reset(decision->request);
	result = store_load(process->store, decision->request, NULL);
	if (result != STORE_OK)
		return result;
	faults_init(&faults, NULL);
	input.actor = &actor;
	input.policy = &policy;
	input.now = wall_now(life);
	input.sight = sight_of(process, decision->request, STORE_NO_LOCK);
	input.arena = &decision->arena;
	input.faults = &faults;
	decision->verdict = request_decide(decision->request, &input, &decision->event, &why);
	decision->continues =
	    decision->verdict == VERDICT_DECIDED &&
	    decision_continues(decision->request, &input, &decision->event, &decision->second);
	trace(life, "%s is %s, who would %s request %" PRIu64 " and %s%s%s", process_name(process),
	    decision->user, command_name(input.command), decision->request->id,
	    verdict_text(decision->verdict), why.len > 0 ? ": " : "", why.buf);
	faults_release(&faults);
	strbuf_release(&why);
	return STORE_OK;
}

static bool
is_to_be_recorded(const struct decision *decision)
{
	return decision->verdict == VERDICT_DECIDED || decision->verdict == VERDICT_EXPIRES;
}

static void
tell_result(const struct process *process, enum store_result result)
{
	static const char *const texts[] = {"is recorded", "is not recorded: error",
	    "is not recorded: race lost", "", "is not recorded: lock lost"};

	trace(process->life, "%s: it %s", process_name(process), texts[result]);
}

/* Appends what was decided: an event, or two as one. */
static enum store_result
append(struct decision *decision)
{
	struct process *process = decision->process;
	struct store_append appends[] = {
	    {.request = decision->request, .event = &decision->event, .err = STRBUF_INIT},
	    {.request = decision->request, .event = &decision->second, .err = STRBUF_INIT},
	};
	unsigned faults = process->faults;
	enum store_result result;

	if (decision->continues && decision->second.effect != EFFECT_NONE && !decision->input.again)
		life_fail(process->life,
		    "a call is to be repeated by another pipeline, and nobody said so");
	if (decision->continues) {
		result = store_append_all(process->store, appends, 2, NULL);
		note_first_of_two(process, decision->request, result);
	} else {
		result = store_append(
		    process->store, decision->request, &decision->event, STORE_NO_LOCK, NULL);
	}
	note_append(process, decision->request, result, faults);
	for (int i = 0; i < 2; i++)
		strbuf_release(&appends[i].err);
	return result;
}

/* Until nobody else was first.  STORE_OK also when there was nothing to record. */
static enum store_result
decide(struct decision *decision)
{
	struct process *process = decision->process;
	enum store_result result;

	do {
		result = take_decision(decision);
		if (result != STORE_OK || !is_to_be_recorded(decision))
			return result;
		result = append(decision);
		tell_result(process, result);
		if (result == STORE_RACE_LOST)
			cover(MARK_RACE_LOST_PERSON);
	} while (result == STORE_RACE_LOST);
	return result;
}

/* ---- what follows a decision */

static bool
had_votes_before_retry(const struct request *request, const struct step_state *step)
{
	for (int64_t i = 0; i < step->intent->event_id; i++) {
		const struct event *event = request->events[i];

		if (event->event_type == EVENT_APPROVED &&
		    strcmp(event->step_name, step->step->name) == 0)
			return true;
	}
	return false;
}

static bool
had_withdrawn(const struct request *request, const struct event *vote)
{
	const struct event *intent = request_step(request, vote->step_name)->intent;

	for (int64_t i = intent->event_id; i < vote->event_id; i++) {
		if (request->events[i]->event_type == EVENT_WITHDRAWN &&
		    strcmp(request->events[i]->created_by, vote->created_by) == 0)
			return true;
	}
	return false;
}

static void
cover_decision(const struct decision *decision)
{
	const struct request *request = decision->request;
	const struct event *event = request->events[request->event_count - 1];

	if (decision->verdict == VERDICT_EXPIRES) {
		cover(MARK_EXPIRED_BY_PERSON);
		return;
	}
	switch (decision->input.command) {
	case COMMAND_UPDATE:
		cover(MARK_UPDATED);
		break;
	case COMMAND_APPROVE:
		cover(MARK_APPROVED);
		if (had_votes_before_retry(request, request_step(request, event->step_name)))
			cover(MARK_APPROVED_AGAIN);
		if (had_withdrawn(request, event))
			cover(MARK_APPROVED_ANEW);
		break;
	case COMMAND_OVERRIDE:
		cover(MARK_OVERRIDDEN);
		break;
	case COMMAND_WITHDRAW:
		cover(MARK_WITHDRAWN);
		break;
	case COMMAND_REJECT:
		cover(MARK_REJECTED);
		if (approval_vote_by(request_step(request, event->step_name), event->created_by,
			&event->created_by_uid) != NULL)
			cover(MARK_REJECTED_OWN);
		break;
	case COMMAND_RETRY:
		if (request->events[request->event_count - 2]->status == REQUEST_RUNNING)
			cover(MARK_RETRIED_EARLY);
		cover(event->effect == EFFECT_NONE ? MARK_RETRIED : MARK_RETRIED_AGAIN);
		break;
	case COMMAND_MEND:
		cover(MARK_MENDED);
		if (request->status == REQUEST_FAILED)
			cover(MARK_MENDED_FAILED);
		else if (event->effect != EFFECT_NONE)
			cover(MARK_MENDED_AGAIN);
		if (request->replaced->asked_count > 0)
			cover(MARK_MENDED_ASKED);
		break;
	case COMMAND_RESOLVE:
		if (decision->input.interrupted) {
			cover(MARK_SAID_INTERRUPTED);
			if (calls_are_under_way(decision->life, request->id))
				cover(MARK_SAID_WRONGLY);
			break;
		}
		cover(decision->input.completed ? MARK_RESOLVED_COMPLETED : MARK_RESOLVED_FAILED);
		if (request->events[request->event_count - 2]->reason == REASON_HTTP_STATUS)
			cover(MARK_RESOLVED_REFUSED);
		if (request->status == REQUEST_CANCELLED)
			cover(MARK_RESOLVED_CANCELLED);
		break;
	default:
		cover(MARK_CANCELLED);
		if (request_has_unrecorded_outcome(request))
			cover(MARK_CANCELLED_IN_CALL);
		break;
	}
}

/* What "svcreq cancel" does when a call is under way that nobody runs. */
static void
end_call(struct decision *decision)
{
	struct process *process = decision->process;
	struct request *request = decision->request;
	const struct actor actor = {.name = decision->user};
	enum store_result result;
	struct run_sight sight;
	uint64_t token;

	if (store_lock(process->store, request->id, &token, NULL) != STORE_OK)
		return;
	do {
		unsigned faults = process->faults;

		request_reset(request);
		result = store_load(process->store, request, NULL);
		if (result != STORE_OK)
			break;
		sight = sight_of(process, request, token);
		if (!decision_of_unrecorded_outcome(
			request, &actor, &sight, wall_now(process->life), &decision->event))
			break;
		result = store_append(process->store, request, &decision->event, token, NULL);
		note_append(process, request, result, faults);
		trace(process->life, "%s ends the call of request %" PRIu64, process_name(process),
		    request->id);
		tell_result(process, result);
		if (result == STORE_OK)
			cover(MARK_CANCELLED_BY_PERSON);
		if (result == STORE_LOCK_LOST)
			cover(MARK_LOCK_LOST_CANCEL);
	} while (result == STORE_RACE_LOST);
	store_unlock(process->store, request->id, token);
}

static void
give(struct life *life, const char *user, struct decision_input input, uint64_t id)
{
	struct decision decision;
	struct process *process = decision_begin(&decision, life, user, id);
	bool moves = false;

	if (process == NULL) {
		decision_end(&decision);
		return;
	}
	decision.input = input;
	if (decide(&decision) == STORE_OK && !process->ended) {
		cover_verdict(&decision);
		if (is_to_be_recorded(&decision))
			cover_decision(&decision);
		moves = decision.request->status == REQUEST_RUNNING;
		if (request_has_unrecorded_outcome(decision.request))
			end_call(&decision);
	}
	moves = moves && !process->ended;
	process_close(process);
	decision_end(&decision);
	if (moves && (life->attentive || one_in(life, 2)) && !runner_start(life, id, true))
		life->unattended = true;
}

/* ---- whom and what */

static bool
has_vote(const struct step_state *step, const char *user)
{
	const struct user_number unknown = {0};

	return approval_vote_by(step, user, &unknown) != NULL;
}

/* Who has approved, or anybody when nobody has. */
static const char *
draw_voter(struct life *life, const struct step_state *step)
{
	const char *user = NULL;

	for (int i = 0; i < 40; i++) {
		user = users[below(life, USERS)];
		if (step == NULL || has_vote(step, user))
			break;
	}
	return user;
}

static const char *
draw_approver(struct life *life, const struct request *request, const struct step_state *step)
{
	const char *user = NULL;

	for (int i = 0; i < 40; i++) {
		user = users[below(life, USERS)];
		if (step == NULL || (person_may_approve(request, step, user) &&
					(!has_vote(step, user) || one_in(life, 8))))
			break;
	}
	return user;
}

static const char *
draw_user(struct life *life, const struct request *request, enum command command)
{
	if (one_in(life, 8))
		return users[below(life, USERS)];
	switch (command) {
	case COMMAND_APPROVE:
	case COMMAND_REJECT:
		return draw_approver(life, request, approval_step(request, NULL));
	case COMMAND_WITHDRAW:
		return draw_voter(life, approval_step(request, NULL));
	case COMMAND_UPDATE:
	case COMMAND_CANCEL:
		return one_in(life, 2) ? REQUESTER : "adam";
	default:
		return one_in(life, 2) ? "alice" : "adam";
	}
}

static enum command
draw_command(struct life *life, const struct request *request)
{
	static const enum command any[] = {COMMAND_UPDATE, COMMAND_APPROVE, COMMAND_REJECT,
	    COMMAND_OVERRIDE, COMMAND_WITHDRAW, COMMAND_CANCEL, COMMAND_RETRY, COMMAND_RESOLVE,
	    COMMAND_MEND};
	unsigned chance = below(life, 12);

	if (one_in(life, 8))
		return any[below(life, sizeof(any) / sizeof(any[0]))];
	switch (request->status) {
	case REQUEST_NOT_STARTED:
		return chance < 11 ? COMMAND_UPDATE : COMMAND_CANCEL;
	case REQUEST_RUNNING:
		if (life->two_machines && one_in(life, 4))
			return COMMAND_RESOLVE;
		return chance < 5 ? COMMAND_CANCEL : chance < 8 ? COMMAND_RETRY : COMMAND_APPROVE;
	case REQUEST_FAILED:
		return chance < 4    ? COMMAND_RETRY
		       : chance < 7  ? COMMAND_MEND
		       : chance < 11 ? COMMAND_RESOLVE
				     : COMMAND_CANCEL;
	case REQUEST_CANCELLED:
		return chance < 10 ? COMMAND_RESOLVE : COMMAND_APPROVE;
	default:
		return chance < 7    ? COMMAND_APPROVE
		       : chance < 8  ? COMMAND_OVERRIDE
		       : chance < 9  ? COMMAND_WITHDRAW
		       : chance < 11 ? COMMAND_REJECT
				     : COMMAND_CANCEL;
	}
}

const struct value *
draw_form_data(struct life *life)
{
	static struct value key = {.type = VALUE_STRING, .text = "size"};
	static struct value sizes[] = {{.type = VALUE_STRING, .text = "S"},
	    {.type = VALUE_STRING, .text = "M"}, {.type = VALUE_STRING, .text = "L"}};
	static struct value_pair pairs[] = {
	    {&key, &sizes[0]}, {&key, &sizes[1]}, {&key, &sizes[2]}};
	static struct value maps[] = {{.type = VALUE_MAP, .pairs = &pairs[0], .count = 1},
	    {.type = VALUE_MAP, .pairs = &pairs[1], .count = 1},
	    {.type = VALUE_MAP, .pairs = &pairs[2], .count = 1}};

	return &maps[below(life, 3)];
}

void
person_acts(struct life *life, uint64_t id)
{
	const struct request *request = look_at(life, id);
	struct decision_input input = {.command = draw_command(life, request)};
	const char *user = draw_user(life, request, input.command);
	struct arena arena = ARENA_INIT;

	input.completed = one_in(life, 2);
	input.again = one_in(life, 2);
	input.interrupted = input.command == COMMAND_RESOLVE &&
			    (request->status == REQUEST_RUNNING || one_in(life, 4));
	if (input.command == COMMAND_UPDATE || input.command == COMMAND_MEND)
		input.form_data = draw_form_data(life);
	if (input.command == COMMAND_MEND)
		input.pipeline = draw_pipeline(life, &arena, request);
	give(life, user, input, id);
	arena_release(&arena);
}

static void
settle_failed(struct life *life, const struct request *request, bool hurry)
{
	const struct step_state *step = request_current_step(request);
	struct arena arena = ARENA_INIT;
	struct decision_input input = {
	    .command = hurry ? COMMAND_CANCEL : COMMAND_RETRY, .again = one_in(life, 2)};

	if (step_effect(step) != EFFECT_NONE && (hurry || one_in(life, 2))) {
		input.command = COMMAND_RESOLVE;
		input.completed = hurry || one_in(life, 2);
	} else if (!hurry && one_in(life, 2)) {
		input.command = COMMAND_MEND;
		input.form_data = draw_form_data(life);
		input.pipeline = draw_pipeline(life, &arena, request);
	}
	give(life, "adam", input, request->id);
	arena_release(&arena);
}

void
person_settles(struct life *life, uint64_t id, bool hurry)
{
	const struct request *request = look_at(life, id);
	struct decision_input input = {.command = COMMAND_APPROVE};

	if (life->two_machines && (!life->attentive || one_in(life, 4)) &&
	    request_next(request, wall_now(life)).kind == NEXT_INTERRUPTED) {
		give(life, "adam",
		    (struct decision_input){.command = COMMAND_RESOLVE, .interrupted = true}, id);
		return;
	}
	if (request->status == REQUEST_FAILED) {
		settle_failed(life, request, hurry);
		return;
	}
	if (!hurry && one_in(life, 8))
		input.command = COMMAND_REJECT;
	give(life, draw_approver(life, request, request_current_step(request)), input, id);
}

/* ---- two requests at once */

static void
note_batch(struct process *process, struct decision *decisions, enum store_result result,
    unsigned faults, unsigned char *known)
{
	for (int i = 0; i < 2; i++)
		note_append(process, decisions[i].request, result, faults);
	*known = result == STORE_OK	 ? KNOWN_SURELY
		 : result == STORE_ERROR ? KNOWN_MAYBE
					 : KNOWN_NOT;
	if (result == STORE_RACE_LOST)
		cover(MARK_RACE_LOST_BATCH);
}

static void
append_both(struct process *process, struct decision *decisions, size_t batch)
{
	struct store_append appends[2];
	unsigned faults = process->faults;
	enum store_result result;

	for (int i = 0; i < 2; i++)
		appends[i] = (struct store_append){.request = decisions[i].request,
		    .event = &decisions[i].event,
		    .err = STRBUF_INIT};
	result = store_append_all(process->store, appends, 2, NULL);
	note_batch(process, decisions, result, faults, &process->life->batches[batch]);
	tell_result(process, result);
	if (result == STORE_OK)
		cover(MARK_BATCH);
	for (int i = 0; i < 2; i++) {
		strbuf_release(&appends[i].err);
		if (result == STORE_OK && !process->ended)
			cover_decision(&decisions[i]);
	}
}

void
person_acts_on_two(struct life *life)
{
	struct decision decisions[2];
	struct process *process;
	const char *user;
	char remarks[32];
	size_t batch;
	int ready = 0;

	if (life->subject_count < 2 || life->batch_count == BATCHES_MAX)
		return;
	user = draw_user(life, look_at(life, 1), COMMAND_APPROVE);
	process = decision_begin(&decisions[0], life, user, 1);
	if (process == NULL) {
		decision_end(&decisions[0]);
		return;
	}
	decisions[1] = decisions[0];
	decision_about(&decisions[1], 2);
	batch = life->batch_count++;
	snprintf(remarks, sizeof(remarks), "batch %zu", batch);
	for (int i = 0; i < 2; i++) {
		const struct request *seen = look_at(life, decisions[i].request->id);

		decisions[i].input.command =
		    seen->status == REQUEST_PENDING ? COMMAND_APPROVE : COMMAND_RETRY;
		if (one_in(life, 5))
			decisions[i].input.command = COMMAND_CANCEL;
		decisions[i].input.remarks = remarks;
		if (take_decision(&decisions[i]) == STORE_OK &&
		    decisions[i].verdict == VERDICT_DECIDED)
			ready++;
	}
	if (ready == 2)
		append_both(process, decisions, batch);
	process_close(process);
	for (int i = 0; i < 2; i++)
		decision_end(&decisions[i]);
}
