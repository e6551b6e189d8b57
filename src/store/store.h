/* SPDX-License-Identifier: ISC */
/*
 * The store: where service requests, their locks and their logs are kept.
 *
 * It is a journal (journal.c), which knows what events mean, over a backend (backend.h), which
 * keeps bytes: in files (files/files.h) or in memory (memory.h).  What it promises:
 *
 *  - an event that was appended is kept, or the call failed;
 *  - of two writers of the same event number one wins, and the other gets STORE_RACE_LOST;
 *  - a request is there with its first events or not at all;
 *  - a damaged request harms no other.
 *
 * Every err may be NULL.  A message is added to it with each result but STORE_OK, STORE_RACE_LOST,
 * STORE_EXISTS and STORE_BUSY of store_lock(), where the result says it all.
 *
 * Whatever changes requests waits for others that change the same, 10 seconds at most.  Then the
 * result is STORE_BUSY, with a message that says who it is, and nothing was changed.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/request/run-state.h"
#include "model/request/status.h"

struct arena;
struct event;
struct request;
struct store;
struct store_log;
struct store_log_reader;
struct store_watch;

enum store_result {
	STORE_OK,
	STORE_ERROR,	 /* the system or the event was at fault */
	STORE_RACE_LOST, /* somebody else appended that event number: load and decide again */
	STORE_BUSY,	 /* somebody else holds the lock, or changes the same for too long */
	STORE_LOCK_LOST, /* not yours any more: the lock of that token has ended */
	STORE_EXISTS,	 /* a request has that key */
	STORE_NOT_FOUND, /* no such request; no such log; no request with that key */
	STORE_DAMAGED,	 /* the request's events do not add up */
};

/* Frees the store and ends the locks that were taken through it.  NULL is allowed. */
void store_close(struct store *);

/*
 * From now on nothing waits: the result is STORE_BUSY at once, and the caller comes again.  What
 * the store keeps open for all requests is open from then on.
 */
void store_never_wait(struct store *);

/*
 * Sets room aside for so many events of the usual size, whatever others write meanwhile: for those
 * that are appended with in_room.  Called again, it replaces what these have used.  Returns 0, also
 * where nothing can be reserved, or -1 with err: there is no such room.
 */
int store_reserve(struct store *, size_t count, struct strbuf *err);

/* ---- events */

/*
 * Records a new request with these events and reports its id.  The store numbers and chains
 * them; the status in each is the caller's, and the events are unchanged.  STORE_OK, or
 * STORE_ERROR with *id unchanged and, unless err says otherwise, nothing recorded.
 *
 * When the first event has a key, no two requests of one requester get it, whoever creates at the
 * same time and wherever a program or the machine ends: STORE_EXISTS, with the id of the request
 * that has it, and nothing is recorded.  Should that request be damaged, loading it says so.
 */
enum store_result store_create(
    struct store *, const struct event *events, size_t count, uint64_t *id, struct strbuf *err);
/* One of several new requests. */
struct store_creation {
	const struct event *events; /* borrowed */
	size_t count;
	uint64_t id; /* out */
	bool exists; /* out: a request has the key of its first event, and that is its id */
};

/*
 * Records requests as store_create() does, all of them or none, also when the program or the
 * machine ends meanwhile.  Their ids follow the order of the creations.  No two of them have the
 * same key of one requester.  STORE_OK; STORE_EXISTS: a request has the key of one, which says so,
 * and nothing is recorded; STORE_BUSY or STORE_ERROR, after which nothing is recorded unless err
 * says otherwise.  While the call lasts, others may see the first requests without the later ones.
 */
enum store_result store_create_all(
    struct store *, struct store_creation *creations, size_t count, struct strbuf *err);
/*
 * Finds the request that has a requester's key, without looking at the others.  STORE_EXISTS with
 * *id; STORE_NOT_FOUND (no message: there is none yet); STORE_ERROR.
 */
enum store_result store_find_key(
    struct store *, const char *requester, const char *key, uint64_t *id, struct strbuf *err);

/*
 * Reads the events of a request that was initialised with its id: those after the ones that it
 * has, so that a loaded request can be brought up to date.  Numbers, chain and state machine are
 * checked.  STORE_OK, STORE_NOT_FOUND, STORE_DAMAGED or STORE_ERROR; after a failure the request
 * holds the events before the fault.
 */
enum store_result store_load(struct store *, struct request *, struct strbuf *err);

/* Whether somebody appended an event since the request was loaded.  False also on an error. */
bool store_request_changed(struct store *, const struct request *);

/* No lock: what a person decides is appended without one. */
#define STORE_NO_LOCK UINT64_C(0)

/*
 * One event to append.  The store sets its event_id, service_request_id, prev and status, which
 * follow from the request; everything else is the caller's.  On STORE_OK the request includes the
 * event (a copy in its own arena), else the request is unchanged.
 */
struct store_append {
	struct request *request; /* borrowed, as is the event */
	struct event *event;
	uint64_t token;		  /* of the lock that it is appended under, or STORE_NO_LOCK */
	bool in_room;		  /* one of those that store_reserve() was called for */
	enum store_result result; /* out */
	struct strbuf err;	  /* out; the caller initialises and releases it */
	void *context;		  /* the caller's own */
};

/*
 * Appends events of different requests, each for itself: one may fail where others succeed.
 * They become durable together, which costs the disk one wait instead of one for each.
 * Results: STORE_OK, STORE_RACE_LOST, STORE_LOCK_LOST, STORE_BUSY, or STORE_ERROR, after which
 * the event may be recorded all the same (it is visible, but the disk refused to say that it
 * will last): the
 * caller must not act upon it.
 */
void store_append_group(struct store *, struct store_append *appends, size_t count);
/*
 * The same beside the caller: hands appends over and returns at once.  What was handed over while
 * others became durable becomes durable together next.  Until store_append_collect() has given an
 * append back, it, its request and its event stay where and as they are, and its lock is held.
 */
void store_append_begin(struct store *, struct store_append *const *appends, size_t count);
/*
 * Gives back an append whose result is there, in any order.  NULL: there is none now, or, with
 * wait, nothing is under way any more.  Before the store is closed everything is collected.
 */
struct store_append *store_append_collect(struct store *, bool wait);
/*
 * Readable when there may be something to collect; borrowed until the store is closed.  -1: there
 * is nothing to wait for, as all results are there when store_append_begin() returns.  It is asked
 * for after that.
 */
int store_append_fd(struct store *);
/* Appends one event: as a group of one. */
enum store_result
store_append(struct store *, struct request *, struct event *, uint64_t token, struct strbuf *err);
/*
 * Appends events as one transaction: all of them or none, also when the program or the machine
 * ends meanwhile.  A request may have several, in the order in which they follow each other; they
 * all name the same struct request.  The result is that of the first event that could not be
 * appended, and every append has it too; the message is in err alone.  After STORE_ERROR all of
 * them may be recorded all the same.  While the call lasts, others may see the first events
 * without the later ones; what they append to those requests then loses the race.
 */
enum store_result
store_append_all(struct store *, struct store_append *appends, size_t count, struct strbuf *err);

/* ---- locks */

/*
 * Takes the lock of a request without waiting, and reports its token: whoever advances a request
 * holds it.  It ends with the store, with the process, or after store_lease_ms() unless it is
 * renewed.  STORE_OK, STORE_BUSY (also when this store holds it), STORE_NOT_FOUND (no request can
 * have that id) or STORE_ERROR; *token is unchanged then.
 */
enum store_result store_lock(struct store *, uint64_t id, uint64_t *token, struct strbuf *err);
/* Lets the lease begin anew: STORE_OK, STORE_LOCK_LOST or STORE_ERROR. */
enum store_result store_renew(struct store *, uint64_t id, uint64_t token, struct strbuf *err);
/* Ends the lock.  A token that is no longer valid is ignored. */
void store_unlock(struct store *, uint64_t id, uint64_t token);
/* Whether anybody is seen to hold it.  False also on an error. */
bool store_is_locked(struct store *, uint64_t id);
/*
 * What stood where a file of the store belongs, and gave way to it, with its path; NULL: nothing
 * did.
 */
const char *store_notice(const struct store *);
/*
 * On what the requests lie where others may hold a lock that cannot be seen, such as "NFS".  NULL:
 * every lock is seen.
 */
const char *store_medium(struct store *);
/* Adds to a Running event which process it is that runs the step; texts are in the arena. */
void store_name_process(struct store *, struct arena *, struct event *);
/*
 * Looks for whoever runs the step of a Running event.  token: of the request's lock, if the caller
 * holds it, or STORE_NO_LOCK.
 */
struct run_sight store_see_run(struct store *, const struct event *running, uint64_t token);
/* Whether it can be seen what is locked.  Returns 0, or -1 with err: store_is_locked() is blind. */
int store_check_locks(struct store *, struct strbuf *err);
/* After how many milliseconds a lock ends that is not renewed; 0: never. */
int64_t store_lease_ms(const struct store *);

/* ---- which requests there are */

/* A set of statuses is made of these bits. */
#define STATUS_BIT(status) (1U << (status))
/* What may still move. */
#define STATUSES_UNFINISHED                                              \
	(STATUS_BIT(REQUEST_NOT_STARTED) | STATUS_BIT(REQUEST_RUNNING) | \
	    STATUS_BIT(REQUEST_PENDING))
/*
 * Sets of their own within Cancelled: with an unrecorded outcome, which a run is to record
 * (request_has_unrecorded_outcome()); with one that is recorded as unknown, which an admin is to
 * resolve (request_is_unresolved()).
 */
#define STATUS_BIT_UNRECORDED STATUS_BIT(REQUEST_STATUS_COUNT)
#define STATUS_BIT_UNRESOLVED STATUS_BIT(REQUEST_STATUS_COUNT + 1)
#define STATUSES_ALL	      (STATUS_BIT(REQUEST_STATUS_COUNT) - 1)

/* A request and its latest event. */
struct store_latest {
	uint64_t id;
	enum store_result result;  /* STORE_OK, STORE_DAMAGED or STORE_ERROR */
	const struct event *event; /* NULL when it cannot be read; its strings are in the arena */
	const char *why;	   /* the message then */
};

/* Returns whether to go on.  It may release the arena. */
typedef bool store_latest_fn(void *context, const struct store_latest *);

/*
 * Calls each() for the requests whose latest event has a status of the set, the newest id first,
 * and for those whose latest event cannot be read.  Only that event is read, and checked by itself:
 * neither chain nor state machine.  It costs what the requests of these statuses cost, or what all
 * cost when Cancelled or Completed is one of them.  A request whose status is in the set all the
 * time is not missed, whatever others do meanwhile.  STORE_OK, or STORE_ERROR: they cannot be
 * listed.
 */
enum store_result store_latest(struct store *, unsigned statuses, struct arena *,
    store_latest_fn *each, void *context, struct strbuf *err);

/* ---- waiting for what others do */

/*
 * Begins to watch a request, and its logs if asked for.  NULL with err: there is no such request,
 * or it cannot be read.  What happens from now on makes store_watch_fd() readable for poll(); the
 * caller then calls store_watch_clear(), and after it looks at request and logs again.
 */
struct store_watch *store_watch(struct store *, uint64_t id, bool logs, struct strbuf *err);
/*
 * Borrowed until store_watch_clear(); nothing is to be read from it.  -1: the system does not tell
 * what happens, because others watch as much as it allows, for example.  As it may tell only a
 * part, the caller looks again every STORE_LOOK_MS in any case, each time after
 * store_watch_clear().
 */
int store_watch_fd(const struct store_watch *);
#define STORE_LOOK_MS INT64_C(2000)
void store_watch_clear(struct store_watch *);
/* Frees it; before its store is closed.  NULL is allowed. */
void store_watch_end(struct store_watch *);

/* ---- logs: bytes under a request's id and a name that has no '/' */

/* A log to append to.  Nothing is made before the first bytes.  Never NULL; both are copied. */
struct store_log *store_log_open(struct store *, uint64_t id, const char *name);
/*
 * Appends bytes, whole, so that the lines of two writers do not mix.  Returns 0, or -1 with the
 * reason alone in err ("No space left on device").  They are not waited for.
 */
int store_log_append(struct store_log *, const char *text, size_t len, struct strbuf *err);
/* Frees it.  Returns 0, or -1 as above: something that was appended may be lost. */
int store_log_close(struct store_log *, struct strbuf *err);

/*
 * A log to be read; there may be none of that name yet.  follows: others may rotate it meanwhile,
 * and what was written before and after is wanted.  Never NULL; the name is copied.
 */
struct store_log_reader *
store_log_reader_open(struct store *, uint64_t id, const char *name, bool follows);
/*
 * Adds to out what the log has that was not read before, some of it or all.  When nothing is added,
 * that is all for now.  *anew tells that the log of that name is another one than it was, or was
 * cut off: what is added is from its beginning.  One that follows reads the other to its end
 * before, and also what is added to it later.  STORE_OK, STORE_NOT_FOUND (no message: there is no
 * such log now) or STORE_ERROR.
 */
enum store_result
store_log_read(struct store_log_reader *, struct strbuf *out, bool *anew, struct strbuf *err);
void store_log_reader_close(struct store_log_reader *);
/* The names of the logs of a request, sorted, in the arena.  STORE_OK or STORE_ERROR. */
enum store_result store_logs(struct store *, uint64_t id, struct arena *, const char *const **names,
    size_t *count, struct strbuf *err);

/* ---- checking */

/* Hears of a request: STORE_OK, or what is wrong with it. */
typedef void store_check_fn(void *context, uint64_t id, enum store_result, const char *why);

/* Loads every request, the newest first, and reports on each.  STORE_OK or STORE_ERROR. */
enum store_result
store_check(struct store *, store_check_fn *report, void *context, struct strbuf *err);

#endif
