/* SPDX-License-Identifier: ISC */
/*
 * queue/<status>/<id>: which requests are unfinished or failed, so that nobody has to look at
 * all.
 *
 * The rule that none of these may be missing from it holds at every moment:
 *
 *  - a request enters the queue of its new status before the event that changes it, and that
 *    entry is on disk before the event gets its name; so wherever the program or the power
 *    fails, there is an entry for each such event;
 *  - it leaves the queue of its former status only after the event is on disk; in between it
 *    is in both queues, and a reader who finds it in a wrong one corrects that
 *    (store_note_status);
 *  - both happen under the lock of the request's status, so that of two processes that change
 *    it one after the other, the first cannot take away the entry that the second relies on;
 *  - a request that was cancelled while a call was under way stays in the queue "running" until
 *    the outcome of the call is recorded: should whoever made the call be gone, a run finds it.
 *
 * An entry without a request is what a creation leaves that did not come to its end; the next
 * one takes its id.  An event that does not change the request's status touches nothing here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/files/file-store-internal.h"

/* Says that a queue folder was lost and made anew: entries of older requests may be missing. */
#define INCOMPLETE_MARK "incomplete"

/* NULL: requests in that status are in no queue. */
static const char *const queues[REQUEST_STATUS_COUNT] = {
    [REQUEST_NOT_STARTED] = "not-started",
    [REQUEST_RUNNING] = "running",
    [REQUEST_PENDING] = "pending",
    [REQUEST_FAILED] = "failed",
};

const char *
queue_folder(enum request_status status)
{
	return queues[status];
}

bool
queue_is_one(enum request_status status)
{
	return queues[status] != NULL;
}

bool
queue_is_entered(enum request_status from, enum request_status to)
{
	return from != to && queue_is_one(to);
}

void
queue_close(struct store *store)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (store->queue_fds[i] >= 0)
			close(store->queue_fds[i]);
		store->queue_fds[i] = -1;
	}
	if (store->queue_fd >= 0)
		close(store->queue_fd);
	store->queue_fd = -1;
}

/* Opens all queues that are there.  -1 with errno when one is not. */
static int
queues_open(struct store *store)
{
	if (store->queue_fd < 0)
		store->queue_fd = disk_folder_open(store->state_fd, "queue");
	if (store->queue_fd < 0)
		return -1;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (queues[i] == NULL || store->queue_fds[i] >= 0)
			continue;
		store->queue_fds[i] = disk_folder_open(store->queue_fd, queues[i]);
		if (store->queue_fds[i] < 0)
			return -1;
	}
	return 0;
}

static int
queues_make(struct store *store)
{
	queue_close(store);
	store->queue_fd = disk_folder_make(store->state_fd, "queue", store->dir_mode, NULL);
	if (store->queue_fd < 0)
		return -1;
	int mark = disk_file_make(store->queue_fd, INCOMPLETE_MARK, O_WRONLY, store->file_mode);
	if (mark < 0)
		return -1;
	close(mark);
	if (disk_sync_folder(store->queue_fd) < 0)
		return -1;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (queues[i] == NULL)
			continue;
		store->queue_fds[i] =
		    disk_folder_make(store->queue_fd, queues[i], store->dir_mode, NULL);
		if (store->queue_fds[i] < 0)
			return -1;
	}
	return 0;
}

static int
entry_make(struct store *store, const char *name, enum request_status status)
{
	int queue = store->queue_fds[status];
	int fd = openat(
	    queue, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, store->file_mode);
	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	/*
	 * Its folder is synced later; without the file's own fsync the name could outlive
	 * the inode.
	 */
	int result = disk_set_access(queue, fd, store->file_mode) < 0 || disk_sync(fd) < 0 ? -1 : 0;
	int reason = errno;
	close(fd);
	errno = reason;
	return result;
}

/* Makes the entry: as another name of the former one if there is one, which spares a new inode. */
static int
entry_add(struct store *store, const char *name, enum request_status status, int former_fd)
{
	if (former_fd >= 0) {
		if (linkat(former_fd, name, store->queue_fds[status], name, 0) == 0 ||
		    errno == EEXIST)
			return 0;
	}
	return entry_make(store, name, status);
}

static int
queue_add_from(struct store *store, uint64_t id, enum request_status status,
    enum request_status former, struct strbuf *err)
{
	char name[ID_NAME_SIZE];

	id_name(id, name);
	int result = queues_open(store);
	if (result == 0)
		result = entry_add(store, name, status, store->queue_fds[former]);
	if (result < 0 && errno == ENOENT) {
		/* A queue was lost, perhaps while it was open here. */
		result = queues_make(store);
		if (result == 0)
			result = entry_add(store, name, status, -1);
	}
	if (result < 0)
		return fail_errno(
		    err, "cannot put request %s into 'state/queue/%s'", name, queues[status]);
	return 0;
}

int
queue_add(struct store *store, uint64_t id, enum request_status status, struct strbuf *err)
{
	return queue_add_from(store, id, status, REQUEST_COMPLETED, err);
}

int
queue_enter(struct store *store, uint64_t id, enum request_status from, enum request_status to,
    struct strbuf *err)
{
	return queue_is_entered(from, to) ? queue_add_from(store, id, to, from, err) : 0;
}

int
queue_sync(struct store *store, enum request_status status, struct strbuf *err)
{
	if (disk_sync_folder(store->queue_fds[status]) < 0)
		return fail_errno(err, "cannot write 'state/queue/%s' to disk", queues[status]);
	return 0;
}

void
queue_remove(struct store *store, uint64_t id, enum request_status status)
{
	char name[ID_NAME_SIZE];

	queues_open(store);
	if (store->queue_fds[status] < 0)
		return;
	id_name(id, name);
	unlinkat(store->queue_fds[status], name, 0);
}

void
queue_leave(struct store *store, uint64_t id, enum request_status from, enum request_status to)
{
	if (from != to && queue_is_one(from))
		queue_remove(store, id, from);
}

int
queue_read(struct store *store, enum request_status status, struct id_list *out)
{
	return queues_open(store) < 0 ? -1 : id_list_read(out, store->queue_fds[status]);
}

bool
queue_is_complete(struct store *store)
{
	return queues_open(store) == 0 &&
	       faccessat(store->queue_fd, INCOMPLETE_MARK, F_OK, 0) < 0 && errno == ENOENT;
}

int
queue_make_missing(struct store *store)
{
	return queues_open(store) < 0 ? queues_make(store) : 0;
}

int
queue_complete(struct store *store)
{
	struct strbuf ignored = STRBUF_INIT;

	int result = queues_open(store);
	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++) {
		if (queues[i] != NULL)
			result = queue_sync(store, (enum request_status)i, &ignored);
	}
	if (result == 0 && unlinkat(store->queue_fd, INCOMPLETE_MARK, 0) < 0)
		result = -1;
	strbuf_release(&ignored);
	return result;
}
