/* SPDX-License-Identifier: ISC */
/* Who may do what.  One function decides for every command. */
#ifndef MODEL_REQUEST_PERMISSION_H
#define MODEL_REQUEST_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "model/request/event.h"
#include "model/request/transition.h"

struct request;
struct step_state;
struct strbuf;
struct value;

/* The person behind the command. */
struct actor {
	const char *name;
	struct user_number uid;
	bool owner;   /* owns the workspace's state, or is root */
	bool service; /* an account that runs requests, and no person: it decides nothing */
};

/* A user and a unix group that this user is in. */
struct membership {
	const char *user;
	const char *group;
};

/*
 * Who decides in a workspace.  Before a decision the caller asks the system in which @group of
 * permission_list() the actor is, and each of those who have voted; one is enough.
 */
struct policy {
	const struct value
	    *admins;	/* users and @groups; NULL: root, and an owner who is a person */
	bool service;	/* the owner is none */
	bool root_owns; /* root is the owner: without a list nobody else is an admin */
	const struct membership *memberships;
	size_t membership_count;
	/* The votes whose person has no longer the name: whom that names now is somebody else. */
	const struct event **renamed;
	size_t renamed_count;
};

/* What a person can be to a request; a set says whom a command is for. */
enum role {
	ROLE_REQUESTER = 1 << 0,
	ROLE_OWNER = 1 << 1,
	ROLE_ADMIN = 1 << 2,
	ROLE_APPROVER = 1 << 3, /* of the step; the admins, if it names none */
	ROLE_SERVICE =
	    1 << 4,	     /* also the owner who is no person, as far as the other roles let it */
	ROLE_VOTER = 1 << 5, /* who has approved the step, an approver still or not */
	ROLE_OTHER = 1 << 6, /* not the requester, while another can be found */
};

/* Those whom the command is for, as a set of roles. */
unsigned permission_roles(enum command);
/*
 * Whether the actor may give that command for that request (NULL: for all there are).  step: the
 * one that approving and rejecting is about; NULL: there is none, so that nobody's right is
 * asked for.  Returns 0, or -1 with err saying who may.
 */
int permission_check(const struct actor *, const struct policy *, enum command,
    const struct request *, const struct step_state *step, struct strbuf *err);
/*
 * The users and @groups by whom that is decided: before permission_check() is called the policy
 * must have the memberships of these groups.  NULL: no list decides.
 */
const struct value *permission_list(const struct actor *, const struct policy *, enum command,
    const struct request *, const struct step_state *step);
/*
 * Who decides about a step with that list of approvers (NULL: it names none).  NULL: the owner of
 * the workspace, or root if that is no person.
 */
const struct value *permission_deciders(const struct policy *, const struct value *approvers);

/* Whether the person is the one who has made the request (NULL: they are not). */
bool permission_is_requester(const struct actor *, const struct request *);
/*
 * Whether a vote for the step counts: its person may approve the step still, by the memberships
 * that the policy has.
 */
bool permission_vote_counts(const struct policy *, const struct request *,
    const struct step_state *, const struct event *vote);

#endif
