/* SPDX-License-Identifier: ISC */
/*
 * How a failed request goes on by the present steps of its pipeline ("update --pipeline"), which
 * decision.c decides by.
 */
#ifndef MODEL_MEND_H
#define MODEL_MEND_H

#include "model/decision.h"

struct event;
struct request;
struct step_state;
struct strbuf;

/*
 * Whether the pipeline of the input may take the place of that of the request, which has failed.
 * Sets in *out what is particular to the event, for VERDICT_DECIDED.  Returns also VERDICT_REPEATED
 * when the request has that pipeline and that form data already, VERDICT_REFUSED with the reason in
 * why, or VERDICT_INVALID with the faults of the form data in input->faults.
 */
enum verdict mend_check(
    const struct request *, const struct decision_input *, struct event *out, struct strbuf *why);
/*
 * Whether the latest that happened to the request is that it was mended, so that it goes on by the
 * pipeline that was brought then.
 */
bool mend_is_latest(const struct request *);
/* Whether that was done with the pipeline and the form data of the input. */
bool mend_is_repeated(const struct request *, const struct decision_input *);
/*
 * The failed step that is free to run again once that event is recorded, which *out says: the same
 * decision.  Returns false when there is none: it has to be decided about, or is there no more.
 */
bool mend_frees(const struct request *, const struct decision_input *, const struct event *mended,
    struct event *out);

/* Appends what to do instead, for a request that is in no state to be mended; maybe nothing. */
void mend_add_instead(struct strbuf *, const struct request *, const char *program);

#endif
