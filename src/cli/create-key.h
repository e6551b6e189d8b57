/* SPDX-License-Identifier: ISC */
/* The key of a requester for a request that is to be recorded, and what exists under it. */
#ifndef CLI_CREATE_KEY_H
#define CLI_CREATE_KEY_H

#include <stdint.h>

#include "model/exit-code.h"

struct context;
struct request;
struct value;

#define KEY_MAX_BYTES 255

/* Returns CODE_DONE, or CODE_USAGE with the reason in context->err: it cannot be a key. */
enum exit_code create_key_check(struct context *, const char *key);
/*
 * Loads the requester's request that has the key, if there is one: its id stays 0 otherwise.  The
 * request is initialised, and the caller's.  Returns CODE_DONE, or an exit code with context->err.
 */
enum exit_code create_key_find(struct context *, const char *key, struct request *existing);
/*
 * The own name of the pipeline that is meant by a name now; of one whose file is gone, the name
 * itself.
 */
const char *create_key_pipeline(struct context *, const char *name);
/*
 * Whether what exists under the key is of that pipeline and replaces that request (0: none).
 * Returns CODE_DONE, or CODE_ERROR with context->err.
 */
enum exit_code create_key_compare_origin(struct context *, const char *key,
    const struct request *existing, const char *pipeline_name, uint64_t replaces);
/* Whether it was created with these answers, by the form as it was then: likewise. */
enum exit_code create_key_compare_data(
    struct context *, const char *key, const struct request *existing, const struct value *given);

#endif
