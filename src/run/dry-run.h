/* SPDX-License-Identifier: ISC */
/* Showing what would be sent, and sending nothing. */
#ifndef RUN_DRY_RUN_H
#define RUN_DRY_RUN_H

#include <stdint.h>

struct strbuf;
struct workspace;

/*
 * Prints, on standard output, the request of each step of a service request that has not
 * completed: every byte as it would be sent, but with secrets and credentials masked, and without
 * the CR at the ends of lines.  What is said about it begins with "# ".  Returns the exit code:
 * CODE_FAILED when the step whose turn it is cannot be filled in or sent; or -1 with err.
 */
int dry_run(const struct workspace *, uint64_t id, struct strbuf *err);

#endif
