/* SPDX-License-Identifier: ISC */
/* Waiting for what other processes do to a request, without polling. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

struct context;
struct strbuf;

struct follow {
	const struct context *context;
	uint64_t id;
	int events_fd; /* readable when the request has a new event */
	int logs_fd;   /* readable when its logs have grown; -1: not of interest */
	int output_fd; /* following ends when nobody reads this any more; -1: nothing is printed */
	bool folder_watched;
};

/* Begins to watch: what happens from now on is noticed.  Returns 0, or -1 with err. */
int
follow_init(struct follow *, const struct context *, uint64_t id, bool logs, struct strbuf *err);
void follow_release(struct follow *);
/*
 * Watches the request's folder of logs, once it is there.  What it has by then is to be read
 * after this.
 */
void follow_logs(struct follow *);
/*
 * Waits until something has happened or timeout_ms has passed (-1: without end).  Returns 1, 0 when
 * the time has passed, or -1 with err.
 */
int follow_wait(struct follow *, int64_t timeout_ms, struct strbuf *err);

#endif
