/* SPDX-License-Identifier: ISC */
#include "store/files/works.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"

/* ---- a list of works */

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
struct work *
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
struct work *
works_of_transaction(struct backend_append *appends, size_t count, mode_t mode)
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

static bool
is_to_be_written(const struct work *work)
{
	return work_is_ok(work) && !work->published;
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

int
work_begin(struct files *files, struct work *work, struct strbuf *err)
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

enum store_result
work_open(struct files *files, struct work *work, struct strbuf *err)
{
	if (work->request_fd < 0)
		work->request_fd = files_open_request(files, work->append->id);
	if (work->request_fd >= 0)
		return STORE_OK;
	fail_errno(err, "cannot open request %" PRIu64, work->append->id);
	return STORE_ERROR;
}

enum store_result
work_lock(struct files *files, struct work *work, struct strbuf *err)
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

	while (found < count && work_is_ok(&works[found]) && work_is_ok(&works[found - 1]) &&
	       works[found].append->id == works[found - 1].append->id + 1)
		found++;
	return found;
}

/*
 * Neighbours are locked at once where nobody is waited for.  One that somebody else has locked
 * does not keep the others from being appended.
 */
void
works_lock(struct files *files, struct work *works, size_t count)
{
	for (size_t i = 0, size; i < count; i += size) {
		uint64_t byte = LOCK_OF_STATUS(works[i].append->id);

		size = files->patience_ms == 0 ? count_neighbours(&works[i], count - i) : 1;
		if (size > 1 && lock_try_all(files, byte, size, NULL) == STORE_OK) {
			works[i].locked = size;
			continue;
		}
		for (size_t j = i; j < i + size; j++) {
			if (work_is_ok(&works[j]))
				works[j].append->result =
				    work_lock(files, &works[j], works[j].append->err);
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
void
works_sync_texts(struct files *files, struct work *works, size_t count, bool together)
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

void
works_link(struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_to_be_written(&works[i]))
			works[i].append->result =
			    publication_link(&works[i].file, works[i].append->err);
	}
}

void
works_sync_names(struct files *files, struct work *works, size_t count, bool together)
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
		if (work_is_ok(&works[i]))
			fds[named++] = works[i].request_fd;
	}
	disk_sync_many(fds, errors, named);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (!work_is_ok(work))
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

void
works_leave_queues(struct files *files, const struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct backend_append *append = works[i].append;
		if (is_to_be_written(&works[i]))
			queue_leave(files, append->id, append->from, append->to);
	}
}

void
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
