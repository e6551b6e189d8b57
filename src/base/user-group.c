/* SPDX-License-Identifier: ISC */
#include "base/user-group.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"

/* The system's databases answer in memory of their own, one at a time. */
static pthread_mutex_t databases = PTHREAD_MUTEX_INITIALIZER;

/* Lists the groups of a user, from malloc(); NULL: the user or the list is not known. */
static gid_t *
list_groups(uid_t uid, int *count)
{
	const struct passwd *user = getpwuid(uid);
	gid_t *groups;

	if (user == NULL)
		return NULL;
	*count = 64;
	groups = xcalloc((size_t)*count, sizeof(*groups));
	if (getgrouplist(user->pw_name, user->pw_gid, groups, count) >= 0)
		return groups;
	/* there are more: count is now how many */
	groups = xreallocarray(groups, (size_t)*count, sizeof(*groups));
	if (getgrouplist(user->pw_name, user->pw_gid, groups, count) >= 0)
		return groups;
	free(groups);
	return NULL;
}

bool
user_is_in_group(uid_t uid, gid_t gid)
{
	int count;
	gid_t *groups;
	bool found = false;

	pthread_mutex_lock(&databases);
	groups = list_groups(uid, &count);
	pthread_mutex_unlock(&databases);
	for (int i = 0; groups != NULL && i < count && !found; i++)
		found = groups[i] == gid;
	free(groups);
	return found;
}

/* The group of the user database; of the process, for a user whom that does not know. */
static bool
is_own_group(gid_t gid, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user != NULL ? user->pw_gid == gid : uid == geteuid() && getegid() == gid;
}

static bool
is_one_of(uid_t uid, uid_t user)
{
	return uid == user || uid == 0;
}

static bool
lists_another(gid_t gid, uid_t uid)
{
	const struct group *group = getgrgid(gid);

	for (size_t i = 0; group != NULL && group->gr_mem[i] != NULL; i++) {
		const struct passwd *member = getpwnam(group->gr_mem[i]);

		if (member != NULL && !is_one_of(member->pw_uid, uid))
			return true;
	}
	return false;
}

static bool
is_own_of_another(gid_t gid, uid_t uid)
{
	const struct passwd *user;
	bool found = false;

	setpwent();
	while (!found && (user = getpwent()) != NULL)
		found = user->pw_gid == gid && !is_one_of(user->pw_uid, uid);
	endpwent();
	return found;
}

bool
group_is_private(gid_t gid, uid_t uid)
{
	bool is_private;

	pthread_mutex_lock(&databases);
	is_private =
	    is_own_group(gid, uid) && !lists_another(gid, uid) && !is_own_of_another(gid, uid);
	pthread_mutex_unlock(&databases);
	return is_private;
}

void
user_add_name(struct strbuf *out, uid_t uid)
{
	const struct passwd *user;

	pthread_mutex_lock(&databases);
	user = getpwuid(uid);
	if (user != NULL)
		strbuf_addstr(out, user->pw_name);
	else
		strbuf_addf(out, "#%u", (unsigned)uid);
	pthread_mutex_unlock(&databases);
}

void
group_add_name(struct strbuf *out, gid_t gid)
{
	const struct group *group;

	pthread_mutex_lock(&databases);
	group = getgrgid(gid);
	if (group != NULL)
		strbuf_addstr(out, group->gr_name);
	else
		strbuf_addf(out, "#%u", (unsigned)gid);
	pthread_mutex_unlock(&databases);
}
