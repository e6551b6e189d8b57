/* SPDX-License-Identifier: ISC */
/* Asking again for what was not there yet. */
#include "base/strbuf.h"
#include "model/request/next.h"
#include "run/slot-internal.h"
#include "run/slot.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

/*
 * Asks again for what was not there yet.  No event announces it: the intent of the step's first
 * call covers it.  It is in no hurry: what is wrong with it is found by the next one, too.
 */
static void
ask_again(struct slot *slot, const struct step_state *step)
{
	struct attempt *attempt = &slot->attempt;
	struct strbuf err = STRBUF_INIT;
	enum reason reason = slot_prepare_attempt(slot, step, &err);
	struct event intent;

	attempt->run.attempt = step->attempt;
	attempt->run.asks_again = true;
	slot_prepare_event(slot, EVENT_RUNNING, step);
	intent = slot->event;
	if (reason != REASON_NONE && attempt_is_for_owner(attempt, slot->shared->workspace))
		slot_leave_to_owner(slot, step, err.buf);
	else if (reason != REASON_NONE)
		slot_publish_failure(slot, step, reason, EFFECT_NONE, err.buf);
	else if (attempt->executor->load != NULL &&
		 attempt->executor->load(&attempt->run, &err) != 0)
		slot_end_with_error(slot, err.buf);
	else if (attempt->executor->intend != NULL &&
		 attempt->executor->intend(&attempt->run, &intent, &err) != 0)
		slot_publish_failure(slot, step, REASON_EXECUTOR, EFFECT_NONE, err.buf);
	else {
		log_keep(attempt->run.log);
		slot_start_executor(slot, step);
	}
	strbuf_release(&err);
}

void
slot_ask_or_wait(struct slot *slot, struct next *next, int64_t now)
{
	const struct step_state *step = next->step;
	struct store *store = workspace_store(slot->shared->workspace);
	int64_t last = slot->asked_at;

	if (store_request_changed(store, &slot->request)) {
		slot_load(slot);
		return;
	}
	if (last == 0)
		last = log_time(store, slot->request.id, step->step->name);
	next->due = next_ask_due(step->latest, last, now);
	if (next->due <= now || next->due == slot->waited) {
		slot->asked_at = now > next->due ? now : next->due;
		ask_again(slot, step);
		return;
	}
	next->kind = NEXT_WAIT_TIME;
	slot_sleep_or_end(slot, next, now);
}

void
slot_note_not_yet(struct slot *slot)
{
	struct log *log = slot->attempt.run.log;

	log_drop(log);
	log_line(log, LOG_INFO, "asked again: %s", slot->event.message);
	attempt_end(&slot->attempt);
	slot->state = SLOT_DECIDING;
}
