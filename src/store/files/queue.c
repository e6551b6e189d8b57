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
 *    is in both queues, and whoever reads it corrects that (listing.c);
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
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"

#define FOLDER "queue"
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
queue_name(enum request_status status)
{
	return queues[status];
}

static bool
has_queue(enum request_status status)
{
	return queues[status] != NULL;
}

bool
queue_is_entered(enum request_status from, enum request_status to)
{
	return from != to && has_queue(to);
}

void
queue_close(struct files *files)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (files->queue_fds[i] >= 0)
			close(files->queue_fds[i]);
		files->queue_fds[i] = -1;
	}
	if (files->queue_fd >= 0)
		close(files->queue_fd);
	files->queue_fd = -1;
}

typedef int open_fn(struct files *, int parent_fd, const char *name, const char *shown);

static int
queue_get(
    struct files *files, int parent_fd, const char *name, open_fn *get, int *fd, struct strbuf *err)
{
	char shown[64];

	if (*fd >= 0)
		return 0;
	snprintf(shown, sizeof(shown), "state/%s%s", parent_fd == files->state_fd ? "" : FOLDER "/",
	    name);
	*fd = get(files, parent_fd, name, shown);
	return *fd >= 0 ? 0 : trust_fail(files->trust, err, "cannot open '%s'", shown);
}

/* Opens, or makes, all queues that are not open yet.  -1 with errno and err when one cannot be. */
static int
queues_get(struct files *files, open_fn *get, struct strbuf *err)
{
	if (queue_get(files, files->state_fd, FOLDER, get, &files->queue_fd, err) != 0)
		return -1;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (queues[i] != NULL && queue_get(files, files->queue_fd, queues[i], get,
					     &files->queue_fds[i], err) != 0)
			return -1;
	}
	return 0;
}

int
queues_open(struct files *files, struct strbuf *err)
{
	return queues_get(files, files_folder, err);
}

static int
queues_make(struct files *files, struct strbuf *err)
{
	static const char mark_shown[] = "state/" FOLDER "/" INCOMPLETE_MARK;
	int mark;

	queue_close(files);
	if (queue_get(files, files->state_fd, FOLDER, files_folder_make, &files->queue_fd, err) !=
	    0)
		return -1;
	mark = files_file_make(files, files->queue_fd, INCOMPLETE_MARK, O_WRONLY, mark_shown);
	if (mark < 0)
		return trust_fail(files->trust, err, "cannot write '%s'", mark_shown);
	close(mark);
	if (disk_sync_folder(files->queue_fd) != 0)
		return fail_errno(err, "cannot write 'state/" FOLDER "' to disk");
	return queues_get(files, files_folder_make, err);
}

static int
entry_make(struct files *files, const char *name, enum request_status status, bool sync)
{
	int queue = files->queue_fds[status];
	int fd = openat(
	    queue, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, files->file_mode);
	int result;

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	/*
	 * Its folder is synced later; without the file's own fsync the name could outlive
	 * the inode.
	 */
	result = disk_set_access(queue, fd, files->file_mode);
	if (result == 0 && sync)
		result = disk_sync(fd);
	/* what fsync() has refused must not be found there by the next attempt */
	if (result != 0) {
		int reason = errno;

		unlinkat(queue, name, 0);
		errno = reason;
	}
	file_close_quietly(fd);
	return result;
}

/* Makes the entry: as another name of the former one if there is one, which spares a new inode. */
static int
entry_add(struct files *files, const char *name, enum request_status status, int former_fd,
    bool sync, struct strbuf *err)
{
	if (former_fd >= 0 &&
	    (linkat(former_fd, name, files->queue_fds[status], name, 0) == 0 || errno == EEXIST))
		return 0;
	if (entry_make(files, name, status, sync) == 0)
		return 0;
	return fail_errno(
	    err, "cannot put request %s into 'state/" FOLDER "/%s'", name, queues[status]);
}

static int
queue_add_from(struct files *files, uint64_t id, enum request_status status,
    enum request_status former, bool sync, struct strbuf *err)
{
	char name[ID_NAME_SIZE];
	struct strbuf why = STRBUF_INIT;
	int result;

	id_name(id, name);
	result = queues_open(files, &why);
	if (result == 0)
		result = entry_add(files, name, status, files->queue_fds[former], sync, &why);
	if (result != 0 && errno == ENOENT) {
		/* A queue was lost, perhaps while it was open here. */
		strbuf_reset(&why);
		result = queues_make(files, &why);
		if (result == 0)
			result = entry_add(files, name, status, -1, sync, &why);
	}
	if (result != 0)
		fail(err, "%s", why.buf);
	strbuf_release(&why);
	return result;
}

int
queue_add(struct files *files, uint64_t id, enum request_status status, struct strbuf *err)
{
	return queue_add_from(files, id, status, REQUEST_COMPLETED, true, err);
}

int
queue_add_many(struct files *files, uint64_t first, uint64_t count, enum request_status status,
    bool sync, struct strbuf *err)
{
	char name[ID_NAME_SIZE], former[ID_NAME_SIZE];

	if (queue_add_from(files, first, status, REQUEST_COMPLETED, sync, err) != 0)
		return -1;
	id_name(first, former);
	for (uint64_t id = first + 1; id < first + count; id++) {
		int fd = files->queue_fds[status];

		id_name(id, name);
		if (linkat(fd, former, fd, name, 0) == 0 || errno == EEXIST)
			continue;
		/* a file has only so many names: the next one takes over */
		if (entry_make(files, name, status, sync) != 0)
			return fail_errno(err, "cannot put request %s into 'state/" FOLDER "/%s'",
			    name, queues[status]);
		id_name(id, former);
	}
	return 0;
}

int
queue_enter(struct files *files, uint64_t id, enum request_status from, enum request_status to,
    struct strbuf *err)
{
	return queue_is_entered(from, to) ? queue_add_from(files, id, to, from, true, err) : 0;
}

int
queue_sync(struct files *files, enum request_status status, struct strbuf *err)
{
	if (disk_sync_folder(files->queue_fds[status]) != 0)
		return fail_errno(err, "cannot write 'state/queue/%s' to disk", queues[status]);
	return 0;
}

void
queue_remove(struct files *files, uint64_t id, enum request_status status)
{
	char name[ID_NAME_SIZE];

	queues_open(files, NULL);
	if (files->queue_fds[status] < 0)
		return;
	id_name(id, name);
	if (unlinkat(files->queue_fds[status], name, 0) != 0 && errno == EISDIR)
		unlinkat(files->queue_fds[status], name, AT_REMOVEDIR);
}

void
queue_leave(struct files *files, uint64_t id, enum request_status from, enum request_status to)
{
	if (from != to && has_queue(from))
		queue_remove(files, id, from);
}

bool
queue_has(struct files *files, uint64_t id, enum request_status status)
{
	char name[ID_NAME_SIZE];

	id_name(id, name);
	return faccessat(files->queue_fds[status], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
queue_read(struct files *files, enum request_status status, struct id_list *out, struct strbuf *err)
{
	if (queues_open(files, err) != 0)
		return -1;
	if (id_list_read(out, files->queue_fds[status]) != 0)
		return fail_errno(err, "cannot list 'state/" FOLDER "/%s'", queues[status]);
	return 0;
}

/* ---- the whole */

bool
queue_is_complete(struct files *files, struct strbuf *err)
{
	return queues_open(files, err) == 0 &&
	       faccessat(files->queue_fd, INCOMPLETE_MARK, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
	       errno == ENOENT;
}

int
queue_begin(struct files *files)
{
	return queues_open(files, NULL) == 0 ? 0 : queues_make(files, NULL);
}

int
queue_complete(struct files *files)
{
	int result = queues_open(files, NULL);

	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++) {
		if (queues[i] != NULL)
			result = queue_sync(files, (enum request_status)i, NULL);
	}
	if (result == 0 && unlinkat(files->queue_fd, INCOMPLETE_MARK, 0) != 0 && errno != ENOENT)
		result =
		    errno == EISDIR ? unlinkat(files->queue_fd, INCOMPLETE_MARK, AT_REMOVEDIR) : -1;
	return result;
}
