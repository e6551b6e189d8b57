/* SPDX-License-Identifier: ISC */
#include "base/trust.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/shell.h"
#include "base/user-group.h"

/* Who may read it. */
enum readers {
	READ_BY_ALL,
	READ_BY_OWNER, /* and by a shared workspace's group */
	READ_BY_ADMIN, /* and by a group that root has chosen for root's own file */
};

static const struct rule {
	mode_t type;
	bool team;    /* may belong to a member of a shared workspace's group */
	bool authors; /* may belong to one of the authors, and be written by their group */
	bool alone;   /* has one name only */
	enum readers readers;
} rules[TRUST_KIND_COUNT] = {
    [TRUST_OWN_FOLDER] = {.type = S_IFDIR},
    [TRUST_OWN_FILE] = {.type = S_IFREG},
    [TRUST_TEAM_FOLDER] = {.type = S_IFDIR, .team = true},
    [TRUST_TEAM_FILE] = {.type = S_IFREG, .team = true},
    [TRUST_AUTHORS_FOLDER] = {.type = S_IFDIR, .team = true, .authors = true},
    [TRUST_AUTHORS_FILE] = {.type = S_IFREG, .team = true, .authors = true},
    [TRUST_SECRET] = {.type = S_IFREG, .alone = true, .readers = READ_BY_OWNER},
    [TRUST_CERTIFICATE] = {.type = S_IFREG},
    [TRUST_KEY] = {.type = S_IFREG, .alone = true, .readers = READ_BY_ADMIN},
};

int
trust_init(struct trust *trust, const char *root, int state_fd)
{
	struct stat status;

	*trust = (struct trust){.root = root, .fault = STRBUF_INIT};
	if (fstat(state_fd, &status) != 0)
		return -1;
	trust->owner = status.st_uid;
	trust->group = status.st_gid;
	return 0;
}

int
trust_open_state(struct trust *trust, const char *root, int root_fd)
{
	int fd = disk_folder_open(root_fd, "state"), reason = errno;

	if (trust_init(trust, root, fd >= 0 ? fd : root_fd) != 0)
		return fd < 0 ? -1 : file_close_quietly(fd);
	errno = reason;
	return fd >= 0 ? fd
		       : trust_explain_open(trust, root_fd, "state", TRUST_OWN_FOLDER, "state");
}

void
trust_copy(struct trust *out, const struct trust *trust)
{
	*out = *trust;
	strbuf_init(&out->fault);
}

void
trust_release(struct trust *trust)
{
	strbuf_release(&trust->fault);
}

bool
trust_is_foreign(const struct trust *trust)
{
	return geteuid() != trust->owner;
}

/* ---- what is wrong, and the command that mends it */

static void
add_path(struct trust *trust, const char *shown)
{
	struct strbuf path = STRBUF_INIT;

	strbuf_addch(&trust->fault, ' ');
	if (trust->root != NULL && shown[0] != '/')
		strbuf_addf(&path, "%s/", trust->root);
	strbuf_addstr(&path, shown);
	shell_add_word(&trust->fault, path.buf);
	strbuf_release(&path);
}

/* Begins the fault with "'<file>' <what is wrong>". */
static void
begin_fault(struct trust *trust, const char *shown, const char *what)
{
	strbuf_reset(&trust->fault);
	strbuf_addf(&trust->fault, "'%s' %s", shown, what);
}

static int
end_fault(void)
{
	errno = TRUST_ERRNO;
	return -1;
}

static const char *
type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symbolic link";
	case S_IFIFO:
		return "FIFO";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

static int
fault_of_type(struct trust *trust, mode_t mode, mode_t wanted, const char *shown)
{
	struct strbuf away = STRBUF_INIT;

	begin_fault(trust, shown, "is a ");
	strbuf_addf(&trust->fault, "%s, not a %s: ", type_name(mode),
	    wanted == S_IFREG ? "regular file" : "directory");
	if (S_ISLNK(mode) && wanted == S_IFDIR) {
		/* somebody wants it on another disk; without it the workspace would be another */
		strbuf_addstr(&trust->fault,
		    "links are not followed here; put the directory itself, or mount --bind it, at");
		add_path(trust, shown);
		return end_fault();
	}
	strbuf_addstr(&trust->fault, "mv");
	add_path(trust, shown);
	strbuf_addf(&away, "%s.away", shown);
	add_path(trust, away.buf);
	strbuf_release(&away);
	return end_fault();
}

static int
fault_of_owner(struct trust *trust, uid_t uid, const char *shown)
{
	struct strbuf *fault = &trust->fault;

	begin_fault(trust, shown, "belongs to '");
	user_add_name(fault, uid);
	strbuf_addstr(fault, "', not to '");
	user_add_name(fault, trust->owner);
	strbuf_addstr(fault, trust->owner == 0 ? "'" : "' or root");
	strbuf_addstr(fault, ": look at it, then chown -h ");
	user_add_name(fault, trust->owner);
	add_path(trust, shown);
	return end_fault();
}

static int
fault_of_writers(struct trust *trust, const struct stat *status, bool by_group, const char *shown)
{
	struct strbuf *fault = &trust->fault;
	bool by_all = (status->st_mode & S_IWOTH) != 0;

	begin_fault(trust, shown, "can be written by ");
	if (by_all) {
		strbuf_addstr(fault, "everybody");
	} else {
		strbuf_addstr(fault, "the group '");
		group_add_name(fault, status->st_gid);
		strbuf_addch(fault, '\'');
	}
	strbuf_addf(fault, ": chmod %s", !by_all ? "g-w" : by_group ? "go-w" : "o-w");
	add_path(trust, shown);
	return end_fault();
}

static int
fault_of_readers(struct trust *trust, const char *shown)
{
	begin_fault(trust, shown, "can be read by others: chmod 600");
	add_path(trust, shown);
	return end_fault();
}

static int
fault_of_links(struct trust *trust, const char *shown)
{
	struct strbuf copy = STRBUF_INIT;

	strbuf_addf(&copy, "%s.new", shown);
	begin_fault(trust, shown, "has another name elsewhere (a hard link): cp -p");
	add_path(trust, shown);
	add_path(trust, copy.buf);
	strbuf_addstr(&trust->fault, " && mv");
	add_path(trust, copy.buf);
	add_path(trust, shown);
	strbuf_release(&copy);
	return end_fault();
}

/* ---- the rules */

static bool
is_private_group(struct trust *trust, gid_t gid)
{
	if (!trust->private_group.known || trust->private_group.gid != gid) {
		trust->private_group.known = true;
		trust->private_group.gid = gid;
		trust->private_group.answer =
		    group_is_private(gid, trust->owner) || group_is_private(gid, 0);
	}
	return trust->private_group.answer;
}

static bool
is_member(struct trust *trust, uid_t uid, gid_t gid)
{
	if (!trust->member.known || trust->member.uid != uid || trust->member.gid != gid) {
		trust->member.known = true;
		trust->member.uid = uid;
		trust->member.gid = gid;
		trust->member.answer = user_is_in_group(uid, gid);
	}
	return trust->member.answer;
}

static bool
owner_is_right(struct trust *trust, const struct rule *rule, uid_t uid)
{
	if (uid == trust->owner || uid == 0)
		return true;
	if (rule->team && trust->shared && is_member(trust, uid, trust->group))
		return true;
	return rule->authors && trust->has_authors && is_member(trust, uid, trust->authors);
}

static bool
group_may_write(struct trust *trust, const struct rule *rule, gid_t gid)
{
	if (trust->shared && gid == trust->group)
		return true;
	if (rule->authors && trust->has_authors && gid == trust->authors)
		return true;
	return is_private_group(trust, gid);
}

static bool
readers_are_right(const struct trust *trust, const struct rule *rule, const struct stat *status)
{
	mode_t others = status->st_mode & (S_IRWXG | S_IRWXO);

	if (rule->readers == READ_BY_ALL || others == 0)
		return true;
	if (others != S_IRGRP)
		return false;
	return (trust->shared && status->st_gid == trust->group) ||
	       (rule->readers == READ_BY_ADMIN && status->st_uid == 0);
}

int
trust_check_status(
    struct trust *trust, const struct stat *status, enum trust_kind kind, const char *shown)
{
	const struct rule *rule = &rules[kind];
	bool by_group;

	trust->checked_owner =
	    trust->shared && (status->st_mode & S_IWGRP) != 0 ? TRUST_ANYONE : status->st_uid;
	if ((status->st_mode & S_IFMT) != rule->type)
		return fault_of_type(trust, status->st_mode, rule->type, shown);
	if (!owner_is_right(trust, rule, status->st_uid))
		return fault_of_owner(trust, status->st_uid, shown);
	if (!readers_are_right(trust, rule, status))
		return fault_of_readers(trust, shown);
	by_group =
	    (status->st_mode & S_IWGRP) != 0 && !group_may_write(trust, rule, status->st_gid);
	if (by_group || (status->st_mode & S_IWOTH) != 0)
		return fault_of_writers(trust, status, by_group, shown);
	if (rule->alone && status->st_nlink != 1)
		return fault_of_links(trust, shown);
	return 0;
}

int
trust_check(struct trust *trust, int fd, enum trust_kind kind, const char *shown)
{
	struct stat status;

	return fstat(fd, &status) != 0 ? -1 : trust_check_status(trust, &status, kind, shown);
}

/* ---- opening */

static int
open_flags(enum trust_kind kind)
{
	/* O_NONBLOCK: a FIFO without a writer must not make this program wait */
	return O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	       (rules[kind].type == S_IFDIR ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY);
}

int
trust_explain_open(
    struct trust *trust, int dir_fd, const char *name, enum trust_kind kind, const char *shown)
{
	int reason = errno;
	struct stat status;

	if ((reason == ELOOP || reason == ENOTDIR || reason == ENXIO || reason == EISDIR ||
		reason == EACCES) &&
	    fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (status.st_mode & S_IFMT) != rules[kind].type)
		return fault_of_type(trust, status.st_mode, rules[kind].type, shown);
	errno = reason;
	return -1;
}

static int
open_unchecked(
    struct trust *trust, int dir_fd, const char *name, enum trust_kind kind, const char *shown)
{
	int fd;

	do
		fd = openat(dir_fd, name, open_flags(kind));
	while (fd == -1 && errno == EINTR);
	return fd != -1 ? fd : trust_explain_open(trust, dir_fd, name, kind, shown);
}

int
trust_open(
    struct trust *trust, int dir_fd, const char *name, enum trust_kind kind, const char *shown)
{
	int fd = open_unchecked(trust, dir_fd, name, kind, shown);

	if (fd == -1 || trust_check(trust, fd, kind, shown) == 0)
		return fd;
	return file_close_quietly(fd);
}

int
trust_read(struct trust *trust, int dir_fd, const char *name, enum trust_kind kind,
    const char *shown, size_t max, struct strbuf *out)
{
	int fd = open_unchecked(trust, dir_fd, name, kind, shown), result;
	struct stat status;

	if (fd == -1)
		return -1;
	/* one look serves both: events are read by the thousand */
	result = fstat(fd, &status);
	if (result == 0)
		result = trust_check_status(trust, &status, kind, shown);
	if (result == 0)
		result = file_read_status(fd, &status, max, out);
	file_close_quietly(fd);
	return result;
}

int
trust_read_path(struct trust *trust, int dir_fd, const char *path, enum trust_kind kind, size_t max,
    struct strbuf *out)
{
	int fd = trust_open_path(trust, dir_fd, path, kind), result;
	struct stat status;

	if (fd == -1)
		return -1;
	result = fstat(fd, &status);
	if (result == 0)
		result = file_read_status(fd, &status, max, out);
	file_close_quietly(fd);
	return result;
}

int
trust_fail(const struct trust *trust, struct strbuf *err, const char *fmt, ...)
{
	int reason = errno;
	va_list args;

	if (err == NULL)
		return -1;
	if (reason == TRUST_ERRNO) {
		strbuf_add(err, trust->fault.buf, trust->fault.len);
		errno = reason;
		return -1;
	}
	va_start(args, fmt);
	strbuf_vaddf(err, fmt, args);
	va_end(args);
	strbuf_addf(err, ": %s", strerror(reason));
	errno = reason;
	return -1;
}
