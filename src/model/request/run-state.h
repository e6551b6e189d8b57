/* SPDX-License-Identifier: ISC */
/*
 * Whether a step that is Running, and that no people decide about, is still being run.
 *
 * Where the store sees every lock the lock of the request says it.  Elsewhere, as on a network file
 * system, a lock that is not seen says nothing: what counts is the process that the Running event
 * names, and of one that cannot be seen either, whether running the step again does no harm.
 */
#ifndef MODEL_REQUEST_RUN_STATE_H
#define MODEL_REQUEST_RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/process-identity.h"

struct event;
struct request;
struct step_state;
struct strbuf;

/* What can be seen of whoever runs a step. */
struct run_sight {
	bool locked;	    /* somebody, and not who looks, holds the lock of its request */
	const char *medium; /* on what a lock may be there unseen, such as "NFS"; NULL: none may */
	enum process_sight process; /* that the Running event names */
};

enum run_state {
	RUN_GOES_ON,	 /* somebody runs it */
	RUN_INTERRUPTED, /* nobody does, or it may be run again as if nobody did */
	RUN_UNSEEN,	 /* nobody here can tell, and it may not be run again */
};

/* By what can be seen alone. */
enum run_state run_state_seen(const struct run_sight *);
/*
 * For the time now (ms since 1970): what is RUN_UNSEEN is taken for interrupted when it is
 * repeatable and the longest that it can take is over.
 */
enum run_state run_state_of(
    const struct request *, const struct step_state *, const struct run_sight *, int64_t now);
/*
 * When the run of a step is over at the latest, should clocks agree: ms since 1970.  0: nobody
 * knows.
 */
int64_t run_over_at(const struct request *, const struct step_state *);
/*
 * Appends of a step that is RUN_UNSEEN, not shown yet, who runs it or did, and the ways on: what
 * follows "step 'Call' ".
 */
void run_add_unseen(struct strbuf *, const struct request *, const struct step_state *,
    const struct run_sight *, const char *program);
/* The process that a Running event names; its texts are the event's. */
struct process_identity run_process(const struct event *);

#endif
