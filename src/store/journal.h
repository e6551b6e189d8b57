/* SPDX-License-Identifier: ISC */
/* What the files of the journal share, above every backend. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/backend.h"
#include "store/store.h"

struct arena;
struct event;
struct journal_pending;
struct request;

struct store {
	const struct store_backend *backend;
	void *self; /* the backend's */
	const struct step_type *const *types;
	struct journal_pending *ready; /* handed over, and done without the backend's help */
};

/* Returns STORE_NOT_FOUND with its message. */
enum store_result store_no_such_request(uint64_t id, struct strbuf *err);
/* Returns a backend's result, with its message as a caller gets it. */
enum store_result
store_complete(enum store_result, uint64_t id, const char *why, struct strbuf *err);

/*
 * Decodes an event that a backend found, and checks that it is the one of that id and number.  name
 * is a buffer for its name in messages.  Returns 0, or -1 with fault: what is wrong with it.
 */
int journal_decode(const struct store *, struct arena *, const struct backend_latest *,
    struct strbuf *name, struct event *out, struct strbuf *fault);
/* What a requester's key is for the backend. */
void journal_key(struct store *, const char *requester, const char *key, struct backend_key *out);
/* Where a request is listed: a call that was under way is looked after until it has an outcome. */
enum request_status journal_place(const struct request *);
/* The place of a backend_reader: reads the request anew.  context: a struct store. */
enum store_result journal_find_place(void *context, uint64_t id, enum request_status *place);

#endif
