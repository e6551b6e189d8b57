/* SPDX-License-Identifier: ISC */
#include "workspace/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "model/request/permission.h"
#include "workspace/workspace-internal.h"

bool
identity_is_in_group(const char *user, const char *group)
{
	const struct passwd *passwd = getpwnam(user);
	const struct group *entry;
	gid_t *groups, primary, wanted;
	int count = 64;
	bool found = false;

	if (passwd == NULL)
		return false;
	primary = passwd->pw_gid;
	entry = getgrnam(group);
	if (entry == NULL)
		return false;
	wanted = entry->gr_gid;
	groups = xcalloc((size_t)count, sizeof(*groups));
	if (getgrouplist(user, primary, groups, &count) < 0) {
		/* there are more: count now tells how many */
		groups = xreallocarray(groups, (size_t)count, sizeof(*groups));
		if (getgrouplist(user, primary, groups, &count) < 0)
			count = 0;
	}
	for (int i = 0; i < count; i++)
		found = found || groups[i] == wanted;
	free(groups);
	return found;
}

bool
identity_through_sudo(void)
{
	return getenv("SUDO_UID") != NULL;
}

int
identity_find(
    const struct workspace *workspace, struct arena *arena, struct actor *out, struct strbuf *err)
{
	const char *sudo_user = getenv("SUDO_USER");
	const struct passwd *passwd;
	uid_t uid = getuid();

	errno = 0;
	if (uid == workspace->trust->owner && sudo_user != NULL && *sudo_user != '\0') {
		passwd = getpwnam(sudo_user);
		if (passwd == NULL)
			return fail(
			    err, "SUDO_USER names a user that does not exist: '%s'", sudo_user);
	} else {
		passwd = getpwuid(uid);
		if (passwd == NULL)
			return fail(err, "the user %u has no name on this system", (unsigned)uid);
	}
	*out = (struct actor){
	    .name = arena_strdup(arena, passwd->pw_name),
	    .owner = passwd->pw_uid == workspace->trust->owner || passwd->pw_uid == 0,
	};
	return 0;
}

const char *
identity_doubt(
    const struct workspace *workspace, struct arena *arena, const char *author, uid_t writer)
{
	const struct passwd *user;
	struct strbuf name = STRBUF_INIT;
	const char *doubt;

	if (writer == 0 || workspace->trust == NULL || writer == workspace->trust->owner)
		return NULL;
	user = getpwnam(author);
	if (user != NULL && user->pw_uid == writer)
		return NULL;
	user_add_name(&name, writer);
	doubt = strcmp(name.buf, author) == 0 ? NULL : arena_strdup(arena, name.buf);
	strbuf_release(&name);
	return doubt;
}
