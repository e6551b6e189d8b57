/* SPDX-License-Identifier: ISC */
/* Making a workspace. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/trust.h"
#include "store/files/files.h"
#include "store/files/publish.h"
#include "workspace/config.h"
#include "workspace/workspace.h"

#define CONFIG_NAME  "config.yaml"
#define CONFIG_TEXT  "owner: service\n"
#define CONFIG_BYTES ((size_t)64 * 1024)

struct folder {
	const char *name;
	bool ours; /* nobody but this program writes to it: its mode is set even when it exists */
};

/* What is below state/ is the store's. */
static const struct folder folders[] = {
    {"pipelines", false},
    {"executor_logs", true},
    {"state", true},
};

#define FOLDER_COUNT (sizeof(folders) / sizeof(folders[0]))

static int
make_folder(int root, const struct folder *folder, mode_t mode, struct strbuf *err)
{
	bool made;
	int fd = disk_folder_make(root, folder->name, mode, &made);
	int result = fd < 0 ? -1 : 0;

	if (result == 0 && !made && folder->ours)
		result = fchmod(fd, mode);
	if (result == 0)
		result = disk_sync_folder(fd);
	if (fd >= 0)
		file_close_quietly(fd);
	return result == 0 ? 0 : fail_errno(err, "cannot make '%s'", folder->name);
}

static int
make_folders(int root, mode_t mode, struct strbuf *err)
{
	for (size_t i = 0; i < FOLDER_COUNT; i++) {
		if (make_folder(root, &folders[i], mode, err) != 0)
			return -1;
	}
	return disk_sync_folder(root) == 0 ? 0 : fail_errno(err, "cannot write '.' to disk");
}

/* One that is there is kept: it may be what a program that was killed has written. */
static int
check_config(int state, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	int result = file_read_own(state, CONFIG_NAME, CONFIG_BYTES, &text);

	if (result != 0)
		fail_errno(err, "cannot read 'state/" CONFIG_NAME "'");
	else if (strcmp(text.buf, CONFIG_TEXT) != 0)
		result = fail(err, "there is a 'state/" CONFIG_NAME
				   "': write 'owner: service' into it, and leave out "
				   "--service");
	strbuf_release(&text);
	return result;
}

/* The configuration of a workspace whose owner is a service account. */
static int
make_config(int state, bool shared, struct strbuf *err)
{
	mode_t mode = disk_file_mode(shared) & ~(mode_t)S_IWGRP;
	struct publication file;
	enum store_result result = STORE_ERROR;

	publication_init(&file, state, CONFIG_NAME, CONFIG_TEXT, strlen(CONFIG_TEXT), mode);
	if (publication_write(&file, err) == 0 && publication_sync(&file, err) == 0)
		result = publication_link(&file, err);
	publication_release(&file);
	if (result == STORE_RACE_LOST)
		return check_config(state, err);
	return result == STORE_OK ? 0 : -1;
}

static int
make_store(int root, unsigned options, bool *existed, struct strbuf *err)
{
	int state = disk_folder_open(root, "state"), result = 0;
	bool shared = (options & WORKSPACE_SHARED) != 0;

	if (state < 0)
		return fail_errno(err, "cannot open 'state'");
	if ((options & WORKSPACE_SERVICE) != 0)
		result = make_config(state, shared, err);
	if (result == 0)
		result = store_files_make(state, shared, existed, err);
	close(state);
	return result;
}

/* Returns the open folder, made with the mode when it is missing, or -1 with err. */
static int
open_root(const char *directory, mode_t mode, struct strbuf *err)
{
	bool made = mkdir(directory, mode & 0777) == 0;
	int root, parent, result;

	if (!made && errno != EEXIST)
		return fail_errno(err, "cannot make '%s'", directory);
	root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail_errno(err, "cannot open '%s'", directory);
	if (!made)
		return root;
	parent = openat(root, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = fchmod(root, mode);
	if (result == 0 && parent >= 0)
		result = disk_sync_folder(parent);
	if (result != 0) {
		fail_errno(err, "cannot make '%s'", directory);
		close(root);
		root = -1;
	}
	if (parent >= 0)
		close(parent);
	return root;
}

/* Checks that what exists is what was asked for. */
static int
check_existing(int root, const char *directory, bool shared, struct strbuf *err)
{
	struct trust trust = {0};
	int state = trust_open_state(&trust, NULL, root), result;

	if (state < 0)
		result = trust_fail(&trust, err, "cannot open 'state'");
	else if (store_files_read_format(state, &trust, err) != 0)
		result = -1;
	else if (shared && !trust.shared)
		result = fail(err,
		    "'%s' is a workspace already and stays private: 'init' shares only new ones",
		    directory);
	else
		result = 0;
	trust_release(&trust);
	if (state >= 0)
		close(state);
	return result;
}

static int
check_service(const char *directory, struct strbuf *err)
{
	struct workspace *workspace = workspace_open(directory, NULL, err);
	const struct config *config = workspace == NULL ? NULL : workspace_config(workspace, err);
	int result = config == NULL ? -1 : 0;

	if (result == 0 && !config->service)
		result = fail(err,
		    "'%s' is a workspace already, whose owner is a person: write 'owner: service' "
		    "into its state/" CONFIG_NAME,
		    directory);
	workspace_close(workspace);
	return result;
}

int
workspace_init(const char *directory, unsigned options, bool *existed, struct strbuf *err)
{
	bool shared = (options & WORKSPACE_SHARED) != 0;
	mode_t mode = disk_folder_mode(shared);
	int root = open_root(directory, mode, err), result;
	struct stat status;

	if (root < 0)
		return -1;
	*existed = fstatat(root, "state/format", &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (*existed)
		result = check_existing(root, directory, shared, err);
	else if (make_folders(root, mode, err) != 0)
		result = -1;
	else
		result = make_store(root, options, existed, err);
	close(root);
	if (result == 0 && *existed && (options & WORKSPACE_SERVICE) != 0)
		result = check_service(directory, err);
	return result;
}

const char *
workspace_medium(const char *directory)
{
	int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int state = root < 0 ? -1 : openat(root, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *medium = state < 0 ? NULL : store_files_medium(state);

	if (state >= 0)
		close(state);
	if (root >= 0)
		close(root);
	return medium;
}
