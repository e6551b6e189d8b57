/* SPDX-License-Identifier: ISC */
/* Handing over to another program: svcreq-run, or a command that is not built in. */
#ifndef CLI_EXEC_H
#define CLI_EXEC_H

#include <stddef.h>
#include <stdint.h>

#include "model/exit-code.h"

struct context;

/*
 * Writes what was printed, then becomes "svcreq-run -C <workspace>" with those arguments.  Returns
 * only on an error: CODE_ERROR with context->err.
 */
enum exit_code exec_run(struct context *, const char *const *arguments, size_t count);
/* The same for one request, as after a decision: no fault when another process runs it. */
enum exit_code exec_run_if_free(struct context *, uint64_t id);

/*
 * Becomes svcreq-<name>, from the folder of svcreq-run or, in the caller's own workspace and
 * with the caller's own rights, from $PATH.  argv[0] is the name.
 * Returns only on an error: CODE_USAGE when there is no such program, CODE_ERROR when it cannot be
 * run.
 */
enum exit_code exec_external(struct context *, char **argv);

#endif
