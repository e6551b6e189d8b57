/* SPDX-License-Identifier: ISC */
/* The approval policy of a WAIT_FOR_APPROVAL step. */
#ifndef MODEL_REQUEST_APPROVAL_H
#define MODEL_REQUEST_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct faults;
struct request;
struct step;
struct step_state;
struct value;

struct approval_policy {
	const struct value *approvers; /* list of users and @groups; NULL: the admins */
	int64_t required;	       /* votes */
	bool prevent_self_approval;    /* the requester may not approve */
	int64_t expires_after;	       /* ms; 0: never */
	const char *instructions;      /* with placeholders; NULL: none */
};

/* Reads the policy of a step that was checked. */
void approval_policy_of(const struct step *, struct approval_policy *out);
/* What must hold between the parameters of a WAIT_FOR_APPROVAL step. */
void approval_parameters_check(const struct value *parameters, struct faults *);
/*
 * The step that approving or rejecting is about: the one of that name; without a name (NULL) the
 * current one, or when that needs no approval the last that was approved.  NULL: there is none.
 */
const struct step_state *approval_step(const struct request *, const char *name);
/* The votes since the step began to wait, one a call: *position begins at 0.  NULL: no more. */
const struct event *
approval_next_vote(const struct request *, const struct step_state *, size_t *position);
/* The vote of that user since the step began to wait; NULL: none. */
const struct event *
approval_vote_by(const struct request *, const struct step_state *, const char *user);
/* The latest of them; NULL: none. */
const struct event *approval_last_vote(const struct request *, const struct step_state *);

#endif
