/* SPDX-License-Identifier: ISC */
/* A store as a whole: opening and closing it, its locks, its logs, and waiting for others. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "model/request/event.h"
#include "store/journal.h"

struct store_watch {
	const struct store_backend *backend;
	void *self;
};

struct store_log_reader {
	const struct store_backend *backend;
	void *self;
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

/* ---- results that name the request */

enum store_result
store_no_such_request(uint64_t id, struct strbuf *err)
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
enum store_result
store_complete(enum store_result result, uint64_t id, const char *why, struct strbuf *err)
{
	if (result == STORE_NOT_FOUND)
		return store_no_such_request(id, err);
	if (result == STORE_DAMAGED)
		return damaged(err, id, "%s", why);
	if (*why != '\0')
		fail(err, "%s", why);
	return result;
}

/* ---- locks */

enum store_result
store_lock(struct store *store, uint64_t id, uint64_t *token, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	enum store_result result;

	if (!store_id_is_valid(id))
		return store_no_such_request(id, err);
	result = store->backend->lock(store->self, id, token, &why);
	result = store_complete(result, id, why.buf, err);
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
	result = store_complete(result, id, why.buf, err);
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

const char *
store_notice(const struct store *store)
{
	return store->backend->notice == NULL ? NULL : store->backend->notice(store->self);
}

const char *
store_medium(struct store *store)
{
	return store->backend->medium == NULL ? NULL : store->backend->medium(store->self);
}

void
store_name_process(struct store *store, struct arena *arena, struct event *event)
{
	struct process_identity own;

	if (store->backend->identify != NULL)
		store->backend->identify(store->self, arena, &own);
	else
		process_identify(arena, &own);
	event->host = own.host;
	event->boot = own.boot;
	event->process = own.process;
	event->process_start = own.start;
}

struct run_sight
store_see_run(struct store *store, const struct event *running, uint64_t token)
{
	const struct process_identity process = run_process(running);
	struct run_sight sight = {.medium = store_medium(store)};

	sight.locked =
	    token == STORE_NO_LOCK && store_is_locked(store, (uint64_t)running->service_request_id);
	if (sight.medium != NULL)
		sight.process = store->backend->see != NULL
				    ? store->backend->see(store->self, &process)
				    : process_see(&process);
	return sight;
}

int
store_check_locks(struct store *store, struct strbuf *err)
{
	if (store->backend->check_locks == NULL)
		return 0;
	return store->backend->check_locks(store->self, err);
}

int64_t
store_lease_ms(const struct store *store)
{
	return store->backend->lease_ms(store->self);
}

/* ---- waiting for others */

void
store_never_wait(struct store *store)
{
	if (store->backend->never_wait != NULL)
		store->backend->never_wait(store->self);
}

int
store_reserve(struct store *store, size_t count, struct strbuf *err)
{
	if (store->backend->reserve == NULL)
		return 0;
	return store->backend->reserve(store->self, count, err);
}

struct store_watch *
store_watch(struct store *store, uint64_t id, bool logs, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	struct store_watch *watch = xmalloc(sizeof(*watch));

	*watch = (struct store_watch){.backend = store->backend};
	if (store_id_is_valid(id))
		watch->self = store->backend->watch(store->self, id, logs, &why);
	else
		store_no_such_request(id, &why);
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
	return watch->backend->watch_fd(watch->self);
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

/* ---- logs */

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

struct store_log_reader *
store_log_reader_open(struct store *store, uint64_t id, const char *name, bool follows)
{
	struct store_log_reader *reader = xmalloc(sizeof(*reader));

	*reader = (struct store_log_reader){
	    .backend = store->backend,
	    .self = store->backend->log_reader_open(store->self, id, name, follows),
	};
	return reader;
}

enum store_result
store_log_read(struct store_log_reader *reader, struct strbuf *out, bool *anew, struct strbuf *err)
{
	*anew = false;
	return reader->backend->log_read(reader->self, out, anew, err);
}

void
store_log_reader_close(struct store_log_reader *reader)
{
	reader->backend->log_reader_close(reader->self);
	free(reader);
}

enum store_result
store_logs(struct store *store, uint64_t id, struct arena *arena, const char *const **names,
    size_t *count, struct strbuf *err)
{
	return store->backend->logs(store->self, id, arena, names, count, err);
}
