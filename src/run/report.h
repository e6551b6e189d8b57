/* SPDX-License-Identifier: ISC */
/* What svcreq-run says while it works, on standard error and at the end of a step's log. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct next;
struct request;
struct log;

/* "svcreq: request 7: ..." */
void report_error(uint64_t id, const char *why);
/* The event that the request has just got.  quiet: only when it is a failure. */
void report_event(const struct request *, bool quiet);
/* The next event of the request, how a step ended, as the last line of the step's log. */
void report_in_log(const struct request *, const struct event *, struct log *);
/* An event that tells how a step ended, and that could not be published. */
void report_unrecorded(const struct event *, const char *why);
/* How the request stands, when nothing more can be done now.  quiet: nothing. */
void report_standing(const struct request *, const struct next *, bool quiet);

#endif
