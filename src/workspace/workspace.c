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
#include "base/file.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "store/files/files.h"
#include "store/store.h"
#include "workspace/environment.h"
#include "workspace/find.h"
#include "workspace/user-config.h"
#include "workspace/workspace-internal.h"

/* Opens what the path names, checks it, and opens its store.  Returns 0, or -1 with err. */
static int
open_folders(struct workspace *workspace, struct strbuf *err)
{
	struct trust *trust = workspace->trust;

	workspace->root_fd = open(workspace->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (workspace->root_fd < 0)
		return fail_errno(err, "cannot open '%s'", workspace->path);
	workspace->state_fd = trust_open_state(trust, workspace->path, workspace->root_fd);
	if (workspace->state_fd < 0)
		return trust_fail(trust, err, "cannot open '%s/state'", workspace->path);
	if (find_check_owner(workspace, err) != 0)
		return -1;
	if (trust_is_foreign(trust))
		environment_rebuild();
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
	    .root_fd = -1,
	    .state_fd = -1,
	    .types = types,
	    .trust = xcalloc(1, sizeof(*workspace->trust)),
	    .config = xcalloc(1, sizeof(*workspace->config)),
	};
	workspace->path = path;
	return workspace;
}

struct workspace *
workspace_open(const char *directory, const struct step_type *const *types, struct strbuf *err)
{
	bool named;
	char *path = find_workspace(directory, &named, err);
	struct workspace *workspace;

	if (path == NULL)
		return NULL;
	workspace = workspace_new(path, types);
	workspace->named = named;
	workspace->user_config = user_config_path();
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
	workspace->config->is_read = true; /* there is none */
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
	free(workspace->user_config);
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

uid_t
workspace_owner_uid(const struct workspace *workspace)
{
	return workspace->trust->owner;
}

bool
workspace_is_foreign(const struct workspace *workspace)
{
	return workspace->trust != NULL && trust_is_foreign(workspace->trust);
}
