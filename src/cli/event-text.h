/* SPDX-License-Identifier: ISC */
/* The audit trail: an event on one line, for people and for programs. */
#ifndef CLI_EVENT_TEXT_H
#define CLI_EVENT_TEXT_H

#include <stddef.h>

struct context;
struct event;
struct request;
struct strbuf;

/*
 * Prints the event of that index on standard output: when, what, who, about which step, and why;
 * of changed form data, what it is now.  Secret fields are masked.  Of a pipeline that takes the
 * place of another, lines follow that say what is different.
 */
void print_event_text(struct context *, const struct request *, size_t index);
/* Prints it as it is stored, secret fields masked. */
void print_event_json(struct context *, const struct request *, size_t index);

/* That it is another's file which says what somebody did; nothing when there is no such doubt. */
void
print_add_doubt(struct strbuf *, struct context *, const struct request *, const struct event *);

#endif
