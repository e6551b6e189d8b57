/* SPDX-License-Identifier: ISC */
/* Making a workspace. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/disk.h"
#include "store/files/files.h"
#include "workspace/workspace.h"

struct folder {
	const char *path; /* below the workspace, after what it is in */
	bool ours; /* nobody but this program writes to it: its mode is set even if it was there */
};

static const struct folder folders[] = {
    {"pipelines", false},
    {"executor_logs", true},
    {"state", true},
    {"state/requests", true},
    {"state/queue", true},
    {"state/queue/not-started", true},
    {"state/queue/running", true},
    {"state/queue/pending", true},
    {"state/queue/failed", true},
};

#define FOLDER_COUNT (sizeof(folders) / sizeof(folders[0]))

static int
make_folder(int root, const struct folder *folder, mode_t mode, struct strbuf *err)
{
	bool made;

	int fd = disk_folder_make(root, folder->path, mode, &made);
	int result = fd < 0 ? -1 : 0;
	if (result == 0 && !made && folder->ours)
		result = fchmod(fd, mode);
	if (result < 0)
		fail_errno(err, "cannot make '%s'", folder->path);
	if (fd >= 0)
		close(fd);
	return result;
}

static int
sync_folder(int root, const char *path, struct strbuf *err)
{
	int fd = disk_folder_open(root, path);
	int result = fd < 0 ? -1 : disk_sync_folder(fd);
	if (result < 0)
		fail_errno(err, "cannot write '%s' to disk", path);
	if (fd >= 0)
		close(fd);
	return result;
}

static int
make_folders(int root, mode_t mode, struct strbuf *err)
{
	int result = 0;

	for (size_t i = 0; i < FOLDER_COUNT && result == 0; i++)
		result = make_folder(root, &folders[i], mode, err);
	for (size_t i = 0; i < FOLDER_COUNT && result == 0; i++)
		result = sync_folder(root, folders[i].path, err);
	return result < 0 ? -1 : sync_folder(root, ".", err);
}

/* The last file: with it the folder is a workspace, without it nothing. */
static int
make_format(int root, mode_t mode, bool *existed, struct strbuf *err)
{
	int state = disk_folder_open(root, "state"), result;

	if (state < 0)
		return fail_errno(err, "cannot open 'state'");
	result = store_files_make_format(state, mode, existed, err);
	close(state);
	return result;
}

/* Opens the folder, made with the mode when it is missing. */
static int
open_root(const char *directory, mode_t mode, struct strbuf *err)
{
	bool made = mkdir(directory, mode & 0777) == 0;
	if (!made && errno != EEXIST)
		return fail_errno(err, "cannot make '%s'", directory);
	int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail_errno(err, "cannot open '%s'", directory);
	if (!made)
		return root;
	int parent = openat(root, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fchmod(root, mode);
	if (result == 0 && parent >= 0)
		result = disk_sync_folder(parent);
	if (result < 0) {
		fail_errno(err, "cannot make '%s'", directory);
		close(root);
		root = -1;
	}
	if (parent >= 0)
		close(parent);
	return root;
}

/* Whether what is there already is what was asked for. */
static int
check_existing(int root, const char *directory, bool shared, struct strbuf *err)
{
	struct stat status;
	int state = disk_folder_open(root, "state");
	int result = -1;

	if (state < 0 || fstat(state, &status) < 0) {
		fail_errno(err, "cannot open 'state'");
	} else if (store_files_check_format(state, err) == 0) {
		result = 0;
		if (shared && (status.st_mode & S_IWGRP) == 0)
			result = fail(err,
			    "'%s' is a workspace already and stays private: 'init' shares only new ones",
			    directory);
	}
	if (state >= 0)
		close(state);
	return result;
}

int
workspace_init(const char *directory, bool shared, bool *existed, struct strbuf *err)
{
	struct stat status;
	mode_t dir_mode = shared ? 02770 : 0700;
	int result = 0;

	int root = open_root(directory, dir_mode, err);
	if (root < 0)
		return -1;
	*existed = fstatat(root, "state/format", &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (*existed) {
		result = check_existing(root, directory, shared, err);
	} else {
		result = make_folders(root, dir_mode, err);
		if (result == 0)
			result = make_format(root, shared ? 0660 : 0600, existed, err);
	}
	close(root);
	return result;
}
