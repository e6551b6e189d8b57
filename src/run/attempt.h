/* SPDX-License-Identifier: ISC */
/* What the outcome of a run becomes. */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include <stdint.h>

struct event;
struct step_run;

/* The event for how the run ended; with not_before when it is to be tried again. */
void
advance_outcome(const struct step_run *, int64_t duration_ms, const char *actor, struct event *out);

#endif
