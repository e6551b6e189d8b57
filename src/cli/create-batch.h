/* SPDX-License-Identifier: ISC */
/* "svcreq create --batch": many requests of one pipeline, all or none. */
#ifndef CLI_CREATE_BATCH_H
#define CLI_CREATE_BATCH_H

#include "model/exit-code.h"

struct arguments;
struct context;

/* Prints the ids in the order of the lines.  Returns an exit code, with context->err. */
enum exit_code create_batch(struct context *, const struct arguments *);

#endif
