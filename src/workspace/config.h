/* SPDX-License-Identifier: ISC */
/* state/config.yaml: what the owner of a workspace has decided about it. */
#ifndef WORKSPACE_CONFIG_H
#define WORKSPACE_CONFIG_H

#include <stdbool.h>

struct step_defaults;
struct strbuf;
struct value;
struct workspace;

struct config {
	const struct value *admins; /* a list of users and @groups; NULL: the owner and root */
	const char *authors;	    /* the group that may write pipelines/; NULL: the owner alone */
	bool service; /* the owner is an account that runs requests, and no person who decides */
	/* Name of a secret -> map with the lists "origins" and "pipelines" or one of them; NULL. */
	const struct value *secrets;
	const struct value *vars;     /* name -> value, for all pipelines; NULL */
	const struct value *defaults; /* step type -> map of parameters, for all pipelines; NULL */
	const char *proxy;	      /* of each call whose step names none; NULL: none */
	const char *timezone;	      /* of the times of forms that have no offset; NULL: none */
	const char *no_proxy;	      /* the hosts that are called without it; NULL: none */
};

/*
 * Returns what the file says, which is read and checked once, at the first call; it is the
 * workspace's.  A missing file is an empty one.  NULL with err: the file has a fault, or cannot be
 * read or trusted.
 */
const struct config *workspace_config(const struct workspace *, struct strbuf *err);
/* What it says for all steps, borrowed from the workspace.  Returns 0, or -1 with err. */
int workspace_defaults(const struct workspace *, struct step_defaults *out, struct strbuf *err);

#endif
