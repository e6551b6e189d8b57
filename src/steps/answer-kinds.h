/* SPDX-License-Identifier: ISC */
/*
 * The kinds of parameters that are about an answer: the outputs, which part of it each is and what
 * if that is not there, and what is expected of it.
 */
#ifndef STEPS_ANSWER_KINDS_H
#define STEPS_ANSWER_KINDS_H

#include "model/parameters.h"

struct value;

/* const struct value *: name -> JSON Pointer, or a map that says another part of the answer. */
extern const struct parameter_kind kind_outputs;

/* const struct value *: JSON Pointer -> condition (model/condition.h) */
extern const struct parameter_kind kind_conditions;

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
