/* SPDX-License-Identifier: ISC */
/*
 * Whether files and folders that decide something can be relied on, as sshd's StrictModes asks it
 * of a user's files: who owns them, who else can write to them (or read them), and what they are.
 * What is checked is the open descriptor: what a path names may be another file a moment later.
 *
 * One struct trust stands for one workspace; its table of kinds (trust.c) is the rule.  A function
 * that finds something wrong returns -1 with errno TRUST_ERRNO, and trust_fail() then says what is
 * wrong with which file, and the command that mends it.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/strbuf.h"

struct stat;

#define TRUST_ERRNO  EKEYREJECTED
#define TRUST_ANYONE ((uid_t)-1)

enum trust_kind {
	TRUST_OWN_FOLDER,     /* the root, state/: the owner's */
	TRUST_OWN_FILE,	      /* config.yaml, format */
	TRUST_TEAM_FOLDER,    /* requests/, queue/, executor_logs/: may be a member's when shared */
	TRUST_TEAM_FILE,      /* events, lock, last-id, logs */
	TRUST_AUTHORS_FOLDER, /* pipelines/: may be an author's too */
	TRUST_AUTHORS_FILE,
	TRUST_SECRET,	   /* nobody else reads it: 0600; in a shared workspace also 0640 */
	TRUST_CERTIFICATE, /* everybody may read it */
	TRUST_KEY,	   /* of a certificate: nobody else reads it */
	TRUST_KIND_COUNT
};

struct trust {
	const char
	    *root;   /* the workspace's absolute path, borrowed; NULL: paths are shown as given */
	uid_t owner; /* of state/ */
	gid_t group; /* of state/ */
	bool shared; /* init --shared=group made it: the group writes to it */
	bool has_authors;
	gid_t authors; /* the group that writes pipelines, if it has_authors */
	/* What was asked of the system's databases last, which may take their time. */
	struct {
		bool known;
		gid_t gid;
		bool answer;
	} private_group;
	struct {
		bool known;
		uid_t uid;
		gid_t gid;
		bool answer;
	} member;
	/* Who vouches for what was checked last: its owner; TRUST_ANYONE if a group writes it. */
	uid_t checked_owner;
	struct strbuf fault; /* what trust_fail() says */
};

/* For the workspace with that path (borrowed; may be NULL) and that open state/; private. */
int trust_init(struct trust *, const char *root, int state_fd);
/*
 * Opens state/ below the folder of a workspace, and initialises for it.  Returns the descriptor, or
 * -1 with errno, which trust_fail() explains.
 */
int trust_open_state(struct trust *, const char *root, int root_fd);
/* The same rules once more, for another thread. */
void trust_copy(struct trust *out, const struct trust *);
void trust_release(struct trust *);
/* Whether what the owner cannot read must not be read: somebody else runs the program. */
bool trust_is_foreign(const struct trust *);

/*
 * Checks an open file or folder; shown is its path below the workspace, or an absolute one.
 * Returns 0, or -1 with errno.
 */
int trust_check(struct trust *, int fd, enum trust_kind, const char *shown);
/* The same for what fstat() said of it. */
int trust_check_status(struct trust *, const struct stat *, enum trust_kind, const char *shown);
/*
 * Opens a folder below an open one, or a file for reading, and checks it.  Follows no symbolic
 * link.  Returns the descriptor, or -1 with errno: ENOENT when there is none.
 */
int trust_open(struct trust *, int dir_fd, const char *name, enum trust_kind, const char *shown);
/*
 * After an open() of one's own has failed, with its errno: finds out whether another type of file
 * is there.  Returns -1 with errno, TRUST_ERRNO if it is that.
 */
int trust_explain_open(
    struct trust *, int dir_fd, const char *name, enum trust_kind, const char *shown);
/* Appends the file to out: as trust_open(), and EFBIG for more than max bytes, out unchanged. */
int trust_read(struct trust *, int dir_fd, const char *name, enum trust_kind, const char *shown,
    size_t max, struct strbuf *out);
/*
 * Opens a file or folder by a path that may lead through symbolic links: each folder on the way,
 * each link and the file must be trusted.  A relative path begins at dir_fd, which is trusted
 * already.  When somebody else than the owner runs the program, the owner must be able to read it,
 * too, and whoever else has made a link on the way.  Returns the descriptor, or -1 with errno.
 */
int trust_open_path(struct trust *, int dir_fd, const char *path, enum trust_kind);
/* Appends that file to out, as trust_read() does. */
int trust_read_path(
    struct trust *, int dir_fd, const char *path, enum trust_kind, size_t max, struct strbuf *out);

/*
 * As fail_errno(); when a check has just failed, what it found instead: "'<file>' can be written by
 * the group 'staff': chmod g-w /srv/requests/<file>".  Returns -1 with errno as it was.
 */
int trust_fail(const struct trust *, struct strbuf *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
