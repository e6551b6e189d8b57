/* SPDX-License-Identifier: ISC */
/*
 * The journal: what the bytes of a store mean, whoever keeps them.  Numbers, chain, digests,
 * encoding and decoding of events, the status that follows from each, and the place where a
 * request is listed are decided here and nowhere else.
 */
#include "store/journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/digest.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "store/seal.h"

/* The one way in which an event becomes part of a request. */
static int
apply(const struct store *store, struct request *request, const struct event *event,
    const char *text, size_t len, struct strbuf *err)
{
	char digest[DIGEST_SIZE];

	digest_sha256(text, len, digest);
	return request_apply(request, store->types, event, digest, err);
}

enum request_status
journal_place(const struct request *request)
{
	if (request_has_unrecorded_outcome(request))
		return REQUEST_RUNNING;
	return request_is_unresolved(request) ? REQUEST_FAILED : request->status;
}

/* ---- reading */

struct loading {
	const struct store *store;
	struct request *request;
	struct strbuf name;   /* of the event that is read */
	struct strbuf *fault; /* what is wrong with it */
};

int
journal_decode(const struct store *store, struct arena *arena, const struct backend_latest *from,
    struct strbuf *name, struct event *out, struct strbuf *fault)
{
	strbuf_reset(name);
	store->backend->describe(store->self, from->id, from->number, name);
	if (event_read(arena, name->buf, from->text, from->len, out, fault) != 0 ||
	    seal_check(name->buf, from->text, from->len, out->sha256, fault) != 0)
		return -1;
	if (out->event_id != from->number)
		return fail(fault, "%s: its event_id is %" PRId64, name->buf, out->event_id);
	if (out->service_request_id != (int64_t)from->id)
		return fail(fault, "%s: it belongs to request %" PRId64, name->buf,
		    out->service_request_id);
	return 0;
}

static enum store_result
load_event(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct loading *loading = context;
	struct request *request = loading->request;
	const struct backend_latest from = {
	    .id = request->id, .number = number, .text = text, .len = len};
	struct strbuf reason = STRBUF_INIT;
	struct event event;
	enum store_result result = STORE_OK;

	if (journal_decode(loading->store, &request->arena, &from, &loading->name, &event,
		loading->fault) != 0)
		return STORE_DAMAGED;
	event.writer = writer;
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
	const struct backend_reader places = {.place = journal_find_place, .store = store};
	enum store_result result;

	if (!store_id_is_valid(request->id))
		return store_no_such_request(request->id, err);
	result = store->backend->read(store->self, request->id, (int64_t)request->event_count + 1,
	    load_event, &loading, &why);
	if (result == STORE_OK && store->backend->settle != NULL)
		store->backend->settle(store->self, request->id, journal_place(request), &places);
	result = store_complete(result, request->id, why.buf, err);
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
	struct event whole = *event;

	whole.sha256 = NULL;
	strbuf_reset(text);
	event_write(&whole, text);
	seal_add(text);
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

/* What the backend is told of a creation, and what lives as long. */
struct new_request {
	struct creation creation;
	struct backend_key key;
	bool has_key;
};

static void
new_request_init(
    struct new_request *new, struct store *store, const struct event *events, size_t count)
{
	*new = (struct new_request){
	    .creation = {.store = store, .events = events, .count = count},
	    .has_key = count > 0 && events[0].key != NULL,
	};
	if (new->has_key)
		journal_key(store, events[0].requested_by, events[0].key, &new->key);
}

/* The texts of one request, which serve one after the other. */
static struct strbuf *
texts_new(size_t count)
{
	struct strbuf *texts = xcalloc(count, sizeof(*texts));

	for (size_t i = 0; i < count; i++)
		strbuf_init(&texts[i]);
	return texts;
}

static void
texts_free(struct strbuf *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strbuf_release(&texts[i]);
	free(texts);
}

enum store_result
store_create(
    struct store *store, const struct event *events, size_t count, uint64_t *id, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	struct new_request new;
	uint64_t made = 0;
	enum store_result result;

	new_request_init(&new, store, events, count);
	new.creation.texts = texts_new(count);
	result = store->backend->create(store->self, REQUEST_NOT_STARTED, write_texts,
	    &new.creation, new.has_key ? &new.key : NULL, &made, &why);
	result = store_complete(result, made, why.buf, err);
	if (result == STORE_OK || result == STORE_EXISTS)
		*id = made;
	texts_free(new.creation.texts, count);
	strbuf_release(&why);
	return result;
}

enum store_result
store_create_all(
    struct store *store, struct store_creation *creations, size_t count, struct strbuf *err)
{
	struct new_request *requests = xcalloc(count, sizeof(*requests));
	struct backend_creation *works = xcalloc(count, sizeof(*works));
	struct strbuf why = STRBUF_INIT, *texts;
	size_t most = 0;
	enum store_result result;

	for (size_t i = 0; i < count; i++)
		most = creations[i].count > most ? creations[i].count : most;
	texts = texts_new(most);
	for (size_t i = 0; i < count; i++) {
		struct new_request *new = &requests[i];

		new_request_init(new, store, creations[i].events, creations[i].count);
		new->creation.texts = texts;
		works[i] = (struct backend_creation){.write = write_texts,
		    .context = &new->creation,
		    .key = new->has_key ? &new->key : NULL};
	}
	result = store->backend->create_all(store->self, REQUEST_NOT_STARTED, works, count, &why);
	result = store_complete(result, 0, why.buf, err);
	for (size_t i = 0; i < count; i++) {
		creations[i].id = works[i].id;
		creations[i].exists = works[i].exists;
	}
	texts_free(texts, most);
	strbuf_release(&why);
	free(works);
	free(requests);
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
	return request_status_after(request, event, err);
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
	    .from = journal_place(request),
	    .token = append->token,
	    .in_room = append->in_room,
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
	out->to = journal_place(request);
	out->result = STORE_OK;
	return 0;
}

/* The message of a lock that was lost. */
static void
name_lock(const struct store_append *append, struct strbuf *err)
{
	fail(err, "the lock of request %" PRIu64 " was lost", append->request->id);
}

/* The backend has come to an end with it. */
static void
end(struct attempt *attempt, enum store_result result)
{
	struct store_append *append = attempt->append;

	append->result = result;
	if (result == STORE_LOCK_LOST)
		name_lock(append, &append->err);
	if (result != STORE_OK)
		undo(attempt);
	attempt_release(attempt);
}

void
store_append_group(struct store *store, struct store_append *appends, size_t count)
{
	struct attempt *attempts = xcalloc(count, sizeof(*attempts));
	struct backend_append *works = xcalloc(count, sizeof(*works));

	for (size_t i = 0; i < count; i++)
		begin(store, &attempts[i], &appends[i], &works[i], &appends[i].err);
	store->backend->append_group(store->self, works, count);
	for (size_t i = 0; i < count; i++)
		end(&attempts[i], works[i].result);
	free(attempts);
	free(works);
}

/* ---- beside the caller */

struct journal_pending {
	struct attempt attempt;
	struct backend_append work;
	struct journal_pending *next; /* of those that are ready */
};

/* Returns how many of them are for the backend, in works; the others are ready. */
static size_t
begin_all(struct store *store, struct store_append *const *appends, size_t count,
    struct backend_append **works)
{
	size_t begun = 0;

	for (size_t i = 0; i < count; i++) {
		struct journal_pending *pending = xcalloc(1, sizeof(*pending));

		if (begin(store, &pending->attempt, appends[i], &pending->work, &appends[i]->err) ==
		    0) {
			works[begun++] = &pending->work;
		} else {
			pending->next = store->ready;
			store->ready = pending;
		}
		pending->work.context = pending;
	}
	return begun;
}

void
store_append_begin(struct store *store, struct store_append *const *appends, size_t count)
{
	struct backend_append **works = xcalloc(count, sizeof(struct backend_append *));
	size_t begun = begin_all(store, appends, count, works);

	store->backend->append_begin(store->self, works, begun);
	free(works);
}

struct store_append *
store_append_collect(struct store *store, bool wait)
{
	struct journal_pending *pending = store->ready;
	struct store_append *append;

	if (pending != NULL) {
		store->ready = pending->next;
	} else {
		struct backend_append *work = store->backend->append_collect(store->self, wait);

		pending = work == NULL ? NULL : work->context;
	}
	if (pending == NULL)
		return NULL;
	append = pending->attempt.append;
	end(&pending->attempt, pending->work.result);
	free(pending);
	return append;
}

int
store_append_fd(struct store *store)
{
	return store->backend->append_fd == NULL ? -1 : store->backend->append_fd(store->self);
}

/* ---- one, and several that are one */

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
