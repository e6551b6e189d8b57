/* SPDX-License-Identifier: ISC */
/* The outputs of a call: what its step takes out of the answer. */
#ifndef STEPS_API_OUTPUTS_H
#define STEPS_API_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

struct http_response;
struct step_run;
struct strbuf;
struct value;

/* Returns how much of the body was not perhaps cut off in the middle of a secret. */
size_t api_body_whole(const struct step_run *, const struct http_response *);

/* Whether the body can have broken off where nobody but its reader could notice. */
bool api_body_can_be_cut(const struct step_run *, const struct http_response *);

/*
 * Takes the outputs that the step's parameters name out of the body, into *out, in the run's arena.
 * Returns 0; 1 with err when what arrived is the beginning of a body that has perhaps broken off:
 * another answer may be whole; or -1 with err.
 */
int api_outputs_take(
    struct step_run *, const struct http_response *, const struct value **out, struct strbuf *err);

#endif
