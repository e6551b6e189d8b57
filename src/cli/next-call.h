/* SPDX-License-Identifier: ISC */
/* What a request will send next, shown before it is sent. */
#ifndef CLI_NEXT_CALL_H
#define CLI_NEXT_CALL_H

struct context;
struct request;

/* Prints the call that will be made next, secrets masked; nothing when there is none. */
void print_next_call(struct context *, const struct request *);
/*
 * A text with placeholders, filled in with what can be shown; unchanged where it cannot be filled
 * in.
 */
const char *next_call_fill(struct context *, const struct request *, const char *text);

#endif
