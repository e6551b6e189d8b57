/* SPDX-License-Identifier: ISC */
/* Which folder is the workspace, and whether somebody else's may be used. */
#ifndef WORKSPACE_FIND_H
#define WORKSPACE_FIND_H

#include <stdbool.h>

struct strbuf;
struct workspace;

/*
 * Finds it: directory (of -C) when it is not NULL, else $SVCREQ_ROOT, else the nearest of the
 * working directory and its parents that has state/format.  *named: it was not found by walking
 * up.  Returns the absolute path without links, from malloc(), or NULL with err.
 */
char *find_workspace(const char *directory, bool *named, struct strbuf *err);
/*
 * Whether an open one may be used, as git decides it (safe.directory): one that was found by
 * walking up belongs to the user, or is listed in the user's own configuration.  Otherwise one that
 * stands in the way would be used with the rights of whoever stands below it.  Returns 0, or -1
 * with err.
 */
int find_check_owner(const struct workspace *, struct strbuf *err);

#endif
