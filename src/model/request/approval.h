/* SPDX-License-Identifier: ISC */
/* The step that people decide about, and their votes. */
#ifndef MODEL_REQUEST_APPROVAL_H
#define MODEL_REQUEST_APPROVAL_H

#include <stddef.h>

struct event;
struct request;
struct step_state;
struct value;

/*
 * The step that approving or rejecting is about: the one of that name; without a name (NULL) the
 * current one, or when that needs no approval the last that was approved.  NULL: there is none.
 */
const struct step_state *approval_step(const struct request *, const char *name);
/*
 * The users and @groups who decide about the step: those of its policy or, when that
 * cannot be read, those that its intent names.  NULL: the admins.
 */
const struct value *approval_approvers(const struct step_state *);
/* The votes since the step began to wait, one a call: *position begins at 0.  NULL: no more. */
const struct event *
approval_next_vote(const struct request *, const struct step_state *, size_t *position);
/* The vote of that user since the step began to wait; NULL: none. */
const struct event *
approval_vote_by(const struct request *, const struct step_state *, const char *user);
/* The latest of them; NULL: none. */
const struct event *approval_last_vote(const struct request *, const struct step_state *);

#endif
