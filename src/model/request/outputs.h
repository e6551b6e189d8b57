/* SPDX-License-Identifier: ISC */
/* The outputs of a step: which it gives, which of them later steps need, and what can be kept. */
#ifndef MODEL_REQUEST_OUTPUTS_H
#define MODEL_REQUEST_OUTPUTS_H

struct arena;
struct request;
struct step;
struct step_state;
struct strbuf;
struct value;

#define OUTPUTS_MAX_BYTES (1024 * 1024)

/* The names that the step declares, a list in the arena; NULL: its type is unknown, as they are. */
const struct value *outputs_declared(struct arena *, const struct step *);
/*
 * The names that the step must give so that the steps after it can be filled in, in the order in
 * which they are needed; a list in the arena.  The step is not completed.
 */
const struct value *
outputs_needed(struct arena *, const struct request *, const struct step_state *);
/*
 * Whether an event can keep them, and be read again: a map.  Returns 0, or -1 with err, which goes
 * on after "the outputs cannot be kept: ".
 */
int outputs_check(const struct value *outputs, struct strbuf *err);

#endif
