/* SPDX-License-Identifier: ISC */
/* The order of the steps of a document; private to pipeline*.c. */
#ifndef MODEL_PIPELINE_CHAIN_H
#define MODEL_PIPELINE_CHAIN_H

#include <stdbool.h>

#include "model/pipeline/pipeline.h"

/* A step as the document has it; name or type are NULL after a fault. */
struct raw_step {
	const struct value *map;
	struct step step;
	struct raw_step *next;
	const struct raw_step *previous;
	bool lost; /* next_step_name was wrong; the fault is already reported */
	bool reached;
};

/*
 * Checks next, previous, first and terminal steps, and puts the steps into out in the order in
 * which they are run.  False: that order is not known, and they are in that of the document.
 */
bool pipeline_chain(struct arena *, const struct value *document, struct raw_step *, size_t count,
    struct pipeline *out, struct faults *);

#endif
