/* SPDX-License-Identifier: ISC */
/* What slot.c and slot-ask.c have of each other. */
#ifndef RUN_SLOT_INTERNAL_H
#define RUN_SLOT_INTERNAL_H

#include <stdint.h>

#include "model/request/status.h"

struct next;
struct slot;
struct step_state;
struct strbuf;

/* Loads the request anew, to decide again what is next. */
void slot_load(struct slot *);
/* Ends the slot, and reports why. */
void slot_end_with_error(struct slot *, const char *why);
/* Begins an attempt that is to be run.  Returns REASON_NONE, or with err why it cannot be. */
enum reason slot_prepare_attempt(struct slot *, const struct step_state *, struct strbuf *err);
void slot_prepare_event(struct slot *, enum event_type, const struct step_state *);
/* Publishes that the step failed before it was started, or without its outcome being known. */
void slot_publish_failure(
    struct slot *, const struct step_state *, enum reason, enum effect, const char *message);
/*
 * The request stays as it is.  What is not to be trusted is an error of the workspace: nobody can
 * run the step before it is mended.
 */
void slot_leave_to_owner(struct slot *, const struct step_state *, const char *why);
void slot_start_executor(struct slot *, const struct step_state *);
/*
 * Waits until next->due, or ends when that is too long.  People set the clock that it is of, but
 * not the one of the timer: a pause takes as long as it was when it began, and is over then,
 * whatever the clock says.
 */
void slot_sleep_or_end(struct slot *, const struct next *, int64_t now);

/* Asks again when that is due, or waits; unless somebody has changed the request meanwhile. */
void slot_ask_or_wait(struct slot *, struct next *, int64_t now);
/* An ask that has changed nothing is a line of the log, and no event. */
void slot_note_not_yet(struct slot *);

#endif
