/* SPDX-License-Identifier: ISC */
/*
 * The workspace: the folder with pipelines/, state/ and executor_logs/.  Only the files of this
 * room hold descriptors of it and know its paths and modes.
 */
#ifndef WORKSPACE_WORKSPACE_H
#define WORKSPACE_WORKSPACE_H

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct step_type;
struct store;
struct strbuf;
struct workspace;

/*
 * Finds and opens the workspace: directory (of -C) when it is not NULL, else $SVCREQ_ROOT, else
 * the nearest of the working directory and its parents that has state/format.  types is the
 * program's catalogue, borrowed.  Somebody else's that was found by walking up is refused unless
 * the user's own configuration lists it; where it is used, the environment is made anew.  Returns
 * NULL with err when there is none, or when it cannot be opened or trusted.
 */
struct workspace *
workspace_open(const char *directory, const struct step_type *const *types, struct strbuf *err);
/*
 * Makes a workspace that has no folder, over a store, which is the workspace's from now on: for
 * tests.  It has requests and their logs, and nothing else.
 */
struct workspace *workspace_of_store(struct store *);
/* Closes its store too.  NULL is allowed. */
void workspace_close(struct workspace *);

/* The store of its requests, and its absolute path.  The workspace owns both. */
struct store *workspace_store(const struct workspace *);
const char *workspace_path(const struct workspace *);
/* Returns the name of who owns state/, or "#<uid>" when the system has none; in the arena. */
const char *workspace_owner(const struct workspace *, struct arena *);
uid_t workspace_owner_uid(const struct workspace *);
/* Whether somebody else than the owner of state/ runs the program, root too. */
bool workspace_is_foreign(const struct workspace *);

enum workspace_option {
	WORKSPACE_SHARED = 1 << 0,  /* the folder's group writes to it, too */
	WORKSPACE_SERVICE = 1 << 1, /* the owner is no person who decides */
};

/*
 * Makes a workspace in a folder, which is made too when it is missing; what exists stays as it
 * is.  options: a set of enum workspace_option.  Reports in *existed that the folder was a
 * workspace before; that is an error when it is not as the options want it, or when its format is
 * unknown.  Returns 0, or -1 with err.
 */
int workspace_init(const char *directory, unsigned options, bool *existed, struct strbuf *err);
/*
 * On what the requests of the workspace that was made in a folder lie, where others may hold a lock
 * unseen (store_medium()); NULL: on nothing such.
 */
const char *workspace_medium(const char *directory);

#endif
