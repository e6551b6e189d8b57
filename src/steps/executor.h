/* SPDX-License-Identifier: ISC */
/*
 * What svcreq-run does with a step of a type: svcreq-step(7).  A new type is a pair of files here,
 * x.c with its struct step_type and x-run.c with its struct step_executor, and a line in each of
 * catalogue.c and executors.c.
 */
#ifndef STEPS_EXECUTOR_H
#define STEPS_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/request/status.h"
#include "model/request/step-plan.h"

struct arena;
struct event;
struct http_client;
struct loop;
struct redactor;
struct request;
struct log;
struct step_state;
struct strbuf;
struct value;
struct workspace;

/* How a step ended. */
struct step_outcome {
	bool completed;
	enum reason reason;	/* why not; REASON_NONE when completed */
	const char *message;	/* for people, in the run's arena; NULL when completed */
	enum effect effect;	/* also when completed */
	bool try_again;		/* another attempt may mend it and cannot do a thing twice */
	int64_t retry_after_ms; /* the server asked for that long a pause; 0: it did not */
	int64_t http_status;
	const struct value *outputs; /* map, in the run's arena; NULL: none */
};

/* What all runs of a program share. */
struct step_tools {
	struct loop *loop;	  /* by which executors wait */
	struct http_client *http; /* NULL until step_run_http() is called */
	/* Any number, each as likely as the others, for jitter.  NULL: the system's. */
	uint64_t (*random)(void *context);
	void *random_context;
};

/* One run of one step.  What is borrowed lives until step_run_finish(). */
struct step_run {
	const struct request *request;
	const struct step_state *step;
	const void *parameters;	       /* the struct of the type, filled in and checked */
	struct step_defaults defaults; /* of the workspace */
	bool lacks;	/* a secret or a file of the workspace, which could not be read */
	bool distrusts; /* one that nobody may use as it is: step_run_note_unread() */
	int64_t attempt;
	struct log *log;
	struct redactor *redactor; /* knows the secrets that were filled in */
	struct arena *arena;	   /* lives as long as the run */
	struct step_tools *tools;
	void *state; /* the executor's own */
	bool finished;
	int64_t took_ms; /* by the executor's own measure; 0: from start() to the end */
	struct step_outcome outcome;
};

struct step_executor {
	const char *step_type;
	/* Whether the step may be started again when nobody knows how it ended.  NULL: never. */
	bool (*repeatable)(const struct step_run *);
	/*
	 * Reads what the step needs of the workspace beside its parameters, before the step is
	 * announced, and for a dry run.  Returns 0, or -1 with err: it cannot be run.  NULL:
	 * nothing.
	 */
	int (*prepare)(struct step_run *, const struct workspace *, struct strbuf *err);
	/*
	 * Loads what the program itself lacks for such a step, before it is announced.  Returns 0,
	 * or -1 with err: it is not begun, and the request stays as it is.  NULL: nothing.
	 */
	int (*load)(struct step_run *, struct strbuf *err);
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
	 * Gives up and releases what start() took: the program ends.  What is known by then of how
	 * it ended is said with step_run_finish().  NULL: nothing to release.
	 */
	void (*stop)(struct step_run *);
};

/* NULL: no program for that type. */
const struct step_executor *executor_find(const char *step_type);

/*
 * Takes over what the workspace decides for steps.  Returns 0, or -1 with err: its configuration
 * cannot be read, or names a proxy that is none and the step sends something.
 */
int step_run_take_defaults(struct step_run *, const struct workspace *, struct strbuf *err);
/*
 * Fills in the parameters of the run's step, which pipeline_step_check() let through, secrets too.
 * The run's redactor knows the secrets of every step afterwards, those that can be read, also
 * after a failure.  Returns 0, or -1 with err.
 */
int step_run_fill(struct step_run *, const struct workspace *, struct strbuf *err);
/*
 * Is called when a secret or a file of the workspace could not be read, with the errno of that: it
 * may be another's to read, or it is not to be trusted, whoever reads it.
 */
void step_run_note_unread(struct step_run *, int reason);
/*
 * Has the executor of a step's type prepare a run that is filled in.  Returns 0, or -1 with err:
 * there is no such executor, or the step cannot be run.
 */
int step_run_prepare(struct step_run *, const struct workspace *, struct strbuf *err);
/* The HTTP client that all runs share, made at its first use.  Returns NULL with err. */
struct http_client *step_run_http(struct step_run *, struct strbuf *err);

/* Ends the run.  Called once, after which the executor holds nothing of it. */
void step_run_finish(struct step_run *, const struct step_outcome *);
/* Ends it as failed, with a message. */
void step_run_fail(struct step_run *, enum reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns the text with the run's secrets masked, in its arena; NULL for NULL. */
const char *step_run_masked(const struct step_run *, const char *text);

#endif
