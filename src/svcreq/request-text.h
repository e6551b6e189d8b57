/* SPDX-License-Identifier: ISC */
/* A request in full, for people. */
#ifndef SVCREQ_REQUEST_TEXT_H
#define SVCREQ_REQUEST_TEXT_H

#include <stdint.h>

struct context;
struct request;
struct strbuf;

/*
 * Prints it on standard output: the request, its steps, who is waited for, and what is next.  Of
 * one that is Pending, the policy was loaded.
 */
void print_request_text(struct context *, const struct request *, int64_t now);
/* Prints the call that will be made next, secrets masked; nothing when there is none. */
void print_next_call(struct context *, const struct request *);
/* A text with placeholders, filled in with what can be shown; as it stands where it cannot be. */
const char *fill_for_show(struct context *, const struct request *, const char *text);

#endif
