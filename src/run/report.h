/* SPDX-License-Identifier: ISC */
/* What svcreq-run says while it works, on standard error and at the end of a step's log. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct next;
struct request;
struct run_sight;
struct step_state;
struct log;

/* "svcreq: request 7: ..." */
void report_error(uint64_t id, const char *why);
/* The event that the request has just got, at the time now.  quiet: only when it is a failure. */
void report_event(const struct request *, int64_t now, bool quiet);
/* The next event of the request, how a step ended, as the last line of the step's log. */
void report_in_log(const struct request *, const struct event *, struct log *);
/* An event that tells how a step ended, and that could not be published. */
void report_unrecorded(const struct event *, int64_t now, const char *why);
/* The status of the request and what it waits for, when nothing more can be done now. */
void report_status(const struct request *, const struct next *, int64_t now);

/* That the step is left to who owns the workspace, and why. */
void
report_left(const struct request *, const struct step_state *, const char *owner, const char *why);

/* Who runs a step, or may do so, although nobody is seen to hold the lock. */
void report_run(const struct request *, const struct step_state *, const struct run_sight *);

#endif
