/* SPDX-License-Identifier: ISC */
/* Whether the steps of a pipeline can be run with what was filled in. */
#ifndef MODEL_PIPELINE_PIPELINE_FORM_H
#define MODEL_PIPELINE_PIPELINE_FORM_H

struct arena;
struct faults;
struct pipeline;
struct value;

/*
 * Fills the data that form_check() gave into the parameters of each step and checks them as they
 * are checked when the step is run, so that what could never be sent is refused before anything
 * is.  Parameters, and members of those that are maps, with outputs or secrets in them are left
 * to the run.  A fault, without a place, names the step; none has the value of a secret field.
 */
void pipeline_form_check(
    struct arena *, const struct pipeline *, const struct value *data, struct faults *);

#endif
