/* SPDX-License-Identifier: ISC */
#include "run/slot.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "model/exit-code.h"
#include "model/step-type.h"
#include "run/attempt.h"
#include "run/runner.h"
#include "base/redact/redact.h"
#include "base/message.h"
#include "run/report.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

static void
release_run(struct slot *slot)
{
	struct strbuf err = STRBUF_INIT;

	if (log_close(slot->run.log, &err) != 0)
		message("svcreq: %s", err.buf);
	strbuf_release(&err);
	redactor_free(slot->run.redactor);
	slot->run = (struct step_run){0};
	slot->executor = NULL;
	slot->logged = false;
	arena_release(&slot->run_arena);
}

/* Ends the slot with a fault of the program or its files, not of the request, that was told. */
static void
end_broken(struct slot *slot, int code)
{
	slot->code = code;
	slot->broken = true;
	slot->state = SLOT_ENDED;
}

static void
end_with_error(struct slot *slot, int code, const char *why)
{
	report_error(slot->request.id, why);
	end_broken(slot, code);
}

static void
load(struct slot *slot)
{
	struct strbuf err = STRBUF_INIT;

	request_reset(&slot->request);
	if (store_load(workspace_store(slot->workspace), &slot->request, &err) == STORE_OK)
		slot->state = SLOT_DECIDING;
	else
		end_with_error(slot, CODE_ERROR, err.buf);
	strbuf_release(&err);
}

static void
take_lock(struct slot *slot, bool skip_busy)
{
	struct strbuf err = STRBUF_INIT;

	switch (store_lock(workspace_store(slot->workspace), slot->request.id, &err)) {
	case STORE_OK:
		slot->locked = true;
		load(slot);
		break;
	case STORE_BUSY:
		slot->code = skip_busy ? CODE_DONE : CODE_BUSY;
		slot->state = SLOT_ENDED;
		if (!skip_busy)
			report_error(slot->request.id, "another process runs it");
		break;
	default:
		end_with_error(slot, CODE_ERROR, err.buf);
		break;
	}
	strbuf_release(&err);
}

void
slot_begin(struct slot *slot, uint64_t id, bool skip_busy)
{
	request_init(&slot->request, id);
	slot->code = CODE_DONE;
	slot->broken = false;
	take_lock(slot, skip_busy);
}

/* The log is complete before the event says so: whoever follows it sees all of it. */
static void
log_outcome(struct slot *slot)
{
	if (slot->publishing != SLOT_INTENT && !slot->logged)
		report_in_log(&slot->request, &slot->event, slot->run.log);
	slot->logged = slot->publishing != SLOT_INTENT;
}

static void
settle_and_publish(struct slot *slot, enum slot_event what)
{
	struct strbuf err = STRBUF_INIT;

	slot->publishing = what;
	if (request_settle(&slot->request, &slot->event, &err) == 0) {
		log_outcome(slot);
		slot->state = SLOT_PUBLISHING;
	} else {
		end_with_error(slot, CODE_ERROR, err.buf);
	}
	strbuf_release(&err);
}

/* Nothing more can be done now: says how the request stands. */
static void
end_with_status(struct slot *slot, const struct next *next)
{
	slot->code = (int)exit_code_of_request(&slot->request, false, clock_now());
	report_standing(&slot->request, next, slot->quiet);
	slot->state = SLOT_ENDED;
}

static struct log *
new_log(const struct slot *slot, const struct step_state *step)
{
	return log_open(slot->workspace, slot->request.id, step->step->name, slot->run.redactor);
}

static struct http_client *
http_of_run(struct step_run *run, struct strbuf *err)
{
	return runner_http(run->runner, err);
}

/*
 * Makes the run of a step, with its parameters filled in.  Returns REASON_NONE, or with err why
 * the step cannot be started.
 */
static enum reason
prepare_run(struct slot *slot, const struct step_state *step, struct strbuf *err)
{
	release_run(slot);
	slot->executor = executor_find(step->step->type_name);
	slot->run = (struct step_run){
	    .request = &slot->request,
	    .step = step,
	    .attempt = step->attempt + 1,
	    .redactor = redactor_new(),
	    .arena = &slot->run_arena,
	    .runner = slot->runner,
	    .http = http_of_run,
	};
	slot->run.log = new_log(slot, step);
	if (pipeline_step_check(&slot->request.pipeline, step->step, err) != 0)
		return REASON_EXECUTOR;
	if (slot->executor == NULL) {
		fail(err, "svcreq-run cannot run a step of type '%s'", step->step->type_name);
		return REASON_EXECUTOR;
	}
	if (step_run_fill(&slot->run, slot->workspace, err) != 0)
		return REASON_PLACEHOLDER;
	return REASON_NONE;
}

/* Publishes that the step failed before it was started, or without its outcome being known. */
static void
publish_failure(
    struct slot *slot, const struct step_state *step, enum reason reason, const char *message)
{
	request_next_event(
	    &slot->request, EVENT_FAILED, step, slot->actor, clock_now(), &slot->event);
	slot->event.reason = reason;
	slot->event.message = step_run_masked(&slot->run, message);
	settle_and_publish(slot, SLOT_DECISION);
}

static void
publish_intent(struct slot *slot, const struct step_state *step)
{
	struct strbuf err = STRBUF_INIT;

	request_next_event(
	    &slot->request, EVENT_RUNNING, step, slot->actor, clock_now(), &slot->event);
	slot->event.attempt = slot->run.attempt;
	if (slot->executor->intend != NULL &&
	    slot->executor->intend(&slot->run, &slot->event, &err) != 0)
		publish_failure(slot, step, REASON_OUTCOME_UNKNOWN, err.buf);
	else
		settle_and_publish(slot, SLOT_INTENT);
	strbuf_release(&err);
}

static void
start_step(struct slot *slot, const struct step_state *step)
{
	struct strbuf err = STRBUF_INIT;
	enum reason reason = prepare_run(slot, step, &err);

	if (reason != REASON_NONE)
		publish_failure(slot, step, reason, err.buf);
	else
		publish_intent(slot, step);
	strbuf_release(&err);
}

/*
 * The step is Running and we hold the lock, so whoever ran it is gone.  It is run again
 * only when that cannot do a thing twice.
 */
static void
take_over(struct slot *slot, const struct step_state *step)
{
	struct strbuf err = STRBUF_INIT;
	bool filled = prepare_run(slot, step, &err) == REASON_NONE;

	log_line(slot->run.log, LOG_WARNING, "attempt %" PRId64 " was interrupted", step->attempt);
	if (filled && slot->request.status != REQUEST_CANCELLED &&
	    slot->executor->repeatable != NULL && slot->executor->repeatable(&slot->run))
		publish_intent(slot, step);
	else
		publish_failure(slot, step, REASON_OUTCOME_UNKNOWN,
		    "the program that ran the step ended before it could record the outcome");
	strbuf_release(&err);
}

/* A decision that people, or the clock, have taken already. */
static void
publish_decision(struct slot *slot, const struct next *next)
{
	release_run(slot);
	slot->run.log = new_log(slot, next->step);
	next_decision_event(&slot->request, next, slot->actor, clock_now(), &slot->event);
	settle_and_publish(slot, SLOT_DECISION);
}

static void
sleep_or_end(struct slot *slot, const struct next *next, int64_t now)
{
	if (next->due - now > RUNNER_PATIENCE_MS) {
		end_with_status(slot, next);
		return;
	}
	slot->wake = next->due;
	slot->state = SLOT_SLEEPING;
}

void
slot_decide(struct slot *slot)
{
	int64_t now = clock_now();
	struct next next = request_next(&slot->request, now);

	switch (next.kind) {
	case NEXT_START:
		start_step(slot, next.step);
		break;
	case NEXT_INTERRUPTED:
		take_over(slot, next.step);
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
		end_with_status(slot, &next);
		break;
	}
}

static void
start_executor(struct slot *slot)
{
	slot->run.step = request_step(&slot->request, slot->event.step_name);
	slot->started = clock_monotonic();
	slot->state = SLOT_EXECUTING;
	log_line(slot->run.log, LOG_INFO,
	    "attempt %" PRId64 " of step '%s' (%s), request %" PRIu64 ", by %s", slot->run.attempt,
	    slot->run.step->step->name, slot->run.step->step->type_name, slot->request.id,
	    slot->actor);
	slot->executor->start(&slot->run);
	if (step_is_for_people(slot->run.step)) {
		release_run(slot);
		slot->state = SLOT_DECIDING;
	} else if (slot->run.finished) {
		slot_finish_run(slot);
	}
}

void
slot_finish_run(struct slot *slot)
{
	int64_t took = clock_monotonic() - slot->started;

	/* 0 stands for what took no time at all, such as a decision */
	advance_outcome(&slot->run, took < 1 ? 1 : took, slot->actor, &slot->event);
	settle_and_publish(slot, SLOT_OUTCOME);
}

/* Somebody else's event has that number: the request is loaded and the decision taken again. */
static void
decide_again(struct slot *slot)
{
	const char *name = NULL;

	if (slot->publishing == SLOT_OUTCOME) {
		name = arena_strdup(&slot->run_arena, slot->run.step->step->name);
		/* the outcome still speaks of what was loaded before */
		arena_adopt(&slot->run_arena, &slot->request.arena);
	}
	if (slot->logged)
		log_line(slot->run.log, LOG_WARNING,
		    "another event of the request came first: what is said above is decided again");
	slot->logged = false;
	load(slot);
	if (slot->state != SLOT_DECIDING && name != NULL)
		report_unrecorded(&slot->event, "the request cannot be loaded any more");
	if (slot->state != SLOT_DECIDING || name == NULL)
		return;
	slot->run.step = request_step(&slot->request, name);
	slot_finish_run(slot);
}

/* What has happened is told at least: nobody else knows it. */
static void
end_unrecorded(struct slot *slot, const char *why)
{
	if (slot->logged)
		log_line(slot->run.log, LOG_ERROR, "that could not be recorded: %s", why);
	if (slot->publishing == SLOT_OUTCOME)
		report_unrecorded(&slot->event, why);
	else
		report_error(slot->request.id, why);
	end_broken(slot, CODE_ERROR);
}

void
slot_published(struct slot *slot, enum store_result result, const char *why)
{
	if (result == STORE_EXISTS) {
		decide_again(slot);
		return;
	}
	if (result != STORE_OK) {
		end_unrecorded(slot, why);
		return;
	}
	if (slot->publishing == SLOT_INTENT) {
		start_executor(slot);
		return;
	}
	report_event(&slot->request, slot->quiet);
	release_run(slot);
	slot->state = SLOT_DECIDING;
}

void
slot_give_up(struct slot *slot)
{
	if (slot->state == SLOT_EXECUTING && slot->executor->stop != NULL)
		slot->executor->stop(&slot->run);
	slot->state = SLOT_ENDED;
}

bool
slot_end(struct slot *slot)
{
	struct store *store = workspace_store(slot->workspace);

	release_run(slot);
	if (slot->locked) {
		store_unlock(store, slot->request.id);
		slot->locked = false;
		/*
		 * Who added an event while we held the lock could not run it: it is ours to see.
		 * After a fault of ours the new event may be our own, of which nobody knows
		 * whether it is on disk.
		 */
		if (!slot->broken && slot->request.event_count > 0 &&
		    store_request_changed(store, &slot->request)) {
			slot->code = CODE_DONE;
			take_lock(slot, true);
			if (slot->state != SLOT_ENDED)
				return true;
		}
	}
	if (slot->locked)
		store_unlock(store, slot->request.id);
	slot->locked = false;
	request_release(&slot->request);
	slot->state = SLOT_FREE;
	return false;
}
