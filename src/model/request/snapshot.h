/* SPDX-License-Identifier: ISC */
/*
 * The pipeline that a request keeps a copy of, and another that takes its place when the request
 * has failed: its completed steps stay what they are, and it goes on by the others.
 */
#ifndef MODEL_REQUEST_SNAPSHOT_H
#define MODEL_REQUEST_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "model/pipeline/pipeline.h"
#include "model/request/status.h"

struct arena;
struct event;
struct request;
struct step_state;
struct strbuf;

/* A pipeline in whose place another one is. */
struct replaced_pipeline {
	struct pipeline pipeline;
	const struct event *by;	  /* the event that brought the one after it */
	const char **asked_again; /* by it: the names of completed approvals */
	size_t asked_count;
	const struct replaced_pipeline *older; /* the one before it; NULL: it was the first */
};

/* Whether the event brings a pipeline in the place of another. */
bool snapshot_is_brought_by(const struct event *);
/* The SHA-256 of a pipeline's document as an event has it. */
void snapshot_digest(const struct pipeline *, char out[DIGEST_SIZE]);
/* The pipeline that the event replaced; NULL: it did not. */
const struct replaced_pipeline *snapshot_replaced_by(const struct request *, const struct event *);
/* The pipeline that the request had right after the event of that number. */
const struct pipeline *snapshot_at(const struct request *, int64_t event_id);
/*
 * The names of all steps that the request has, in order, and of those that it had, once each; in
 * the arena.
 */
const char **snapshot_step_names(struct arena *, const struct request *, size_t *count);

/*
 * Whether a pipeline has all completed steps, unchanged and in their places.  Returns 0, or -1 with
 * err, which names each step and what differs.
 */
int snapshot_check(const struct request *, const struct pipeline *, struct strbuf *err);
/*
 * Whether the completed approvals are asked again when that pipeline and that form data (NULL: no
 * other) are in the place of the present ones: what was approved is not what would be done.
 */
bool
snapshot_asks_again(const struct request *, const struct pipeline *, const struct value *form_data);
/*
 * The status of a failed request after an event that brings a pipeline: Failed where it has the
 * failed step, Completed where it has none but completed ones, else Running.
 */
enum request_status snapshot_status_after(const struct request *, const struct event *);

/* Builds the pipeline of the first event.  Returns 0, or -1 with err and the request unchanged. */
int snapshot_load(struct request *, const struct step_type *const *types, const struct event *,
    struct strbuf *err);
/*
 * Builds the pipeline that an event brings, and checks it.  Returns 0, or -1 with err; the request
 * is unchanged but for its arena.
 */
int snapshot_build(struct request *, const struct step_type *const *types, const struct event *,
    struct pipeline *out, struct strbuf *err);
/* Puts it into the place of the present one; the event is in the request, its data not yet. */
void snapshot_replace(struct request *, const struct pipeline *, const struct event *);

#endif
