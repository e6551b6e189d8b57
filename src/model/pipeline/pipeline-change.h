/* SPDX-License-Identifier: ISC */
/* What differs between two pipelines of which one takes the place of the other. */
#ifndef MODEL_PIPELINE_PIPELINE_CHANGE_H
#define MODEL_PIPELINE_PIPELINE_CHANGE_H

#include <stdbool.h>

struct pipeline;
struct step;
struct strbuf;

/*
 * Whether two steps do the same: name, type and parameters are equal as values, however they are
 * written.  No parameters are as good as an empty map.
 */
bool pipeline_step_equal(const struct step *, const struct step *);
/* Whether two pipelines do the same: equal steps in the same order, by the same rules. */
bool pipeline_steps_equal(const struct pipeline *, const struct pipeline *);

/*
 * Each appends what differs, for people: nothing when the two are equal.  Of two steps of one name
 * "timeout was "30s", is "1m"; data.host was absent, is "a"", and of two pipelines a line for each
 * difference: what the documents say, the rules, the form, the steps.  These lines are shown text
 * (base/shown.h).
 */
void pipeline_step_compare(const struct step *old, const struct step *step, struct strbuf *out);
void pipeline_compare(const struct pipeline *old, const struct pipeline *, struct strbuf *out);

#endif
