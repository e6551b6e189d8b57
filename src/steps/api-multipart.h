/* SPDX-License-Identifier: ISC */
/* A body in parts (RFC 7578): what each holds comes from the pipeline, never from a file. */
#ifndef STEPS_API_MULTIPART_H
#define STEPS_API_MULTIPART_H

#include "model/parameters.h"

struct step_plan;
struct strbuf;
struct value;

/* const struct value *: name -> text, a map of content, filename and type, or a list of these. */
extern const struct parameter_kind kind_parts;

/*
 * Appends the body.  Returns its boundary, in the plan's arena: each attempt has the same one, and
 * it is in no part.
 */
const char *api_multipart_add(const struct step_plan *, const struct value *parts, struct strbuf *);

#endif
