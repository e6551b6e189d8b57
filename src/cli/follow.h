/* SPDX-License-Identifier: ISC */
/* Waiting for what other processes do to a request, without polling. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdint.h>

struct store;
struct strbuf;

struct follow {
	int events_fd; /* readable when the request has a new event */
	int logs_fd;   /* borrowed, of log_reader_watch(); -1: logs are of no interest */
	int output_fd; /* following ends when nobody reads this any more; -1: nothing is printed */
};

/*
 * Begins to watch a request: follow_wait() returns for what happens from now on.  The caller may
 * set logs_fd and output_fd after it.  Returns 0, or -1 with err.
 */
int follow_init(struct follow *, struct store *, uint64_t id, struct strbuf *err);
void follow_release(struct follow *);
/*
 * Waits until something has happened or timeout_ms has passed (-1: without end).  Returns 1, 0 when
 * the time has passed, or -1 with err.
 */
int follow_wait(const struct follow *, int64_t timeout_ms, struct strbuf *err);

#endif
