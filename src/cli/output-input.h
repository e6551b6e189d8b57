/* SPDX-License-Identifier: ISC */
/* Outputs from the command line: --output name=value, --output-json name=7 and --outputs file. */
#ifndef CLI_OUTPUT_INPUT_H
#define CLI_OUTPUT_INPUT_H

#include "model/exit-code.h"

struct arguments;
struct context;
struct value;

/* The lines of an option table that output_input_read() looks for. */
#define OUTPUT_INPUT_OPTIONS                                                                      \
	{0, "output", "<name>=<value>", "an output of the step, as text", OPTION_ADDS},           \
	    {0, "output-json", "<name>=<json>", "the same of any type, in JSON", OPTION_ADDS},    \
	{                                                                                         \
		0, "outputs", "<file>", "all in a JSON object, - for standard input", OPTION_ONCE \
	}

struct output_input {
	const char *file; /* for messages; NULL: there was none */
	struct value
	    *given; /* a map, in the context's arena; NULL: none of the options was given */
};

/* Returns CODE_DONE, or an exit code with the reason in context->err. */
enum exit_code
output_input_read(struct context *, const struct arguments *, struct output_input *out);

#endif
