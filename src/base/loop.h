/* SPDX-License-Identifier: ISC */
/*
 * An event loop on one thread.  loop_turn() waits until a descriptor is ready, a time has come or
 * a child process has ended, and calls the function that was registered for it.
 *
 * Functions are called by loop_turn() alone, never from inside another function of this header.
 * Each may add, change and remove whatever it likes, also what it was called for: what has been
 * removed is not called any more, even if it became ready in the same turn.  A function that is
 * called must not call loop_turn() or loop_free().
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clock;
struct loop;
struct strbuf;

/* clock: borrowed; NULL: clock_system.  Returns NULL with err. */
struct loop *loop_new(const struct clock *, struct strbuf *err);
/* Calls nobody and closes none of the descriptors.  Timers and children that are set are left. */
void loop_free(struct loop *);

/* The time by the loop's clock: ms since 1970, and ms of a clock that nobody can set. */
int64_t loop_wall(const struct loop *);
int64_t loop_monotonic(const struct loop *);

/*
 * How many ms passed between turns, by loop_monotonic(): nobody looked at what was ready then,
 * because the program was busy, with the disk for example.
 */
int64_t loop_busy(const struct loop *);

/*
 * Waits until something is ready, but not longer than timeout_ms (negative: no limit), and calls
 * the functions of what is ready: descriptors first, then timers.  A signal ends the wait early.
 * Returns 0, or -1 with err when it cannot wait, or when loop_fail() was called.
 */
int loop_turn(struct loop *, int64_t timeout_ms, struct strbuf *err);
/* Makes the turn that calls the caller return -1 with this message. */
void loop_fail(struct loop *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define LOOP_READ  1U
#define LOOP_WRITE 2U

/*
 * ready: what of LOOP_READ and LOOP_WRITE is possible.  An error and a hang-up count as all that
 * was asked for: the read or write that follows reports them.
 */
typedef void loop_fd_fn(void *context, int fd, unsigned ready);

/*
 * Watches a descriptor, or changes how it is watched.  events: LOOP_READ, LOOP_WRITE or both.  The
 * function is called in each turn in which the descriptor is ready.  Returns 0, or -1 with err: it
 * cannot be watched (a regular file cannot).
 */
int
loop_fd(struct loop *, int fd, unsigned events, loop_fd_fn *fn, void *context, struct strbuf *err);
/* Does nothing when it is not watched.  It is removed before it is closed. */
void loop_fd_remove(struct loop *, int fd);

/* The owner keeps it, all zero at first, and must not move or free it while it is set. */
typedef void loop_timer_fn(void *context);
struct loop_timer {
	int64_t due;	/* by loop_monotonic() */
	uint64_t order; /* in which timers were set: of equal ones the first is called first */
	size_t place;	/* in the heap, from 1; 0: not set */
	loop_timer_fn *fn;
	void *context;
};

/*
 * Calls the function once, when loop_monotonic() has come to due; a timer that is set is set
 * anew.  One that is set by a function is called in the next turn at the earliest.
 */
void loop_timer(struct loop *, struct loop_timer *, int64_t due, loop_timer_fn *, void *context);
/* Does nothing when it is not set. */
void loop_timer_cancel(struct loop *, struct loop_timer *);

/*
 * status: as waitpid() gives it.  -1: somebody else has waited for the child, so that nobody knows
 * how it ended.
 */
typedef void loop_child_fn(void *context, pid_t pid, int status);
/* As with timers: the owner keeps it, all zero at first. */
struct loop_child {
	pid_t pid; /* 0: none is watched */
	int pidfd; /* -1: the kernel gives none */
	struct loop *loop;
	struct loop_timer poll;
	loop_child_fn *fn;
	void *context;
};

/* Waits for a child of this process that nobody else waits for, and calls the function once. */
void loop_child(struct loop *, struct loop_child *, pid_t, loop_child_fn *, void *context);
/* Leaves the child to the caller, who must wait for it.  Does nothing when none is watched. */
void loop_child_remove(struct loop_child *);

#endif
