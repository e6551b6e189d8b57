/* SPDX-License-Identifier: ISC */
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/shell.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "store/files/files.h"
#include "store/store.h"
#include "workspace/identity.h"
#include "workspace/program-name.h"
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

/* Opens what the path names, checks it, and opens its store.  Returns 0, or -1 with err. */
static int
open_folders(struct workspace *workspace, struct strbuf *err)
{
	struct trust *trust = workspace->trust;

	workspace->root_fd = open(workspace->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (workspace->root_fd >= 0)
		workspace->state_fd = disk_folder_open(workspace->root_fd, "state");
	if (workspace->state_fd < 0 || trust_init(trust, workspace->path, workspace->state_fd) != 0)
		return fail_errno(err, "cannot open '%s/state'", workspace->path);
	if (store_files_read_format(workspace->state_fd, trust, err) != 0)
		return -1;
	if (trust_check(trust, workspace->state_fd, TRUST_OWN_FOLDER, "state") != 0 ||
	    trust_check(trust, workspace->root_fd, TRUST_OWN_FOLDER, workspace->path) != 0)
		return trust_fail(trust, err, "cannot use '%s'", workspace->path);
	workspace->store =
	    store_open_files(workspace->root_fd, workspace->state_fd, trust, workspace->types);
	return 0;
}

/* Takes over the path. */
static struct workspace *
workspace_new(char *path, const struct step_type *const *types)
{
	struct workspace *workspace = xcalloc(1, sizeof(*workspace));

	*workspace = (struct workspace){
	    .path = path,
	    .root_fd = -1,
	    .state_fd = -1,
	    .types = types,
	    .trust = xcalloc(1, sizeof(*workspace->trust)),
	    .config = xcalloc(1, sizeof(*workspace->config)),
	};
	return workspace;
}

struct workspace *
workspace_open(const char *directory, const struct step_type *const *types, struct strbuf *err)
{
	char *path = find(directory, err);
	struct workspace *workspace;

	if (path == NULL)
		return NULL;
	workspace = workspace_new(path, types);
	if (open_folders(workspace, err) != 0) {
		workspace_close(workspace);
		return NULL;
	}
	return workspace;
}

struct workspace *
workspace_of_store(struct store *store)
{
	struct workspace *workspace = workspace_new(NULL, NULL);

	workspace->store = store;
	return workspace;
}

void
workspace_close(struct workspace *workspace)
{
	if (workspace == NULL)
		return;
	store_close(workspace->store);
	if (workspace->state_fd >= 0)
		close(workspace->state_fd);
	if (workspace->root_fd >= 0)
		close(workspace->root_fd);
	trust_release(workspace->trust);
	free(workspace->trust);
	arena_release(&workspace->config->arena);
	free(workspace->config);
	free(workspace->path);
	free(workspace);
}

struct store *
workspace_store(const struct workspace *workspace)
{
	return workspace->store;
}

const char *
workspace_path(const struct workspace *workspace)
{
	return workspace->path;
}

const char *
workspace_owner(const struct workspace *workspace, struct arena *arena)
{
	struct strbuf name = STRBUF_INIT;
	const char *kept;

	user_add_name(&name, workspace->trust->owner);
	kept = arena_strdup(arena, name.buf);
	strbuf_release(&name);
	return kept;
}

int
workspace_enter(const struct workspace *workspace, struct strbuf *err)
{
	return fchdir(workspace->root_fd) == 0
		   ? 0
		   : fail_errno(err, "cannot enter '%s'", workspace->path);
}
