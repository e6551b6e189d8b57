/* SPDX-License-Identifier: ISC */
/* The events of advancing a request: what is filled in, and what an outcome becomes. */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include <stdint.h>

struct event;
struct step_run;
struct strbuf;
struct workspace;

/*
 * Fills in the parameters of the step, secrets too.  The run's redactor knows the secrets of
 * every step afterwards, those that can be read.  Returns 0, or -1 with err.
 */
int advance_fill(const struct workspace *, struct step_run *, struct strbuf *err);

/* The text with the run's secrets masked, in its arena. */
const char *advance_masked(const struct step_run *, const char *text);

/* The event for how the run ended; with not_before when it is to be tried again. */
void
advance_outcome(const struct step_run *, int64_t duration_ms, const char *actor, struct event *out);

#endif
