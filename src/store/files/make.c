/* SPDX-License-Identifier: ISC */
/* Making a store: its folders, and then the file "format", which says that it is one. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "store/files/files.h"
#include "store/files/internal.h"
#include "store/files/publish.h"

/* Nobody else writes into these folders: their mode is set even when they exist. */
static int
make_folder(int state_fd, const char *path, bool shared, struct strbuf *err)
{
	mode_t mode = disk_folder_mode(shared);
	bool made;
	int fd = disk_folder_make(state_fd, path, mode, &made);
	int result = fd < 0 ? -1 : 0;

	if (result == 0 && !made)
		result = fchmod(fd, mode);
	if (result == 0)
		result = disk_sync_folder(fd);
	if (fd >= 0)
		file_close_quietly(fd);
	return result == 0 ? 0 : fail_errno(err, "cannot make 'state/%s'", path);
}

static int
make_folders(int state_fd, bool shared, struct strbuf *err)
{
	char path[64];
	int status;

	if (make_folder(state_fd, "requests", shared, err) != 0 ||
	    make_folder(state_fd, "keys", shared, err) != 0 ||
	    make_folder(state_fd, "queue", shared, err) != 0)
		return -1;
	for (status = 0; status < REQUEST_STATUS_COUNT; status++) {
		const char *folder = queue_name((enum request_status)status);

		if (folder == NULL)
			continue;
		snprintf(path, sizeof(path), "queue/%s", folder);
		if (make_folder(state_fd, path, shared, err) != 0)
			return -1;
	}
	return 0;
}

/* The last file: with it the folder is a store, without it nothing. */
static enum store_result
make_format(int state_fd, bool shared, struct strbuf *err)
{
	const char *text = shared ? STORE_FORMAT_SHARED : STORE_FORMAT;
	/* who is a member decides nothing about what a member may do */
	mode_t mode = disk_file_mode(shared) & ~(mode_t)S_IWGRP;
	struct publication format;
	enum store_result result = STORE_ERROR;

	publication_init(&format, state_fd, "format", text, strlen(text), mode);
	if (publication_write(&format, err) == 0 && publication_sync(&format, err) == 0)
		result = publication_link(&format, err);
	publication_release(&format);
	if (result == STORE_OK && disk_sync_folder(state_fd) != 0) {
		fail_errno(err, "cannot write 'state' to disk");
		result = STORE_ERROR;
	}
	return result;
}

int
store_files_make(int state_fd, bool shared, bool *existed, struct strbuf *err)
{
	enum store_result result;

	if (make_folders(state_fd, shared, err) != 0)
		return -1;
	result = make_format(state_fd, shared, err);
	*existed = result == STORE_RACE_LOST;
	return result == STORE_ERROR ? -1 : 0;
}
