/* SPDX-License-Identifier: ISC */
/*
 * Waiting for what other processes do to a request.  The system tells of most of it at once, but
 * of nothing that another machine does, nor of what happens below an overlay or behind FUSE: what
 * is waited for is looked at every STORE_LOOK_MS all the same.
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
 * Waits until something has happened, or it is time to look again, or timeout_ms has passed (-1:
 * without end); what there is by then is to be read after this.  Returns 1, 0 when the time has
 * passed, or -1 with err.
 */
int follow_wait(struct follow *, int64_t timeout_ms, struct strbuf *err);

#endif
