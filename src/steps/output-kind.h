/* SPDX-License-Identifier: ISC */
/* The outputs that an API step names: which part of an answer each is, and what if it is not there. */
#ifndef STEPS_OUTPUT_KIND_H
#define STEPS_OUTPUT_KIND_H

#include "model/parameters.h"

struct value;

/* const struct value *: name -> JSON Pointer, or a map that says another part of the answer. */
extern const struct parameter_kind kind_outputs;

enum output_source {
	OUTPUT_POINTER,
	OUTPUT_HEADER,
	OUTPUT_STATUS,
	OUTPUT_BODY,
};

struct output_spec {
	enum output_source source;
	const char *text;	      /* the pointer, or the name of the header */
	const struct value *fallback; /* NULL: without it, the step fails */
};

/* Returns what the value of an output says, which was checked; borrowed. */
struct output_spec output_spec_of(const struct value *written);

#endif
