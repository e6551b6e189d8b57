/* SPDX-License-Identifier: ISC */
/*
 * Appending events: one, those of many requests with one wait for the disk, or several as one
 * transaction.  All are published in the same phases:
 *
 *	begin		lock the request's status, enter the queue, write the text
 *	sync_texts	the texts and the queue entries are on disk
 *	link_names	the events have their names, unless these are taken
 *	sync_names	the names are on disk
 *	leave_queues	the requests are out of their former queues
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "store/files/internal.h"
#include "store/files/publish.h"

/* The most that are open at the same time, with two descriptors each. */
#define GROUP_MAX 64

struct work {
	struct backend_append
	    *append; /* its result is STORE_OK for as long as nothing went wrong */
	struct publication file;
	int request_fd;
	mode_t mode; /* of the event's file */
	bool locked;
	bool in_room;	/* the file is one that was reserved */
	bool published; /* by whoever recorded the transaction: only its name is to be synced */
};

static bool
is_ok(const struct work *work)
{
	return work->append->result == STORE_OK;
}

static bool
is_to_be_written(const struct work *work)
{
	return is_ok(work) && !work->published;
}

static bool
is_moved(const struct work *work)
{
	return work->append->from != work->append->to;
}

/* ---- the phases */

static int
enter(struct files *files, const struct backend_append *append, struct strbuf *err)
{
	return queue_enter(files, append->id, append->from, append->to, err);
}

/* Writes the event into a file that was reserved.  Returns 0, or -1. */
static int
write_in_room(struct files *files, struct work *work)
{
	int fd = work->append->in_room ? room_take(files) : -1;

	if (fd < 0)
		return -1;
	work->in_room = publication_write_into(&work->file, fd, NULL) == 0;
	if (!work->in_room)
		room_return(files, fd);
	/* the text first: what it leaves of the room is for the queue */
	return work->in_room ? enter(files, work->append, NULL) : -1;
}

static int
begin_locked(struct files *files, struct work *work, struct strbuf *err)
{
	const struct backend_append *append = work->append;
	struct strbuf why = STRBUF_INIT;
	char name[EVENT_NAME_SIZE];
	int result;

	publication_clear_litter(work->request_fd);
	event_name(append->number, name);
	publication_init(
	    &work->file, work->request_fd, name, append->text, append->len, work->mode);
	result = enter(files, append, &why);
	if (result == 0)
		result = publication_write(&work->file, &why);
	if (result != 0) {
		result = write_in_room(files, work);
		if (result != 0)
			fail(err, "%s", why.buf);
	}
	strbuf_release(&why);
	return result;
}

/* All that comes before the wait for the disk. */
static enum store_result
begin(struct files *files, struct work *work, struct strbuf *err)
{
	uint64_t id = work->append->id;
	enum store_result result;

	work->request_fd = files_open_request(files, id);
	if (work->request_fd < 0) {
		fail_errno(err, "cannot open request %" PRIu64, id);
		return STORE_ERROR;
	}
	result = lock_wait(files, LOCK_OF_STATUS(id), err);
	if (result != STORE_OK)
		return result;
	work->locked = true;
	return begin_locked(files, work, err) == 0 ? STORE_OK : STORE_ERROR;
}

/*
 * After an entry that may not be on disk: a second fsync() of the queue would not write it, but
 * say that it is there.  So it is made anew should the event be tried again.
 */
static void
take_back_entry(struct files *files, const struct backend_append *append)
{
	/* where somebody else has recorded that event, the entry is of theirs */
	if (!files_has(files, append->id, append->number))
		queue_remove(files, append->id, append->to);
}

static void
sync_queues(struct files *files, struct work *works, size_t count)
{
	bool entered[REQUEST_STATUS_COUNT] = {false};

	for (size_t i = 0; i < count; i++) {
		enum request_status to = works[i].append->to;
		if (is_to_be_written(&works[i]) && queue_is_entered(works[i].append->from, to))
			entered[to] = true;
	}
	for (int status = 0; status < REQUEST_STATUS_COUNT; status++) {
		struct strbuf err = STRBUF_INIT;
		if (!entered[status] || queue_sync(files, (enum request_status)status, &err) == 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			struct backend_append *append = works[i].append;
			if (!is_to_be_written(&works[i]) || !is_moved(&works[i]) ||
			    (int)append->to != status)
				continue;
			append->result = STORE_ERROR;
			fail(append->err, "%s", err.buf);
			take_back_entry(files, append);
		}
		strbuf_release(&err);
	}
}

/* The texts, and the queue entries that must not be later than their events. */
static void
sync_texts(struct files *files, struct work *works, size_t count, bool together)
{
	if (together && disk_sync_all(files->requests_fd) == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!is_to_be_written(work))
			continue;
		/* A syncfs() that failed does not say for which file: each is written anew. */
		if ((together && publication_write(&work->file, work->append->err) != 0) ||
		    publication_sync(&work->file, work->append->err) != 0)
			work->append->result = STORE_ERROR;
	}
	sync_queues(files, works, count);
}

static void
link_names(struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_to_be_written(&works[i]))
			works[i].append->result =
			    publication_link(&works[i].file, works[i].append->err);
	}
}

static void
sync_names(struct files *files, struct work *works, size_t count, bool together)
{
	if (together && disk_sync_all(files->requests_fd) == 0)
		return;
	/*
	 * These descriptors are older than the failed syncfs(): each reports the errors of
	 * its own folder.
	 */
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!is_ok(work) || disk_sync_folder(work->request_fd) == 0)
			continue;
		fail_errno(work->append->err,
		    "event %" PRId64 " of request %" PRIu64 " is recorded, but perhaps not on disk",
		    work->append->number, work->append->id);
		work->append->result = STORE_ERROR;
	}
}

static void
leave_queues(struct files *files, const struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct backend_append *append = works[i].append;
		if (is_to_be_written(&works[i]))
			queue_leave(files, append->id, append->from, append->to);
	}
}

static void
works_free(struct files *files, struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (works[i].locked)
			lock_end(files, LOCK_OF_STATUS(works[i].append->id));
		if (works[i].in_room) {
			int fd = publication_take_unnamed(&works[i].file);

			if (fd >= 0)
				room_return(files, fd);
		}
		publication_release(&works[i].file);
		if (works[i].request_fd >= 0)
			close(works[i].request_fd);
	}
	free(works);
}

/* ---- a group of independent events */

static int
compare_works(const void *left, const void *right)
{
	const struct backend_append *a = ((const struct work *)left)->append;
	const struct backend_append *b = ((const struct work *)right)->append;

	if (a->id != b->id)
		return a->id > b->id ? 1 : -1;
	return (a->number > b->number) - (a->number < b->number);
}

/*
 * In one order, since several locks are held at a time: two programs cannot wait for each other.
 */
static struct work *
works_new(struct backend_append *appends, size_t count, mode_t mode)
{
	struct work *works = xcalloc(count, sizeof(*works));

	for (size_t i = 0; i < count; i++)
		works[i] = (struct work){
		    .append = &appends[i], .request_fd = -1, .mode = mode, .file.fd = -1};
	qsort(works, count, sizeof(*works), compare_works);
	return works;
}

/* Leaves out those that a transaction comes before: it was recorded, and its program is gone. */
static void
leave_out_claimed(struct files *files, struct work *works, size_t count)
{
	if (!transaction_exists(files))
		return;
	for (size_t i = 0; i < count; i++) {
		if (is_ok(&works[i]) && transaction_claims(files, works[i].append->id))
			works[i].append->result = STORE_RACE_LOST;
	}
}

static void
append_group(struct files *files, struct backend_append *appends, size_t count)
{
	struct work *works = works_new(appends, count, files->event_mode);
	size_t begun = 0;
	bool together;

	for (size_t i = 0; i < count; i++) {
		struct backend_append *append = works[i].append;
		if (append->result != STORE_OK)
			continue;
		if (!lock_is_held(files, append->id, append->token))
			append->result = STORE_LOCK_LOST;
		else
			append->result = begin(files, &works[i], append->err);
		begun += is_ok(&works[i]);
	}
	leave_out_claimed(files, works, count);
	together = begun >= GROUP_COMMIT_MIN && disk_syncfs_reports();
	sync_texts(files, works, count, together);
	link_names(works, count);
	sync_names(files, works, count, together);
	leave_queues(files, works, count);
	works_free(files, works, count);
}

void
files_append_group(void *self, struct backend_append *appends, size_t count)
{
	while (count > 0) {
		size_t size = count < GROUP_MAX ? count : GROUP_MAX;
		append_group(self, appends, size);
		appends += size;
		count -= size;
	}
}

/* ---- a transaction */

/* Opens the request, and locks it once: one open file cannot hold a lock twice. */
static enum store_result
open_in_transaction(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	struct work *work = &works[at];
	uint64_t id = work->append->id;
	enum store_result result;

	work->append->err = err;
	work->request_fd = files_open_request(files, id);
	if (work->request_fd < 0) {
		fail_errno(err, "cannot open request %" PRIu64, id);
		return STORE_ERROR;
	}
	if (at > 0 && works[at - 1].append->id == id)
		return STORE_OK;
	result = lock_wait(files, LOCK_OF_STATUS(id), err);
	work->locked = result == STORE_OK;
	return result;
}

static enum store_result
begin_in_transaction(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	const struct backend_append *append = works[at].append;
	enum store_result result;

	if (!lock_is_held(files, append->id, append->token))
		return STORE_LOCK_LOST;
	result = open_in_transaction(files, works, at, err);
	if (result != STORE_OK)
		return result;
	if (files_has(files, append->id, append->number))
		return STORE_RACE_LOST;
	return begin_locked(files, &works[at], err) == 0 ? STORE_OK : STORE_ERROR;
}

/* The result of the first that went wrong. */
static enum store_result
result_of(const struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_ok(&works[i]))
			return works[i].append->result;
	}
	return STORE_OK;
}

/* Keeps the locks of all requests until the events are published: nobody else appends to them. */
static enum store_result
append_all(struct files *files, struct work *works, struct backend_append *appends, size_t count,
    struct strbuf *err)
{
	for (size_t i = 0; i < count; i++) {
		works[i].append->result = begin_in_transaction(files, works, i, err);
		if (!is_ok(&works[i]))
			return works[i].append->result;
	}
	sync_texts(files, works, count, false);
	if (result_of(works, count) != STORE_OK ||
	    transaction_record(files, appends, count, err) != 0)
		return STORE_ERROR;
	link_names(works, count);
	sync_names(files, works, count, false);
	/* What is recorded and could not be published is left to the next reader. */
	if (result_of(works, count) != STORE_OK)
		return STORE_ERROR;
	leave_queues(files, works, count);
	transaction_end(files);
	return STORE_OK;
}

static enum store_result
append_together(
    struct files *files, struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct work *works = works_new(appends, count, files->event_mode);
	enum store_result result = append_all(files, works, appends, count, err);

	works_free(files, works, count);
	return result;
}

enum store_result
files_append_all(void *self, struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct files *files = self;
	enum store_result result;

	if (count == 0)
		return STORE_OK;
	if (count == 1) { /* one event is a transaction by itself */
		appends[0].err = err;
		append_group(files, appends, 1);
		return appends[0].result;
	}
	result = lock_wait(files, LOCK_TRANSACTION, err);
	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	if (transaction_finish_locked(files, err) == 0)
		result = append_together(files, appends, count, err);
	lock_end(files, LOCK_TRANSACTION);
	return result;
}

/*
 * Begins what another program has recorded.  A request that is gone is left out.  An event that
 * is there may have others after it, so that its place says nothing any more.
 */
static int
begin_recorded(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	struct work *work = &works[at];
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (open_in_transaction(files, works, at, &why) == STORE_OK) {
		work->append->err = err;
		work->published = files_has(files, work->append->id, work->append->number);
		if (!work->published)
			result = begin_locked(files, work, err);
	} else if (work->request_fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		work->append->result = STORE_NOT_FOUND;
	} else {
		result = fail(err, "%s", why.buf);
	}
	strbuf_release(&why);
	return result;
}

static int
publish_recorded(struct files *files, struct work *works, size_t count, struct strbuf *err)
{
	for (size_t i = 0; i < count; i++) {
		if (begin_recorded(files, works, i, err) != 0)
			return -1;
	}
	sync_texts(files, works, count, false);
	link_names(works, count);
	sync_names(files, works, count, false);
	leave_queues(files, works, count);
	for (size_t i = 0; i < count; i++) {
		if (works[i].append->result == STORE_ERROR)
			return -1;
	}
	return 0;
}

int
append_recorded(struct files *files, struct backend_append *appends, size_t count, mode_t mode,
    struct strbuf *err)
{
	struct work *works = works_new(appends, count, mode);
	int result = publish_recorded(files, works, count, err);

	works_free(files, works, count);
	return result;
}
