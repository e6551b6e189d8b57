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

#include "base/alloc.h"
#include "base/file.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"
#include "store/files/publish.h"

struct creation {
	struct store *store;
	struct event *events;
	struct strbuf *texts; /* as many */
	size_t count;
	uint64_t id;
	char name[ID_NAME_SIZE];
	char hidden[ID_NAME_SIZE + 8]; /* its name until it is complete */
};

/* Fills in what depends on the id, and checks that the request could be loaded. */
static int
write_texts(struct creation *creation, struct strbuf *err)
{
	struct request request;
	struct event event;
	char digest[DIGEST_SIZE];
	int result = 0;

	request_init(&request, creation->id);
	for (size_t i = 0; i < creation->count && result == 0; i++) {
		struct strbuf *text = &creation->texts[i];
		creation->events[i].event_id = (int64_t)i + 1;
		creation->events[i].service_request_id = (int64_t)creation->id;
		event = creation->events[i];
		event.prev = i == 0 ? NULL : request.head;
		strbuf_reset(text);
		event_write(&event, text);
		digest_sha256(text->buf, text->len, digest);
		if (text->len > EVENT_MAX_BYTES)
			result = fail(err, "an event of more than 8 MiB cannot be recorded");
		else if (event_read(&request.arena, "event", text->buf, text->len, &event, err) < 0)
			result = -1;
		else
			result =
			    request_apply(&request, creation->store->types, &event, digest, err);
	}
	request_release(&request);
	return result;
}

/* Removes what is built or half built.  Returns 0, also when there is nothing, or -1 with err. */
static int
build_remove(const struct creation *creation, struct strbuf *err)
{
	const struct dirent *entry;
	int requests = creation->store->requests_fd;

	int fd = disk_folder_open(requests, creation->hidden);
	if (fd < 0 && errno == ENOENT)
		return 0;
	DIR *dir = fd < 0 ? NULL : disk_entries(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(fd, entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	if (fd >= 0)
		close(fd);
	if (unlinkat(requests, creation->hidden, AT_REMOVEDIR) < 0)
		return fail_errno(err, "cannot remove 'state/requests/%s'", creation->hidden);
	return 0;
}

/* After an error that is told already. */
static void
build_drop(const struct creation *creation)
{
	struct strbuf ignored = STRBUF_INIT;

	build_remove(creation, &ignored);
	strbuf_release(&ignored);
}

static int
build_events(struct creation *creation, int build_fd, bool together, struct strbuf *err)
{
	int result = 0;

	for (size_t i = 0; i < creation->count && result == 0; i++) {
		char name[EVENT_NAME_SIZE];
		struct publication file;

		event_name((int64_t)i + 1, name, sizeof(name));
		publication_init(&file, build_fd, name, creation->texts[i].buf,
		    creation->texts[i].len, creation->store->file_mode);
		if (publication_write(&file, err) < 0 ||
		    (!together && publication_sync(&file, err) < 0) ||
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
	struct store *store = creation->store;

	if (build_remove(creation, err) < 0)
		return -1;
	int fd = disk_folder_new(store->requests_fd, creation->hidden, store->dir_mode);
	if (fd < 0)
		return fail_errno(err, "cannot make 'state/requests/%s'", creation->hidden);
	int result = build_events(creation, fd, together, err);
	if (result == 0)
		result = queue_add(store, creation->id, REQUEST_NOT_STARTED, err);
	if (result == 0 && together) {
		if (disk_sync_all(fd) < 0)
			result = fail_errno(err, "cannot write the request to disk");
	} else if (result == 0) {
		if (disk_sync_folder(fd) < 0)
			result = fail_errno(err, "cannot write the request to disk");
		else
			result = queue_sync(store, REQUEST_NOT_STARTED, err);
	}
	close(fd);
	return result;
}

static int
build_request(struct creation *creation, struct strbuf *err)
{
	struct strbuf first = STRBUF_INIT;
	bool together = creation->count >= GROUP_COMMIT_MIN && creation->store->syncfs_reports;

	int result = build(creation, together, &first);
	/* syncfs() also fails for files of others: the request's own ones decide. */
	if (result < 0 && together)
		result = build(creation, false, err);
	else if (result < 0)
		strbuf_add(err, first.buf, first.len);
	strbuf_release(&first);
	return result;
}

static int
rename_to_id(const struct creation *creation)
{
	int requests = creation->store->requests_fd;

	int result =
	    renameat2(requests, creation->hidden, requests, creation->name, RENAME_NOREPLACE);
	/*
	 * Where the file system cannot refuse: a request's folder is never empty, so it is
	 * not replaced.
	 */
	if (result < 0 && (errno == EINVAL || errno == ENOSYS))
		result = renameat(requests, creation->hidden, requests, creation->name);
	if (result < 0 && errno == ENOTEMPTY)
		errno = EEXIST;
	return result;
}

static enum store_result
publish_request(struct creation *creation, struct strbuf *err)
{
	int requests = creation->store->requests_fd;

	if (rename_to_id(creation) < 0) {
		if (errno == EEXIST)
			return STORE_EXISTS;
		fail_errno(err, "cannot make 'state/requests/%s'", creation->name);
		return STORE_ERROR;
	}
	if (disk_sync_folder(requests) == 0)
		return STORE_OK;
	fail_errno(err, "cannot write 'state/requests' to disk");
	if (renameat(requests, creation->name, requests, creation->hidden) < 0)
		strbuf_addf(err, "; request %s may have been recorded", creation->name);
	return STORE_ERROR;
}

static bool
is_taken(const struct creation *creation)
{
	struct stat status;

	return fstatat(
		   creation->store->requests_fd, creation->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Under the lock of the allocation. */
static enum store_result
create_as(struct creation *creation, uint64_t id, struct strbuf *err)
{
	creation->id = id;
	id_name(id, creation->name);
	snprintf(creation->hidden, sizeof(creation->hidden), ".new-%s", creation->name);
	if (is_taken(creation))
		return STORE_EXISTS;
	if (write_texts(creation, err) < 0)
		return STORE_ERROR;
	/* Nobody starts on it before it is there to stay. */
	if (lock_wait(creation->store, id, err) < 0)
		return STORE_ERROR;
	enum store_result result = STORE_ERROR;
	if (build_request(creation, err) == 0)
		result = publish_request(creation, err);
	if (result != STORE_OK)
		build_drop(creation);
	/* The entry of a request that exists is its own. */
	if (result == STORE_ERROR && !is_taken(creation))
		queue_remove(creation->store, id, REQUEST_NOT_STARTED);
	lock_end(creation->store, id);
	return result;
}

/* The id after the highest that is in use.  0 with errno. */
static uint64_t
next_after_all(struct store *store)
{
	struct id_list all = {0};
	uint64_t next = 0;

	if (id_list_read(&all, store->requests_fd) == 0) {
		id_list_sort(&all);
		next = all.count > 0 ? all.ids[all.count - 1] + 1 : 1;
	}
	free(all.ids);
	return next;
}

/* The id after the one that was noted; 0: nothing useful was. */
static uint64_t
next_after_last(const struct store *store)
{
	struct strbuf text = STRBUF_INIT;
	uint64_t last = 0;

	if (file_read_own(store->state_fd, "last-id", 64, &text) == 0 && text.len > 1 &&
	    text.buf[text.len - 1] == '\n') {
		strbuf_truncate(&text, text.len - 1);
		last = id_parse(text.buf);
	}
	strbuf_release(&text);
	return last > 0 && last < ID_MAX ? last + 1 : 0;
}

/* Only a hint, so that an error may pass. */
static void
note_last(const struct store *store, uint64_t id)
{
	char text[ID_NAME_SIZE];

	int fd = disk_file_make(store->state_fd, "last-id", O_WRONLY | O_TRUNC, store->file_mode);
	if (fd < 0)
		return;
	int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", id);
	if (file_write_all(fd, text, (size_t)len) < 0 && ftruncate(fd, 0) < 0)
		unlinkat(store->state_fd, "last-id", 0);
	close(fd);
}

static enum store_result
create_locked(struct creation *creation, struct strbuf *err)
{
	enum store_result result = STORE_EXISTS;

	uint64_t id = next_after_last(creation->store);
	if (id > 0)
		result = create_as(creation, id, err);
	/* More than one round only where another program makes requests without the lock. */
	for (int tries = 0; tries < 8 && result == STORE_EXISTS; tries++) {
		id = next_after_all(creation->store);
		if (id == 0 || id > ID_MAX) {
			fail_errno(err, "cannot list 'state/requests'");
			return STORE_ERROR;
		}
		result = create_as(creation, id, err);
	}
	if (result == STORE_OK)
		note_last(creation->store, id);
	if (result != STORE_EXISTS)
		return result;
	fail(err, "cannot find a free id in 'state/requests'");
	return STORE_ERROR;
}

enum store_result
store_create(
    struct store *store, struct event *events, size_t count, uint64_t *id, struct strbuf *err)
{
	struct creation creation = {.store = store, .events = events, .count = count};

	if (lock_wait(store, LOCK_ALLOCATION, err) < 0)
		return STORE_ERROR;
	enum store_result result = STORE_ERROR;
	creation.texts = xcalloc(count, sizeof(*creation.texts));
	for (size_t i = 0; i < count; i++)
		strbuf_init(&creation.texts[i]);
	if (store_requests_fd(store, true) < 0)
		fail_errno(err, "cannot make 'state/requests'");
	else
		result = create_locked(&creation, err);
	if (result == STORE_OK)
		*id = creation.id;
	for (size_t i = 0; i < count; i++)
		strbuf_release(&creation.texts[i]);
	free(creation.texts);
	lock_end(store, LOCK_ALLOCATION);
	return result;
}
