/* SPDX-License-Identifier: ISC */
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "base/disk.h"
#include "store/files/files.h"
#include "workspace/identity.h"
#include "store/store.h"

#define CONFIG_NAME	 "state/config.yaml"
#define CONFIG_MAX_BYTES ((size_t)64 * 1024)

/* 1: it is a workspace; 0: it is none; -1 with errno. */
static int
is_workspace(const char *path)
{
	struct stat status;

	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = fstatat(fd, "state/format", &status, AT_SYMLINK_NOFOLLOW);
	int reason = errno;
	close(fd);
	errno = reason;
	if (result == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

static char *
find_named(const char *directory, bool from_environment, struct strbuf *err)
{
	const char *where = from_environment ? "$SVCREQ_ROOT: " : "";
	char *path = realpath(directory, NULL);
	int found = path == NULL ? -1 : is_workspace(path);

	if (found > 0)
		return path;
	if (path == NULL)
		fail_errno(err, "%scannot open '%s'", where, directory);
	else if (found < 0)
		fail_errno(err, "%scannot look for 'state/format' in '%s'", where, directory);
	else
		fail(err,
		    "%s'%s' is not a workspace (it has no state/format); make it one with "
		    "'svcreq init %s'",
		    where, directory, directory);
	free(path);
	return NULL;
}

static char *
find_above(struct strbuf *err)
{
	char *path = getcwd(NULL, 0);
	if (path == NULL) {
		fail_errno(err, "cannot tell the working directory");
		return NULL;
	}
	for (bool here = true;; here = false) {
		int found = is_workspace(path);
		if (found > 0)
			return path;
		/* What cannot be looked into, on the way up, is somebody else's. */
		if (found < 0 && here) {
			fail_errno(err, "cannot look for 'state/format' in '%s'", path);
			free(path);
			return NULL;
		}
		if (strcmp(path, "/") == 0)
			break;
		char *slash = strrchr(path, '/');
		slash[slash == path ? 1 : 0] = '\0';
	}
	free(path);
	fail(
	    err, "not in a workspace (no state/format here or above); make one with 'svcreq init'");
	return NULL;
}

static char *
find(const char *directory, struct strbuf *err)
{
	const char *root = getenv("SVCREQ_ROOT");

	if (directory != NULL)
		return find_named(directory, false, err);
	if (root != NULL && *root != '\0')
		return find_named(root, true, err);
	return find_above(err);
}

static bool
is_closed_to_others(const struct stat *folder, uid_t user)
{
	return (folder->st_uid == user || folder->st_uid == 0) &&
	       (folder->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/*
 * Through sudo, one person names the folder and another's rights are used in it.  Pipelines
 * of the one must not meet the secrets of the other, so it must be the other's folder, in which
 * nobody else can put anything.
 */
static int
check_ownership(const struct workspace *workspace, const struct stat *state, struct strbuf *err)
{
	struct stat root;
	uid_t user = geteuid();

	if (!identity_through_sudo())
		return 0;
	if (fstat(workspace->root_fd, &root) < 0)
		return fail_errno(err, "cannot look at '%s'", workspace->path);
	if (is_closed_to_others(&root, user) && is_closed_to_others(state, user))
		return 0;
	return fail(err,
	    "through sudo, '%s' and its state must belong to the user that sudo runs svcreq as or "
	    "to root, and nobody else may write to them",
	    workspace->path);
}

int
workspace_open(struct workspace *workspace, const char *directory, struct strbuf *err)
{
	struct stat status;

	*workspace = (struct workspace){.root_fd = -1, .state_fd = -1};
	workspace->path = find(directory, err);
	if (workspace->path == NULL)
		return -1;
	workspace->root_fd = open(workspace->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (workspace->root_fd >= 0)
		workspace->state_fd = disk_folder_open(workspace->root_fd, "state");
	if (workspace->state_fd < 0 || fstat(workspace->state_fd, &status) < 0) {
		fail_errno(err, "cannot open '%s/state'", workspace->path);
		workspace_close(workspace);
		return -1;
	}
	if (check_ownership(workspace, &status, err) < 0) {
		workspace_close(workspace);
		return -1;
	}
	bool shared = status.st_mode & S_IWGRP;
	workspace->owner = status.st_uid;
	workspace->dir_mode = shared ? 02770 : 0700;
	workspace->file_mode = shared ? 0660 : 0600;
	workspace->store = store_open_files(workspace->root_fd, workspace->state_fd, NULL, err);
	if (workspace->store == NULL) {
		workspace_close(workspace);
		return -1;
	}
	return 0;
}

void
workspace_close(struct workspace *workspace)
{
	store_close(workspace->store);
	if (workspace->state_fd >= 0)
		close(workspace->state_fd);
	if (workspace->root_fd >= 0)
		close(workspace->root_fd);
	free(workspace->path);
	*workspace = (struct workspace){.root_fd = -1, .state_fd = -1};
}

int
workspace_logs_fd(const struct workspace *workspace, bool make)
{
	if (!make)
		return disk_folder_open(workspace->root_fd, "executor_logs");
	return disk_folder_make(
	    workspace->root_fd, "executor_logs", (mode_t)workspace->dir_mode, NULL);
}

static int
fail_in_config(struct strbuf *err, const struct value *where, const char *message)
{
	return fail(err, CONFIG_NAME ":%u:%u: %s", where->line, where->column, message);
}

static int
check_admins(const struct value *admins, struct strbuf *err)
{
	if (admins->type != VALUE_LIST)
		return fail_in_config(err, admins, "'admins' must be a list of users and @groups");
	for (size_t i = 0; i < admins->count; i++) {
		const char *name = value_text(admins->items[i]);
		if (name == NULL || *name == '\0')
			return fail_in_config(
			    err, admins->items[i], "an admin must be a user or an @group");
	}
	return 0;
}

static int
check_config(const struct value *config, const struct value **admins, struct strbuf *err)
{
	if (config->type == VALUE_NULL)
		return 0;
	if (config->type != VALUE_MAP)
		return fail_in_config(err, config, "it must be a map, as 'admins: [alice]'");
	for (size_t i = 0; i < config->count; i++) {
		const struct value *key = config->pairs[i].key;
		struct suggestion suggestion;

		if (strcmp(key->text, "admins") == 0) {
			*admins = config->pairs[i].value;
			continue;
		}
		suggest_init(&suggestion, key->text);
		suggest_offer(&suggestion, "admins");
		return fail(err, CONFIG_NAME ":%u:%u: unknown key '%s'%s", key->line, key->column,
		    key->text, suggest_text(&suggestion));
	}
	return *admins == NULL ? 0 : check_admins(*admins, err);
}

int
workspace_admins(const struct workspace *workspace, struct arena *arena, const struct value **out,
    struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct value *config = NULL;
	const struct value *admins = NULL;
	int result = 0;

	if (file_read(workspace->state_fd, "config.yaml", CONFIG_MAX_BYTES, &text) < 0) {
		if (errno != ENOENT)
			result = fail_errno(err, "cannot read '" CONFIG_NAME "'");
	} else if (yaml_read(arena, CONFIG_NAME, text.buf, text.len, &config, err) < 0 ||
		   check_config(config, &admins, err) < 0) {
		result = -1;
	}
	strbuf_release(&text);
	if (result == 0)
		*out = admins;
	return result;
}
