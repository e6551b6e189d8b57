/* SPDX-License-Identifier: ISC */
/* A request in full, for people. */
#ifndef CLI_REQUEST_TEXT_H
#define CLI_REQUEST_TEXT_H

#include <stdint.h>

struct context;
struct request;

/*
 * Prints it on standard output: the request, its steps, who is waited for, and what is next.  Of
 * one that is Pending, the policy was loaded.
 */
void print_request_text(struct context *, const struct request *, int64_t now);

#endif
