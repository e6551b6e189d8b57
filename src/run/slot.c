/* SPDX-License-Identifier: ISC */
#include "run/slot.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/limits.h"
#include "model/request/next.h"
#include "model/step-type.h"
#include "run/dry-run.h"
#include "run/report.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

/* How often, and how long, an event is tried again that cannot be appended. */
#define HELD_PAUSE_MS	    100
#define OTHERS_PATIENCE_MS  10000
#define OUTCOME_PATIENCE_MS 5000
#define LAST_PATIENCE_MS    1000 /* when the program was told to give up */

static int64_t
now_of(const struct slot *slot)
{
	return loop_wall(slot->shared->tools.loop);
}

static struct store *
store_of(const struct slot *slot)
{
	return workspace_store(slot->shared->workspace);
}

/* Ends the slot after an internal error that was already reported. */
static void
end_broken(struct slot *slot)
{
	slot->end.code = CODE_ERROR;
	slot->end.broken = true;
	slot->state = SLOT_ENDED;
}

static void
end_with_error(struct slot *slot, const char *why)
{
	report_error(slot->request.id, why);
	end_broken(slot);
}

static void
load(struct slot *slot)
{
	struct strbuf err = STRBUF_INIT;

	request_reset(&slot->request);
	if (store_load(store_of(slot), &slot->request, &err) == STORE_OK)
		slot->state = SLOT_DECIDING;
	else
		end_with_error(slot, err.buf);
	strbuf_release(&err);
}

static void
take_lock(struct slot *slot, bool skip_busy)
{
	struct strbuf err = STRBUF_INIT;

	switch (store_lock(store_of(slot), slot->request.id, &slot->token, &err)) {
	case STORE_OK:
		slot_keep_lock(slot);
		load(slot);
		break;
	case STORE_BUSY:
		slot->end.code = skip_busy ? CODE_DONE : CODE_BUSY;
		slot->state = SLOT_ENDED;
		if (!skip_busy)
			report_error(slot->request.id, "another process runs it");
		break;
	default:
		end_with_error(slot, err.buf);
		break;
	}
	strbuf_release(&err);
}

void
slot_begin(struct slot *slot, uint64_t id)
{
	request_init(&slot->request, id);
	slot->end.code = CODE_DONE;
	slot->end.said = false;
	slot->end.broken = false;
	slot->waited = 0;
	if (slot->shared->dry_run)
		load(slot);
	else
		take_lock(slot, slot->shared->skip_busy);
}

/* Reports what happened: nobody else knows it. */
static void
say_unrecorded(struct slot *slot, const char *why)
{
	if (slot->attempt.logged)
		log_line(slot->attempt.run.log, LOG_ERROR, "that could not be recorded: %s", why);
	if (slot->publishing == SLOT_OUTCOME)
		report_unrecorded(&slot->event, now_of(slot), why);
	else
		report_error(slot->request.id, why);
}

static void
end_unrecorded(struct slot *slot, const char *why)
{
	say_unrecorded(slot, why);
	end_broken(slot);
}

/* The log is complete before the event says so: whoever follows it sees all of it. */
static void
log_outcome(struct slot *slot)
{
	struct attempt *attempt = &slot->attempt;

	if (slot->publishing != SLOT_INTENT && !attempt->logged)
		report_in_log(&slot->request, &slot->event, attempt->run.log);
	attempt->logged = slot->publishing != SLOT_INTENT;
}

static void
settle_and_publish(struct slot *slot, enum slot_event what)
{
	struct strbuf err = STRBUF_INIT;

	slot->publishing = what;
	slot->held_since = 0;
	slot->held_said = false;
	if (request_status_after(&slot->request, &slot->event, &err) == 0) {
		log_outcome(slot);
		log_flush(slot->attempt.run.log);
		slot->state = SLOT_PUBLISHING;
	} else {
		end_unrecorded(slot, err.buf);
	}
	strbuf_release(&err);
}

/* Nothing more can be done now. */
static void
end_with_status(struct slot *slot, const struct next *next, int64_t now)
{
	slot->end.code = exit_code_of_request(&slot->request, false, now);
	if (!slot->shared->quiet || (slot->end.code != CODE_DONE && !slot->end.said))
		report_status(&slot->request, next, now);
	slot->state = SLOT_ENDED;
}

static void
begin_attempt(struct slot *slot, const struct step_state *step)
{
	attempt_begin(
	    &slot->attempt, slot->shared->workspace, &slot->request, step, &slot->shared->tools);
}

/* Begins an attempt that is to be run.  Returns REASON_NONE, or with err why it cannot be. */
static enum reason
prepare_attempt(struct slot *slot, const struct step_state *step, struct strbuf *err)
{
	begin_attempt(slot, step);
	return attempt_prepare(&slot->attempt, slot->shared->workspace, err);
}

static void
prepare_event(struct slot *slot, enum event_type type, const struct step_state *step)
{
	request_prepare_event(
	    &slot->request, type, step, slot->shared->actor, now_of(slot), &slot->event);
}

/* Publishes that the step failed before it was started, or without its outcome being known. */
static void
publish_failure(struct slot *slot, const struct step_state *step, enum reason reason,
    enum effect effect, const char *message)
{
	prepare_event(slot, EVENT_FAILED, step);
	slot->event.reason = reason;
	slot->event.effect = effect;
	slot->event.message = step_run_masked(&slot->attempt.run, message);
	settle_and_publish(slot, SLOT_DECISION);
}

static void
publish_intent(struct slot *slot, const struct step_state *step)
{
	struct attempt *attempt = &slot->attempt;
	struct strbuf err = STRBUF_INIT;

	prepare_event(slot, EVENT_RUNNING, step);
	slot->event.attempt = attempt->run.attempt;
	if (step->step->pauses == PAUSE_NONE)
		store_name_process(store_of(slot), &attempt->arena, &slot->event);
	if (step->step->pauses == PAUSE_NONE && !attempt_is_repeatable(attempt))
		slot->event.effect = EFFECT_POSSIBLE;
	if (attempt->executor->load != NULL && attempt->executor->load(&attempt->run, &err) != 0)
		end_with_error(slot, err.buf);
	else if (attempt->executor->intend != NULL &&
		 attempt->executor->intend(&attempt->run, &slot->event, &err) != 0)
		publish_failure(slot, step, REASON_OUTCOME_UNKNOWN, EFFECT_POSSIBLE, err.buf);
	else
		settle_and_publish(slot, SLOT_INTENT);
	strbuf_release(&err);
}

/*
 * The request stays as it is.  What is not to be trusted is an error of the workspace: nobody can
 * run the step before it is mended.
 */
static void
leave_to_owner(struct slot *slot, const struct step_state *step, const char *why)
{
	struct attempt *attempt = &slot->attempt;

	if (attempt->run.distrusts) {
		end_with_error(slot, step_run_masked(&attempt->run, why));
		return;
	}
	if (!slot->shared->quiet)
		report_left(&slot->request, step,
		    workspace_owner(slot->shared->workspace, &attempt->arena),
		    step_run_masked(&attempt->run, why));
	slot->end.code = CODE_DONE;
	slot->state = SLOT_ENDED;
}

static void
start_step(struct slot *slot, const struct step_state *step)
{
	struct strbuf err = STRBUF_INIT;
	enum reason reason = prepare_attempt(slot, step, &err);

	if (reason != REASON_NONE && attempt_is_for_owner(&slot->attempt, slot->shared->workspace))
		leave_to_owner(slot, step, err.buf);
	else if (reason != REASON_NONE)
		publish_failure(slot, step, reason, EFFECT_NONE, err.buf);
	else
		publish_intent(slot, step);
	strbuf_release(&err);
}

/* The step is Running and nobody runs it.  It is run again only if that can do no thing twice. */
static void
take_over(struct slot *slot, const struct step_state *step)
{
	struct strbuf err = STRBUF_INIT;
	bool filled = prepare_attempt(slot, step, &err) == REASON_NONE;

	if (!filled && slot->request.status != REQUEST_CANCELLED &&
	    attempt_is_for_owner(&slot->attempt, slot->shared->workspace) &&
	    request_unrecorded_effect(&slot->request, step) == EFFECT_NONE) {
		leave_to_owner(slot, step, err.buf); /* it can be repeated, by who can */
		strbuf_release(&err);
		return;
	}
	log_line(slot->attempt.run.log, LOG_WARNING, "attempt %" PRId64 " was interrupted",
	    step->attempt);
	if (filled && slot->request.status != REQUEST_CANCELLED &&
	    attempt_is_repeatable(&slot->attempt))
		publish_intent(slot, step);
	else
		publish_failure(slot, step, REASON_OUTCOME_UNKNOWN,
		    request_unrecorded_effect(&slot->request, step),
		    "the program that ran the step ended before it could record the outcome");
	strbuf_release(&err);
}

/* We hold the lock, but where others may hold one unseen that does not say that they are gone. */
static void
look_at_run(struct slot *slot, const struct step_state *step, int64_t now)
{
	const struct run_sight sight = store_see_run(store_of(slot), step->intent, slot->token);
	bool skips = slot->shared->skip_busy;

	if (run_state_of(&slot->request, step, &sight, now) == RUN_INTERRUPTED) {
		take_over(slot, step);
		return;
	}
	slot->end.code = skips ? CODE_DONE : CODE_BUSY;
	slot->state = SLOT_ENDED;
	/* a run of all tells of it when a person has to say something */
	if (!skips || (!slot->shared->quiet && run_state_seen(&sight) == RUN_UNSEEN &&
			  now >= run_over_at(&slot->request, step)))
		report_run(&slot->request, step, &sight);
}

/* A decision that people, or the clock, have taken already. */
static void
publish_decision(struct slot *slot, const struct next *next)
{
	begin_attempt(slot, next->step);
	next_prepare_event(&slot->request, next, slot->shared->actor, now_of(slot), &slot->event);
	settle_and_publish(slot, SLOT_DECISION);
}

static void
wake(void *context)
{
	struct slot *slot = context;

	slot->state = SLOT_DECIDING;
}

/*
 * People set the clock that next->due is of, but not the one of the timer: a pause takes as long
 * as it was when it began, and is over then, whatever the clock says.
 */
static void
sleep_or_end(struct slot *slot, const struct next *next, int64_t now)
{
	struct loop *loop = slot->shared->tools.loop;

	if (next->due - now > PATIENCE_MS) {
		end_with_status(slot, next, now);
		return;
	}
	slot->waited = next->due;
	loop_timer(loop, &slot->timer, loop_monotonic(loop) + next->due - now, wake, slot);
	slot->state = SLOT_SLEEPING;
}

void
slot_decide(struct slot *slot)
{
	int64_t now = now_of(slot);
	struct next next = request_next(&slot->request, now);

	if (next.kind == NEXT_WAIT_TIME && next.due == slot->waited)
		next.kind = NEXT_START;
	if (slot->shared->dry_run) {
		slot->end.code = dry_run_show(slot->shared->workspace, &slot->request);
		slot->state = SLOT_ENDED;
		return;
	}
	switch (next.kind) {
	case NEXT_START:
		start_step(slot, next.step);
		break;
	case NEXT_INTERRUPTED:
		look_at_run(slot, next.step, now);
		break;
	case NEXT_APPROVED:
	case NEXT_EXPIRED:
		publish_decision(slot, &next);
		break;
	case NEXT_WAIT_TIME:
		sleep_or_end(slot, &next, now);
		break;
	case NEXT_WAIT_PERSON:
	case NEXT_NOTHING:
		end_with_status(slot, &next, now);
		break;
	}
}

static void
start_executor(struct slot *slot)
{
	struct attempt *attempt = &slot->attempt;
	struct step_run *run = &attempt->run;

	run->step = request_step(&slot->request, slot->event.step_name);
	attempt->started = loop_monotonic(slot->shared->tools.loop);
	slot->state = SLOT_EXECUTING;
	log_line(run->log, LOG_INFO,
	    "attempt %" PRId64 " of step '%s' (%s), request %" PRIu64 ", by %s", run->attempt,
	    run->step->step->name, run->step->step->type_name, slot->request.id,
	    slot->shared->actor);
	attempt->executor->start(run);
	if (step_is_for_people(run->step)) {
		attempt_end(attempt);
		slot->state = SLOT_DECIDING;
	} else if (run->finished) {
		slot_finish_run(slot);
	}
}

void
slot_finish_run(struct slot *slot)
{
	int64_t took = slot->attempt.run.took_ms;

	if (took == 0)
		took = loop_monotonic(slot->shared->tools.loop) - slot->attempt.started;
	/* 0 stands for what took no time at all, such as a decision */
	attempt_outcome(&slot->attempt.run, now_of(slot), took < 1 ? 1 : took, slot->shared->actor,
	    &slot->event);
	settle_and_publish(slot, SLOT_OUTCOME);
}

/* It was announced, and nothing has left: that is its outcome. */
static void
leave_out(struct slot *slot)
{
	struct step_run *run = &slot->attempt.run;

	run->step = request_step(&slot->request, slot->event.step_name);
	run->outcome = (struct step_outcome){.reason = REASON_TRANSPORT,
	    .try_again = true,
	    .message = "the program was told to end before anything was sent"};
	slot_finish_run(slot);
}

/* Somebody else's event has that number: the request is loaded and the decision taken again. */
static void
decide_again(struct slot *slot)
{
	struct attempt *attempt = &slot->attempt;
	const char *name = NULL;

	if (slot->publishing == SLOT_OUTCOME) {
		name = arena_strdup(&attempt->arena, attempt->run.step->step->name);
		/* the outcome still speaks of what was loaded before */
		arena_adopt(&attempt->arena, &slot->request.arena);
	}
	if (attempt->logged)
		log_line(attempt->run.log, LOG_WARNING,
		    "another event of the request came first: what is said above is decided again");
	attempt->logged = false;
	load(slot);
	if (name == NULL)
		return;
	if (slot->state != SLOT_DECIDING) {
		say_unrecorded(slot, "the request cannot be loaded any more");
		return;
	}
	attempt->run.step = request_step(&slot->request, name);
	if (attempt_is_awaited(attempt)) {
		slot_finish_run(slot);
		return;
	}
	say_unrecorded(slot, "the step was started again, settled or taken away meanwhile");
	attempt_end(attempt);
}

static void
publish_again(void *context)
{
	struct slot *slot = context;

	slot->state = SLOT_PUBLISHING;
}

static int64_t
held_for(const struct slot *slot)
{
	return slot->held_since == 0 ? 0
				     : loop_monotonic(slot->shared->tools.loop) - slot->held_since;
}

/* Lets the event be published again in a moment, while the loop serves the others. */
static void
hold(struct slot *slot, const char *why)
{
	struct loop *loop = slot->shared->tools.loop;

	if (slot->shared->gives_up && held_for(slot) >= LAST_PATIENCE_MS) {
		end_unrecorded(slot, why);
		return;
	}
	if (slot->held_since == 0)
		slot->held_since = loop_monotonic(loop);
	loop_timer(loop, &slot->timer, loop_monotonic(loop) + HELD_PAUSE_MS, publish_again, slot);
	slot->state = SLOT_HELD;
}

/*
 * Another process changes the request.  Of a call that was made somebody has to know the outcome,
 * however long that takes; what was not begun can be begun by another run.
 */
static void
wait_for_others(struct slot *slot, const char *why)
{
	bool too_long = held_for(slot) >= OTHERS_PATIENCE_MS;

	if (too_long && !slot->held_said)
		report_error(slot->request.id, why);
	slot->held_said = too_long;
	if (too_long && slot->publishing != SLOT_OUTCOME) {
		end_broken(slot);
		slot->end.code = slot->shared->skip_busy ? CODE_DONE : CODE_BUSY;
	} else {
		hold(slot, why);
	}
}

/* The disk is full, or something else is wrong that may pass. */
static void
keep_outcome(struct slot *slot, const char *why)
{
	if (held_for(slot) < OUTCOME_PATIENCE_MS) {
		hold(slot, why);
	} else if (attempt_leave_out_outputs(&slot->attempt.run, why, &slot->event)) {
		slot->attempt.logged = false;		/* what the log says is not how it ends */
		settle_and_publish(slot, SLOT_OUTCOME); /* and is held for as long again */
	} else {
		end_unrecorded(slot, why);
	}
}

void
slot_published(struct slot *slot, enum store_result result, const char *why)
{
	if (result == STORE_RACE_LOST) {
		decide_again(slot);
		return;
	}
	if (result == STORE_BUSY) {
		wait_for_others(slot, why);
		return;
	}
	/* an event that is there, and perhaps not on disk, would only lose the race with itself */
	if (result == STORE_ERROR && slot->publishing == SLOT_OUTCOME &&
	    !store_request_changed(store_of(slot), &slot->request)) {
		keep_outcome(slot, why);
		return;
	}
	if (result != STORE_OK) {
		end_unrecorded(slot, why);
		return;
	}
	if (slot->publishing == SLOT_INTENT) {
		if (slot->given_up && !step_is_for_people(slot->attempt.run.step))
			leave_out(slot);
		else
			start_executor(slot);
		return;
	}
	report_event(&slot->request, now_of(slot), slot->shared->quiet);
	slot->end.said = slot->event.event_type == EVENT_FAILED;
	attempt_end(&slot->attempt);
	slot->state = SLOT_DECIDING;
}

void
slot_give_up(struct slot *slot)
{
	struct attempt *attempt = &slot->attempt;

	if (slot->state == SLOT_COMMITTING) {
		slot->given_up = true;
		return;
	}
	if (slot->state == SLOT_EXECUTING && !attempt->run.finished &&
	    attempt->executor->stop != NULL)
		attempt->executor->stop(&attempt->run);
	if (slot->state == SLOT_EXECUTING && attempt->run.finished)
		slot_finish_run(slot);
	if (slot->state == SLOT_PUBLISHING && slot->publishing == SLOT_OUTCOME)
		return;
	if (slot->state == SLOT_HELD && slot->publishing == SLOT_OUTCOME)
		report_unrecorded(&slot->event, now_of(slot), "the program ends");
	loop_timer_cancel(slot->shared->tools.loop, &slot->timer);
	slot->state = SLOT_ENDED;
}

bool
slot_close(struct slot *slot)
{
	struct store *store = store_of(slot);

	attempt_end(&slot->attempt);
	if (slot->token != STORE_NO_LOCK) {
		slot_end_lock(slot);
		/*
		 * Somebody may have added an event while we held the lock and found us busy: look
		 * once more.  Not after an error of ours: the event that we would find may be our
		 * own, and not be on disk.
		 */
		if (!slot->end.broken && slot->request.event_count > 0 &&
		    store_request_changed(store, &slot->request)) {
			slot->end.code = CODE_DONE;
			take_lock(slot, true);
			if (slot->state != SLOT_ENDED)
				return true;
		}
	}
	slot_end_lock(slot);
	request_release(&slot->request);
	slot->state = SLOT_FREE;
	return false;
}
