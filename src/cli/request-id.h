/* SPDX-License-Identifier: ISC */
/* The ids of requests, as they are typed. */
#ifndef CLI_REQUEST_ID_H
#define CLI_REQUEST_ID_H

#include <stddef.h>
#include <stdint.h>

struct arguments;
struct context;

/* Returns 0, or -1 with "not a request id" in context->err. */
int request_id_parse(struct context *, const char *text, uint64_t *out);
/*
 * All operands, each once, in the order given; *ids is in the context's arena.  Returns as above.
 */
int request_ids_parse(struct context *, const struct arguments *, uint64_t **ids, size_t *count);

#endif
