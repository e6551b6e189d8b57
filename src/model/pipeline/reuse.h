/* SPDX-License-Identifier: ISC */
/*
 * What a workspace and a pipeline say once for many steps: vars, ${var:NAME}, and the defaults of a
 * step type.  It is put into the steps when the pipeline is read, so that a request keeps what was
 * meant then.
 */
#ifndef MODEL_PIPELINE_REUSE_H
#define MODEL_PIPELINE_REUSE_H

#include <stdbool.h>

struct arena;
struct faults;
struct step_type;
struct strbuf;
struct value;

/* What the workspace says; a pipeline's own wins. */
struct reuse {
	const struct value *vars;     /* map of names and values; NULL: none */
	const struct value *defaults; /* map of step types and maps of parameters; NULL: none */
	bool unknown;		      /* there is no workspace that could say */
};

/*
 * Checks the "vars" or the "defaults" of a document: the shape, and that a var is fixed, without
 * placeholders.  Adds a fault for each part that does not fit.
 */
void reuse_check_vars(const struct value *vars, struct faults *);
void reuse_check_defaults(
    const struct value *defaults, const struct step_type *const *types, struct faults *);
/*
 * Returns a copy of the document, in the arena, in whose steps the defaults and vars are, and which
 * has no others; adds a fault for each var that is not there, at the place that names it.
 */
struct value *reuse_resolve(struct arena *, struct value *document, const struct reuse *,
    const struct step_type *const *types, struct faults *);

#endif
