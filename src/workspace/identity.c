/* SPDX-License-Identifier: ISC */
#include "workspace/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/user-group.h"
#include "model/request/permission.h"
#include "workspace/workspace-internal.h"

/* "#" and a number is who has it. */
static bool
is_number(const char *name, uint64_t *out)
{
	return name[0] == '#' && number_parse(name + 1, UINT32_MAX - 1, out);
}

static const struct passwd *
find_user(const char *name)
{
	uint64_t number;

	return is_number(name, &number) ? getpwuid((uid_t)number) : getpwnam(name);
}

static const struct group *
find_group(const char *name)
{
	uint64_t number;

	return is_number(name, &number) ? getgrgid((gid_t)number) : getgrnam(name);
}

/* What getpwnam(3) says of names that are not there; all else is an error. */
static bool
is_absence(int reason)
{
	return reason == 0 || reason == ENOENT || reason == ESRCH || reason == EBADF ||
	       reason == EPERM;
}

bool
identity_exists(const char *name)
{
	const void *found;
	uint64_t number;

	if (is_number(*name == '@' ? name + 1 : name, &number))
		return true;
	errno = 0;
	found = *name == '@' ? (const void *)getgrnam(name + 1) : (const void *)getpwnam(name);
	return found != NULL || !is_absence(errno);
}

/* What was not found is not there, or could not be looked for: 0, or -1 with err. */
static int
not_found(const char *what, const char *name, struct strbuf *err)
{
	return is_absence(errno) ? 0 : fail_errno(err, "cannot look up the %s '%s'", what, name);
}

int
identity_is_in_group(const char *user, const char *group, struct strbuf *err)
{
	const struct passwd *passwd;
	const struct group *entry;
	gid_t *groups, primary, wanted;
	int count = 64;
	bool found = false;

	errno = 0;
	passwd = find_user(user);
	if (passwd == NULL)
		return not_found("user", user, err);
	primary = passwd->pw_gid;
	errno = 0;
	entry = find_group(group);
	if (entry == NULL)
		return not_found("group", group, err);
	wanted = entry->gr_gid;
	groups = xcalloc((size_t)count, sizeof(*groups));
	user = passwd->pw_name;
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
identity_is_another(const char *user, uid_t uid)
{
	const struct passwd *passwd = getpwnam(user);

	return passwd != NULL && passwd->pw_uid != uid;
}

/* The programs by which a person comes to the rights of another, and what each says of them. */
static const struct way {
	const char *program;
	const char *user; /* the variable with the name; NULL: it gives none */
	const char *uid;  /* the variable with the number; NULL: the user database has it */
} ways[] = {
    {"sudo", "SUDO_USER", "SUDO_UID"}, /* and run0 */
    {"doas", "DOAS_USER", NULL},
    {"pkexec", NULL, "PKEXEC_UID"},
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

/* NULL: it is not set, or empty. */
static const char *
variable(const char *name)
{
	const char *text = name == NULL ? NULL : getenv(name);

	return text == NULL || *text == '\0' ? NULL : text;
}

/* Returns a way whose variables are there, and counts all such in *count. */
static const struct way *
find_way(size_t *count)
{
	const struct way *found = NULL;

	*count = 0;
	for (size_t i = 0; i < WAY_COUNT; i++) {
		if (variable(ways[i].user) == NULL && variable(ways[i].uid) == NULL)
			continue;
		found = &ways[i];
		++*count;
	}
	return found;
}

const char *
identity_way(void)
{
	size_t count;
	const struct way *way = find_way(&count);

	if (way != NULL)
		return way->program;
	return getuid() != geteuid() || getgid() != getegid() ? "a set-user-ID program" : NULL;
}

bool
identity_is_on_behalf(void)
{
	return identity_way() != NULL;
}

const char *
identity_variable(size_t index)
{
	for (size_t i = 0; i < WAY_COUNT; i++) {
		const char *const names[] = {ways[i].user, ways[i].uid};

		for (size_t j = 0; j < 2; j++) {
			if (names[j] != NULL && index-- == 0)
				return names[j];
		}
	}
	return NULL;
}

/* Whether a text is the number of that user, as programs write it. */
static bool
is_uid(const char *text, uid_t uid)
{
	uint64_t number;

	return number_parse(text, UINT32_MAX, &number) && number == uid;
}

/* The user whom that way names.  Returns NULL with err when it is not certain who that is. */
static const struct passwd *
find_named(const struct way *way, struct strbuf *err)
{
	const char *user = variable(way->user), *uid = variable(way->uid);
	const struct passwd *passwd;

	if (way->user == NULL) {
		fail(err, "%s does not say for certain who you are: use sudo, run0 or doas",
		    way->program);
		return NULL;
	}
	if (user == NULL || (way->uid != NULL && uid == NULL)) {
		fail(err, "%s is set and %s is not: it is not certain who you are",
		    user == NULL ? way->uid : way->user, user == NULL ? way->user : way->uid);
		return NULL;
	}
	errno = 0;
	passwd = getpwnam(user);
	if (passwd == NULL && !is_absence(errno)) {
		fail_errno(err, "cannot look up the user '%s'", user);
		return NULL;
	}
	if (passwd == NULL) {
		fail(err, "%s names a user that does not exist: '%s'", way->user, user);
		return NULL;
	}
	if (uid != NULL && !is_uid(uid, passwd->pw_uid)) {
		fail(err, "%s and %s do not agree: '%s' is %u, not %s", way->user, way->uid, user,
		    (unsigned)passwd->pw_uid, uid);
		return NULL;
	}
	return passwd;
}

/* Any other user could have set the variables to become somebody else. */
static bool
is_believed(const struct workspace *workspace, const struct passwd *named)
{
	uid_t uid = getuid();

	return uid == workspace->trust->owner || uid == 0 || uid == named->pw_uid;
}

/*
 * A user without a name, as containers have them, goes by the number: "#54321".  Who could not be
 * looked up is not one of these: it would be another person for the moment.
 */
static const struct passwd *
find_number(struct arena *arena, uid_t uid, struct strbuf *err)
{
	const struct passwd *passwd;
	struct passwd *nameless;

	errno = 0;
	passwd = getpwuid(uid);
	if (passwd != NULL)
		return passwd;
	if (!is_absence(errno)) {
		fail_errno(err, "cannot look up the user with the number %u", (unsigned)uid);
		return NULL;
	}
	nameless = arena_calloc(arena, 1, sizeof(*nameless));
	nameless->pw_name = arena_printf(arena, "#%u", (unsigned)uid);
	nameless->pw_uid = uid;
	return nameless;
}

/* The user at the keyboard, in the arena or the memory of getpwnam(); NULL with err. */
static const struct passwd *
find_person(const struct workspace *workspace, struct arena *arena, struct strbuf *err)
{
	size_t count;
	const struct way *way = find_way(&count);
	const struct passwd *passwd;

	if (count > 1) {
		fail(err, "the environment has the variables of several of sudo, doas and pkexec: "
			  "it is not certain who you are");
		return NULL;
	}
	if (way == NULL)
		return find_number(arena, getuid(), err);
	passwd = find_named(way, err);
	if (passwd == NULL || is_believed(workspace, passwd))
		return passwd;
	fail(err,
	    "%s says that you are '%s', which only root and the owner of the workspace may say: it "
	    "is not certain who you are",
	    way->user, passwd->pw_name);
	return NULL;
}

/* What a user is in a workspace with that configuration. */
static struct actor
actor_of(const struct workspace *workspace, const struct config *config, struct arena *arena,
    const struct passwd *passwd)
{
	bool owner = passwd->pw_uid == workspace->trust->owner;

	return (struct actor){
	    .name = arena_strdup(arena, passwd->pw_name),
	    .uid = {true, passwd->pw_uid},
	    .owner = owner || passwd->pw_uid == 0,
	    .service = owner && config->service,
	};
}

int
identity_find(
    const struct workspace *workspace, struct arena *arena, struct actor *out, struct strbuf *err)
{
	const struct config *config = workspace_config(workspace, err);
	const struct passwd *passwd = config == NULL ? NULL : find_person(workspace, arena, err);

	if (passwd == NULL)
		return -1;
	*out = actor_of(workspace, config, arena, passwd);
	return 0;
}

bool
identity_named(
    const struct workspace *workspace, struct arena *arena, const char *name, struct actor *out)
{
	const struct config *config = workspace_config(workspace, NULL);
	const struct passwd *passwd;
	uint64_t number;

	if (is_number(name, &number))
		passwd = find_number(arena, (uid_t)number, NULL);
	else
		passwd = getpwnam(name);
	if (config == NULL || passwd == NULL)
		return false;
	*out = actor_of(workspace, config, arena, passwd);
	return true;
}

/* Appends whose file it is: "@group" when any of them can have written it. */
static void
add_writer(struct strbuf *out, const struct workspace *workspace, uid_t writer)
{
	if (writer != TRUST_ANYONE) {
		user_add_name(out, writer);
		return;
	}
	strbuf_addch(out, '@');
	group_add_name(out, workspace->trust->group);
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
	add_writer(&name, workspace, writer);
	doubt = strcmp(name.buf, author) == 0 ? NULL : arena_strdup(arena, name.buf);
	strbuf_release(&name);
	return doubt;
}
