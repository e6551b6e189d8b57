/* SPDX-License-Identifier: ISC */
/* Opening a file by a path that may lead through symbolic links. */
#include "base/trust.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/user-group.h"

#define LINKS_MAX 40 /* as path_resolution(7) */

/* A walk along a path, component by component. */
struct walk {
	struct trust *trust;
	enum trust_kind kind;
	int fd;		    /* the folder that was reached */
	bool is_sticky;	    /* others can make files in it, but not replace those that are there */
	struct strbuf rest; /* what is ahead */
	struct strbuf seen; /* where it stands, for messages */
	int links;
	bool has_maker; /* an author or a member made a link on the way */
	uid_t maker;
};

/* Whether a user's own rights include these bits (of "others"), as path_resolution(7) has it. */
static bool
user_can(uid_t user, const struct stat *status, mode_t bits)
{
	if (user == 0)
		return true;
	if (status->st_uid == user)
		bits <<= 6;
	else if (user_is_in_group(user, status->st_gid))
		bits <<= 3;
	return (status->st_mode & bits) == bits;
}

/* Nobody gets at more by this program than by themselves: the owner, and who has made a link. */
static int
check_reach(const struct walk *walk, const struct stat *status, mode_t bits)
{
	const struct trust *trust = walk->trust;

	if ((!trust_is_foreign(trust) || user_can(trust->owner, status, bits)) &&
	    (!walk->has_maker || user_can(walk->maker, status, bits)))
		return 0;
	errno = EACCES;
	return -1;
}

static bool
is_for_authors(const struct walk *walk)
{
	return walk->kind == TRUST_AUTHORS_FILE || walk->kind == TRUST_AUTHORS_FOLDER;
}

/* A folder on the way.  In one with the sticky bit, what belongs to the owner or root stays. */
static int
check_folder(struct walk *walk, int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -1;
	walk->is_sticky = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0 &&
			  (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	if (walk->is_sticky)
		status.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
	if (trust_check_status(walk->trust, &status,
		is_for_authors(walk) ? TRUST_AUTHORS_FOLDER : TRUST_OWN_FOLDER,
		walk->seen.buf) != 0)
		return -1;
	return check_reach(walk, &status, S_IXOTH);
}

/* Goes on in that folder, which is the walk's from now on. */
static int
enter(struct walk *walk, int fd)
{
	if (fd == -1)
		return -1;
	file_close_quietly(walk->fd);
	walk->fd = fd;
	return check_folder(walk, fd);
}

static int
enter_root(struct walk *walk)
{
	strbuf_reset(&walk->seen);
	strbuf_addch(&walk->seen, '/');
	return enter(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static void
see(struct walk *walk, const char *name)
{
	if (walk->seen.len > 0 && walk->seen.buf[walk->seen.len - 1] != '/')
		strbuf_addch(&walk->seen, '/');
	strbuf_addstr(&walk->seen, name);
}

/* Takes the next component off what is ahead; false: there is none. */
static bool
next_component(struct walk *walk, char name[NAME_MAX + 1])
{
	const char *at = walk->rest.buf + strspn(walk->rest.buf, "/");
	size_t len = strcspn(at, "/");
	struct strbuf rest = STRBUF_INIT;

	if (len == 0 || len > NAME_MAX) {
		errno = len == 0 ? EINVAL : ENAMETOOLONG;
		return false;
	}
	memcpy(name, at, len);
	name[len] = '\0';
	strbuf_addstr(&rest, at + len);
	strbuf_release(&walk->rest);
	walk->rest = rest;
	return true;
}

/* Puts what an open link names before what is ahead. */
static int
follow(struct walk *walk, int link)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);
	struct strbuf rest = STRBUF_INIT;

	if (len < 0)
		return -1;
	if (++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	target[len] = '\0';
	strbuf_addf(&rest, "%s/%s", target, walk->rest.buf);
	strbuf_release(&walk->rest);
	walk->rest = rest;
	return target[0] == '/' ? enter_root(walk) : 0;
}

static bool
is_last(const struct walk *walk)
{
	return walk->rest.buf[strspn(walk->rest.buf, "/")] == '\0';
}

/* What others made in a folder with the sticky bit leads nowhere. */
static int
check_link(struct walk *walk, struct stat *status)
{
	if (status->st_uid != walk->trust->owner && status->st_uid != 0) {
		walk->has_maker = true;
		walk->maker = status->st_uid;
	}
	if (!walk->is_sticky)
		return 0;
	status->st_mode = S_IFREG | S_IRUSR;
	status->st_nlink = 1;
	return trust_check_status(walk->trust, status, TRUST_OWN_FILE, walk->seen.buf);
}

/* Opens the file that the walk has come to. */
static int
open_file(struct walk *walk, const char *name)
{
	struct stat status;
	int fd = trust_open(walk->trust, walk->fd, name, walk->kind, walk->seen.buf);

	if (fd == -1)
		return -1;
	if (fstat(fd, &status) != 0 || check_reach(walk, &status, S_IROTH) != 0)
		return file_close_quietly(fd);
	return fd;
}

/* Goes where the link leads that the walk has come to, and that may be another one by now. */
static int
go_through(struct walk *walk, const char *name, size_t seen)
{
	int link = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), result;
	struct stat status;

	if (link == -1)
		return -1;
	result = fstat(link, &status);
	if (result == 0)
		result = check_link(walk, &status);
	strbuf_truncate(&walk->seen, seen);
	if (result == 0)
		result = follow(walk, link);
	file_close_quietly(link);
	return result;
}

/* Goes one component further.  Returns 0, with *fd the file's when that is reached, or -1. */
static int
go_on(struct walk *walk, const char *name, int *fd)
{
	size_t seen = walk->seen.len;
	struct stat status;

	if (strcmp(name, ".") == 0)
		return 0;
	see(walk, name);
	if (fstatat(walk->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (S_ISLNK(status.st_mode))
		return go_through(walk, name, seen);
	if (!S_ISDIR(status.st_mode) && is_last(walk)) {
		*fd = open_file(walk, name);
		return *fd == -1 ? -1 : 0;
	}
	return enter(walk, openat(walk->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* There is nothing ahead: what was reached is a folder. */
static int
end_at_folder(struct walk *walk, int *fd)
{
	if (trust_check(walk->trust, walk->fd, walk->kind, walk->seen.buf) != 0)
		return -1;
	*fd = openat(walk->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd == -1 ? -1 : 0;
}

int
trust_open_path(struct trust *trust, int dir_fd, const char *path, enum trust_kind kind)
{
	struct walk walk = {.trust = trust, .kind = kind, .rest = STRBUF_INIT, .seen = STRBUF_INIT};
	char name[NAME_MAX + 1];
	int fd = -1, result;

	walk.fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	result = walk.fd == -1 ? -1 : 0;
	strbuf_addstr(&walk.rest, path);
	if (result == 0 && path[0] == '/')
		result = enter_root(&walk);
	while (result == 0 && fd == -1) {
		if (is_last(&walk))
			result = end_at_folder(&walk, &fd);
		else if (!next_component(&walk, name))
			result = -1;
		else
			result = go_on(&walk, name, &fd);
	}
	file_close_quietly(walk.fd);
	strbuf_release(&walk.rest);
	strbuf_release(&walk.seen);
	return fd;
}
