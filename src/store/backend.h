/* SPDX-License-Identifier: ISC */
/*
 * What the journal needs of whoever keeps the bytes: ids, numbers, bytes, places and tokens.  A
 * backend does not know what an event says.
 *
 * A *place* is the status under which a request is listed.  Requests are found by their places
 * without looking at all of them: a backend keeps an index of the places that are unfinished or
 * failed (place_is_indexed()).  The journal says with each event where the request is listed
 * before and after it.  The index is derived: where it cannot be changed together with the event,
 * an entry may be there too long, never missing, and the backend corrects it when it meets it.
 *
 * A *key* is a digest under which a new request is found again; no two requests have the same.
 * Whether a request has one is in its first event, so that an index of the keys is derived, too: an
 * entry whose request is not there, or has another key, is none.
 *
 * Ids are valid (store_id_is_valid()) and numbers are 1, 2, 3, ...  Results and messages are those
 * of store.h, but for STORE_DAMAGED, where err is what is wrong ("it has no events"), without the
 * name of the request, and for STORE_NOT_FOUND, which has no message.  err is never NULL.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/process-identity.h"
#include "model/request/status.h"
#include "store/store.h"

struct step_type;

#define EVENT_MAX_BYTES (8 * 1024 * 1024)
#define STORE_ID_MAX	((UINT64_C(1) << 62) - 1)

static inline bool
store_id_is_valid(uint64_t id)
{
	return id > 0 && id <= STORE_ID_MAX;
}

static inline bool
place_is_indexed(enum request_status place)
{
	return place != REQUEST_CANCELLED && place != REQUEST_COMPLETED;
}

/*
 * Makes the texts of a new request that is to have that id; they live until the next call or the
 * end of create().  May be called again for another id.  Returns 0, or -1 with err.
 */
typedef int backend_write_fn(
    void *context, uint64_t id, const struct strbuf **texts, size_t *count, struct strbuf *err);

/* The key of a new request, and how the journal tells which key a request has. */
struct backend_key {
	char digest[DIGEST_SIZE];
	/*
	 * STORE_OK with the digest; STORE_NOT_FOUND: there is no such request, or it has no key;
	 * STORE_DAMAGED (without a message): nobody can tell; STORE_ERROR with err.
	 */
	enum store_result (*of)(
	    void *context, uint64_t id, char digest[DIGEST_SIZE], struct strbuf *err);
	void *context;
};

/* One of several new requests. */
struct backend_creation {
	backend_write_fn *write;
	void *context;
	const struct backend_key *key; /* NULL: it has none */
	uint64_t id;		       /* out */
	bool exists;		       /* out: that request has the key, or may have it */
};

/*
 * Takes an event.  writer: the user to whom it belongs where it is kept; 0: root, or nobody knows.
 * Any result but STORE_OK ends the reading with that result.
 */
typedef enum store_result
backend_read_fn(void *context, int64_t number, const char *text, size_t len, uid_t writer);

/* In place of a number: the latest event alone. */
#define BACKEND_LATEST INT64_C(0)

struct backend_append {
	uint64_t id;
	int64_t number;
	const char *text; /* borrowed */
	size_t len;
	enum request_status from; /* the place before the event */
	enum request_status to;	  /* and after it */
	uint64_t token; /* STORE_NO_LOCK, or it must be valid when the event gets its number */
	bool in_room;	/* what is reserved is for it, where it finds no other room */
	enum store_result result; /* out; what is not STORE_OK when it comes in is left out */
	struct strbuf *err;	  /* out */
	void *context;		  /* the journal's */
};

/* A request that was found by its place, with its latest event, or why that cannot be read. */
struct backend_latest {
	uint64_t id;
	enum store_result result;
	int64_t number;
	const char *text; /* NULL when it cannot be read */
	size_t len;
	const char *why;
};

/* The journal's eyes: what only it can say about requests that are listed. */
struct backend_reader {
	void *context;
	/*
	 * Takes a request.  *place is set to where it belongs, and left alone when its latest event
	 * does not tell.  Returns whether to go on.
	 */
	bool (*entry)(void *context, const struct backend_latest *, enum request_status *place);
	/*
	 * Finds the place where a request belongs, by reading it anew.  Any result but STORE_OK
	 * leaves *place unchanged.
	 */
	enum store_result (*place)(void *store, uint64_t id, enum request_status *place);
	void *store; /* what place() is handed */
};

struct store_backend {
	void (*close)(void *);

	/*
	 * Makes a request with all its first events, or none, and lists it under the place.  key
	 * may be NULL: it has none.  STORE_EXISTS with *id, and nothing is made, when a request
	 * has that key, or may have it (STORE_DAMAGED).  What is there is found by its key.
	 */
	enum store_result (*create)(void *, enum request_status place, backend_write_fn *,
	    void *context, const struct backend_key *key, uint64_t *id, struct strbuf *err);
	/*
	 * Makes requests as create() does, all or none, with ids in their order.  No two have one
	 * key.  STORE_EXISTS, and nothing is made, when a request has the key of one of them: that
	 * one says so.
	 */
	enum store_result (*create_all)(void *, enum request_status place,
	    struct backend_creation *, size_t count, struct strbuf *err);
	/* STORE_EXISTS with *id, STORE_NOT_FOUND or STORE_ERROR; does not look at all requests. */
	enum store_result (*find_key)(
	    void *, const struct backend_key *, uint64_t *id, struct strbuf *err);
	/*
	 * Hands over the events from a number on, in order; a number that is missing below the
	 * highest is damage.  Nothing is handed over when there is none from that number on.
	 */
	enum store_result (*read)(void *, uint64_t id, int64_t from, backend_read_fn *,
	    void *context, struct strbuf *err);
	bool (*has)(void *, uint64_t id, int64_t number);
	/* store_append_group(): of different requests. */
	void (*append_group)(void *, struct backend_append *, size_t count);
	/*
	 * store_append_begin() and the rest; each append is the backend's until it is collected.
	 * append_fd may be NULL: there is never anything to wait for.
	 */
	void (*append_begin)(void *, struct backend_append *const *, size_t count);
	struct backend_append *(*append_collect)(void *, bool wait);
	int (*append_fd)(void *);
	/*
	 * store_append_all(): the numbers of one request follow each other.  The one that stands in
	 * the way gets its result; the err of each is not used.
	 */
	enum store_result (*append_all)(
	    void *, struct backend_append *, size_t count, struct strbuf *err);
	/* store_latest() of a set of places. */
	enum store_result (*latest)(
	    void *, unsigned places, const struct backend_reader *, struct strbuf *err);
	/*
	 * A request was read that belongs to that place: where it is listed otherwise, that is
	 * corrected.  The reader's entry() is not used.  NULL where a place is always right.
	 */
	void (*settle)(
	    void *, uint64_t id, enum request_status place, const struct backend_reader *);
	/* How a person finds an event, for messages: "state/requests/7/000003.json". */
	void (*describe)(const void *, uint64_t id, int64_t number, struct strbuf *out);

	enum store_result (*lock)(void *, uint64_t id, uint64_t *token, struct strbuf *err);
	enum store_result (*renew)(void *, uint64_t id, uint64_t token, struct strbuf *err);
	void (*unlock)(void *, uint64_t id, uint64_t token);
	bool (*is_locked)(void *, uint64_t id);
	/* 0, or -1 with err.  NULL: it always can. */
	int (*check_locks)(void *, struct strbuf *err);
	/* store_notice(); NULL: there is never one. */
	const char *(*notice)(const void *);
	/* store_medium(); NULL: it sees every lock. */
	const char *(*medium)(void *);
	/* The process of this store, and what can be seen of another.  NULL: as the system says. */
	void (*identify)(void *, struct arena *, struct process_identity *out);
	enum process_sight (*see)(void *, const struct process_identity *);
	int64_t (*lease_ms)(const void *);
	/* store_never_wait(); NULL: it never does. */
	void (*never_wait)(void *);
	/* store_reserve(); NULL: there is always room, or nobody knows. */
	int (*reserve)(void *, size_t count, struct strbuf *err);

	/* store_watch() and the rest; the pointer is the watch. */
	void *(*watch)(void *, uint64_t id, bool logs, struct strbuf *err);
	int (*watch_fd)(const void *watch);
	void (*watch_clear)(void *watch);
	void (*watch_end)(void *watch);

	/* store_log_open() and the rest; the pointer is the log. */
	void *(*log_open)(void *, uint64_t id, const char *name);
	int (*log_append)(void *log, const char *text, size_t len, struct strbuf *err);
	int (*log_close)(void *log, struct strbuf *err);
	/* store_log_reader_open() and the rest; the pointer is the reader. */
	void *(*log_reader_open)(void *, uint64_t id, const char *name, bool follows);
	enum store_result (*log_read)(
	    void *reader, struct strbuf *out, bool *anew, struct strbuf *err);
	void (*log_reader_close)(void *reader);
	enum store_result (*logs)(void *, uint64_t id, struct arena *, const char *const **names,
	    size_t *count, struct strbuf *err);
};

/*
 * The store over a backend.  self is handed to its functions and is the store's from now on;
 * types, borrowed, are what pipelines of requests may be built of.
 */
struct store *
store_new(const struct store_backend *, void *self, const struct step_type *const *types);

#endif
