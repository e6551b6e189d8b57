/* SPDX-License-Identifier: ISC */
/*
 * New requests.  One is built in a hidden folder, complete and on disk, which is then
 * renamed to its id; the rename refuses when that is taken.  All of it happens under one
 * lock: so ids leave no gaps, and a hidden folder that is found was left by a program that
 * was killed.
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
#include "store/files/publish.h"

struct creation {
	struct files *files;
	enum request_status place;
	backend_write_fn *write;
	void *context;
	const struct backend_key *key; /* NULL: it has none */
	const struct strbuf *texts;    /* of the events, for the id */
	size_t count;
	uint64_t id;
	char name[ID_NAME_SIZE];
	char hidden[ID_NAME_SIZE + 8]; /* its name until it is complete */
};

/* Removes what is built or half built.  Returns 0, also when there is nothing, or -1 with err. */
static int
build_remove(const struct creation *creation, struct strbuf *err)
{
	if (files_remove_folder(creation->files->requests_fd, creation->hidden) != 0)
		return fail_errno(err, "cannot remove 'state/requests/%s'", creation->hidden);
	return 0;
}

/* After an error that is reported already. */
static void
build_drop(const struct creation *creation)
{
	build_remove(creation, NULL);
}

static int
build_events(struct creation *creation, int build_fd, bool together, struct strbuf *err)
{
	int result = 0;

	for (size_t i = 0; i < creation->count && result == 0; i++) {
		char name[EVENT_NAME_SIZE];
		struct publication file;

		event_name((int64_t)i + 1, name);
		publication_init(&file, build_fd, name, creation->texts[i].buf,
		    creation->texts[i].len, creation->files->event_mode);
		if (publication_write(&file, err) != 0 ||
		    (!together && publication_sync(&file, err) != 0) ||
		    publication_link(&file, err) != STORE_OK)
			result = -1;
		publication_release(&file);
	}
	return result;
}

/* Builds the folder and its entry in the queue, both on disk. */
static int
build(struct creation *creation, bool together, struct strbuf *err)
{
	struct files *files = creation->files;
	int fd, result;

	if (build_remove(creation, err) != 0)
		return -1;
	fd = disk_folder_new(files->requests_fd, creation->hidden, files->dir_mode);
	if (fd < 0)
		return fail_errno(err, "cannot make 'state/requests/%s'", creation->hidden);
	result = build_events(creation, fd, together, err);
	if (result == 0)
		result = queue_add(files, creation->id, creation->place, err);
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

static int
rename_to_id(const struct creation *creation)
{
	int requests = creation->files->requests_fd;
	int result =
	    renameat2(requests, creation->hidden, requests, creation->name, RENAME_NOREPLACE);

	/*
	 * Where the file system cannot refuse: a request's folder is never empty, so it is
	 * not replaced.
	 */
	if (result != 0 && (errno == EINVAL || errno == ENOSYS))
		result = renameat(requests, creation->hidden, requests, creation->name);
	if (result != 0 && errno == ENOTEMPTY)
		errno = EEXIST;
	return result;
}

static enum store_result
publish_request(struct creation *creation, struct strbuf *err)
{
	int requests = creation->files->requests_fd;

	if (rename_to_id(creation) != 0) {
		if (errno == EEXIST)
			return STORE_RACE_LOST;
		fail_errno(err, "cannot make 'state/requests/%s'", creation->name);
		return STORE_ERROR;
	}
	if (disk_sync_folder(requests) == 0)
		return STORE_OK;
	fail_errno(err, "cannot write 'state/requests' to disk");
	if (renameat(requests, creation->name, requests, creation->hidden) != 0)
		strbuf_addf(err, "; request %s may have been recorded", creation->name);
	return STORE_ERROR;
}

static bool
is_taken(const struct creation *creation)
{
	struct stat status;

	return fstatat(
		   creation->files->requests_fd, creation->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
enter_key(const struct creation *creation, struct strbuf *err)
{
	if (creation->key == NULL)
		return 0;
	return keys_enter(creation->files, creation->key->digest, creation->id, err);
}

/* Under the lock of the allocation. */
static enum store_result
create_as(struct creation *creation, uint64_t id, struct strbuf *err)
{
	enum store_result result;

	creation->id = id;
	id_name(id, creation->name);
	snprintf(creation->hidden, sizeof(creation->hidden), ".new-%s", creation->name);
	if (is_taken(creation))
		return STORE_RACE_LOST;
	if (creation->write(creation->context, id, &creation->texts, &creation->count, err) != 0)
		return STORE_ERROR;
	/* Nobody starts on it before it is there to stay. */
	result = lock_wait(creation->files, id, err);
	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	if (build_request(creation, err) == 0 && logs_set_aside(creation->files, id, err) == 0 &&
	    enter_key(creation, err) == 0)
		result = publish_request(creation, err);
	if (result != STORE_OK)
		build_drop(creation);
	/* Keep the queue entry if another program made a request of this id. */
	if (result == STORE_ERROR && !is_taken(creation))
		queue_remove(creation->files, id, creation->place);
	lock_end(creation->files, id);
	return result;
}

/* Without what was noted: the id after the highest that is in use. */
static enum store_result
create_after_all(struct creation *creation, struct strbuf *err)
{
	uint64_t highest;

	if (last_id_find(creation->files, &highest) != 0) {
		fail_errno(err, "cannot list 'state/requests'");
		return STORE_ERROR;
	}
	if (highest >= STORE_ID_MAX) {
		fail(err,
		    "no request can have a higher id than 'state/requests/%" PRIu64
		    "': if that is none, move it away",
		    highest);
		return STORE_ERROR;
	}
	return create_as(creation, highest + 1, err);
}

static enum store_result
create_next(struct creation *creation, struct strbuf *err)
{
	enum store_result result = STORE_RACE_LOST;
	uint64_t last = last_id_read(creation->files);

	if (last > 0 && last < STORE_ID_MAX)
		result = create_as(creation, last + 1, err);
	/* More than one round only where another program makes requests without the lock. */
	for (int tries = 0; tries < 8 && result == STORE_RACE_LOST; tries++)
		result = create_after_all(creation, err);
	if (result == STORE_OK)
		last_id_note(creation->files, creation->id);
	if (result != STORE_RACE_LOST)
		return result;
	fail(err, "cannot find a free id in 'state/requests'");
	return STORE_ERROR;
}

static enum store_result
create_locked(struct creation *creation, struct strbuf *err)
{
	enum store_result found = STORE_NOT_FOUND;

	if (files_requests_folder(creation->files, true) < 0) {
		trust_fail(creation->files->trust, err, "cannot make 'state/requests'");
		return STORE_ERROR;
	}
	if (creation->key != NULL)
		found = keys_find_locked(creation->files, creation->key, &creation->id, err);
	return found == STORE_NOT_FOUND ? create_next(creation, err) : found;
}

enum store_result
files_create(void *self, enum request_status place, backend_write_fn *write, void *context,
    const struct backend_key *key, uint64_t *id, struct strbuf *err)
{
	struct files *files = self;
	struct creation creation = {
	    .files = files, .place = place, .write = write, .context = context, .key = key};
	enum store_result result;

	result = lock_wait(files, LOCK_ALLOCATION, err);
	if (result != STORE_OK)
		return result;
	result = create_locked(&creation, err);
	if (result == STORE_OK || result == STORE_EXISTS)
		*id = creation.id;
	lock_end(files, LOCK_ALLOCATION);
	return result;
}
