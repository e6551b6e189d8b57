/* SPDX-License-Identifier: ISC */
/*
 * The ways on from a failed step, which decision.c decides by: whether an admin may settle it or
 * have it run again, and the commands by which that is said, whole, as they can be typed.
 */
#ifndef MODEL_RESOLVE_H
#define MODEL_RESOLVE_H

#include "model/decision.h"

struct request;
struct step_state;
struct strbuf;

/*
 * Each returns VERDICT_DECIDED, or why not: VERDICT_REFUSED with the reason in why, or
 * VERDICT_INVALID with the faults of the outputs in input->faults.  The request has failed, or is
 * Cancelled with an unknown outcome.
 */
enum verdict
resolve_check(const struct request *, const struct decision_input *, struct strbuf *why);
/* That nobody runs its step any more; the step is under way. */
enum verdict resolve_check_interrupted(
    const struct request *, const struct decision_input *, struct strbuf *why);
enum verdict retry_check(const struct request *, const struct decision_input *, struct strbuf *why);

/* Appends "was carried out (201)" or "may have been carried out"; nothing for no effect. */
void resolve_add_effect(struct strbuf *, const struct step_state *);

/*
 * Appends "<program> resolve 7 --completed --output ticket=VALUE -m "..."", with an option for each
 * output that later steps need.
 */
void resolve_add_completed(struct strbuf *, const struct request *, const char *program);
/* Appends "<program> resolve 7 --failed -m "..."". */
void resolve_add_failed(struct strbuf *, const struct request *, const char *program);
/* Appends "<program> retry 7", with --again when it is refused without. */
void resolve_add_retry(struct strbuf *, const struct request *, const char *program);

#endif
