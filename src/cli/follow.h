/* SPDX-License-Identifier: ISC */
/*
 * Waiting for what other processes do to a request: the system tells, or where it does not
 * (store_watch_fd()), what is waited for is looked at every second.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

struct store;
struct store_watch;
struct strbuf;

struct follow {
	struct store_watch *watch;
	int output_fd; /* following ends when nobody reads this any more; -1: nothing is printed */
};

/*
 * Begins to watch a request, and its logs if asked for: what happens from now on is noticed.
 * Returns 0, or -1 with err.
 */
int follow_init(struct follow *, struct store *, uint64_t id, bool logs, struct strbuf *err);
void follow_release(struct follow *);
/*
 * Waits until something has happened or timeout_ms has passed (-1: without end); what there is by
 * then is to be read after this.  Returns 1, 0 when the time has passed, or -1 with err.
 */
int follow_wait(struct follow *, int64_t timeout_ms, struct strbuf *err);

#endif
