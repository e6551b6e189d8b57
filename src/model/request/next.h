/* SPDX-License-Identifier: ISC */
/* What a request needs next: one pure function that every program asks. */
#ifndef MODEL_REQUEST_NEXT_H
#define MODEL_REQUEST_NEXT_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct request;
struct step_state;

enum next_kind {
	NEXT_NOTHING,	  /* finished: completed, failed or cancelled */
	NEXT_START,	  /* publish the intent and start the step */
	NEXT_WAIT_PERSON, /* an approval is missing */
	NEXT_WAIT_TIME,	  /* the next attempt is not due before "due" */
	NEXT_APPROVED,	  /* enough votes: complete the step in the name of the last voter */
	NEXT_EXPIRED,	  /* the time for approving is over: fail the step */
	NEXT_INTERRUPTED, /* a step is Running: if nobody runs it, its outcome is unknown */
};

struct next {
	enum next_kind kind;
	const struct step_state *step; /* NULL for NEXT_NOTHING */
	int64_t due; /* NEXT_WAIT_TIME, NEXT_WAIT_PERSON with an expiry: ms since 1970; else 0 */
};

/*
 * When the next attempt of which that event says not_before is due; 0: at once, also because no
 * pause can be as long as from now to then.
 */
int64_t next_attempt_due(const struct event *, int64_t now);
/* Decides for the time now (ms since 1970). */
struct next request_next(const struct request *, int64_t now);
/*
 * Whether a request with that latest event may have something to do now, or a next attempt within
 * patience (ms).  It costs one event where request_next() costs all, for which the votes of a step
 * carry its expires_at.  False: there is nothing.
 */
bool next_may_move(const struct event *latest, int64_t now, int64_t patience);
/*
 * The event of what is decided already: for NEXT_APPROVED that the step is completed, in the name
 * of the last voter; for NEXT_EXPIRED that it failed, in the name of created_by.
 */
void next_prepare_event(const struct request *, const struct next *, const char *created_by,
    int64_t now, struct event *out);

#endif
