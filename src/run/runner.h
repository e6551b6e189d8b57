/* SPDX-License-Identifier: ISC */
/*
 * Advances many requests at a time, each in a slot, on one thread and one event loop.
 * Events that are ready together are published together.
 */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/exit-code.h"

struct strbuf;
struct workspace;

struct runner_options {
	const uint64_t *ids; /* in the order in which they are begun */
	size_t count;
	size_t slots;	   /* how many at a time, from 1 */
	bool skip_busy;	   /* a request that another process runs is no fault */
	bool quiet;	   /* print only what went wrong */
	bool dry_run;	   /* print what would be done, and do nothing */
	const char *actor; /* who the events are by */
};

/* How a runner ended. */
struct runner_end {
	enum exit_code code; /* of the first request, in their order, that did not go well */
	int stopped_by;	     /* the signal that ended it early; 0: none */
};

/*
 * Advances the requests until each is finished, waits for a person, or waits for longer than
 * PATIENCE_MS.  Returns 0 with *out, or -1 with err when it had to give up what was under way.
 */
int runner_run(const struct workspace *, const struct runner_options *, struct runner_end *out,
    struct strbuf *err);

#endif
