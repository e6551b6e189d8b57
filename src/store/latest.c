/* SPDX-License-Identifier: ISC */
/* The latest events of many requests, and the check of all. */
#include <string.h>

#include "base/arena.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "store/journal.h"

/* ---- listing */

struct listing {
	struct store *store;
	unsigned statuses;
	unsigned places; /* where these are listed */
	struct arena *arena;
	store_latest_fn *each;
	void *context;
	struct strbuf name;
};

/* The place of a request that is cancelled, which only all its events tell. */
static enum store_result
place_of_cancelled(struct store *store, uint64_t id, enum request_status *place, struct strbuf *err)
{
	struct request request;
	enum store_result result;

	request_init(&request, id);
	result = store_load(store, &request, err);
	if (result == STORE_OK)
		*place = journal_place(&request);
	request_release(&request);
	return result;
}

static bool
list_unreadable(
    const struct listing *listing, uint64_t id, enum store_result result, const char *why)
{
	const struct store_latest latest = {.id = id, .result = result, .why = why};

	return listing->each(listing->context, &latest);
}

/* A request whose latest event could be read. */
static bool
list_event(const struct listing *listing, uint64_t id, const struct event *event,
    enum request_status *belongs)
{
	const struct store_latest latest = {.id = id, .event = event};
	unsigned bit = STATUS_BIT(event->status);
	enum request_status place = event->status;
	struct strbuf err = STRBUF_INIT;
	enum store_result result = STORE_OK;
	bool is_known = event->status != REQUEST_CANCELLED, misplaced, more = true;

	/* found by its place, it should have an outcome that is unrecorded, or unknown */
	if (event->status == REQUEST_CANCELLED && (listing->statuses & bit) == 0) {
		result = place_of_cancelled(listing->store, id, &place, &err);
		bit = result == STORE_OK && place == REQUEST_FAILED ? STATUS_BIT_UNRESOLVED
								    : STATUS_BIT_UNRECORDED;
		is_known = result == STORE_OK;
	}
	if (is_known)
		*belongs = place;
	misplaced = result == STORE_OK && (listing->places & STATUS_BIT(place)) == 0;
	if (!misplaced && (listing->statuses & bit) != 0 && result != STORE_NOT_FOUND)
		more = result == STORE_OK ? listing->each(listing->context, &latest)
					  : list_unreadable(listing, id, result, err.buf);
	strbuf_release(&err);
	return more;
}

static bool
list_entry(void *context, const struct backend_latest *found, enum request_status *place)
{
	struct listing *listing = context;
	struct strbuf why = STRBUF_INIT, fault = STRBUF_INIT;
	struct event event;
	enum store_result result = found->result;
	bool more;

	if (result == STORE_OK && journal_decode(listing->store, listing->arena, found,
				      &listing->name, &event, &fault) != 0)
		result = STORE_DAMAGED;
	if (result == STORE_OK) {
		more = list_event(listing, found->id, &event, place);
	} else {
		store_complete(result, found->id, fault.len > 0 ? fault.buf : found->why, &why);
		more = list_unreadable(listing, found->id, result, why.buf);
	}
	strbuf_release(&fault);
	strbuf_release(&why);
	return more;
}

struct latest_event {
	const struct store *store;
	uint64_t id;
	struct arena arena;
	struct event event;
};

static enum store_result
take_latest(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct latest_event *latest = context;
	const struct backend_latest from = {
	    .id = latest->id, .number = number, .text = text, .len = len};
	struct strbuf name = STRBUF_INIT, fault = STRBUF_INIT;
	int result =
	    journal_decode(latest->store, &latest->arena, &from, &name, &latest->event, &fault);

	(void)writer;
	strbuf_release(&name);
	strbuf_release(&fault);
	return result == 0 ? STORE_OK : STORE_DAMAGED;
}

enum store_result
journal_find_place(void *context, uint64_t id, enum request_status *place)
{
	struct store *store = context;
	struct latest_event latest = {.store = store, .id = id, .arena = ARENA_INIT};
	struct strbuf ignored = STRBUF_INIT;
	enum store_result result =
	    store->backend->read(store->self, id, BACKEND_LATEST, take_latest, &latest, &ignored);

	if (result == STORE_OK && latest.event.status == REQUEST_CANCELLED)
		result = place_of_cancelled(store, id, place, NULL);
	else if (result == STORE_OK)
		*place = latest.event.status;
	arena_release(&latest.arena);
	strbuf_release(&ignored);
	return result;
}

enum store_result
store_latest(struct store *store, unsigned statuses, struct arena *arena, store_latest_fn *each,
    void *context, struct strbuf *err)
{
	struct listing listing = {.store = store,
	    .statuses = statuses,
	    .places = statuses & STATUSES_ALL,
	    .arena = arena,
	    .each = each,
	    .context = context,
	    .name = STRBUF_INIT};
	const struct backend_reader reader = {
	    .context = &listing, .entry = list_entry, .store = store, .place = journal_find_place};
	struct strbuf why = STRBUF_INIT;
	enum store_result result;

	if ((statuses & STATUS_BIT_UNRECORDED) != 0)
		listing.places |= STATUS_BIT(REQUEST_RUNNING);
	if ((statuses & STATUS_BIT_UNRESOLVED) != 0)
		listing.places |= STATUS_BIT(REQUEST_FAILED);
	result = store->backend->latest(store->self, listing.places, &reader, &why);
	result = store_complete(result, 0, why.buf, err);
	strbuf_release(&listing.name);
	strbuf_release(&why);
	return result;
}

/* ---- checking */

struct check {
	struct store *store;
	struct arena *arena;
	store_check_fn *report;
	void *context;
};

static bool
check_request(void *context, const struct store_latest *latest)
{
	const struct check *check = context;
	struct request request;
	struct strbuf err = STRBUF_INIT;
	enum store_result result;

	request_init(&request, latest->id);
	result = store_load(check->store, &request, &err);
	check->report(check->context, latest->id, result, err.buf);
	request_release(&request);
	strbuf_release(&err);
	arena_release(check->arena);
	return true;
}

enum store_result
store_check(struct store *store, store_check_fn *report, void *context, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct check check = {
	    .store = store, .arena = &arena, .report = report, .context = context};
	enum store_result result =
	    store_latest(store, STATUSES_ALL, &arena, check_request, &check, err);

	arena_release(&arena);
	return result;
}
