/* SPDX-License-Identifier: ISC */
/* Appending events: one, or those of many requests with one wait for the disk. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"
#include "store/files/publish.h"

/* So many are open at the same time, with two descriptors each. */
#define GROUP_MAX 64

struct work {
	struct store_append *append; /* its result is STORE_OK for as long as nothing went wrong */
	struct event event;	     /* as it was read back, in the request's arena */
	char digest[DIGEST_SIZE];
	enum request_status from;
	struct strbuf text;
	struct publication file;
	int request_fd;
	bool locked;
};

static bool
goes_on(const struct work *work)
{
	return work->append->result == STORE_OK;
}

/*
 * The text of the event, and the event as a reader will see it.  An event that would not be
 * accepted when the request is loaded must not reach the disk: it would make the request
 * useless.
 */
static int
prepare_text(struct work *work)
{
	struct request *request = work->append->request;
	struct strbuf *err = &work->append->err;
	struct event settled;

	event_write(work->append->event, &work->text);
	if (work->text.len > EVENT_MAX_BYTES)
		return fail(err, "an event of more than 8 MiB cannot be recorded");
	if (event_read(
		&request->arena, "event", work->text.buf, work->text.len, &work->event, err) < 0)
		return -1;
	settled = work->event;
	if (request_settle(request, &settled, err) < 0)
		return -1;
	if (settled.status != work->event.status ||
	    settled.event_id != (int64_t)request->event_count + 1)
		return fail(err, "the event does not fit request %" PRIu64, request->id);
	digest_sha256(work->text.buf, work->text.len, work->digest);
	return 0;
}

/* All that comes before the wait for the disk. */
static int
begin(struct store *store, struct work *work)
{
	uint64_t id = work->append->request->id;
	struct strbuf *err = &work->append->err;
	char name[EVENT_NAME_SIZE];

	if (prepare_text(work) < 0)
		return -1;
	work->request_fd = store_request_fd(store, id);
	if (work->request_fd < 0)
		return fail_errno(err, "cannot open request %" PRIu64, id);
	if (work->from != work->event.status) {
		if (lock_wait(store, LOCK_OF_STATUS(id), err) < 0)
			return -1;
		work->locked = true;
		if (queue_enter(store, id, work->from, work->event.status, err) < 0)
			return -1;
	}
	event_name(work->event.event_id, name, sizeof(name));
	publication_init(
	    &work->file, work->request_fd, name, work->text.buf, work->text.len, store->file_mode);
	return publication_write(&work->file, err);
}

static void
sync_queues(struct store *store, struct work *works, size_t count)
{
	bool entered[REQUEST_STATUS_COUNT] = {false};

	for (size_t i = 0; i < count; i++) {
		enum request_status to = works[i].event.status;
		if (goes_on(&works[i]) && queue_is_entered(works[i].from, to))
			entered[to] = true;
	}
	for (int status = 0; status < REQUEST_STATUS_COUNT; status++) {
		struct strbuf err = STRBUF_INIT;
		if (!entered[status] || queue_sync(store, (enum request_status)status, &err) == 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			if (!goes_on(&works[i]) || works[i].from == works[i].event.status ||
			    (int)works[i].event.status != status)
				continue;
			works[i].append->result = STORE_ERROR;
			strbuf_add(&works[i].append->err, err.buf, err.len);
		}
		strbuf_release(&err);
	}
}

/* The texts, and the queue entries that must not be later than their events. */
static void
sync_texts(struct store *store, struct work *works, size_t count, bool together)
{
	if (together && disk_sync_all(store->requests_fd) == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!goes_on(work))
			continue;
		/* A syncfs() that failed does not say for which file: each is written anew. */
		if ((together && publication_write(&work->file, &work->append->err) < 0) ||
		    publication_sync(&work->file, &work->append->err) < 0)
			work->append->result = STORE_ERROR;
	}
	sync_queues(store, works, count);
}

static void
sync_names(struct store *store, struct work *works, size_t count, bool together)
{
	if (together && disk_sync_all(store->requests_fd) == 0)
		return;
	/*
	 * These descriptors are older than the failed syncfs(): each reports the errors of
	 * its own folder.
	 */
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!goes_on(work) || disk_sync_folder(work->request_fd) == 0)
			continue;
		fail_errno(&work->append->err,
		    "event %" PRId64 " of request %" PRIu64 " is recorded, but perhaps not on disk",
		    work->event.event_id, work->append->request->id);
		work->append->result = STORE_ERROR;
	}
}

/* What follows from an event that is on disk. */
static void
finish(struct store *store, struct work *work)
{
	struct request *request = work->append->request;

	if (request_apply(request, store->types, &work->event, work->digest, &work->append->err) <
	    0)
		work->append->result = STORE_DAMAGED;
	else if (work->from == REQUEST_CANCELLED)
		queue_remove(store, request->id, REQUEST_RUNNING);
	else if (!request_owes_outcome(request))
		queue_leave(store, request->id, work->from, work->event.status);
}

static void
work_release(struct store *store, struct work *work)
{
	if (work->locked)
		lock_end(store, LOCK_OF_STATUS(work->append->request->id));
	publication_release(&work->file);
	if (work->request_fd >= 0)
		close(work->request_fd);
	strbuf_release(&work->text);
}

static int
compare_ids(const void *left, const void *right)
{
	uint64_t a = ((const struct work *)left)->append->request->id;
	uint64_t b = ((const struct work *)right)->append->request->id;

	return (a > b) - (a < b);
}

static void
append_group(struct store *store, struct store_append *appends, size_t count)
{
	size_t begun = 0;
	struct work *works = xcalloc(count, sizeof(*works));

	for (size_t i = 0; i < count; i++) {
		works[i] = (struct work){.append = &appends[i],
		    .from = appends[i].request->status,
		    .text = STRBUF_INIT,
		    .request_fd = -1,
		    .file.fd = -1};
	}
	/*
	 * In one order, since several locks are held at a time: two programs cannot wait
	 * for each other.
	 */
	qsort(works, count, sizeof(*works), compare_ids);
	for (size_t i = 0; i < count; i++) {
		works[i].append->result = begin(store, &works[i]) < 0 ? STORE_ERROR : STORE_OK;
		begun += goes_on(&works[i]);
	}
	bool together = begun >= GROUP_COMMIT_MIN && store->syncfs_reports;
	sync_texts(store, works, count, together);
	for (size_t i = 0; i < count; i++) {
		if (goes_on(&works[i]))
			works[i].append->result =
			    publication_link(&works[i].file, &works[i].append->err);
	}
	sync_names(store, works, count, together);
	for (size_t i = 0; i < count; i++) {
		if (goes_on(&works[i]))
			finish(store, &works[i]);
		work_release(store, &works[i]);
	}
	free(works);
}

void
store_append_batch(struct store *store, struct store_append *appends, size_t count)
{
	while (count > 0) {
		size_t size = count < GROUP_MAX ? count : GROUP_MAX;
		append_group(store, appends, size);
		appends += size;
		count -= size;
	}
}

enum store_result
store_append(struct store *store, struct request *request, struct event *event, struct strbuf *err)
{
	struct store_append append = {.request = request, .event = event, .err = STRBUF_INIT};

	store_append_batch(store, &append, 1);
	if (append.err.len > 0)
		strbuf_add(err, append.err.buf, append.err.len);
	strbuf_release(&append.err);
	return append.result;
}
