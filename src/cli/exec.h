/* SPDX-License-Identifier: ISC */
/* Handing over to another program: svcreq-run, or a command that is not built in. */
#ifndef CLI_EXEC_H
#define CLI_EXEC_H

#include <stddef.h>
#include <stdint.h>

#include "model/exit-code.h"

struct context;

/*
 * Becomes "svcreq-run -C <workspace>" with those arguments, after what was printed has been
 * written.  Returns only when it cannot: CODE_ERROR with the reason in context->err.
 */
enum exit_code exec_run(struct context *, const char *const *arguments, size_t count);
/* The same for one request, as after a decision: no fault when another process runs it. */
enum exit_code exec_run_if_free(struct context *, uint64_t id);

/*
 * Becomes svcreq-<name>, from where svcreq-run is or from $PATH.  argv[0] is the name.  Returns
 * only when it cannot: CODE_USAGE when there is no such program, CODE_ERROR when it cannot be
 * run.
 */
enum exit_code exec_external(struct context *, char **argv);

/*
 * Writes out what is waiting for standard output.  Returns 0, or -1 with the reason in
 * context->err and output_failed set.
 */
int finish_output(struct context *);

#endif
