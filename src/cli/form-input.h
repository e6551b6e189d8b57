/* SPDX-License-Identifier: ISC */
/* Form data from the command line: -f name=value and --form-data file. */
#ifndef CLI_FORM_INPUT_H
#define CLI_FORM_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/exit-code.h"

struct arguments;
struct context;
struct faults;
struct pipeline;
struct value;

/* The lines of an option table that form_input_read() looks for. */
#define FORM_INPUT_OPTIONS                                                                        \
	{'f', "field", "<name>=<value>", "fill in a field; again for each box of checkboxes",     \
	    OPTION_ADDS},                                                                         \
	{                                                                                         \
		0, "form-data", "<file>",                                                         \
		    "fill in the fields of a JSON or YAML map, - for standard input", OPTION_ONCE \
	}

struct form_input {
	const char *file;    /* for messages; NULL: there was none */
	struct value *given; /* map of field name -> value, in the context's arena */
	bool from_stdin;
};

/* Returns CODE_DONE, or an exit code with the reason in context->err. */
enum exit_code form_input_read(struct context *, const struct arguments *, struct form_input *out);
/*
 * form_check(), then pipeline_form_check(), with every fault printed as form_input_say() does.
 * Returns CODE_DONE or CODE_INVALID.
 */
enum exit_code form_input_check(struct context *, const struct pipeline *,
    const struct form_input *, const struct value **data);
/*
 * Prints the faults of form data on standard error, in the words of the file that they were
 * initialised with, or of "svcreq: ".
 */
void form_input_say(struct faults *);

/*
 * The value of -m; NULL: not given.  Returns CODE_DONE, or CODE_USAGE with the reason in
 * context->err.
 */
enum exit_code form_input_remarks(struct context *, const struct arguments *, const char **out);

#endif
