/* SPDX-License-Identifier: ISC */
/* Who may do what.  One function decides for every command. */
#ifndef MODEL_REQUEST_PERMISSION_H
#define MODEL_REQUEST_PERMISSION_H

#include <stdbool.h>

#include "model/request/transition.h"

struct request;
struct step_state;
struct strbuf;
struct value;

/* The person behind the command. */
struct actor {
	const char *name;
	bool owner; /* owns the workspace's state, or is root */
	/* Whether a user is in a unix group, asked when a decision is taken. */
	bool (*in_group)(const char *user, const char *group);
};

/* state/config.yaml. */
struct policy {
	const struct value *admins; /* list of users and @groups; NULL: the owner and root */
};

bool actor_is_admin(const struct actor *, const struct policy *);
/*
 * Whether the actor may give that command for that request (NULL: for all there are): 0, or -1
 * with err saying who may.  step: the one that approving and rejecting is about; NULL: there is
 * none, so that nobody's right is asked for.
 */
int permission_check(const struct actor *, const struct policy *, enum command,
    const struct request *, const struct step_state *step, struct strbuf *err);

#endif
