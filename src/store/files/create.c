/* SPDX-License-Identifier: ISC */
/*
 * New requests.  One is built in a hidden folder, complete and on disk, which is then renamed to
 * its id; the rename refuses when that is taken.  Only the choice of the id happens under a lock
 * that others wait for (ids.c): many are written to disk at the same time.
 *
 * Whoever makes a request holds the lock of its id until it is there, or has come to nothing.  It
 * enters the queue before anything else is made: so what a killed program left is found by whoever
 * lists that queue, and removed where the lock of the id is free (create_clear()).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/disk.h"
#include "store/files/internal.h"

/* More than one round only where another program makes requests without the locks. */
#define ROUNDS 8

struct creation {
	struct files *files;
	enum request_status place;
	backend_write_fn *write;
	void *context;
	const struct backend_key *key; /* NULL: it has none */
	int key_fd;		    /* the entry of the key, which is not on disk yet; -1: none */
	const struct strbuf *texts; /* of the events, for the id */
	size_t count;
	uint64_t id;
};

void
create_hidden_name(uint64_t id, char out[HIDDEN_NAME_SIZE])
{
	snprintf(out, HIDDEN_NAME_SIZE, ".new-%" PRIu64, id);
}

/* Removes what is built or half built.  Returns 0, also when there is nothing, or -1 with err. */
static int
build_remove(const struct files *files, uint64_t id, struct strbuf *err)
{
	char hidden[HIDDEN_NAME_SIZE];

	create_hidden_name(id, hidden);
	if (files_remove_folder(files->requests_fd, hidden) != 0)
		return fail_errno(err, "cannot remove 'state/requests/%s'", hidden);
	return 0;
}

void
create_clear(struct files *files, uint64_t id)
{
	if (files_requests_folder(files, false) >= 0)
		build_remove(files, id, NULL);
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (queue_name((enum request_status)i) != NULL)
			queue_remove(files, id, (enum request_status)i);
	}
}

void
create_clear_many(struct files *files, uint64_t first, uint64_t count, enum request_status place)
{
	for (uint64_t id = first; id < first + count; id++) {
		if (!last_id_has_request(files, id))
			queue_remove(files, id, place);
	}
	build_remove(files, first, NULL);
}

/* ---- building */

/* Nobody sees the folder yet: the file needs no other name until it is whole. */
static int
write_file(const struct files *files, int folder_fd, const char *name, const struct strbuf *text,
    bool sync)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    files->event_mode);
	int result;

	if (fd < 0)
		return -1;
	result = disk_set_access(folder_fd, fd, files->event_mode);
	if (result == 0)
		result = file_write_all(fd, text->buf, text->len);
	if (result == 0 && sync)
		result = disk_sync(fd);
	if (close(fd) != 0 && result == 0 && errno != EINTR)
		result = -1;
	return result;
}

int
create_events(const struct files *files, int folder_fd, const struct strbuf *texts, size_t count,
    bool sync, struct strbuf *err)
{
	for (size_t i = 0; i < count; i++) {
		char name[EVENT_NAME_SIZE];
		int result;

		event_name((int64_t)i + 1, name);
		result = write_file(files, folder_fd, name, &texts[i], sync);
		/* what fsync() has refused once is not believed a second time: another file */
		if (result != 0 && write_file(files, folder_fd, ".again", &texts[i], sync) == 0)
			result = renameat(folder_fd, ".again", folder_fd, name);
		if (result != 0)
			return fail_errno(err, "cannot write '%s'", name);
	}
	return 0;
}

/* Builds the folder and its entry in the queue, both on disk. */
static int
build(struct creation *creation, bool together, struct strbuf *err)
{
	struct files *files = creation->files;
	char hidden[HIDDEN_NAME_SIZE];
	int fd, result;

	if (build_remove(files, creation->id, err) != 0 ||
	    queue_add(files, creation->id, creation->place, err) != 0)
		return -1;
	create_hidden_name(creation->id, hidden);
	fd = disk_folder_new(files->requests_fd, hidden, files->dir_mode);
	if (fd < 0)
		return fail_errno(err, "cannot make 'state/requests/%s'", hidden);
	result = create_events(files, fd, creation->texts, creation->count, !together, err);
	if (result == 0 && together) {
		if (disk_sync_all(fd) != 0)
			result = fail_errno(err, "cannot write the request to disk");
	} else if (result == 0) {
		if (disk_sync_folder(fd) != 0)
			result = fail_errno(err, "cannot write the request to disk");
		else
			result = queue_sync(files, creation->place, err);
	}
	close(fd);
	return result;
}

static int
build_request(struct creation *creation, struct strbuf *err)
{
	struct strbuf first = STRBUF_INIT;
	bool together = creation->count >= GROUP_COMMIT_MIN && disk_syncfs_reports();
	int result = build(creation, together, &first);

	/* syncfs() also fails for files of others: the request's own ones decide. */
	if (result != 0 && together)
		result = build(creation, false, err);
	else if (result != 0)
		strbuf_add(err, first.buf, first.len);
	strbuf_release(&first);
	return result;
}

/* ---- appearing */

int
create_rename(const struct files *files, int from_fd, const char *from, const char *to)
{
	int requests = files->requests_fd;
	int result = renameat2(from_fd, from, requests, to, RENAME_NOREPLACE);

	/*
	 * Where the file system cannot refuse: a request's folder is never empty, so it is
	 * not replaced.
	 */
	if (result != 0 && (errno == EINVAL || errno == ENOSYS))
		result = renameat(from_fd, from, requests, to);
	if (result != 0 && errno == ENOTEMPTY)
		errno = EEXIST;
	return result;
}

static enum store_result
publish_request(struct creation *creation, struct strbuf *err)
{
	char hidden[HIDDEN_NAME_SIZE], name[ID_NAME_SIZE];
	int requests = creation->files->requests_fd;

	create_hidden_name(creation->id, hidden);
	id_name(creation->id, name);
	if (create_rename(creation->files, requests, hidden, name) != 0) {
		if (errno == EEXIST)
			return STORE_RACE_LOST;
		fail_errno(err, "cannot make 'state/requests/%s'", name);
		return STORE_ERROR;
	}
	if (disk_sync_folder(requests) == 0)
		return STORE_OK;
	fail_errno(err, "cannot write 'state/requests' to disk");
	if (renameat(requests, name, requests, hidden) != 0)
		strbuf_addf(err, "; request %s may have been recorded", name);
	return STORE_ERROR;
}

static int
sync_key(const struct creation *creation, struct strbuf *err)
{
	return creation->key_fd < 0 ? 0 : keys_sync(creation->files, creation->key_fd, err);
}

/* With the lock of the id. */
static enum store_result
make(struct creation *creation, struct strbuf *err)
{
	struct files *files = creation->files;
	enum store_result result = STORE_ERROR;

	if (creation->write(
		creation->context, creation->id, &creation->texts, &creation->count, err) != 0)
		return STORE_ERROR;
	if (build_request(creation, err) == 0 && logs_set_aside(files, creation->id, err) == 0 &&
	    sync_key(creation, err) == 0)
		result = publish_request(creation, err);
	if (result != STORE_OK)
		build_remove(files, creation->id, NULL); /* the error is reported already */
	/* Keep the queue entry if another program made a request of this id. */
	if (result != STORE_OK && !last_id_has_request(files, creation->id))
		queue_remove(files, creation->id, creation->place);
	return result;
}

/* ---- choosing the id */

/* Under the lock of the allocation.  *maker: as that of keys_find_locked(). */
static enum store_result
allocate_locked(struct creation *creation, uint64_t *maker, struct strbuf *err)
{
	struct files *files = creation->files;
	const struct backend_key *key = creation->key;
	enum store_result result = STORE_NOT_FOUND;

	if (files_requests_folder(files, true) < 0) {
		trust_fail(files->trust, err, "cannot make 'state/requests'");
		return STORE_ERROR;
	}
	if (key != NULL)
		result = keys_find_locked(files, key, &creation->id, maker, err);
	if (result != STORE_NOT_FOUND || *maker != 0)
		return result;
	result = ids_allocate(files, 1, &creation->id, err);
	if (result == STORE_OK && key != NULL &&
	    keys_enter(files, key->digest, creation->id, &creation->key_fd, err) != 0) {
		lock_end_all(files, creation->id, 1);
		result = STORE_ERROR;
	}
	return result;
}

enum store_result
create_wait_for(struct files *files, uint64_t id, struct strbuf *err)
{
	enum store_result result = lock_wait(files, id, NULL);

	if (result == STORE_OK)
		lock_end(files, id);
	else if (result == STORE_BUSY)
		fail(err,
		    "another process is making request %" PRIu64
		    " with that key, and does not come to an end",
		    id);
	else
		fail_errno(err, "cannot lock 'state/lock'");
	return result;
}

/* Chooses the id, and takes its lock.  STORE_EXISTS: a request has the key, or may have it. */
static enum store_result
allocate(struct creation *creation, struct strbuf *err)
{
	struct files *files = creation->files;
	enum store_result result;
	uint64_t maker;

	if (transaction_exists(files))
		transaction_finish(files, NULL); /* its requests have their ids already */
	do {
		maker = 0;
		result = lock_wait(files, LOCK_ALLOCATION, err);
		if (result != STORE_OK)
			return result;
		result = allocate_locked(creation, &maker, err);
		lock_end(files, LOCK_ALLOCATION);
		if (maker != 0)
			result = create_wait_for(files, maker, err);
	} while (maker != 0 && result == STORE_OK);
	return result;
}

enum store_result
files_create(void *self, enum request_status place, backend_write_fn *write, void *context,
    const struct backend_key *key, uint64_t *id, struct strbuf *err)
{
	struct files *files = self;
	struct creation creation = {.files = files,
	    .place = place,
	    .write = write,
	    .context = context,
	    .key = key,
	    .key_fd = -1};
	enum store_result result = STORE_RACE_LOST;

	for (int rounds = 0; rounds < ROUNDS && result == STORE_RACE_LOST; rounds++) {
		result = allocate(&creation, err);
		if (result == STORE_OK) {
			result = make(&creation, err);
			if (result == STORE_OK)
				last_id_settle(files, creation.id);
			lock_end_all(files, creation.id, 1);
		}
		if (creation.key_fd >= 0)
			close(creation.key_fd);
		creation.key_fd = -1;
	}
	if (result == STORE_OK || result == STORE_EXISTS)
		*id = creation.id;
	if (result != STORE_RACE_LOST)
		return result;
	fail(err, "cannot find a free id in 'state/requests'");
	return STORE_ERROR;
}
