/* SPDX-License-Identifier: ISC */
/*
 * The journal: what the bytes of a store mean, whoever keeps them.  Numbers, chain, digests,
 * encoding and decoding of events, the status that follows from each, and the place where a
 * request is listed are decided here and nowhere else.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/digest.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "store/backend.h"
#include "store/store.h"

struct store {
	const struct store_backend *backend;
	void *self; /* the backend's */
	const struct step_type *const *types;
};

struct store_watch {
	const struct store_backend *backend;
	void *self;
	int fd;
};

struct store_log {
	const struct store_backend *backend;
	void *self;
};

struct store *
store_new(const struct store_backend *backend, void *self, const struct step_type *const *types)
{
	struct store *store = xmalloc(sizeof(*store));

	*store = (struct store){.backend = backend, .self = self, .types = types};
	return store;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	store->backend->close(store->self);
	free(store);
}

/* The one way in which an event becomes part of a request. */
static int
apply(const struct store *store, struct request *request, const struct event *event,
    const char *text, size_t len, struct strbuf *err)
{
	char digest[DIGEST_SIZE];

	digest_sha256(text, len, digest);
	return request_apply(request, store->types, event, digest, err);
}

/* Where a request is listed: a call that was under way is looked after until it has an outcome. */
static enum request_status
place_of(const struct request *request)
{
	return request_owes_outcome(request) ? REQUEST_RUNNING : request->status;
}

/* ---- results that name the request */

static enum store_result
no_such_request(uint64_t id, struct strbuf *err)
{
	fail(err, "no such request: %" PRIu64, id);
	return STORE_NOT_FOUND;
}

static enum store_result damaged(struct strbuf *err, uint64_t id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum store_result
damaged(struct strbuf *err, uint64_t id, const char *fmt, ...)
{
	struct strbuf what = STRBUF_INIT;
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&what, fmt, args);
	va_end(args);
	fail(err, "request %" PRIu64 " is damaged: %s", id, what.buf);
	strbuf_release(&what);
	return STORE_DAMAGED;
}

/* The result of a backend with its message, as the caller gets it. */
static enum store_result
complete(enum store_result result, uint64_t id, const char *why, struct strbuf *err)
{
	if (result == STORE_NOT_FOUND)
		return no_such_request(id, err);
	if (result == STORE_DAMAGED)
		return damaged(err, id, "%s", why);
	if (*why != '\0')
		fail(err, "%s", why);
	return result;
}

/* ---- reading */

struct loading {
	const struct store *store;
	struct request *request;
	struct strbuf name;   /* of the event that is read */
	struct strbuf *fault; /* what is wrong with it */
};

/* Decodes the event of that number.  0, or -1 with what is wrong. */
static int
decode(const struct store *store, struct arena *arena, const struct backend_latest *from,
    struct strbuf *name, struct event *out, struct strbuf *fault)
{
	strbuf_reset(name);
	store->backend->describe(store->self, from->id, from->number, name);
	if (event_read(arena, name->buf, from->text, from->len, out, fault) != 0)
		return -1;
	if (out->event_id != from->number)
		return fail(fault, "%s: its event_id is %" PRId64, name->buf, out->event_id);
	if (out->service_request_id != (int64_t)from->id)
		return fail(fault, "%s: it belongs to request %" PRId64, name->buf,
		    out->service_request_id);
	return 0;
}

static enum store_result
load_event(void *context, int64_t number, const char *text, size_t len)
{
	struct loading *loading = context;
	struct request *request = loading->request;
	const struct backend_latest from = {
	    .id = request->id, .number = number, .text = text, .len = len};
	struct strbuf reason = STRBUF_INIT;
	struct event event;
	enum store_result result = STORE_OK;

	if (decode(loading->store, &request->arena, &from, &loading->name, &event,
		loading->fault) != 0)
		return STORE_DAMAGED;
	if (apply(loading->store, request, &event, text, len, &reason) != 0) {
		fail(loading->fault, "%s: %s", loading->name.buf, reason.buf);
		result = STORE_DAMAGED;
	}
	strbuf_release(&reason);
	return result;
}

enum store_result
store_load(struct store *store, struct request *request, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	struct loading loading = {
	    .store = store, .request = request, .name = STRBUF_INIT, .fault = &why};
	enum store_result result;

	if (!store_id_is_valid(request->id))
		return no_such_request(request->id, err);
	result = store->backend->read(store->self, request->id, (int64_t)request->event_count + 1,
	    load_event, &loading, &why);
	result = complete(result, request->id, why.buf, err);
	strbuf_release(&loading.name);
	strbuf_release(&why);
	return result;
}

bool
store_request_changed(struct store *store, const struct request *request)
{
	return store_id_is_valid(request->id) &&
	       store->backend->has(store->self, request->id, (int64_t)request->event_count + 1);
}

/* ---- creating */

struct creation {
	const struct store *store;
	const struct event *events;
	struct strbuf *texts; /* as many */
	size_t count;
};

/* The text of an event, as it is kept, and the event as its readers will have it. */
static int
encode(const struct event *event, struct arena *arena, struct strbuf *text, struct event *out,
    struct strbuf *err)
{
	strbuf_reset(text);
	event_write(event, text);
	if (text->len > EVENT_MAX_BYTES)
		return fail(err, "an event of more than 8 MiB cannot be recorded");
	return event_read(arena, "event", text->buf, text->len, out, err);
}

/* What depends on the id.  What could not be loaded again is refused. */
static int
write_texts(
    void *context, uint64_t id, const struct strbuf **texts, size_t *count, struct strbuf *err)
{
	const struct creation *creation = context;
	struct request request;
	int result = 0;

	request_init(&request, id);
	for (size_t i = 0; i < creation->count && result == 0; i++) {
		struct strbuf *text = &creation->texts[i];
		struct event event = creation->events[i];

		event.event_id = (int64_t)i + 1;
		event.service_request_id = (int64_t)id;
		event.prev = i == 0 ? NULL : request.head;
		result = encode(&event, &request.arena, text, &event, err);
		if (result == 0)
			result =
			    apply(creation->store, &request, &event, text->buf, text->len, err);
	}
	request_release(&request);
	*texts = creation->texts;
	*count = creation->count;
	return result;
}

enum store_result
store_create(
    struct store *store, const struct event *events, size_t count, uint64_t *id, struct strbuf *err)
{
	struct creation creation = {.store = store, .events = events, .count = count};
	struct strbuf why = STRBUF_INIT;
	uint64_t made = 0;
	enum store_result result;

	creation.texts = xcalloc(count, sizeof(*creation.texts));
	for (size_t i = 0; i < count; i++)
		strbuf_init(&creation.texts[i]);
	result = store->backend->create(
	    store->self, REQUEST_NOT_STARTED, write_texts, &creation, &made, &why);
	result = complete(result, made, why.buf, err);
	if (result == STORE_OK)
		*id = made;
	for (size_t i = 0; i < count; i++)
		strbuf_release(&creation.texts[i]);
	free(creation.texts);
	strbuf_release(&why);
	return result;
}

/* ---- appending */

/*
 * An event that is on its way.  It is applied to its request first, as a reader would: what could
 * not be loaded must not be recorded, since it would make the request useless.  When the event is
 * not recorded, the request becomes what it was.
 */
struct attempt {
	struct store_append *append;
	struct strbuf text;
	bool applied;
	struct request before;	  /* its arena is not used */
	struct step_state *steps; /* a copy of what the events change */
};

static void
remember(struct attempt *attempt)
{
	const struct request *request = attempt->append->request;
	size_t count = request->pipeline.step_count;

	attempt->before = *request;
	attempt->steps = xcalloc(count, sizeof(*attempt->steps));
	if (count > 0)
		memcpy(attempt->steps, request->steps, count * sizeof(*attempt->steps));
}

static void
undo(struct attempt *attempt)
{
	struct request *request = attempt->append->request;
	struct arena arena = request->arena;

	if (!attempt->applied)
		return;
	*request = attempt->before;
	request->arena = arena;
	if (request->pipeline.step_count > 0)
		memcpy(request->steps, attempt->steps,
		    request->pipeline.step_count * sizeof(*request->steps));
	attempt->applied = false;
}

static void
attempt_release(struct attempt *attempt)
{
	free(attempt->steps);
	strbuf_release(&attempt->text);
}

static int
fill_in(const struct request *request, struct event *event, struct strbuf *err)
{
	event->event_id = (int64_t)request->event_count + 1;
	event->service_request_id = (int64_t)request->id;
	event->prev = request->event_count == 0 ? NULL : request->head;
	return request_settle(request, event, err);
}

/* Encodes and applies the event of an append, and says what the backend is to do. */
static int
begin(const struct store *store, struct attempt *attempt, struct store_append *append,
    struct backend_append *out, struct strbuf *err)
{
	struct request *request = append->request;
	struct event event;

	*attempt = (struct attempt){.append = append, .text = STRBUF_INIT};
	*out = (struct backend_append){.id = request->id,
	    .number = (int64_t)request->event_count + 1,
	    .from = place_of(request),
	    .token = append->token,
	    .err = err};
	remember(attempt);
	if (fill_in(request, append->event, err) != 0 ||
	    encode(append->event, &request->arena, &attempt->text, &event, err) != 0 ||
	    apply(store, request, &event, attempt->text.buf, attempt->text.len, err) != 0) {
		out->result = STORE_ERROR;
		return -1;
	}
	attempt->applied = true;
	out->text = attempt->text.buf;
	out->len = attempt->text.len;
	out->to = place_of(request);
	out->result = STORE_OK;
	return 0;
}

/* The message of a lock that was lost. */
static void
name_lock(const struct store_append *append, struct strbuf *err)
{
	fail(err, "the lock of request %" PRIu64 " was lost", append->request->id);
}

void
store_append_group(struct store *store, struct store_append *appends, size_t count)
{
	struct attempt *attempts = xcalloc(count, sizeof(*attempts));
	struct backend_append *works = xcalloc(count, sizeof(*works));

	for (size_t i = 0; i < count; i++)
		begin(store, &attempts[i], &appends[i], &works[i], &appends[i].err);
	store->backend->append_group(store->self, works, count);
	for (size_t i = 0; i < count; i++) {
		appends[i].result = works[i].result;
		if (works[i].result == STORE_LOCK_LOST)
			name_lock(&appends[i], &appends[i].err);
		if (works[i].result != STORE_OK)
			undo(&attempts[i]);
		attempt_release(&attempts[i]);
	}
	free(attempts);
	free(works);
}

enum store_result
store_append(struct store *store, struct request *request, struct event *event, uint64_t token,
    struct strbuf *err)
{
	struct store_append append = {
	    .request = request, .event = event, .token = token, .err = STRBUF_INIT};

	store_append_group(store, &append, 1);
	if (append.err.len > 0)
		fail(err, "%s", append.err.buf);
	strbuf_release(&append.err);
	return append.result;
}

enum store_result
store_append_all(
    struct store *store, struct store_append *appends, size_t count, struct strbuf *err)
{
	struct attempt *attempts = xcalloc(count, sizeof(*attempts));
	struct backend_append *works = xcalloc(count, sizeof(*works));
	struct strbuf why = STRBUF_INIT;
	enum store_result result = STORE_OK;
	size_t begun;

	for (begun = 0; begun < count && result == STORE_OK; begun++) {
		if (begin(store, &attempts[begun], &appends[begun], &works[begun], &why) != 0)
			result = STORE_ERROR;
	}
	if (result == STORE_OK)
		result = store->backend->append_all(store->self, works, count, &why);
	while (begun > 0) {
		struct attempt *last = &attempts[--begun];

		if (result != STORE_OK)
			undo(last);
		attempt_release(last);
	}
	for (size_t i = 0; i < count; i++) {
		appends[i].result = result;
		if (result == STORE_LOCK_LOST && works[i].result == STORE_LOCK_LOST)
			name_lock(&appends[i], &why);
	}
	if (why.len > 0)
		fail(err, "%s", why.buf);
	strbuf_release(&why);
	free(attempts);
	free(works);
	return result;
}

/* ---- locks */

enum store_result
store_lock(struct store *store, uint64_t id, uint64_t *token, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	enum store_result result;

	if (!store_id_is_valid(id))
		return no_such_request(id, err);
	result = store->backend->lock(store->self, id, token, &why);
	result = complete(result, id, why.buf, err);
	strbuf_release(&why);
	return result;
}

enum store_result
store_renew(struct store *store, uint64_t id, uint64_t token, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	enum store_result result = STORE_LOCK_LOST;

	if (store_id_is_valid(id) && token != STORE_NO_LOCK)
		result = store->backend->renew(store->self, id, token, &why);
	if (result == STORE_LOCK_LOST)
		fail(&why, "the lock of request %" PRIu64 " was lost", id);
	result = complete(result, id, why.buf, err);
	strbuf_release(&why);
	return result;
}

void
store_unlock(struct store *store, uint64_t id, uint64_t token)
{
	if (store_id_is_valid(id) && token != STORE_NO_LOCK)
		store->backend->unlock(store->self, id, token);
}

bool
store_is_locked(struct store *store, uint64_t id)
{
	return store_id_is_valid(id) && store->backend->is_locked(store->self, id);
}

int64_t
store_lease_ms(const struct store *store)
{
	return store->backend->lease_ms(store->self);
}

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
	*place = place_of(&request);
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
list_event(const struct listing *listing, uint64_t id, const struct event *event, bool *misplaced)
{
	const struct store_latest latest = {.id = id, .event = event};
	unsigned bit = STATUS_BIT(event->status);
	enum request_status place = event->status;
	struct strbuf err = STRBUF_INIT;
	enum store_result result = STORE_OK;
	bool more = true;

	/* found by its place, it should have an unrecorded outcome */
	if (event->status == REQUEST_CANCELLED && (listing->statuses & bit) == 0) {
		bit = STATUS_BIT_UNRECORDED;
		result = place_of_cancelled(listing->store, id, &place, &err);
	}
	*misplaced = result == STORE_OK && (listing->places & STATUS_BIT(place)) == 0;
	if (!*misplaced && (listing->statuses & bit) != 0 && result != STORE_NOT_FOUND)
		more = result == STORE_OK ? listing->each(listing->context, &latest)
					  : list_unreadable(listing, id, result, err.buf);
	strbuf_release(&err);
	return more;
}

static bool
list_entry(void *context, const struct backend_latest *found, bool *misplaced)
{
	struct listing *listing = context;
	struct strbuf why = STRBUF_INIT, fault = STRBUF_INIT;
	struct event event;
	enum store_result result = found->result;
	bool more;

	if (result == STORE_OK &&
	    decode(listing->store, listing->arena, found, &listing->name, &event, &fault) != 0)
		result = STORE_DAMAGED;
	if (result == STORE_OK) {
		more = list_event(listing, found->id, &event, misplaced);
	} else {
		complete(result, found->id, fault.len > 0 ? fault.buf : found->why, &why);
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
take_latest(void *context, int64_t number, const char *text, size_t len)
{
	struct latest_event *latest = context;
	const struct backend_latest from = {
	    .id = latest->id, .number = number, .text = text, .len = len};
	struct strbuf name = STRBUF_INIT, fault = STRBUF_INIT;
	int result = decode(latest->store, &latest->arena, &from, &name, &latest->event, &fault);

	strbuf_release(&name);
	strbuf_release(&fault);
	return result == 0 ? STORE_OK : STORE_DAMAGED;
}

/* Where a request belongs.  The latest event decides. */
static enum store_result
find_place(void *context, uint64_t id, enum request_status *place)
{
	struct listing *listing = context;
	struct store *store = listing->store;
	struct latest_event latest = {.store = store, .id = id, .arena = ARENA_INIT};
	struct strbuf ignored = STRBUF_INIT;
	enum store_result result =
	    store->backend->read(store->self, id, BACKEND_LATEST, take_latest, &latest, &ignored);

	if (result == STORE_OK)
		*place = latest.event.status;
	/* one that is damaged goes where a run finds and names it */
	if (result == STORE_OK && *place == REQUEST_CANCELLED &&
	    place_of_cancelled(store, id, place, NULL) != STORE_OK)
		*place = REQUEST_RUNNING;
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
	    .context = &listing, .entry = list_entry, .place = find_place};
	struct strbuf why = STRBUF_INIT;
	enum store_result result;

	if ((statuses & STATUS_BIT_UNRECORDED) != 0)
		listing.places |= STATUS_BIT(REQUEST_RUNNING);
	result = store->backend->latest(store->self, listing.places, &reader, &why);
	result = complete(result, 0, why.buf, err);
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

/* ---- what goes to the backend as it is */

struct store_watch *
store_watch(struct store *store, uint64_t id, bool logs, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	struct store_watch *watch = xmalloc(sizeof(*watch));

	*watch = (struct store_watch){.backend = store->backend, .fd = -1};
	if (store_id_is_valid(id))
		watch->self = store->backend->watch(store->self, id, logs, &watch->fd, &why);
	else
		no_such_request(id, &why);
	if (watch->self == NULL) {
		fail(err, "%s", why.buf);
		free(watch);
		watch = NULL;
	}
	strbuf_release(&why);
	return watch;
}

int
store_watch_fd(const struct store_watch *watch)
{
	return watch->fd;
}

void
store_watch_clear(struct store_watch *watch)
{
	watch->backend->watch_clear(watch->self);
}

void
store_watch_end(struct store_watch *watch)
{
	if (watch == NULL)
		return;
	watch->backend->watch_end(watch->self);
	free(watch);
}

struct store_log *
store_log_open(struct store *store, uint64_t id, const char *name)
{
	struct store_log *log = xmalloc(sizeof(*log));

	*log = (struct store_log){
	    .backend = store->backend, .self = store->backend->log_open(store->self, id, name)};
	return log;
}

int
store_log_append(struct store_log *log, const char *text, size_t len, struct strbuf *err)
{
	return len == 0 ? 0 : log->backend->log_append(log->self, text, len, err);
}

int
store_log_close(struct store_log *log, struct strbuf *err)
{
	int result = log->backend->log_close(log->self, err);

	free(log);
	return result;
}

enum store_result
store_log_read(struct store *store, uint64_t id, const char *name, struct store_log_place *place,
    struct strbuf *out, bool *anew, struct strbuf *err)
{
	*anew = false;
	return store->backend->log_read(store->self, id, name, place, out, anew, err);
}

enum store_result
store_logs(struct store *store, uint64_t id, struct arena *arena, const char *const **names,
    size_t *count, struct strbuf *err)
{
	return store->backend->logs(store->self, id, arena, names, count, err);
}
