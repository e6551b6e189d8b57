/* SPDX-License-Identifier: ISC */
/*
 * One attempt to run a step: its parameters with the secrets in them, its log, the executor that
 * runs it, and the event that tells how it ended.
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "steps/executor.h"

struct event;
struct request;
struct step_state;
struct strbuf;
struct workspace;

struct attempt {
	const struct step_executor *executor; /* NULL: no program for that type */
	struct step_run run;
	struct arena arena; /* lives as long as the attempt */
	int64_t started;    /* by loop_monotonic() */
	bool logged;	    /* how it ended is in the log */
};

/*
 * Begins an attempt and opens the step's log, to which nothing is written.  One that was begun
 * before is ended.  The workspace, the request, the step and the tools are borrowed.
 */
void attempt_begin(struct attempt *, const struct workspace *, const struct request *,
    const struct step_state *, struct step_tools *);
/* Closes the log and frees what the attempt has; it is all zero then.  It may be so before. */
void attempt_end(struct attempt *);

/*
 * Makes an attempt that was begun ready to be run.  Returns REASON_NONE, or with err why the step
 * cannot be started.
 */
enum reason attempt_prepare(struct attempt *, const struct workspace *, struct strbuf *err);

/*
 * Whether the owner of the workspace may be able to do what could not be prepared.  Nobody else
 * concludes that a secret or a file is missing at all, or ends a step for it.
 */
bool attempt_is_for_owner(const struct attempt *, const struct workspace *);
/* Whether it does no harm although one before it was carried out.  It is prepared. */
bool attempt_is_repeatable(const struct attempt *);

/*
 * Whether its step still waits for the outcome, also because somebody has said that it was
 * interrupted.  run.step is that of the request as it is now; NULL: it is gone.
 */
bool attempt_is_awaited(const struct attempt *);

/*
 * Makes the event for how a run ended, at the time now (ms since 1970); with not_before when it is
 * to be tried again.
 */
void attempt_outcome(const struct step_run *, int64_t now, int64_t duration_ms, const char *actor,
    struct event *out);

/*
 * Changes an outcome that cannot be recorded, for the reason why, to one that takes less room: the
 * step failed for want of its outputs, and was carried out.  Returns false when it has none.
 */
bool attempt_leave_out_outputs(const struct step_run *, const char *why, struct event *);

#endif
