/* SPDX-License-Identifier: ISC */
/*
 * What a step type does.  A new one is a table of parameters in model/step-types.c, a
 * struct step_executor in a file executor-<type>.c here, and its line in executors.c.
 */
#ifndef STEPS_EXECUTOR_H
#define STEPS_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/request/status.h"

struct arena;
struct event;
struct runner;
struct redactor;
struct request;
struct log;
struct step_state;
struct strbuf;
struct value;

/* How a step ended. */
struct step_outcome {
	bool completed;
	enum reason reason;  /* why not; REASON_NONE when completed */
	const char *message; /* for people, in the run's arena; NULL when completed */
	bool try_again;	     /* failed in a way that another attempt may mend and cannot double */
	int64_t retry_after_ms; /* the server asked for that long a pause; 0: it did not */
	int64_t http_status;
	const struct value *outputs; /* map, in the run's arena; NULL: none */
};

/* One run of one step.  What is borrowed lives until step_run_finish(). */
struct step_run {
	const struct request *request;
	const struct step_state *step;
	const struct value *parameters; /* filled in and checked */
	int64_t attempt;
	const char *idempotency_key; /* of a call that is built; NULL: none is used */
	struct log *log;
	struct redactor *redactor; /* knows the secrets that were filled in */
	struct arena *arena;	   /* lives as long as the run */
	struct runner *runner;	   /* for what it waits on: runner_http() */
	void *state;		   /* the executor's own */
	bool finished;
	struct step_outcome outcome;
};

struct step_executor {
	const char *step_type;
	/* Whether the step may be started again when nobody knows how it ended.  NULL: never. */
	bool (*repeatable)(const struct step_run *);
	/*
	 * Adds to the event that announces the step, before it is published.  Returns 0, or -1 with
	 * err: what was begun before cannot be begun again as it was.  NULL: nothing.
	 */
	int (*intend)(struct step_run *, struct event *, struct strbuf *err);
	/*
	 * Begins; it ends with step_run_finish(), perhaps at once.  A step that pauses only says
	 * what it waits for.
	 */
	void (*start)(struct step_run *);
	/*
	 * Gives up and releases what start() took: the program ends.  NULL: nothing to release.
	 */
	void (*stop)(struct step_run *);
};

/* NULL: no program for that type. */
const struct step_executor *executor_find(const char *step_type);

/* Ends the run.  Called once, after which the executor holds nothing of it. */
void step_run_finish(struct step_run *, const struct step_outcome *);
/* Ends it as failed, with a message. */
void step_run_fail(struct step_run *, enum reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

extern const struct step_executor executor_api;
extern const struct step_executor executor_approval;

#endif
