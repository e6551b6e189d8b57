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
 *    (correct_misplaced());
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
#include <stdlib.h>
#include <sys/stat.h>
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
status_has_queue(enum request_status status)
{
	return queues[status] != NULL;
}

bool
queue_is_entered(enum request_status from, enum request_status to)
{
	return from != to && status_has_queue(to);
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

/* Opens, or makes, all queues that are not open yet.  -1 with errno when one cannot be. */
static int
queues_get(struct files *files, open_fn *get)
{
	char shown[64];

	if (files->queue_fd < 0)
		files->queue_fd = get(files, files->state_fd, FOLDER, "state/" FOLDER);
	if (files->queue_fd < 0)
		return -1;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (queues[i] == NULL || files->queue_fds[i] >= 0)
			continue;
		snprintf(shown, sizeof(shown), "state/" FOLDER "/%s", queues[i]);
		files->queue_fds[i] = get(files, files->queue_fd, queues[i], shown);
		if (files->queue_fds[i] < 0)
			return -1;
	}
	return 0;
}

/* Opens all queues that are there.  -1 with errno when one is not. */
static int
queues_open(struct files *files)
{
	return queues_get(files, files_folder);
}

static int
queues_make(struct files *files)
{
	int mark;

	queue_close(files);
	files->queue_fd = files_folder_make(files, files->state_fd, FOLDER, "state/" FOLDER);
	if (files->queue_fd < 0)
		return -1;
	mark = files_file_make(
	    files, files->queue_fd, INCOMPLETE_MARK, O_WRONLY, "state/" FOLDER "/" INCOMPLETE_MARK);
	if (mark < 0)
		return -1;
	close(mark);
	if (disk_sync_folder(files->queue_fd) != 0)
		return -1;
	return queues_get(files, files_folder_make);
}

static int
entry_make(struct files *files, const char *name, enum request_status status)
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
	result = disk_set_access(queue, fd, files->file_mode) != 0 || disk_sync(fd) != 0 ? -1 : 0;
	file_close_quietly(fd);
	return result;
}

/* Makes the entry: as another name of the former one if there is one, which spares a new inode. */
static int
entry_add(struct files *files, const char *name, enum request_status status, int former_fd)
{
	if (former_fd >= 0) {
		if (linkat(former_fd, name, files->queue_fds[status], name, 0) == 0 ||
		    errno == EEXIST)
			return 0;
	}
	return entry_make(files, name, status);
}

static int
queue_add_from(struct files *files, uint64_t id, enum request_status status,
    enum request_status former, struct strbuf *err)
{
	char name[ID_NAME_SIZE];
	int result;

	id_name(id, name);
	result = queues_open(files);
	if (result == 0)
		result = entry_add(files, name, status, files->queue_fds[former]);
	if (result != 0 && errno == ENOENT) {
		/* A queue was lost, perhaps while it was open here. */
		result = queues_make(files);
		if (result == 0)
			result = entry_add(files, name, status, -1);
	}
	if (result != 0)
		return trust_fail(files->trust, err, "cannot put request %s into 'state/queue/%s'",
		    name, queues[status]);
	return 0;
}

int
queue_add(struct files *files, uint64_t id, enum request_status status, struct strbuf *err)
{
	return queue_add_from(files, id, status, REQUEST_COMPLETED, err);
}

int
queue_enter(struct files *files, uint64_t id, enum request_status from, enum request_status to,
    struct strbuf *err)
{
	return queue_is_entered(from, to) ? queue_add_from(files, id, to, from, err) : 0;
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

	queues_open(files);
	if (files->queue_fds[status] < 0)
		return;
	id_name(id, name);
	unlinkat(files->queue_fds[status], name, 0);
}

void
queue_leave(struct files *files, uint64_t id, enum request_status from, enum request_status to)
{
	if (from != to && status_has_queue(from))
		queue_remove(files, id, from);
}

/* Adds the ids of one queue.  -1 with errno. */
static int
queue_read(struct files *files, enum request_status status, struct id_list *out)
{
	return queues_open(files) != 0 ? -1 : id_list_read(out, files->queue_fds[status]);
}

/* False when a queue was lost, until it is complete: then only the requests themselves tell. */
static bool
queue_is_complete(struct files *files)
{
	return queues_open(files) == 0 &&
	       faccessat(files->queue_fd, INCOMPLETE_MARK, F_OK, 0) != 0 && errno == ENOENT;
}

/* Every request has its entry.  Returns 0, or -1. */
static int
queue_complete(struct files *files)
{
	int result = queues_open(files);

	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++) {
		if (queues[i] != NULL)
			result = queue_sync(files, (enum request_status)i, NULL);
	}
	if (result == 0 && unlinkat(files->queue_fd, INCOMPLETE_MARK, 0) != 0)
		result = -1;
	return result;
}

/* ---- correcting */

/*
 * Puts it into its queue and takes it out of all others.  The caller holds the lock of its status.
 * Returns 0; -1: it is left as it was.
 */
static int
queue_correct(struct files *files, uint64_t id, const enum request_status *fallback, bool sync,
    const struct backend_reader *reader)
{
	enum request_status place = REQUEST_NOT_STARTED;
	enum store_result found;
	int result = 0;

	files->has_status_lock = true;
	found = reader->place(reader->context, id, &place);
	files->has_status_lock = false;
	/* One that is not there may be one that is just being made: this entry comes first. */
	if (found == STORE_NOT_FOUND) {
		place = REQUEST_NOT_STARTED;
	} else {
		if (found != STORE_OK && fallback == NULL)
			return -1;
		if (found != STORE_OK)
			place = *fallback;
		if (status_has_queue(place))
			result = queue_add(files, id, place, NULL);
		if (result == 0 && status_has_queue(place) && sync)
			result = queue_sync(files, place, NULL);
	}
	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++) {
		if (i != (int)place && status_has_queue((enum request_status)i))
			queue_remove(files, id, (enum request_status)i);
	}
	return result;
}

/* A request was met in a queue where it does not belong. */
static void
correct_misplaced(struct files *files, uint64_t id, const struct backend_reader *reader)
{
	/* Who holds this lock is changing the status, and sees to the queue itself. */
	if (lock_try(files, LOCK_OF_STATUS(id), NULL) != STORE_OK)
		return;
	queue_correct(files, id, NULL, true, reader);
	lock_end(files, LOCK_OF_STATUS(id));
}

/* Looks at every request, as after a backup was restored without its queues. */
static int
queue_rebuild(struct files *files, const struct id_list *all, const struct backend_reader *reader)
{
	/* a damaged one goes where it is found, and named, at every run */
	const enum request_status fallback = REQUEST_RUNNING;
	int result = queues_open(files) != 0 ? queues_make(files) : 0;

	for (size_t i = 0; i < all->count && result == 0; i++) {
		uint64_t byte = LOCK_OF_STATUS(all->ids[i]);

		if (lock_wait(files, byte, NULL) != STORE_OK)
			return -1; /* the requests themselves tell, this time */
		result = queue_correct(files, all->ids[i], &fallback, false, reader);
		lock_end(files, byte);
	}
	return result != 0 ? -1 : queue_complete(files);
}

/* ---- listing */

static int
list_all(struct files *files, struct id_list *out)
{
	int fd = files_requests_folder(files, false);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return id_list_read(out, fd);
}

static int
list_queues(struct files *files, unsigned places, struct id_list *out)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if ((places & STATUS_BIT(i)) != 0 &&
		    queue_read(files, (enum request_status)i, out) != 0)
			return -1;
	}
	/* What was approved or retried meanwhile went back from a queue that came later. */
	if ((places & STATUS_BIT(REQUEST_RUNNING)) != 0 &&
	    (places & (STATUS_BIT(REQUEST_PENDING) | STATUS_BIT(REQUEST_FAILED))) != 0 &&
	    queue_read(files, REQUEST_RUNNING, out) != 0)
		return -1;
	return 0;
}

/* *by_queue tells whether the ids are from queues, which may be wrong.  -1 with errno. */
static int
list_ids(struct files *files, unsigned places, const struct backend_reader *reader,
    struct id_list *out, bool *by_queue)
{
	*by_queue = false;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if ((places & STATUS_BIT(i)) != 0 && !status_has_queue((enum request_status)i))
			return list_all(files, out);
	}
	if (!queue_is_complete(files)) {
		/* what cannot be trusted is mended by a person */
		if (errno == TRUST_ERRNO || list_all(files, out) != 0)
			return -1;
		if (out->count == 0 || queue_rebuild(files, out, reader) != 0)
			return 0;
		out->count = 0;
	}
	*by_queue = true;
	return list_queues(files, places, out);
}

struct found {
	const struct backend_reader *reader;
	uint64_t id;
	bool misplaced;
	bool more;
};

static enum store_result
hand_over(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct found *found = context;
	const struct backend_latest latest = {
	    .id = found->id, .number = number, .text = text, .len = len};

	(void)writer;
	found->more = found->reader->entry(found->reader->context, &latest, &found->misplaced);
	return STORE_OK;
}

/* Hands over one request.  Returns whether to go on. */
static bool
list_request(struct files *files, uint64_t id, const struct backend_reader *reader, bool by_queue)
{
	struct strbuf why = STRBUF_INIT;
	struct found found = {.reader = reader, .id = id, .more = true};
	enum store_result result = request_read(files, id, BACKEND_LATEST, hand_over, &found, &why);
	const struct backend_latest unreadable = {.id = id, .result = result, .why = why.buf};

	if (result == STORE_NOT_FOUND)
		found.misplaced = true;
	else if (result != STORE_OK)
		found.more = reader->entry(reader->context, &unreadable, &found.misplaced);
	if (found.misplaced && by_queue)
		correct_misplaced(files, id, reader);
	strbuf_release(&why);
	return found.more;
}

enum store_result
files_latest(void *self, unsigned places, const struct backend_reader *reader, struct strbuf *err)
{
	struct id_list list = {0};
	bool by_queue, more = true;
	enum store_result result = STORE_OK;

	if (transaction_exists(self))
		transaction_finish(self, NULL);
	if (list_ids(self, places, reader, &list, &by_queue) == 0) {
		id_list_sort(&list);
		for (size_t i = list.count; i > 0 && more; i--)
			more = list_request(self, list.ids[i - 1], reader, by_queue);
	} else {
		trust_fail(((struct files *)self)->trust, err, "cannot list the requests");
		result = STORE_ERROR;
	}
	free(list.ids);
	return result;
}
