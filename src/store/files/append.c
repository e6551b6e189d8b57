/* SPDX-License-Identifier: ISC */
/*
 * Appending events: one, those of many requests with one wait for the disk, or several as one
 * transaction.  All are published in the same phases:
 *
 *	open, lock	the request's folder, and its status
 *	begin		enter the queue, write the text
 *	sync_texts	the texts and the queue entries are on disk
 *	link_names	the events have their names, unless these are taken
 *	sync_names	the names are on disk
 *	leave_queues	the requests are out of their former queues
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/disk.h"
#include "store/files/internal.h"
#include "store/files/publish.h"

/* The most that are appended together, with one or two descriptors each. */
#define GROUP_MAX 256

struct work {
	struct backend_append
	    *append; /* its result is STORE_OK for as long as nothing went wrong */
	struct publication file;
	int request_fd;
	bool is_borrowed;  /* request_fd is */
	bool is_littered;  /* the folder may be */
	mode_t mode;	   /* of the event's file */
	uint64_t locked;   /* so many status locks, from this request's on */
	struct room *room; /* that was reserved for it; NULL: none */
	bool in_room;	   /* and the text is written into it */
	bool published;	   /* by whoever recorded the transaction: only its name is to be synced */
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
	struct room *room = work->room;

	if (room == NULL || room->fd < 0)
		return -1;
	room->is_used = true;
	if (publication_write_into(&work->file, room->fd, NULL) != 0)
		return -1;
	work->in_room = true;
	/* the text first: what it leaves of the room is for the queue */
	return enter(files, work->append, NULL);
}

static int
begin_locked(struct files *files, struct work *work, struct strbuf *err)
{
	const struct backend_append *append = work->append;
	struct strbuf why = STRBUF_INIT;
	char name[EVENT_NAME_SIZE];
	int result;

	if (work->is_littered)
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

static enum store_result
open_folder(struct files *files, struct work *work, struct strbuf *err)
{
	if (work->request_fd < 0)
		work->request_fd = files_open_request(files, work->append->id);
	if (work->request_fd >= 0)
		return STORE_OK;
	fail_errno(err, "cannot open request %" PRIu64, work->append->id);
	return STORE_ERROR;
}

static enum store_result
lock_status(struct files *files, struct work *work, struct strbuf *err)
{
	enum store_result result = lock_wait(files, LOCK_OF_STATUS(work->append->id), err);

	work->locked = result == STORE_OK;
	return result;
}

/* How many, from that one on, are of requests whose ids follow each other. */
static size_t
count_neighbours(const struct work *works, size_t count)
{
	size_t found = 1;

	while (found < count && is_ok(&works[found]) && is_ok(&works[found - 1]) &&
	       works[found].append->id == works[found - 1].append->id + 1)
		found++;
	return found;
}

/*
 * Neighbours are locked at once where nobody is waited for.  One that somebody else has locked
 * does not keep the others from being appended.
 */
static void
lock_all(struct files *files, struct work *works, size_t count)
{
	for (size_t i = 0, size; i < count; i += size) {
		uint64_t byte = LOCK_OF_STATUS(works[i].append->id);

		size = files->patience_ms == 0 ? count_neighbours(&works[i], count - i) : 1;
		if (size > 1 && lock_try_all(files, byte, size, NULL) == STORE_OK) {
			works[i].locked = size;
			continue;
		}
		for (size_t j = i; j < i + size; j++) {
			if (is_ok(&works[j]))
				works[j].append->result =
				    lock_status(files, &works[j], works[j].append->err);
		}
	}
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

/* Writes the texts anew, as nobody can say which of them a syncfs() that failed was about. */
static void
write_again(struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (is_to_be_written(work) &&
		    publication_write(&work->file, work->append->err) != 0)
			work->append->result = STORE_ERROR;
	}
}

/* syncfs() of the requests.  The queues may be on another disk, though nobody has them so. */
static int
sync_requests(struct files *files)
{
	int requests = files_requests_folder(files, false);

	return requests < 0 ? -1 : disk_sync_all(requests);
}

static bool
queues_are_apart(const struct files *files)
{
	struct stat requests, queue;

	return files->queue_fd >= 0 &&
	       (fstat(files->requests_fd, &requests) != 0 || fstat(files->queue_fd, &queue) != 0 ||
		   requests.st_dev != queue.st_dev);
}

/* The texts, and the queue entries that must not be later than their events. */
static void
sync_texts(struct files *files, struct work *works, size_t count, bool together)
{
	int *fds, *errors;
	size_t written = 0, at = 0;

	if (together && sync_requests(files) == 0) {
		if (queues_are_apart(files))
			sync_queues(files, works, count);
		return;
	}
	if (together)
		write_again(works, count);
	fds = xcalloc(count, sizeof(*fds));
	errors = xcalloc(count, sizeof(*errors));
	for (size_t i = 0; i < count; i++) {
		if (is_to_be_written(&works[i]))
			fds[written++] = works[i].file.fd;
	}
	disk_sync_many(fds, errors, written);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!is_to_be_written(work) || errors[at++] == 0)
			continue;
		if (publication_sync_again(&work->file, work->append->err) != 0)
			work->append->result = STORE_ERROR;
	}
	free(fds);
	free(errors);
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
	int *fds, *errors;
	size_t named = 0, at = 0;

	if (together && sync_requests(files) == 0)
		return;
	fds = xcalloc(count, sizeof(*fds));
	errors = xcalloc(count, sizeof(*errors));
	/*
	 * These descriptors are older than the failed syncfs(): each reports the errors of
	 * its own folder.
	 */
	for (size_t i = 0; i < count; i++) {
		if (is_ok(&works[i]))
			fds[named++] = works[i].request_fd;
	}
	disk_sync_many(fds, errors, named);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!is_ok(work))
			continue;
		errno = errors[at++];
		/* a file system that does not support it for folders is no error */
		if (errno == 0 || errno == EINVAL)
			continue;
		fail_errno(work->append->err,
		    "event %" PRId64 " of request %" PRIu64 " is recorded, but perhaps not on disk",
		    work->append->number, work->append->id);
		work->append->result = STORE_ERROR;
	}
	free(fds);
	free(errors);
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
		if (works[i].locked > 0)
			lock_end_all(files, LOCK_OF_STATUS(works[i].append->id), works[i].locked);
		if (works[i].in_room)
			works[i].room->fd = publication_take_unnamed(&works[i].file);
		publication_release(&works[i].file);
		if (works[i].request_fd >= 0 && !works[i].is_borrowed)
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
works_new(struct group_member *members, size_t count, mode_t mode)
{
	struct work *works = xcalloc(count, sizeof(*works));

	for (size_t i = 0; i < count; i++)
		works[i] = (struct work){.append = members[i].append,
		    .request_fd = members[i].request_fd,
		    .is_borrowed = members[i].request_fd >= 0,
		    .is_littered = members[i].is_littered,
		    .room = &members[i].room,
		    .mode = mode,
		    .file.fd = -1};
	qsort(works, count, sizeof(*works), compare_works);
	return works;
}

/* Those of a transaction. */
static struct work *
works_of(struct backend_append *appends, size_t count, mode_t mode)
{
	struct group_member *members = xcalloc(count, sizeof(*members));
	struct work *works;

	for (size_t i = 0; i < count; i++)
		members[i] = (struct group_member){.append = &appends[i], .request_fd = -1};
	works = works_new(members, count, mode);
	for (size_t i = 0; i < count; i++)
		works[i].room = NULL;
	free(members);
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

/* Opens, locks, and begins.  Returns how many are to be published. */
static size_t
begin_all(struct files *files, struct work *works, size_t count)
{
	size_t begun = 0;

	for (size_t i = 0; i < count; i++)
		works[i].append->result = open_folder(files, &works[i], works[i].append->err);
	lock_all(files, works, count);
	leave_out_claimed(files, works, count);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (is_ok(work) && begin_locked(files, work, work->append->err) != 0)
			work->append->result = STORE_ERROR;
		begun += is_ok(work);
	}
	return begun;
}

static void
append_group(struct files *files, struct group_member *members, size_t count)
{
	struct work *works = works_new(members, count, files->event_mode);
	size_t begun = begin_all(files, works, count);
	bool together = sync_is_together(&files->costs, begun);
	int64_t start = clock_monotonic_us();

	sync_texts(files, works, count, together);
	link_names(works, count);
	sync_names(files, works, count, together);
	sync_has_taken(&files->costs, together, begun, clock_monotonic_us() - start);
	leave_queues(files, works, count);
	works_free(files, works, count);
}

void
append_members(struct files *files, struct group_member *members, size_t count)
{
	while (count > 0) {
		size_t size = count < GROUP_MAX ? count : GROUP_MAX;
		append_group(files, members, size);
		members += size;
		count -= size;
	}
}

bool
append_admit(struct files *files, struct backend_append *append, struct group_member *out)
{
	if (append->result != STORE_OK)
		return false;
	if (!lock_is_held(files, append->id, append->token)) {
		append->result = STORE_LOCK_LOST;
		return false;
	}
	*out = (struct group_member){.append = append,
	    .request_fd = lock_folder(files, append->id),
	    .is_littered = files->has_litter,
	    .room.fd = -1};
	if (append->in_room)
		room_lend(files, &out->room);
	return true;
}

void
append_dismiss(struct files *files, const struct group_member *member)
{
	room_return(files, &member->room);
}

void
files_append_group(void *self, struct backend_append *appends, size_t count)
{
	struct group_member *members = xcalloc(count, sizeof(*members));
	size_t admitted = 0;

	for (size_t i = 0; i < count; i++)
		admitted += append_admit(self, &appends[i], &members[admitted]);
	append_members(self, members, admitted);
	for (size_t i = 0; i < admitted; i++)
		append_dismiss(self, &members[i]);
	free(members);
}

/* ---- a transaction */

/* Opens the request, and locks it once: one open file cannot hold a lock twice. */
static enum store_result
open_in_transaction(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	struct work *work = &works[at];
	enum store_result result;

	work->append->err = err;
	result = open_folder(files, work, err);
	if (result != STORE_OK || (at > 0 && works[at - 1].append->id == work->append->id))
		return result;
	return lock_status(files, work, err);
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
	struct work *works = works_of(appends, count, files->event_mode);
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
		files_append_group(files, appends, 1);
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
	struct work *works = works_of(appends, count, mode);
	int result = publish_recorded(files, works, count, err);

	works_free(files, works, count);
	return result;
}
