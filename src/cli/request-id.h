/* SPDX-License-Identifier: ISC */
/* The ids of requests, as they are typed. */
#ifndef CLI_REQUEST_ID_H
#define CLI_REQUEST_ID_H

#include <stddef.h>
#include <stdint.h>

struct arguments;
struct context;

/* Whole numbers from 1 on, without sign or leading zeros.  0: it is not one, or too large. */
int64_t count_parse(const char *text);
/* Returns 0, or -1 with "not a request id" in context->err. */
int request_id_parse(struct context *, const char *text, uint64_t *out);
/*
 * All operands, each once, in the order given; *ids is in the context's arena.  Returns as above.
 */
int request_ids_parse(struct context *, const struct arguments *, uint64_t **ids, size_t *count);

#endif
