/* SPDX-License-Identifier: ISC */
/* A pipeline: a form and a chain of steps, checked. */
#ifndef MODEL_PIPELINE_PIPELINE_H
#define MODEL_PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/pipeline/form.h"
#include "base/name-map.h"

struct arena;
struct faults;
struct step_type;
struct value;

struct step {
	const char *name;
	const struct step_type *type;
	const struct value *parameters; /* as written, with placeholders; NULL: none */
};

struct pipeline {
	const char *name;
	const char *description;     /* NULL: none */
	const struct value *version; /* NULL: none */
	struct form form;
	struct step *steps; /* in the order in which they are run */
	size_t step_count;
	struct name_map places;	    /* of the steps */
	const struct value *source; /* the document */
};

#define STEP_NAME_MAX 200

/*
 * Reads a document into *out; everything is borrowed from the document or lives in the
 * arena.  default_name is the pipeline's name when the document gives none.  Every fault
 * is added; the pipeline is usable only when there was none.
 */
void pipeline_parse(struct arena *, const struct value *document, const char *default_name,
    struct pipeline *out, struct faults *);
/* NULL: there is no such step. */
const struct step *pipeline_step(const struct pipeline *, const char *name);

#endif
