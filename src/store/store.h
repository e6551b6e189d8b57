/* SPDX-License-Identifier: ISC */
/*
 * Where service requests are kept.  This is an interface: nothing in it names a path, so
 * that another store can take the files' place.  What it promises:
 *
 *  - an event that was appended is on disk to stay, or the call failed;
 *  - of two writers of the same event number one wins, and the other is told so;
 *  - a request is there with its first events or not at all;
 *  - a damaged request harms no other.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/request/status.h"

struct arena;
struct event;
struct request;
struct store;

enum store_result {
	STORE_OK,
	STORE_ERROR,	 /* the system refused; err says what */
	STORE_EXISTS,	 /* another process wrote that event first: load again, decide again */
	STORE_BUSY,	 /* another process holds the lock */
	STORE_NOT_FOUND, /* no such request */
	STORE_DAMAGED,	 /* the request's events do not add up; err says where */
};

void store_close(struct store *);

/*
 * Records a new request: its events, whose service_request_id and prev the store fills in,
 * and their status, which is given.  Sets *id.  On an error nothing is left behind.
 */
enum store_result
store_create(struct store *, struct event *events, size_t count, uint64_t *id, struct strbuf *err);

/*
 * Fills a request that was initialised with its id, from its events, checking chain and
 * state machine.
 */
enum store_result store_load(struct store *, struct request *, struct strbuf *err);

/* The latest event alone, for a listing: one file is read.  Its strings live in the arena. */
enum store_result store_load_latest(
    struct store *, uint64_t id, struct arena *, struct event *out, struct strbuf *err);

/*
 * One event to append.  The event must be settled (request_settle) and is the next of
 * its request; on STORE_OK the request includes it.
 */
struct store_append {
	struct request *request;
	struct event *event;	  /* copied into the request's arena where it must live on */
	enum store_result result; /* out */
	struct strbuf err;	  /* out; the caller initialises and releases it */
};

/*
 * Appends events of different requests, together when there are many: one wait for the disk
 * instead of one each.  After STORE_ERROR the event may show all the same (it got its name,
 * but the disk refused to say that the name will last): it must not be acted upon.
 */
void store_append_batch(struct store *, struct store_append *appends, size_t count);
/* Appends one event. */
enum store_result
store_append(struct store *, struct request *, struct event *, struct strbuf *err);

/* Whether somebody appended an event since the request was loaded. */
bool store_request_changed(struct store *, const struct request *);

/*
 * Takes the lock of a request without waiting: STORE_OK, STORE_BUSY or STORE_ERROR
 * (STORE_NOT_FOUND: no request can have that id).  Whoever advances a request holds it; it
 * ends with the process.  One process must not take it twice.
 */
enum store_result store_lock(struct store *, uint64_t id, struct strbuf *err);
void store_unlock(struct store *, uint64_t id);
/* Whether somebody holds it: a step that is Running is being run. */
bool store_is_locked(struct store *, uint64_t id);

/* Ids in ascending order, freed with free(). */
struct id_list {
	uint64_t *ids;
	size_t count;
};

/* Sorts, and drops what is there twice. */
void id_list_sort(struct id_list *);

#define STATUS_BIT(status) (1U << (status))
/* What may still move. */
#define STATUSES_UNFINISHED                                              \
	(STATUS_BIT(REQUEST_NOT_STARTED) | STATUS_BIT(REQUEST_RUNNING) | \
	    STATUS_BIT(REQUEST_PENDING))

/*
 * The requests that are in one of those states (a set of STATUS_BIT()), at the cost of
 * their number when no finished state is asked for, else of all.  A hint: a request may
 * have moved on.
 */
enum store_result
store_list(struct store *, unsigned statuses, struct id_list *out, struct strbuf *err);

/*
 * Corrects what is derived when a request was found in another state than it was listed in.
 */
void store_note_status(struct store *, uint64_t id, enum request_status);

/*
 * A descriptor that becomes readable when an event of that request is added; read it empty
 * (it does not block) and load the request again.  Closed with close().  -1 with err: it
 * cannot be watched.
 */
int store_watch_fd(struct store *, uint64_t id, struct strbuf *err);

#endif
