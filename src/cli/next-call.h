/* SPDX-License-Identifier: ISC */
/* What a request will send next, shown before it is sent. */
#ifndef CLI_NEXT_CALL_H
#define CLI_NEXT_CALL_H

struct context;
struct request;
struct step_state;

/* Prints the call that will be made next, secrets masked; nothing when there is none. */
void print_next_call(struct context *, const struct request *);
/*
 * A text of a step with placeholders, filled in with what can be shown; unchanged where it cannot
 * be filled in.
 */
const char *next_call_fill(
    struct context *, const struct request *, const struct step_state *, const char *text);

#endif
