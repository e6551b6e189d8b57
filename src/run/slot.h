/* SPDX-License-Identifier: ISC */
/*
 * One request that is being advanced.  A slot decides what its request needs next, has
 * the loop publish the event for it, and runs the step.  It never waits by itself.
 */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "steps/executor.h"
#include "store/store.h"

struct runner;
struct workspace;

enum slot_state {
	SLOT_FREE,
	SLOT_DECIDING,	 /* slot_decide() is due */
	SLOT_PUBLISHING, /* event is to be appended */
	SLOT_EXECUTING,	 /* the step runs */
	SLOT_SLEEPING,	 /* until wake */
	SLOT_ENDED,	 /* code and text say how */
};

/* What the event that is published stands for. */
enum slot_event {
	SLOT_INTENT,   /* the step is started when it is on disk */
	SLOT_OUTCOME,  /* of the step that ran */
	SLOT_DECISION, /* something that needs nothing run */
};

struct slot {
	enum slot_state state;
	struct runner *runner;
	const struct workspace *workspace;
	const char *actor;
	bool quiet;
	size_t index; /* of the request in the loop's order */
	struct request request;
	bool locked;
	enum slot_event publishing;
	struct event event;
	int64_t wake; /* SLOT_SLEEPING: ms since 1970 */
	const struct step_executor *executor;
	struct step_run run;
	struct arena run_arena; /* lives as long as the run */
	int64_t started;	/* of the run, monotonic ms */
	bool logged;		/* the end of the run is in its log */
	bool broken;		/* SLOT_ENDED by a fault of the program or its files */
	int code;		/* SLOT_ENDED: the exit code */
};

/* Takes the lock and loads the request; the slot is then deciding, or has ended. */
void slot_begin(struct slot *, uint64_t id, bool skip_busy);
/* Decides what is next: publishing, sleeping or ended. */
void slot_decide(struct slot *);
/* The event was published, or was not; the slot goes on accordingly. */
void slot_published(struct slot *, enum store_result, const char *why);
/* The run has finished: its outcome is to be published. */
void slot_finish_run(struct slot *);
/*
 * Ends it where it is: the program ends.  A step that runs is given up without an
 * outcome.
 */
void slot_give_up(struct slot *);
/*
 * Releases lock and memory.  True: somebody added an event at the last moment, and the slot is
 * deciding again.
 */
bool slot_end(struct slot *);

#endif
