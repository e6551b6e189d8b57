/* SPDX-License-Identifier: ISC */
#include "workspace/caller.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "workspace/environment.h"
#include "workspace/find.h"
#include "workspace/identity.h"
#include "workspace/user-config.h"
#include "workspace/workspace-internal.h"

#define INSTEAD "give - instead, and the text on standard input"

void
caller_leave_behind(void)
{
	bool on_behalf = identity_is_on_behalf();

	process_start(on_behalf);
	if (on_behalf)
		environment_rebuild();
}

static int
fail_rights(const char *path, struct strbuf *err)
{
	struct strbuf user = STRBUF_INIT;

	user_add_name(&user, geteuid());
	fail(err, "cannot read '%s': through %s it would be read with the rights of '%s': " INSTEAD,
	    path, identity_way(), user.buf);
	strbuf_release(&user);
	return -1;
}

static int
fail_stranger(const struct workspace *workspace, bool member, const char *path, struct strbuf *err)
{
	struct strbuf owner = STRBUF_INIT;

	user_add_name(&owner, workspace->trust->owner);
	fail(err, "cannot read '%s': '%s' belongs to '%s': ", path, workspace->path, owner.buf);
	if (member)
		fail(err, "list it under safe_workspaces in %s, or ", workspace->user_config);
	fail(err, INSTEAD);
	strbuf_release(&owner);
	return -1;
}

int
caller_check_file(const struct workspace *workspace, const char *path, struct strbuf *err)
{
	const struct trust *trust = workspace == NULL ? NULL : workspace->trust;
	bool member;
	int listed;

	if (identity_is_on_behalf())
		return fail_rights(path, err);
	if (trust == NULL || !trust_is_foreign(trust))
		return 0;
	member = trust->shared && user_is_in_group(geteuid(), trust->group);
	listed = member ? user_config_lists(workspace->user_config, workspace->path, err) : 0;
	if (listed == 0)
		return fail_stranger(workspace, member, path, err);
	return listed > 0 ? 0 : -1;
}

/* Whether the folder is somebody else's workspace. */
static bool
is_foreign(const char *path)
{
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	bool foreign = root >= 0 && fstatat(root, "state", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		       status.st_uid != geteuid();

	if (root >= 0)
		close(root);
	return foreign;
}

bool
caller_may_start_programs(const char *directory)
{
	bool named, foreign;
	char *path;

	if (identity_is_on_behalf())
		return false;
	path = find_workspace(directory, &named, NULL);
	foreign = path != NULL && is_foreign(path);
	free(path);
	if (foreign)
		environment_rebuild();
	return !foreign;
}
