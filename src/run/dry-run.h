/* SPDX-License-Identifier: ISC */
/* Showing what would be sent, and sending nothing. */
#ifndef RUN_DRY_RUN_H
#define RUN_DRY_RUN_H

#include "model/exit-code.h"

struct request;
struct workspace;

/*
 * Prints, on standard output, what each step of a request that has not completed is going to do
 * (step_plan_show).  What is said about it begins with "# ".  Returns the exit code: CODE_FAILED
 * when the step whose turn it is cannot be filled in or sent.
 */
enum exit_code dry_run_show(const struct workspace *, const struct request *);

#endif
