/* SPDX-License-Identifier: ISC */
/* How the steps of a document hang together; private to pipeline*.c. */
#ifndef MODEL_PIPELINE_STEPS_H
#define MODEL_PIPELINE_STEPS_H

#include <stdbool.h>

#include "model/pipeline.h"

/* A step as the document has it; name or type are NULL after a fault. */
struct raw_step {
	const struct value *map;
	struct step step;
	struct raw_step *next;
	const struct raw_step *previous;
	bool reached;
};

/*
 * Checks next, previous, first and terminal steps, and puts the steps into out in the order in
 * which they are run.
 */
void pipeline_chain(struct arena *, const struct value *document, struct raw_step *, size_t count,
    struct pipeline *out, struct faults *);
/* Checks the placeholders' names, and adds an implicit field for each that nothing answers. */
void pipeline_link_placeholders(struct arena *, struct pipeline *, struct faults *);

#endif
