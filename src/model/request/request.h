/* SPDX-License-Identifier: ISC */
/*
 * A service request: the fold over its events.  Its state is nothing but what its events
 * add up to; request_apply() is the only way in which it changes.
 */
#ifndef MODEL_REQUEST_REQUEST_H
#define MODEL_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "model/request/event.h"
#include "model/pipeline/pipeline.h"
#include "model/request/status.h"

struct replaced_pipeline;
struct strbuf;

struct step_state {
	const struct step *step;
	enum step_status status;
	int64_t attempt;		  /* how often it was started; 0: never */
	int64_t tries;			  /* attempts since it was last announced (Not Started) */
	int64_t started_at;		  /* of the latest attempt */
	const struct event *latest;	  /* the event that decided the status; NULL: none yet */
	const struct event *intent;	  /* the latest Running event; NULL: none */
	enum effect effect;		  /* the largest of its attempts that have ended */
	const struct event *effect_event; /* that this is known from; NULL: there is none */
	const struct event **ballots;	  /* the votes that count since it began to wait */
	size_t votes;			  /* how many */
	size_t ballot_capacity;
	const struct value *outputs;
};

struct request {
	struct arena arena;
	uint64_t id;
	enum request_status status;
	struct event **events; /* in order */
	size_t event_count;
	size_t event_capacity;
	char head[DIGEST_SIZE]; /* SHA-256 of the latest event's file */
	struct pipeline pipeline;
	const struct replaced_pipeline *replaced; /* the one before; NULL: it is the first */
	struct step_state *steps;		  /* one for each step of the pipeline, in order */
	const struct value *form_data;
};

void request_init(struct request *, uint64_t id);
void request_release(struct request *);
/* Empties it for loading it again. */
void request_reset(struct request *);

/*
 * Adds the next event, whose file has that digest.  Checks that it is the next one, that it is
 * chained to the one before, that the state machine allows it, and that the status it gives is
 * the one that follows.  Whether a step waits for a person, and whether an approval was the last
 * that was needed, it believes the event: who wrote it knew the step's type and its parameters.
 * A pipeline in an event is built with the catalogue of types; one that comes later has to
 * fit (model/request/snapshot.h).  The event's strings must live
 * as long as the request.  Returns 0, or -1 with err and the request unchanged.
 */
int request_apply(struct request *, const struct step_type *const *types, const struct event *,
    const char digest[DIGEST_SIZE], struct strbuf *err);

/*
 * Prepares the next event of a request: number, chain, names, who and when; the caller adds what
 * is particular; the status is filled in by request_status_after() or when the event is appended.
 * step is NULL for the request as a whole.
 */
void request_prepare_event(const struct request *, enum event_type, const struct step_state *step,
    const char *created_by, int64_t now, struct event *out);
/*
 * Sets event->status to what the request will be after it.  Returns 0, or -1 with err: the state
 * machine refuses it.
 */
int request_status_after(const struct request *, struct event *, struct strbuf *err);

/*
 * The step that a request is at: the failed one of a request that has failed, or that was cancelled
 * then, else the first that is not Completed.  Those before it are not all Completed when the
 * request has failed and another pipeline was put into the place of its own.  NULL: all are.
 */
const struct step_state *request_current_step(const struct request *);
const struct step_state *request_step(const struct request *, const char *name);
bool request_is_finished(const struct request *);
/*
 * Whether people decide about the step.  Its intent says so; before it was started, its type
 * does.
 */
bool step_is_for_people(const struct step_state *);
/* What the step's attempts did that another one would do again, the one that is under way too. */
enum effect step_effect(const struct step_state *);
/*
 * The effect of an attempt that is under way, should nobody record how it ended: what its intent
 * says, or that it is possible, where an older program wrote the intent, which says nothing.
 */
enum effect request_unrecorded_effect(const struct request *, const struct step_state *);
/*
 * What a new request would do once more that this one's step did, or may have done: the step's
 * effect, and what an attempt may do that is under way.
 */
enum effect request_effect(const struct request *, const struct step_state *);
/*
 * Whether it has an unrecorded outcome: it was cancelled during a call, and no event says yet how
 * that call ended.
 */
bool request_has_unrecorded_outcome(const struct request *);
/*
 * Whether it is Cancelled and the outcome of its last call is recorded as unknown: no step follows,
 * but an admin can still say what happened.
 */
bool request_is_unresolved(const struct request *);
const char *request_requested_by(const struct request *);

/*
 * The events that a new request begins with: Created, and Not Started for each step.  The store
 * numbers and chains them.  *out lives in the arena.  remarks may be NULL.
 */
void request_first_events(struct arena *, const struct pipeline *, const struct value *form_data,
    const char *requested_by, const char *remarks, int64_t now, struct event **out, size_t *count);

#endif
