/* SPDX-License-Identifier: ISC */
/*
 * One request that is being advanced.  A slot decides what its request needs next, has the runner
 * publish the event for it, and runs the step.  It never waits by itself: what it waits for is
 * registered with the event loop, and the runner calls it again.
 */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "model/exit-code.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "run/attempt.h"
#include "steps/executor.h"
#include "store/store.h"

struct workspace;

enum slot_state {
	SLOT_FREE,
	SLOT_DECIDING,	 /* slot_decide() is due */
	SLOT_PUBLISHING, /* the event is to be appended */
	SLOT_COMMITTING, /* it is handed over: request, event and lock are the store's */
	SLOT_HELD,	 /* it could not be appended yet, and will be publishing again */
	SLOT_EXECUTING,	 /* the step runs */
	SLOT_SLEEPING,	 /* the timer is set */
	SLOT_ENDED,	 /* end says how */
};

/* What the event that is published stands for. */
enum slot_event {
	SLOT_INTENT,   /* the step is started when it is on disk */
	SLOT_OUTCOME,  /* of the step that ran */
	SLOT_DECISION, /* something that needs nothing run */
};

/* What all slots of a runner have in common. */
struct slot_shared {
	const struct workspace *workspace;
	const char *actor; /* who the events are by */
	bool skip_busy;	   /* a request that another process runs is no fault */
	bool quiet;	   /* print only what went wrong */
	/* Stop before anything is locked or published, and print what would be done. */
	bool dry_run;
	bool gives_up; /* an outcome that cannot be recorded soon is given up, too */
	struct step_tools tools;
};

struct slot {
	struct slot_shared *shared; /* borrowed */
	size_t index;		    /* of the request, in the runner's order */
	enum slot_state state;
	struct request request;
	uint64_t token; /* of its lock; STORE_NO_LOCK: it is not held */
	struct loop_timer renewal;
	struct event event;
	enum slot_event publishing;
	struct store_append append; /* of the event, while it is committed */
	bool given_up;		    /* meanwhile the program was told to end at once */
	int64_t held_since;	    /* by loop_monotonic(): the event is held up; 0: it is not */
	bool held_said;		    /* and that was said */
	struct loop_timer timer;
	int64_t waited; /* the time (ms since 1970) up to which it has slept; 0: it has not */
	struct attempt attempt;
	struct {
		enum exit_code code;
		bool said;   /* why it is not CODE_DONE */
		bool broken; /* by an error of the program or its files, not of the request */
	} end;
};

/*
 * Takes the lock, but in a dry run, and loads the request; the slot is then deciding, or has ended.
 */
void slot_begin(struct slot *, uint64_t id);
/*
 * Decides what is next: the slot is then publishing, sleeping or has ended.  In a dry run it
 * prints that and has ended.
 */
void slot_decide(struct slot *);
/* The append of its event, to be handed over: the slot is then committing. */
struct store_append *slot_commit(struct slot *);
/* Goes on after the append has come back, with its result. */
void slot_committed(struct slot *);
/* Goes on after the event was published, or was not. */
void slot_published(struct slot *, enum store_result, const char *why);
/* The run has finished: its outcome is to be published. */
void slot_finish_run(struct slot *);
/*
 * Ends it where it is, as the program ends.  A step that runs is given up; what is known by then of
 * how it ended is still to be published, and the slot ends after that.  What is committed comes to
 * its end first: a step that was only announced is then not begun.
 */
void slot_give_up(struct slot *);
/*
 * Releases the lock and the memory of a slot that has ended, which is free then.  Returns true
 * when somebody added an event at the last moment: the slot is deciding again.
 */
bool slot_close(struct slot *);

/* For slot.c: has the lock that was taken renewed in time; ends it. */
void slot_keep_lock(struct slot *);
void slot_end_lock(struct slot *);

#endif
