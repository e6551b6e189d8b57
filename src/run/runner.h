/* SPDX-License-Identifier: ISC */
/*
 * The event loop: advances many requests at a time, each in a slot, on one thread.
 * Events that are ready together are published together.
 */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;
struct runner;
struct strbuf;
struct workspace;

struct runner_options {
	const uint64_t *ids; /* in the order in which they are begun */
	size_t count;
	size_t slots;	   /* how many at a time, from 1 */
	bool skip_busy;	   /* a request that another process runs is no fault */
	bool quiet;	   /* say only what went wrong */
	const char *actor; /* who the events are by */
};

#define RUNNER_MAX_SLOTS 1024
/* A pause before the next attempt is sat out when it is not longer than this. */
#define RUNNER_PATIENCE_MS 5000

/*
 * Advances the requests until each is finished, waits for a person, or waits for longer than
 * RUNNER_PATIENCE_MS.  Returns the exit code: of the first request, in their order, that did not go
 * well; or -1 with err, with what was under way given up.  *stopped_by is the signal that ended it
 * early, or 0.
 */
int runner_run(
    const struct workspace *, const struct runner_options *, int *stopped_by, struct strbuf *err);

/* The HTTP client, made at its first use.  NULL with err. */
struct http_client *runner_http(struct runner *, struct strbuf *err);

#endif
