/* SPDX-License-Identifier: ISC */
/* Showing what would be sent, and sending nothing. */
#ifndef RUN_DRY_RUN_H
#define RUN_DRY_RUN_H

#include <stdint.h>

#include "model/exit-code.h"

struct workspace;

/*
 * Prints, on standard output, what each step of a request that has not completed is going to do
 * (step_plan_show).  What is said about it begins with "# ".  Returns the exit code: CODE_FAILED
 * when the step whose turn it is cannot be filled in or sent; CODE_ERROR, with a message on
 * standard error, when the request cannot be loaded.
 */
enum exit_code dry_run(const struct workspace *, uint64_t id);

#endif
