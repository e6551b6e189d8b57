/* SPDX-License-Identifier: ISC */
/* What a user has decided for themselves: config.yaml in $XDG_CONFIG_HOME/svcreq. */
#ifndef WORKSPACE_USER_CONFIG_H
#define WORKSPACE_USER_CONFIG_H

struct strbuf;

/*
 * Returns the path of the file, from malloc(), whether or not it is there.  It is below
 * $XDG_CONFIG_HOME, else below .config in $HOME; through sudo, doas or run0 that is the home of the
 * account that runs the program (environment_rebuild()).
 */
char *user_config_path(void);
/*
 * Whether the file lists the workspace (its path, absolute and without links) as safe: by its path,
 * by that of a folder above, or by "*".  Returns 1, 0 (also when there is no file), or -1 with err:
 * it has a fault, or somebody else can write to it.
 */
int user_config_lists(const char *file, const char *workspace, struct strbuf *err);

#endif
