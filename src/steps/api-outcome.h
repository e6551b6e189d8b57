/* SPDX-License-Identifier: ISC */
/* What the end of an HTTP call means for its step. */
#ifndef STEPS_API_OUTCOME_H
#define STEPS_API_OUTCOME_H

#include <stdbool.h>

struct http_response;
struct step_run;

/* Whether the status is one of the step's success_status. */
bool api_is_success(const struct step_run *, int status);

/*
 * Whether the call is repeatable and succeeded, but outputs are asked of its answer that has broken
 * off: another answer may be whole.
 */
bool api_is_cut(struct step_run *, const struct http_response *);

/* Writes status, headers (credentials masked) and body to the step's log. */
void api_log_response(struct step_run *, const struct http_response *);

/*
 * Ends the run: completed with its outputs; failed; or, when the call may have acted and
 * nobody knows, failed with the reason outcome_unknown.
 */
void api_finish(struct step_run *, const struct http_response *);

#endif
