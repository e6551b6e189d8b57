/* SPDX-License-Identifier: ISC */
/*
 * A pipeline: a form and a chain of steps.  A file is checked before a request is made from it;
 * what a request keeps was checked then, and is only built.
 */
#ifndef MODEL_PIPELINE_PIPELINE_H
#define MODEL_PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name-map.h"
#include "model/pipeline/form.h"
#include "model/step-type.h"

struct arena;
struct faults;
struct strbuf;
struct value;

struct step {
	const char *name;
	const char *type_name;
	const struct step_type *type;	/* NULL: this program has no such type */
	const struct value *parameters; /* as written, with placeholders; NULL: none */
	enum step_pause pauses;
	struct approval_policy approval; /* of one that pauses for people */
};

/*
 * The number of the rules by which this version reads, fills in and sends a pipeline.  It is one
 * higher in a version that gives a word another meaning; a request is run by the rules that it was
 * made by, because its approvers saw what these make of it, or not at all.
 */
#define PIPELINE_RULES 4

struct pipeline {
	int64_t rules; /* that it was written by; above PIPELINE_RULES its steps cannot be run */
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
 * Builds a pipeline from a document that was checked once, by whichever version; everything in
 * *out is borrowed from the document or lives in the arena.  default_name is the pipeline's name
 * when the document gives none.  Only what has no steps in an order is refused: a step whose type
 * is not known, or whose parameters do not fit, is reported by pipeline_step_check().  rules is the
 * number that it was written by.  Returns 0, or -1 with err.
 */
int pipeline_build(struct arena *, const struct value *document, const char *default_name,
    int64_t rules, const struct step_type *const *types, struct pipeline *out, struct strbuf *err);
/*
 * Builds a pipeline from a document that is new, and adds every fault; the pipeline is usable only
 * when there was none.
 */
void pipeline_check(struct arena *, const struct value *document, const char *default_name,
    const struct step_type *const *types, struct pipeline *out, struct faults *);
/*
 * Whether this program can run the step: it knows the pipeline's rules and the step's type, and
 * the parameters fit as they are written.  Returns 0, or -1 with err.
 */
int pipeline_step_check(const struct pipeline *, const struct step *, struct strbuf *err);
/* Appends, in a line without a newline, what the step does; nothing when its type is unknown. */
void pipeline_step_describe(const struct step *, struct strbuf *out);
/*
 * Calls each for every name of an output that the step's parameters declare; never for a step of an
 * unknown type, whose outputs are unknown too.
 */
void pipeline_each_output(
    const struct step *, void (*each)(void *context, const struct value *name), void *context);
/* A place in a step's parameters at which ${secret:NAME} stands. */
struct secret_place {
	const char *name;	   /* NAME */
	const char *parameter;	   /* in which it stands */
	const struct value *where; /* the text */
};
/*
 * Calls each for every secret in the parameters of a step of the pipeline; the names are in the
 * arena.
 */
void pipeline_each_secret(struct arena *, const struct pipeline *, const struct step *,
    void (*each)(void *context, const struct secret_place *), void *context);
/* NULL: there is no such step. */
const struct step *pipeline_step(const struct pipeline *, const char *name);

#endif
