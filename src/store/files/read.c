/* SPDX-License-Identifier: ISC */
/* Reading the events of a request: requests/<id>/000001.json and so on. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"

static enum store_result
open_request(struct files *files, uint64_t id, int *fd, struct strbuf *err)
{
	*fd = files_open_request(files, id);
	if (*fd >= 0)
		return STORE_OK;
	if (errno == ENOENT)
		return STORE_NOT_FOUND;
	if (errno == TRUST_ERRNO && files->requests_fd >= 0) {
		fail(err, "%s", files->trust->fault.buf);
		return STORE_DAMAGED;
	}
	trust_fail(files->trust, err, "cannot open request %" PRIu64, id);
	return STORE_ERROR;
}

/*
 * The highest number among the events; names that are none are left alone.  The descriptor is read
 * as it is, from where it was opened: a stream would cost more than all the rest of a listing.
 */
static enum store_result
highest_event(
    struct files *files, int request_fd, uint64_t id, int64_t *highest, struct strbuf *err)
{
	struct disk_list list;
	const char *name;

	*highest = 0;
	disk_list_begin(&list, request_fd);
	while ((name = disk_list_next(&list)) != NULL) {
		int64_t number = event_name_parse(name);
		if (number > *highest)
			*highest = number;
	}
	if (list.has_hidden)
		files->has_litter = true;
	if (errno != 0) {
		fail_errno(err, "cannot list request %" PRIu64, id);
		return STORE_ERROR;
	}
	if (*highest > 0)
		return STORE_OK;
	fail(err, "it has no events");
	return STORE_DAMAGED;
}

void
files_describe(const void *self, uint64_t id, int64_t number, struct strbuf *out)
{
	char folder[ID_NAME_SIZE], name[EVENT_NAME_SIZE];

	(void)self;
	id_name(id, folder);
	event_name(number, name);
	strbuf_addstr(out, "state/requests/");
	strbuf_addstr(out, folder);
	strbuf_addch(out, '/');
	strbuf_addstr(out, name);
}

/* What errno says about an event that cannot be read. */
static enum store_result
read_failure(const struct files *files, uint64_t id, int64_t number, struct strbuf *err)
{
	int reason = errno;
	struct strbuf path = STRBUF_INIT;
	enum store_result result = STORE_DAMAGED;

	files_describe(NULL, id, number, &path);
	switch (reason) {
	case ENOENT:
		fail(err, "%s is missing", path.buf);
		break;
	case EFBIG:
		fail(err, "%s: larger than 8 MiB", path.buf);
		break;
	case TRUST_ERRNO:
		fail(err, "%s", files->trust->fault.buf);
		break;
	default:
		errno = reason;
		fail_errno(err, "cannot read '%s'", path.buf);
		result = STORE_ERROR;
		break;
	}
	strbuf_release(&path);
	return result;
}

/*
 * Every number up to the highest is opened by its name: a folder that is read while another process
 * adds to it may leave out an event and show the one after.
 */
static enum store_result
read_events(struct files *files, int request_fd, uint64_t id, int64_t from, int64_t highest,
    backend_read_fn *each, void *context, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT, shown = STRBUF_INIT;
	enum store_result result = STORE_OK;

	for (int64_t number = from; result == STORE_OK && number <= highest; number++) {
		char name[EVENT_NAME_SIZE];

		event_name(number, name);
		strbuf_reset(&text);
		strbuf_reset(&shown);
		files_describe(NULL, id, number, &shown);
		if (files_text(files, request_fd, name, shown.buf, EVENT_MAX_BYTES, &text) != 0)
			result = read_failure(files, id, number, err);
		else
			result =
			    each(context, number, text.buf, text.len, files->trust->checked_owner);
		if (number == INT64_MAX)
			break;
	}
	strbuf_release(&text);
	strbuf_release(&shown);
	return result;
}

enum store_result
request_read(struct files *files, uint64_t id, int64_t from, backend_read_fn *each, void *context,
    struct strbuf *err)
{
	int64_t highest;
	int held_fd = lock_folder(files, id), request_fd = held_fd;
	enum store_result result =
	    held_fd >= 0 ? STORE_OK : open_request(files, id, &request_fd, err);

	if (result != STORE_OK)
		return result;
	result = highest_event(files, request_fd, id, &highest, err);
	if (result == STORE_OK)
		result = read_events(files, request_fd, id, from == BACKEND_LATEST ? highest : from,
		    highest, each, context, err);
	if (held_fd < 0)
		close(request_fd);
	return result;
}

/* What was left of a transaction comes first.  Returns -1 with err when it has the request. */
static int
finish_transaction(struct files *files, uint64_t id, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (files->has_status_lock || !transaction_exists(files))
		return 0;
	if (transaction_finish(files, &why) != 0 && transaction_claims(files, id))
		result = fail(err, "%s", why.buf);
	strbuf_release(&why);
	return result;
}

enum store_result
files_read(
    void *self, uint64_t id, int64_t from, backend_read_fn *each, void *context, struct strbuf *err)
{
	if (finish_transaction(self, id, err) != 0)
		return STORE_ERROR;
	return request_read(self, id, from, each, context, err);
}

bool
files_has(void *self, uint64_t id, int64_t number)
{
	char path[ID_NAME_SIZE + EVENT_NAME_SIZE];
	int requests = files_requests_folder(self, false);
	size_t len;

	if (requests < 0)
		return false;
	id_name(id, path);
	len = strlen(path);
	path[len++] = '/';
	event_name(number, path + len);
	return faccessat(requests, path, F_OK, 0) == 0;
}
