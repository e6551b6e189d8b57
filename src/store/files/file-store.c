/* SPDX-License-Identifier: ISC */
#include "store/files/file-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/disk.h"
#include "store/files/file-store-internal.h"

int
file_store_check_format(int state_fd, struct strbuf *err)
{
	struct strbuf format = STRBUF_INIT;
	struct strbuf shown = STRBUF_INIT;
	int result = 0;

	if (file_read_own(state_fd, "format", 4096, &format) < 0)
		result = fail_errno(err, "cannot read 'state/format'");
	else if (strcmp(format.buf, STORE_FORMAT) != 0) {
		size_t len = strcspn(format.buf, "\n");
		utf8_add_printable(&shown, format.buf, len < 40 ? len : 40);
		result = fail(err,
		    "'state/format' has version '%s', and this program knows only '1'", shown.buf);
	}
	strbuf_release(&format);
	strbuf_release(&shown);
	return result;
}

struct store *
file_store_open(int state_fd, const struct step_type *const *types, struct strbuf *err)
{
	struct stat status;

	if (file_store_check_format(state_fd, err) < 0)
		return NULL;
	int fd = fcntl(state_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || fstat(fd, &status) < 0) {
		fail_errno(err, "cannot open 'state'");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	bool shared = status.st_mode & S_IWGRP;
	struct store *store = xmalloc(sizeof(*store));
	*store = (struct store){
	    .types = types,
	    .state_fd = fd,
	    .requests_fd = -1,
	    .lock_fd = -1,
	    .queue_fd = -1,
	    .dir_mode = disk_folder_mode(shared),
	    .file_mode = disk_file_mode(shared),
	    .syncfs_reports = disk_syncfs_reports(),
	};
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		store->queue_fds[i] = -1;
	return store;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	queue_close(store);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->requests_fd >= 0)
		close(store->requests_fd);
	close(store->state_fd);
	free(store);
}

int
store_requests_fd(struct store *store, bool make)
{
	if (store->requests_fd < 0)
		store->requests_fd =
		    make ? disk_folder_make(store->state_fd, "requests", store->dir_mode, NULL)
			 : disk_folder_open(store->state_fd, "requests");
	return store->requests_fd;
}

int
store_request_fd(struct store *store, uint64_t id)
{
	char name[ID_NAME_SIZE];

	int requests = store_requests_fd(store, false);
	if (requests < 0)
		return -1;
	if (!id_is_valid(id)) {
		errno = ENOENT;
		return -1;
	}
	id_name(id, name);
	return disk_folder_open(requests, name);
}
