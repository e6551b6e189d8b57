/* SPDX-License-Identifier: ISC */
/* What svcreq-run says on standard error while it works. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct next;
struct request;

/* "svcreq: request 7: ..." */
void report_error(uint64_t id, const char *message);
/* The event that the request has just got.  quiet: only when it is a failure. */
void report_event(const struct request *, bool quiet);
/* How the request stands, when nothing more can be done now.  quiet: nothing. */
void report_standing(const struct request *, const struct next *, bool quiet);

#endif
