/* SPDX-License-Identifier: ISC */
/* What the files of the simulation share; README says what a life is. */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/loop.h"
#include "model/pipeline/pipeline.h"
#include "model/request/permission.h"
#include "model/request/request.h"
#include "run/slot.h"
#include "store/id-list.h"
#include "store/memory.h"
#include "store/store.h"

#define PROCESSES_MAX 6
#define SLOTS_MAX     2
#define REQUESTS_MAX  2
#define EVENTS_MAX    160
#define CALLS_MAX     192
#define BATCHES_MAX   16

/* ---- what must have happened in a whole run of the simulation */

#define MARKS                                                                                 \
	MARK(KILLED_ANYWHERE, "a process is killed between two operations")                   \
	MARK(KILLED_EXECUTING, "a runner is killed while a call is under way")                \
	MARK(KILLED_BEFORE_SENDING, "a runner is killed between the intent and the call")     \
	MARK(STOOD_STILL, "a process stands still")                                           \
	MARK(STOOD_STILL_LONG, "a process stands still until its leases have ended")          \
	MARK(KILLED_STANDING, "a process that stands still is killed")                        \
	MARK(STOPPED, "a runner is asked to stop")                                            \
	MARK(GIVEN_UP, "a runner gives up a call that is under way")                          \
	MARK(ANSWERED_AT_END, "a runner gives up a call whose status has come")               \
	MARK(CLOCK_FORWARD, "the wall clock jumps forward")                                   \
	MARK(CLOCK_BACK, "the wall clock jumps back")                                         \
	MARK(LOCK_BUSY, "a runner finds a request locked")                                    \
	MARK(LOCK_RENEWED, "a runner renews a lock")                                          \
	MARK(LOCK_LOST_INTENT, "an intent is refused: the lock was lost")                     \
	MARK(LOCK_LOST_OUTCOME, "an outcome is refused: the lock was lost")                   \
	MARK(LOCK_LOST_DECISION, "a runner's decision is refused: the lock was lost")         \
	MARK(LOCK_LOST_CANCEL, "what ends a cancelled call is refused: the lock was lost")    \
	MARK(RACE_LOST_INTENT, "an intent loses a race")                                      \
	MARK(RACE_LOST_OUTCOME, "an outcome loses a race")                                    \
	MARK(RACE_LOST_DECISION, "a runner's decision loses a race")                          \
	MARK(RACE_LOST_PERSON, "a person's decision loses a race")                            \
	MARK(RACE_LOST_BATCH, "a batch loses a race")                                         \
	MARK(BATCH, "a person decides about two requests at once")                            \
	MARK(SECOND_LOOK, "a runner sees in the last moment that somebody added an event")    \
	MARK(GROUP, "a runner appends events of two requests together")                       \
	MARK(WITHOUT_OUTPUTS, "an outcome is recorded without its outputs")                   \
	MARK(BESIDE, "a runner does something while an event is committed")                   \
	MARK(KILLED_COMMITTING, "a runner is killed while an event is committed")             \
	MARK(LEFT_OUT, "a call that is announced is not made: the runner was to end at once") \
	MARK(TAKEN_OVER_UNKNOWN, "an interrupted call is not sent again")                     \
	MARK(TAKEN_OVER_AGAIN, "an interrupted call that is repeatable is sent again")        \
	MARK(INTENT_REFUSED, "a call that was begun before cannot be begun again")            \
	MARK(CALL_COMPLETED, "a call is answered")                                            \
	MARK(CALL_AT_ONCE, "a call is answered before it could be waited for")                \
	MARK(CALL_REFUSED, "a call is refused for good")                                      \
	MARK(CALL_BROKE_BEFORE, "a call breaks before it has an effect")                      \
	MARK(CALL_BROKE_AFTER, "a call breaks after its effect")                              \
	MARK(CALL_SPOILT, "a call has its effect, and its step fails")                        \
	MARK(CALL_HUNG, "a call hangs until its time is over")                                \
	MARK(CALL_TWICE, "a repeatable call has its effect twice")                            \
	MARK(CALL_RETRIED, "a call that is not repeatable has its effect again: a person")    \
	MARK(EFFECT_OF_DEAD, "a call has its effect after its runner was killed")             \
	MARK(SENT_WITHOUT_LOCK, "a call is sent by a runner whose lease has ended")           \
	MARK(TRIED_AGAIN, "a failed call is tried again by itself")                           \
	MARK(SLEPT, "a runner waits for the next attempt")                                    \
	MARK(LEFT_FOR_LATER, "a runner leaves the next attempt for later")                    \
	MARK(UPDATED, "a request is updated")                                                 \
	MARK(APPROVED, "a step is approved")                                                  \
	MARK(APPROVED_AGAIN, "a step is approved that had votes before a retry")              \
	MARK(OVERRIDDEN, "an admin approves in the place of the approvers")                   \
	MARK(WITHDRAWN, "an approval is withdrawn")                                           \
	MARK(APPROVED_ANEW, "a person approves who has withdrawn that before")                \
	MARK(REJECTED, "a step is rejected")                                                  \
	MARK(REJECTED_OWN, "a person rejects what they have approved")                        \
	MARK(EXPIRED_BY_RUNNER, "a runner finds the time for a step over")                    \
	MARK(EXPIRED_BY_PERSON, "a person finds the time for a step over")                    \
	MARK(TOO_LATE, "a person comes after the time for a step")                            \
	MARK(REPEATED, "a person repeats a decision")                                         \
	MARK(NOT_PERMITTED, "a person may not decide")                                        \
	MARK(REFUSED, "a request is not in a state for a command")                            \
	MARK(RETRIED, "a person retries a request")                                           \
	MARK(RETRIED_EARLY, "a person retries what waits for its next attempt")               \
	MARK(RETRIED_AGAIN, "a person repeats what was, or may have been, carried out")       \
	MARK(RETRY_REFUSED, "a retry of what was, or may have been, carried out is refused")  \
	MARK(RESOLVED_REFUSED, "a person resolves a call that was refused as completed")      \
	MARK(RESOLVED_CANCELLED, "a person resolves an outcome of a cancelled request")       \
	MARK(EFFECT_AFTER_NO, "a call has its effect after a person said that it has none")   \
	MARK(RESOLVED_COMPLETED, "a person resolves a call as completed")                     \
	MARK(RESOLVED_FAILED, "a person resolves a call as failed")                           \
	MARK(MENDED, "a failed request gets another pipeline")                                \
	MARK(MENDED_FAILED, "a request stays failed that gets another pipeline")              \
	MARK(MENDED_AGAIN, "a request gets one, and its call is repeated")                    \
	MARK(MENDED_ASKED, "a request gets one, and what was approved is asked again")        \
	MARK(LEFT_ELSEWHERE, "a runner leaves a step alone that another machine may run")     \
	MARK(TAKEN_OVER_ALIVE, "a repeatable call is taken over that takes too long")         \
	MARK(TAKEN_OVER_FAR, "a runner takes a repeatable step of another machine over")      \
	MARK(SAID_INTERRUPTED, "an admin says that a step was interrupted")                   \
	MARK(SAID_WRONGLY, "an admin says so of a step that is under way")                    \
	MARK(OUTCOME_AFTER_ALL, "the outcome comes of a step that is said to be interrupted") \
	MARK(OVERTAKEN, "an outcome comes when the step was started again")                   \
	MARK(CANCELLED, "a request is cancelled")                                             \
	MARK(CANCELLED_IN_CALL, "a request is cancelled in the middle of a call")             \
	MARK(CANCELLED_OUTCOME, "a cancelled request gets the outcome of its call")           \
	MARK(CANCELLED_BY_PERSON, "who cancels ends a call that nobody runs")                 \
	MARK(CANCELLED_BY_RUNNER, "a runner ends the call of a cancelled request")            \
	MARK(UNSURE, "an event is recorded, and who appended it does not know")               \
	MARK(UNSURE_CREATED, "a request is created, and who created it does not know")        \
	MARK(KEY_AGAIN, "a request is created with a key that one has")                       \
	MARK(KEY_RACE, "two create with the same key at the same time")

enum mark {
#define MARK(name, text) MARK_##name,
	MARKS
#undef MARK
	    MARK_COUNT
};

void cover(enum mark);
/* A fault of the store; fault is MEMORY_FAIL or MEMORY_KILL. */
void cover_fault(enum memory_operation, enum memory_fault, bool after);
/* Prints how often each has happened.  Returns how many have not. */
size_t coverage_report(bool all);

/* ---- a life */

struct life;

enum process_kind {
	PROCESS_NONE,
	PROCESS_RUNNER,
	PROCESS_PERSON,
};

struct process {
	struct life *life;
	enum process_kind kind;
	unsigned number; /* in the life */
	struct store *store;
	unsigned boot;	 /* 0 or 1: of which machine it is, in a life with two */
	bool ended;	 /* it was killed: nothing that it does has an effect */
	bool busy;	 /* it is in the middle of a step, where it may stand still */
	unsigned faults; /* of the store, that it has met */
	/* a runner: */
	struct loop *loop;
	struct workspace *workspace;
	struct slot_shared shared;
	struct slot slots[SLOTS_MAX];
	unsigned faults_before[SLOTS_MAX];    /* the event was handed over */
	const struct event *taken[SLOTS_MAX]; /* the intent that it takes over */
	size_t slot_count;
	struct id_list queue;
	size_t next;	/* in the queue */
	unsigned stops; /* how often it was asked to */
};

enum plan {
	PLAN_COMPLETED,
	PLAN_REFUSED,	   /* no effect, and no use in asking again */
	PLAN_BREAK_BEFORE, /* no effect, and the runner knows that */
	PLAN_BREAK_AFTER,  /* the runner does not know of the effect */
	PLAN_LOST,	   /* the same without an effect */
	PLAN_SPOILT,	   /* the runner knows of the effect, and the step fails all the same */
	PLAN_COUNT,
};

/* What was sent, once for each start of a CALL step. */
struct call {
	struct process *by; /* NULL: its runner is gone, or has given it up */
	struct step_run *run;
	struct loop_timer timer; /* when the answer comes */
	unsigned number;	 /* from 1; its outcome's http_status */
	uint64_t request;
	const char *step; /* of the simulation's pipelines */
	int64_t attempt;
	bool repeatable;
	enum plan plan;
	bool effect; /* it is to have one, or had one */
	bool effected;
	int64_t effect_at; /* by the monotonic clock */
	bool answered;	   /* a runner knows how it ended */
	bool excused;	   /* from recording that */
};

/* What somebody knows of an event on the disk. */
enum knowledge {
	KNOWN_NOT,
	KNOWN_MAYBE,  /* the append failed, perhaps after the event was recorded */
	KNOWN_SURELY, /* the append said so */
};

struct subject {
	struct request seen; /* brought up to date now and then by incremental loading */
	struct request kept; /* by people, from one command to the next */
	bool kept_busy;
	unsigned char known[EVENTS_MAX + 1];
	char digests[EVENTS_MAX + 1][DIGEST_SIZE]; /* of what is known surely */
};

/* How often things happen: once in so many; 0: never. */
struct odds {
	unsigned kill;
	unsigned fail;
	unsigned stand;
	unsigned jump;
	unsigned stop;
};

struct life {
	uint64_t seed;
	uint64_t random;
	bool verbose;
	bool calm;	 /* everybody is well from now on */
	bool attentive;	 /* and whoever decides something has it run at once, as svcreq does */
	bool unattended; /* but could not, as too many processes are there */
	struct odds odds;
	struct clock clock;
	int64_t monotonic;
	int64_t wall_offset;
	int64_t lease_ms;
	bool two_machines; /* neither sees the locks of the other */
	bool one_is_gone;  /* the second, from the time on that everybody is well */
	struct memory_disk *disk;
	struct store *observer; /* what the simulation itself reads by: it meets no fault */
	unsigned depth;		/* how many processes stand still in each other */
	unsigned process_count;
	struct process processes[PROCESSES_MAX];
	struct call calls[CALLS_MAX];
	size_t call_count;
	bool creating;				   /* somebody is about to */
	unsigned keyed;				   /* how many are about to, with the key */
	struct subject subjects[REQUESTS_MAX + 1]; /* by id */
	size_t subject_count;
	unsigned char batches[BATCHES_MAX]; /* enum knowledge; of two events each */
	size_t batch_count;
};

/* sim.c */
extern const struct pipeline *sim_pipelines;
extern const size_t sim_pipeline_count;

/* life.c */
/* Plays the life of that seed; exits with a message when something is wrong. */
void life_play(struct life *, uint64_t seed, bool verbose);
/* One turn of somebody, chosen by chance. */
void life_turn(struct life *);

/* world.c */
void world_begin(struct life *, uint64_t seed, bool verbose);
void world_end(struct life *);
/* Ends the program: the life has gone wrong. */
_Noreturn void
life_fail(const struct life *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void trace(const struct life *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
uint64_t draw(struct life *);
/* A number from 0 below the bound. */
unsigned below(struct life *, unsigned bound);
bool one_in(struct life *, unsigned count);
int64_t wall_now(const struct life *);
/* Lets time pass for all. */
void time_pass(struct life *, int64_t ms);
/* How long it is until something of a process or of a call is due; -1: nothing is. */
int64_t time_until_due(const struct life *);
void jump_clock(struct life *);
/* NULL: there are as many as can be. */
struct process *process_open(struct life *, enum process_kind);
void process_close(struct process *);
void process_kill(struct process *);
/* The second machine stops, for good. */
void machine_stops(struct life *);
/* "runner 3" */
const char *process_name(const struct process *);
/* Notices requests that are new on the disk. */
void find_subjects(struct life *);
/* The request as it is on the disk. */
const struct request *look_at(struct life *, uint64_t id);
/* Remembers how an append of the next event of a request ended, faults being those before it. */
void note_append(struct process *, const struct request *, enum store_result, unsigned faults);
/* Before that of the second event of a decision that has two. */
void note_first_of_two(struct process *, const struct request *, enum store_result);

/* menders.c */
/* What somebody makes of the request's pipeline, with steps of the same names; in the arena. */
const struct pipeline *draw_pipeline(struct life *, struct arena *, const struct request *);

/* calls.c */
/* The longest that a call takes, as its type says. */
#define CALL_LONGEST_MS INT64_C(90000)
extern const struct step_type *const sim_catalogue[];
/* The calls whose effect is due have it. */
void calls_take_effect(struct life *);
/* Nobody waits any more for the calls of that process. */
void calls_abandon(const struct process *);
/* Whether somebody waits for a call of that request. */
bool calls_are_under_way(const struct life *, uint64_t request);
/* Nobody can expect of that process to record its outcomes. */
void calls_excuse(const struct process *);
/*
 * The request says of no step less than what its calls truly did: one that was carried out is never
 * as if it had not been, unless it is repeatable, or a person has said so.
 */
void calls_check_effects(struct life *, const struct request *);

/* runners.c */
/*
 * Starts a runner for one request, or for all that can move (id 0).  Returns false when too many
 * processes are there.
 */
bool runner_start(struct life *, uint64_t id, bool skip_busy);
/* Moves a runner by one step.  Returns false when it has nothing to do but wait. */
bool runner_step(struct process *);

/* creators.c */
/* Somebody creates a request, perhaps with the key, which one request has. */
void person_creates(struct life *);

/* people.c */
/* Who creates the requests. */
#define REQUESTER "rita"
const struct value *draw_form_data(struct life *);
/* Somebody gives a command that fits the request, or does not. */
void person_acts(struct life *, uint64_t id);
/* Somebody who may brings a request on that waits for people; towards its end when hurry is set. */
void person_settles(struct life *, uint64_t id, bool hurry);
void person_acts_on_two(struct life *);
bool person_may_approve(const struct request *, const struct step_state *, const char *user);
bool person_is_admin(const char *user);

/* checks.c */
/* Everybody is well, and nothing moves: each request is finished or waits for people. */
void check_settled(struct life *);
/* Nothing moves, and nobody has run what could. */
void check_attended(struct life *);
/* Whoever has just appended an event sees the request as it is, if nobody has been quicker. */
void check_reader(struct life *, const struct request *);
/* The life is over: its events tell a story that is true. */
void check_story(struct life *);

#endif
