/* SPDX-License-Identifier: ISC */
/* What the placeholders of a pipeline stand for; private to pipeline*.c. */
#ifndef MODEL_PIPELINE_PIPELINE_PLACEHOLDERS_H
#define MODEL_PIPELINE_PIPELINE_PLACEHOLDERS_H

#include <stdbool.h>

#include "model/pipeline/pipeline.h"

/*
 * Checks the placeholders' names, and adds an implicit field for each that nothing answers.
 * ordered: the steps are in the order in which they are run.
 */
void pipeline_link_placeholders(struct arena *, struct pipeline *, bool ordered, struct faults *);

#endif
