/* SPDX-License-Identifier: ISC */
/*
 * The store in memory, for tests and simulations: one disk, and many stores on it, each of which
 * stands for a process.  Nothing waits and nothing is shared with other programs or threads.
 */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_disk;
struct step_type;
struct store;

#define MEMORY_BOOTS 2

enum memory_operation {
	MEMORY_CREATE,
	MEMORY_READ,
	MEMORY_LIST,
	MEMORY_APPEND,	   /* one event, alone or of a group */
	MEMORY_APPEND_ALL, /* a transaction as a whole */
	MEMORY_LOCK,
	MEMORY_RENEW,
	MEMORY_UNLOCK,
	MEMORY_LOG,
};

enum memory_fault {
	MEMORY_GO_ON,
	/*
	 * The operation fails.  Before it, nothing has happened; after it, everything has, and
	 * only the caller does not know; but a lock is not taken.  MEMORY_UNLOCK cannot fail.
	 */
	MEMORY_FAIL,
	/*
	 * The process ends there: its locks are free, and whatever its store does from now on has
	 * no effect and fails.
	 */
	MEMORY_KILL,
};

/* Asked before and after each operation; who is the process. */
typedef enum memory_fault
memory_fault_fn(void *context, void *who, enum memory_operation, bool after);

struct memory_options {
	int64_t lease_ms;	       /* after which a lock ends that is not renewed; 0: never */
	int64_t (*now)(void *context); /* ms of a clock that leases go by; NULL: it stands still */
	memory_fault_fn *fault;	       /* NULL: nothing fails */
	/*
	 * Not NULL: a lock is seen by processes of the same boot alone (store_medium()), and boot()
	 * says which a process is of, below MEMORY_BOOTS.  boot may be NULL: all are of one.
	 */
	const char *medium;
	unsigned (*boot)(void *context, void *who);
	void *context;
	bool later; /* what store_append_begin() hands over waits for memory_move_on() */
};

struct memory_disk *memory_disk_new(const struct memory_options *);
/* After the stores on it were closed. */
void memory_disk_free(struct memory_disk *);

/* Opens a store; who is handed to the fault function.  types is as in store_open_files(). */
struct store *
store_open_memory(struct memory_disk *, void *who, const struct step_type *const *types);
/* Ends all stores of that process, as MEMORY_KILL does.  They are still to be closed. */
void memory_kill(struct memory_disk *, const void *who);

/* How many of the appends that a process has handed over have no result yet. */
size_t memory_under_way(const struct memory_disk *, const void *who);
/*
 * Moves the nth of them, from 0, by one of two steps: it is recorded, where its fault is asked for
 * before, and then its result is there, where that is asked for after it.
 */
void memory_move_on(struct memory_disk *, const void *who, size_t nth);

/* How many events a request has; 0: there is none. */
int64_t memory_event_count(const struct memory_disk *, uint64_t id);
/* The bytes of an event, borrowed until the disk changes; NULL: there is none. */
const char *memory_event(const struct memory_disk *, uint64_t id, int64_t number, size_t *len);
/* Damages a request: puts other bytes in an event's place, or takes it away (text is NULL). */
void memory_damage(struct memory_disk *, uint64_t id, int64_t number, const char *text, size_t len);
/* Begins a log anew, as somebody does who removes it; nothing when there is none. */
void memory_remove_log(struct memory_disk *, uint64_t id, const char *name);

#endif
