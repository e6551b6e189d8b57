/* SPDX-License-Identifier: ISC */
#include "workspace/find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/shell.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "workspace/program-name.h"
#include "workspace/user-config.h"
#include "workspace/workspace-internal.h"

/* Returns 1 for a workspace, 0 for none, or -1 with errno. */
static int
is_workspace(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = fstatat(fd, "state/format", &status, AT_SYMLINK_NOFOLLOW);
	file_close_quietly(fd);
	if (result == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Appends "svcreq init <directory>". */
static void
add_init(struct strbuf *out, const char *directory)
{
	program_name_add(out, NULL);
	strbuf_addstr(out, " init");
	if (directory != NULL) {
		strbuf_addch(out, ' ');
		shell_add_word(out, directory);
	}
}

/* Returns the absolute path, from malloc(), or NULL with err. */
static char *
find_named(const char *directory, bool from_environment, struct strbuf *err)
{
	const char *where = from_environment ? "$SVCREQ_ROOT: " : "";
	char *path = realpath(directory, NULL);
	int found = path == NULL ? -1 : is_workspace(path);
	struct strbuf init = STRBUF_INIT;

	if (found > 0)
		return path;
	if (path == NULL)
		fail_errno(err, "%scannot open '%s'", where, directory);
	else if (found < 0)
		fail_errno(err, "%scannot look for 'state/format' in '%s'", where, directory);
	else {
		add_init(&init, directory);
		fail(err,
		    "%s'%s' is not a workspace (it has no state/format); make it one with '%s'",
		    where, directory, init.buf);
	}
	strbuf_release(&init);
	free(path);
	return NULL;
}

/* Skips parents that we may not look into; the working directory itself must be readable. */
static char *
find_above(struct strbuf *err)
{
	char *path = getcwd(NULL, 0), *slash;
	struct strbuf init = STRBUF_INIT;
	bool here = true;

	if (path == NULL) {
		fail_errno(err, "cannot tell the working directory");
		return NULL;
	}
	for (;; here = false) {
		int found = is_workspace(path);

		if (found > 0)
			return path;
		if (found < 0 && here) {
			fail_errno(err, "cannot look for 'state/format' in '%s'", path);
			free(path);
			return NULL;
		}
		if (strcmp(path, "/") == 0)
			break;
		slash = strrchr(path, '/');
		slash[slash == path ? 1 : 0] = '\0';
	}
	free(path);
	add_init(&init, NULL);
	fail(err, "not in a workspace (no state/format here or above); make one with '%s'",
	    init.buf);
	strbuf_release(&init);
	return NULL;
}

char *
find_workspace(const char *directory, bool *named, struct strbuf *err)
{
	const char *root = getenv("SVCREQ_ROOT");

	*named = true;
	if (directory != NULL)
		return find_named(directory, false, err);
	if (root != NULL && *root != '\0')
		return find_named(root, true, err);
	*named = false;
	return find_above(err);
}

static int
fail_owner(const struct workspace *workspace, struct strbuf *err)
{
	struct strbuf owner = STRBUF_INIT;

	user_add_name(&owner, workspace->trust->owner);
	fail(err,
	    "'%s' belongs to '%s', not to you: name it with -C, or list it under safe_workspaces "
	    "in %s",
	    workspace->path, owner.buf, workspace->user_config);
	strbuf_release(&owner);
	return -1;
}

int
find_check_owner(const struct workspace *workspace, struct strbuf *err)
{
	int listed;

	if (workspace->named || !trust_is_foreign(workspace->trust))
		return 0;
	listed = user_config_lists(workspace->user_config, workspace->path, err);
	if (listed == 0)
		return fail_owner(workspace, err);
	return listed > 0 ? 0 : -1;
}
