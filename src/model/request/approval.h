/* SPDX-License-Identifier: ISC */
/* The step that people decide about, and their votes. */
#ifndef MODEL_REQUEST_APPROVAL_H
#define MODEL_REQUEST_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>

struct event;
struct request;
struct step_state;
struct user_number;
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
/*
 * The votes that count since the step began to wait, in order, one a call: *position begins at 0.
 * NULL: no more.
 */
const struct event *approval_next_vote(const struct step_state *, size_t *position);
/* That person's among them; NULL: none. */
const struct event *
approval_vote_by(const struct step_state *, const char *user, const struct user_number *);
/* Whether the latest that the person did about it, since it began to wait, was to withdraw. */
bool approval_was_withdrawn_by(const struct request *, const struct step_state *, const char *user,
    const struct user_number *);
/* The latest of them; NULL: none. */
const struct event *approval_last_vote(const struct step_state *);

#endif
