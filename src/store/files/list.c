/* SPDX-License-Identifier: ISC */
/*
 * Which requests there are, and the correction of queues that say something else than the
 * requests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"

static int
list_all(struct store *store, struct id_list *out)
{
	int fd = store_requests_fd(store, false);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return id_list_read(out, fd);
}

/* The queue of a cancelled request: it has none, unless the outcome of a call is still owed. */
static enum request_status
queue_of_cancelled(struct store *store, uint64_t id)
{
	struct request request;
	struct strbuf ignored = STRBUF_INIT;

	request_init(&request, id);
	bool settled =
	    store_load(store, &request, &ignored) == STORE_OK && !request_owes_outcome(&request);
	request_release(&request);
	strbuf_release(&ignored);
	return settled ? REQUEST_CANCELLED : REQUEST_RUNNING;
}

/*
 * The queue that the request belongs to.  The latest event decides; status is what the caller
 * knows in case that it cannot be read.  *missing tells that there is no such request.
 */
static enum request_status
queue_of(struct store *store, uint64_t id, enum request_status status, bool *missing)
{
	struct arena arena = ARENA_INIT;
	struct event latest;
	struct strbuf ignored = STRBUF_INIT;

	enum store_result found = store_load_latest(store, id, &arena, &latest, &ignored);
	if (found == STORE_OK)
		status = latest.status;
	*missing = found == STORE_NOT_FOUND;
	if (status == REQUEST_CANCELLED)
		status = queue_of_cancelled(store, id);
	arena_release(&arena);
	strbuf_release(&ignored);
	return status;
}

/* Puts it into its queue and takes it out of all others.  Returns 0; -1: it is left as it was. */
static int
queue_correct(struct store *store, uint64_t id, enum request_status status, bool sync)
{
	struct strbuf ignored = STRBUF_INIT;
	bool missing;
	int result = 0;

	status = queue_of(store, id, status, &missing);
	/* One that is not there may be one that is just being made: this entry comes first. */
	if (missing)
		status = REQUEST_NOT_STARTED;
	else if (queue_is_one(status)) {
		result = queue_add(store, id, status, &ignored);
		if (result == 0 && sync)
			result = queue_sync(store, status, &ignored);
	}
	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++) {
		if (i != (int)status && queue_is_one((enum request_status)i))
			queue_remove(store, id, (enum request_status)i);
	}
	strbuf_release(&ignored);
	return result;
}

void
store_note_status(struct store *store, uint64_t id, enum request_status status)
{
	struct strbuf ignored = STRBUF_INIT;

	if (!id_is_valid(id))
		return;
	/* Who holds this lock is changing the status, and sees to the queue itself. */
	if (lock_try(store, LOCK_OF_STATUS(id), &ignored) == STORE_OK) {
		queue_correct(store, id, status, true);
		lock_end(store, LOCK_OF_STATUS(id));
	}
	strbuf_release(&ignored);
}

/* Looks at every request, as after a backup was restored without its queues. */
static int
queue_rebuild(struct store *store, const struct id_list *all)
{
	struct strbuf ignored = STRBUF_INIT;
	int result = queue_make_missing(store);

	for (size_t i = 0; i < all->count && result == 0; i++) {
		uint64_t byte = LOCK_OF_STATUS(all->ids[i]);
		result = lock_wait(store, byte, &ignored);
		/* A damaged one goes where it is found, and named, at every run. */
		if (result == 0)
			result = queue_correct(store, all->ids[i], REQUEST_RUNNING, false);
		lock_end(store, byte);
	}
	strbuf_release(&ignored);
	return result < 0 ? -1 : queue_complete(store);
}

/* An entry comes before its request: drops those whose request is not there, or not yet. */
static void
drop_missing(struct store *store, struct id_list *list)
{
	struct stat status;
	char name[ID_NAME_SIZE];
	size_t kept = 0;

	int requests = store_requests_fd(store, false);
	for (size_t i = 0; i < list->count; i++) {
		id_name(list->ids[i], name);
		if (fstatat(requests, name, &status, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
			list->ids[kept++] = list->ids[i];
	}
	list->count = kept;
}

static int
list_unfinished(struct store *store, unsigned statuses, struct id_list *out)
{
	if (!queue_is_complete(store)) {
		struct id_list all = {0};
		if (list_all(store, &all) < 0)
			return -1;
		if (all.count == 0 || queue_rebuild(store, &all) < 0) {
			*out = all;
			return 0;
		}
		free(all.ids);
	}
	if ((statuses & STATUS_BIT(REQUEST_NOT_STARTED)) &&
	    queue_read(store, REQUEST_NOT_STARTED, out) < 0)
		return -1;
	drop_missing(store, out);
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (i != REQUEST_NOT_STARTED && (statuses & STATUS_BIT(i)) &&
		    queue_read(store, (enum request_status)i, out) < 0)
			return -1;
	}
	/* What was approved or retried meanwhile went back from a queue that came later. */
	if ((statuses & STATUS_BIT(REQUEST_RUNNING)) &&
	    (statuses & (STATUS_BIT(REQUEST_PENDING) | STATUS_BIT(REQUEST_FAILED))) &&
	    queue_read(store, REQUEST_RUNNING, out) < 0)
		return -1;
	return 0;
}

enum store_result
store_list(struct store *store, unsigned statuses, struct id_list *out, struct strbuf *err)
{
	bool finished = false;

	*out = (struct id_list){0};
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if ((statuses & STATUS_BIT(i)) && !queue_is_one((enum request_status)i))
			finished = true;
	}
	int result = finished ? list_all(store, out) : list_unfinished(store, statuses, out);
	if (result < 0) {
		fail_errno(err, "cannot list the requests");
		free(out->ids);
		*out = (struct id_list){0};
		return STORE_ERROR;
	}
	id_list_sort(out);
	return STORE_OK;
}
