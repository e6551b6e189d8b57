/* SPDX-License-Identifier: ISC */
/*
 * What of the caller's may enter a workspace, and a process that runs with the rights of another:
 * no environment, no file and no program, unless workspace and rights are the caller's own.
 */
#ifndef WORKSPACE_CALLER_H
#define WORKSPACE_CALLER_H

#include <stdbool.h>

struct strbuf;
struct workspace;

/* Called first by main(): process_start(), and on behalf of others environment_rebuild(). */
void caller_leave_behind(void);
/*
 * Whether a file that the caller names may be read.  workspace is the one that it is for (NULL:
 * none).  A member of a shared workspace's group may when the workspace is listed in the member's
 * own configuration.  Returns 0, or -1 with err, which says that standard input can be used.
 */
int caller_check_file(const struct workspace *, const char *path, struct strbuf *err);
/*
 * Whether programs of the caller's ($PATH, $SVCREQ_EXEC_PATH) may be started for the workspace that
 * is found from directory, as find_workspace() does.  Where there is none they may.  If not, the
 * environment is made anew.
 */
bool caller_may_start_programs(const char *directory);

#endif
