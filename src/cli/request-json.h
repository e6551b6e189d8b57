/* SPDX-License-Identifier: ISC */
/* A request as one line of JSON, for programs. */
#ifndef CLI_REQUEST_JSON_H
#define CLI_REQUEST_JSON_H

#include <stdbool.h>

struct context;
struct request;

/*
 * Prints it on standard output; in_full adds form data, remarks and steps.  Of a Pending request
 * it needs the policy.
 */
void print_request_json(struct context *, const struct request *, bool in_full);

#endif
