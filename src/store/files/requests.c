/* SPDX-License-Identifier: ISC */
/* Reading requests: requests/<id>/000001.json and so on. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"
#include "store/files/publish.h"

static enum store_result damaged(struct strbuf *err, uint64_t id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum store_result
damaged(struct strbuf *err, uint64_t id, const char *fmt, ...)
{
	va_list args;

	strbuf_addf(err, "request %" PRIu64 " is damaged: ", id);
	va_start(args, fmt);
	strbuf_vaddf(err, fmt, args);
	va_end(args);
	return STORE_DAMAGED;
}

static enum store_result
open_request(struct store *store, uint64_t id, int *fd, struct strbuf *err)
{
	*fd = store_request_fd(store, id);
	if (*fd >= 0)
		return STORE_OK;
	if (errno == ENOENT) {
		fail(err, "no such request: %" PRIu64, id);
		return STORE_NOT_FOUND;
	}
	if (errno == ENOTDIR || errno == ELOOP)
		return damaged(err, id, "it is not a folder");
	fail_errno(err, "cannot open request %" PRIu64, id);
	return STORE_ERROR;
}

/* The highest number among the events; names that are none are left alone. */
static enum store_result
highest_event(int request_fd, uint64_t id, int64_t *highest, struct strbuf *err)
{
	const char *name;

	*highest = 0;
	errno = 0;
	DIR *dir = disk_entries(request_fd);
	while (dir != NULL && (name = disk_next_entry(dir)) != NULL) {
		int64_t number = event_name_parse(name);
		if (number > *highest)
			*highest = number;
	}
	int reason = errno;
	if (dir != NULL)
		closedir(dir);
	if (reason) {
		errno = reason;
		fail_errno(err, "cannot list request %" PRIu64, id);
		return STORE_ERROR;
	}
	return *highest > 0 ? STORE_OK : damaged(err, id, "it has no events");
}

struct event_file {
	int request_fd;
	uint64_t id;
	int64_t number;
};

#define EVENT_PATH_SIZE 96

/* Where a person finds it: "state/requests/7/000003.json". */
static void
event_path(const struct event_file *file, char out[EVENT_PATH_SIZE])
{
	char name[EVENT_NAME_SIZE];

	event_name(file->number, name, sizeof(name));
	snprintf(out, EVENT_PATH_SIZE, "state/requests/%" PRIu64 "/%s", file->id, name);
}

static enum store_result
read_failure(const struct event_file *file, struct strbuf *err)
{
	int reason = errno;
	char path[EVENT_PATH_SIZE];

	event_path(file, path);
	errno = reason;
	switch (reason) {
	case ENOENT:
		return damaged(err, file->id, "%s is missing", path);
	case EFBIG:
		return damaged(err, file->id, "%s: larger than 8 MiB", path);
	case EINVAL:
	case ELOOP:
		return damaged(err, file->id, "%s: not a regular file", path);
	default:
		fail_errno(err, "cannot read '%s'", path);
		return STORE_ERROR;
	}
}

/* Reads an event into the arena; text is emptied and then holds the file as it stands. */
static enum store_result
read_event(const struct event_file *file, struct arena *arena, struct strbuf *text,
    struct event *out, struct strbuf *err)
{
	char name[EVENT_NAME_SIZE], path[EVENT_PATH_SIZE];
	struct strbuf reason = STRBUF_INIT;
	enum store_result result = STORE_OK;

	event_name(file->number, name, sizeof(name));
	event_path(file, path);
	strbuf_reset(text);
	if (file_read_own(file->request_fd, name, EVENT_MAX_BYTES, text) < 0)
		return read_failure(file, err);
	if (event_read(arena, path, text->buf, text->len, out, &reason) < 0)
		result = damaged(err, file->id, "%s", reason.buf);
	else if (out->event_id != file->number)
		result =
		    damaged(err, file->id, "%s: its event_id is %" PRId64, path, out->event_id);
	else if (out->service_request_id != (int64_t)file->id)
		result = damaged(err, file->id, "%s: it belongs to request %" PRId64, path,
		    out->service_request_id);
	strbuf_release(&reason);
	return result;
}

static enum store_result
load_event(const struct store *store, const struct event_file *file, struct request *request,
    struct strbuf *text, struct strbuf *err)
{
	struct event event;
	char digest[DIGEST_SIZE];
	struct strbuf reason = STRBUF_INIT;

	enum store_result result = read_event(file, &request->arena, text, &event, err);
	if (result != STORE_OK)
		return result;
	digest_sha256(text->buf, text->len, digest);
	if (request_apply(request, store->types, &event, digest, &reason) < 0) {
		char path[EVENT_PATH_SIZE];
		event_path(file, path);
		result = damaged(err, file->id, "%s: %s", path, reason.buf);
	}
	strbuf_release(&reason);
	return result;
}

enum store_result
store_load(struct store *store, struct request *request, struct strbuf *err)
{
	int64_t highest;
	struct strbuf text = STRBUF_INIT;
	struct event_file file = {.id = request->id};

	enum store_result result = open_request(store, request->id, &file.request_fd, err);
	if (result != STORE_OK)
		return result;
	result = highest_event(file.request_fd, request->id, &highest, err);
	/*
	 * Every number up to the highest is opened by its name: a folder that is read while another
	 * process adds to it may leave out an event and show the one after.
	 */
	for (file.number = 1; result == STORE_OK && file.number <= highest; file.number++)
		result = load_event(store, &file, request, &text, err);
	strbuf_release(&text);
	close(file.request_fd);
	return result;
}

enum store_result
store_load_latest(
    struct store *store, uint64_t id, struct arena *arena, struct event *out, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct event_file file = {.id = id};

	enum store_result result = open_request(store, id, &file.request_fd, err);
	if (result != STORE_OK)
		return result;
	result = highest_event(file.request_fd, id, &file.number, err);
	if (result == STORE_OK)
		result = read_event(&file, arena, &text, out, err);
	strbuf_release(&text);
	close(file.request_fd);
	return result;
}

bool
store_request_changed(struct store *store, const struct request *request)
{
	char path[ID_NAME_SIZE + EVENT_NAME_SIZE];

	int requests = store_requests_fd(store, false);
	if (requests < 0)
		return false;
	id_name(request->id, path);
	size_t len = strlen(path);
	path[len++] = '/';
	event_name((int64_t)request->event_count + 1, path + len, sizeof(path) - len);
	return faccessat(requests, path, F_OK, 0) == 0;
}
