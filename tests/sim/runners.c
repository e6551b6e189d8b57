/* SPDX-License-Identifier: ISC */
/* Runners: what run/runner.c does with slots, in any order and one step at a time. */
#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/limits.h"
#include "model/request/event.h"
#include "store/runnable.h"
#include "sim.h"
#include "workspace/workspace.h"

static uint64_t
draw_jitter(void *context)
{
	return draw(((struct process *)context)->life);
}

bool
runner_start(struct life *life, uint64_t id, bool skip_busy)
{
	struct process *process = process_open(life, PROCESS_RUNNER);
	struct strbuf err = STRBUF_INIT;

	if (process == NULL)
		return false;
	process->workspace = workspace_of_store(process->store);
	process->shared = (struct slot_shared){.workspace = process->workspace,
	    .actor = "adam",
	    .skip_busy = skip_busy,
	    .quiet = !life->verbose,
	    .tools = {.loop = process->loop, .random = draw_jitter, .random_context = process}};
	process->slot_count = 1 + below(life, SLOTS_MAX);
	for (size_t i = 0; i < process->slot_count; i++)
		process->slots[i] = (struct slot){.shared = &process->shared};
	trace(life, "%s begins", process_name(process));
	process->busy = true;
	if (id != 0)
		id_list_add(&process->queue, id);
	else if (runnable_list(process->store, wall_now(life), &process->queue, &err) != 0)
		process->queue.count = 0;
	process->busy = false;
	strbuf_release(&err);
	return true;
}

/* ---- publishing */

static void
cover_event(const struct slot *slot)
{
	const struct event *event = &slot->event;
	const struct step_state *step = request_step(&slot->request, event->step_name);
	bool cancelled = slot->request.status == REQUEST_CANCELLED;

	switch (slot->publishing) {
	case SLOT_INTENT:
		if (step->status == STEP_RUNNING)
			cover(MARK_TAKEN_OVER_AGAIN);
		if (step->status == STEP_RUNNING && event->boot != NULL &&
		    strcmp(event->boot, step->intent->boot) != 0)
			cover(MARK_TAKEN_OVER_FAR);
		else if (step->status == STEP_FAILED)
			cover(MARK_TRIED_AGAIN);
		break;
	case SLOT_OUTCOME:
		if (step->status == STEP_FAILED)
			cover(MARK_OUTCOME_AFTER_ALL);
		if (cancelled)
			cover(MARK_CANCELLED_OUTCOME);
		break;
	case SLOT_DECISION:
		if (event->reason == REASON_EXPIRED)
			cover(MARK_EXPIRED_BY_RUNNER);
		if (event->reason == REASON_OUTCOME_UNKNOWN && step->status == STEP_RUNNING)
			cover(cancelled ? MARK_CANCELLED_BY_RUNNER : MARK_TAKEN_OVER_UNKNOWN);
		break;
	}
}

static void
cover_result(const struct slot *slot, enum store_result result)
{
	static const enum mark lost[] = {
	    [SLOT_INTENT] = MARK_LOCK_LOST_INTENT,
	    [SLOT_OUTCOME] = MARK_LOCK_LOST_OUTCOME,
	    [SLOT_DECISION] = MARK_LOCK_LOST_DECISION,
	};
	static const enum mark raced[] = {
	    [SLOT_INTENT] = MARK_RACE_LOST_INTENT,
	    [SLOT_OUTCOME] = MARK_RACE_LOST_OUTCOME,
	    [SLOT_DECISION] = MARK_RACE_LOST_DECISION,
	};

	if (result == STORE_LOCK_LOST)
		cover(lost[slot->publishing]);
	if (result == STORE_RACE_LOST)
		cover(raced[slot->publishing]);
}

static const char *
result_text(enum store_result result)
{
	static const char *const texts[] = {"", " is not recorded: error",
	    " is not recorded: race lost", " is not recorded: busy", " is not recorded: lock lost",
	    " is not recorded: not found", " is not recorded: damaged"};

	return texts[result];
}

/* Whose outcome is published; NULL: it is no outcome. */
static struct call *
call_of(const struct slot *slot)
{
	return slot->publishing == SLOT_OUTCOME ? slot->attempt.run.state : NULL;
}

static void
note(struct process *process, struct slot *slot, enum store_result result, unsigned faults)
{
	struct call *call = call_of(slot);

	trace(process->life, "%s: request %" PRIu64 ": %s '%s', attempt %" PRId64 "%s%s%s",
	    process_name(process), slot->request.id, event_type_name(slot->event.event_type),
	    slot->event.step_name, slot->event.attempt,
	    slot->event.reason == REASON_NONE ? "" : ", ", reason_name(slot->event.reason),
	    result_text(result));
	note_append(process, &slot->request, result, faults);
	cover_result(slot, result);
	if (call != NULL && (result == STORE_LOCK_LOST || result == STORE_ERROR))
		call->excused = true;
}

/* Asks without meeting a fault. */
static bool
has_lost_lock(struct process *process, const struct slot *slot)
{
	struct life *life = process->life;
	bool calm = life->calm;
	enum store_result result;

	life->calm = true;
	result = store_renew(process->store, slot->request.id, slot->token, NULL);
	life->calm = calm;
	return result == STORE_LOCK_LOST;
}

/* Whether it is too late for an outcome: others went on without seeing the lock. */
static bool
is_overtaken(struct life *life, const struct call *call)
{
	const struct step_state *step = request_step(look_at(life, call->request), call->step);

	return life->two_machines &&
	       (step->attempt != call->attempt || step->status == STEP_COMPLETED ||
		   step->status == STEP_NOT_STARTED || step->status == STEP_FAILED);
}

/*
 * Others may have ended a call meanwhile whose runner stood still for too long, or whose lock they
 * do not see.
 */
static void
excuse_loser(
    struct process *process, const struct slot *slot, struct call *call, enum store_result result)
{
	if (call == NULL)
		return;
	if (slot->state == SLOT_DECIDING && result == STORE_RACE_LOST &&
	    is_overtaken(process->life, call)) {
		cover(MARK_OVERTAKEN);
		call->excused = true;
	}
	if (slot->state == SLOT_ENDED &&
	    (has_lost_lock(process, slot) || is_overtaken(process->life, call)))
		call->excused = true;
}

/* The intent of a call that nobody runs any more, as the slot thinks; NULL: it takes none over. */
static const struct event *
taken_over(const struct slot *slot)
{
	const struct step_state *step = request_step(&slot->request, slot->event.step_name);

	return slot->publishing != SLOT_OUTCOME && step->status == STEP_RUNNING &&
		       !step_is_for_people(step)
		   ? step->intent
		   : NULL;
}

/* One that somebody waits for is not: but one of another machine, when it must have ended. */
static void
check_taken_over(struct process *process, const struct slot *slot, const struct event *intent)
{
	struct life *life = process->life;
	bool late = slot->event.created_at >= intent->created_at + CALL_LONGEST_MS + RUN_MARGIN_MS;

	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];

		if (call->by == NULL || call->by == process || call->by->ended || call->answered ||
		    call->request != slot->request.id || call->attempt != intent->attempt ||
		    strcmp(call->step, intent->step_name) != 0)
			continue;
		if (call->by->boot == process->boot || !call->repeatable || !late)
			life_fail(life, "%s takes over call %u, for which %s waits",
			    process_name(process), call->number, process_name(call->by));
		cover(MARK_TAKEN_OVER_ALIVE);
	}
}

/* Hands over what all slots have ready. */
static void
publish(struct process *process)
{
	struct store_append *appends[SLOTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < process->slot_count; i++) {
		struct slot *slot = &process->slots[i];

		if (slot->state != SLOT_PUBLISHING)
			continue;
		cover_event(slot);
		process->faults_before[i] = process->faults;
		process->taken[i] = taken_over(slot);
		appends[count++] = slot_commit(slot);
	}
	if (count > 1)
		cover(MARK_GROUP);
	store_append_begin(process->store, appends, count);
}

/* Takes what has come back; with wait, until nothing is under way. */
static void
collect(struct process *process, bool wait)
{
	const struct store_append *append;

	while ((append = store_append_collect(process->store, wait)) != NULL) {
		struct slot *slot = append->context;
		struct call *call = call_of(slot);
		enum store_result result = append->result;
		size_t i = (size_t)(slot - process->slots);

		if (slot->given_up && slot->publishing == SLOT_INTENT && result == STORE_OK)
			cover(MARK_LEFT_OUT);
		note(process, slot, result, process->faults_before[i]);
		if (result == STORE_OK && process->taken[i] != NULL && process->life->lease_ms == 0)
			check_taken_over(process, slot, process->taken[i]);
		slot_committed(slot);
		excuse_loser(process, slot, call, result);
	}
}

/* Something of what is under way goes on, and what has come to its end comes back. */
static void
commit(struct process *process, struct slot *slot)
{
	struct life *life = process->life;
	size_t count = memory_under_way(life->disk, process);

	if (process->stops > 1)
		slot_give_up(slot);
	memory_move_on(life->disk, process, below(life, (unsigned)count));
	collect(process, false);
}

/* ---- moving */

static bool
may_move(const struct process *process, const struct slot *slot)
{
	switch (slot->state) {
	case SLOT_FREE:
		return process->next < process->queue.count && process->stops == 0;
	case SLOT_EXECUTING:
		return slot->attempt.run.finished || process->stops > 1;
	case SLOT_SLEEPING:
		return process->stops > 0;
	default:
		return true;
	}
}

static void
begin(struct process *process, struct slot *slot)
{
	slot_begin(slot, process->queue.ids[process->next++]);
	if (slot->state == SLOT_ENDED && slot->token == STORE_NO_LOCK && !slot->end.broken)
		cover(MARK_LOCK_BUSY);
}

/*
 * Whether a runner that was asked twice to stop has yet to end, or one may have left the request
 * for a fault of its store.
 */
static bool
is_given_up(const struct life *life, uint64_t id)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct process *process = &life->processes[i];

		if (process->kind != PROCESS_RUNNER || process->ended)
			continue;
		if (process->faults > 0)
			return true;
		if (process->stops < 2)
			continue;
		for (size_t j = 0; j < process->slot_count; j++) {
			if (process->slots[j].request.id == id)
				return true;
		}
	}
	return false;
}

/*
 * A step that is Running stays so: of another machine, or of a process of this one that has given
 * it up and is about to end.  Locks of this one are seen: of all others it is held.
 */
static void
check_left(struct process *process, const struct slot *slot)
{
	const struct step_state *step = request_current_step(&slot->request);
	enum process_sight sight;

	if (slot->state != SLOT_ENDED || slot->end.broken || step == NULL ||
	    step->status != STEP_RUNNING || step_is_for_people(step))
		return;
	sight = store_see_run(process->store, step->intent, slot->token).process;
	if (sight == PROCESS_LIVES && is_given_up(process->life, slot->request.id))
		return;
	if (sight != PROCESS_ELSEWHERE)
		life_fail(process->life, "%s leaves step '%s' of request %" PRIu64 " to nobody",
		    process_name(process), step->step->name, slot->request.id);
	cover(MARK_LEFT_ELSEWHERE);
}

static void
decide(struct process *process, struct slot *slot)
{
	if (process->stops > 0) {
		slot_give_up(slot);
		return;
	}
	slot_decide(slot);
	if (slot->state == SLOT_SLEEPING)
		cover(MARK_SLEPT);
	check_left(process, slot);
	if (slot->state == SLOT_ENDED && slot->request.status == REQUEST_RUNNING)
		cover(MARK_LEFT_FOR_LATER);
}

static void
move(struct process *process, struct slot *slot)
{
	switch (slot->state) {
	case SLOT_FREE:
		begin(process, slot);
		break;
	case SLOT_DECIDING:
		decide(process, slot);
		break;
	case SLOT_EXECUTING:
		if (slot->attempt.run.finished)
			slot_finish_run(slot);
		else
			slot_give_up(slot);
		break;
	case SLOT_SLEEPING:
		slot_give_up(slot);
		break;
	case SLOT_HELD:
		/* a moment later, unless the program ends in it */
		if (process->stops > 0) {
			slot_give_up(slot);
		} else {
			loop_timer_cancel(process->loop, &slot->timer);
			slot->state = SLOT_PUBLISHING;
		}
		break;
	case SLOT_ENDED:
		if (slot_close(slot))
			cover(MARK_SECOND_LOOK);
		break;
	case SLOT_PUBLISHING:
		publish(process);
		break;
	case SLOT_COMMITTING:
		commit(process, slot);
		break;
	}
}

static bool
is_done(const struct process *process)
{
	for (size_t i = 0; i < process->slot_count; i++) {
		if (process->slots[i].state != SLOT_FREE)
			return false;
	}
	return process->next >= process->queue.count || process->stops > 0;
}

/* Whether the intent of a slot is recorded, and the slot has not heard of it. */
static bool
is_announced(const struct process *process, const struct slot *slot)
{
	return slot->state == SLOT_COMMITTING && slot->publishing == SLOT_INTENT &&
	       memory_event_count(process->life->disk, slot->request.id) >=
		   (int64_t)slot->request.event_count;
}

/* Frees what a killed runner has.  Its store refuses whatever that does. */
static void
bury(struct process *process)
{
	if (memory_under_way(process->life->disk, process) > 0)
		cover(MARK_KILLED_COMMITTING);
	for (size_t i = 0; i < process->slot_count; i++) {
		if (is_announced(process, &process->slots[i]))
			cover(MARK_KILLED_BEFORE_SENDING);
	}
	collect(process, true);
	for (size_t i = 0; i < process->slot_count; i++) {
		struct slot *slot = &process->slots[i];

		if (slot->state == SLOT_FREE)
			continue;
		if (slot->state == SLOT_EXECUTING)
			cover(MARK_KILLED_EXECUTING);
		slot_give_up(slot);
		slot->end.broken = true;
		slot_close(slot);
	}
	trace(process->life, "%s is gone", process_name(process));
	process_close(process);
}

static bool
is_committing(const struct process *process)
{
	for (size_t i = 0; i < process->slot_count; i++) {
		if (process->slots[i].state == SLOT_COMMITTING)
			return true;
	}
	return false;
}

bool
runner_step(struct process *process)
{
	struct slot *movable[SLOTS_MAX];
	struct strbuf err = STRBUF_INIT;
	unsigned count = 0;

	process->busy = true;
	if (!process->ended && loop_turn(process->loop, 0, &err) != 0)
		life_fail(process->life, "%s", err.buf);
	for (size_t i = 0; i < process->slot_count; i++) {
		if (may_move(process, &process->slots[i]))
			movable[count++] = &process->slots[i];
	}
	if (!process->ended && count > 0) {
		struct slot *slot = movable[below(process->life, count)];

		if (slot->state != SLOT_COMMITTING && is_committing(process))
			cover(MARK_BESIDE);
		move(process, slot);
	}
	process->busy = false;
	if (process->ended) {
		bury(process);
	} else if (is_done(process)) {
		trace(process->life, "%s ends", process_name(process));
		process_close(process);
	}
	return count > 0;
}
