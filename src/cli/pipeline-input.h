/* SPDX-License-Identifier: ISC */
/* The pipeline that a command is given by its name. */
#ifndef CLI_PIPELINE_INPUT_H
#define CLI_PIPELINE_INPUT_H

#include "model/exit-code.h"

struct context;
struct pipeline;

/*
 * Finds the pipeline and checks it; it is in the context's arena.  Returns CODE_DONE; CODE_INVALID
 * with every fault printed; or CODE_ERROR with the reason in context->err.
 */
enum exit_code pipeline_input_find(struct context *, const char *name, struct pipeline *out);

#endif
