/* SPDX-License-Identifier: ISC */
/* What is shown of a request, for people and for programs alike. */
#ifndef CLI_REQUEST_VIEW_H
#define CLI_REQUEST_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/request/status.h"

struct arena;
struct context;
struct event;
struct form;
struct request;
struct step_state;
struct strbuf;
struct value;

/* Form data that was filled into that form, with "***" for each secret field, in the arena. */
const struct value *view_form_data(struct arena *, const struct form *, const struct value *data);
/* Whether a request in that status is at one of its steps: under way, waiting, or failed there. */
bool view_has_step(enum request_status);
/* Whether nobody runs the step although it is Running: the program that did has ended. */
bool view_is_interrupted(struct context *, const struct request *, const struct step_state *);
/*
 * Whether the step is Running and nobody here can see whether somebody runs it.  Then, unless out
 * is NULL, that is appended to it, shown, as run_add_unseen() has it.
 */
bool view_is_unseen(
    struct context *, const struct request *, const struct step_state *, struct strbuf *out);
/* Whether a person has said how the step ended (svcreq resolve). */
bool view_was_resolved(const struct request *, const struct step_state *);
/*
 * The step whose failure is what is wrong with the request now, also when it is Cancelled and the
 * outcome is unknown; NULL: none is.
 */
const struct step_state *view_failed_step(const struct request *);
/*
 * Who has to run the request, because the user cannot read a secret or a file that its next step
 * needs: the owner of the workspace, in the context's arena; NULL: nobody else has to.
 */
const char *view_left_to(struct context *, const struct request *, const struct step_state *);
/* Whether the step waits for people to decide. */
bool view_is_waiting(const struct request *, const struct step_state *);
/*
 * The users and @groups who may decide, as a list in the context's arena: the approvers that the
 * step names (NULL: none), the admins, or the owner of the workspace.  The policy was loaded.
 */
const struct value *view_deciders(struct context *, const struct value *approvers);
/* The same of a step. */
const struct value *view_deciders_of(struct context *, const struct step_state *);
/*
 * The user to whom the file of an event belongs, when that is neither its author, who decided, nor
 * the owner of the workspace nor root; NULL: there is no such doubt.  In the context's arena.
 */
const char *view_doubt(struct context *, const struct request *, const struct event *);
/* ms since 1970; 0: it is not finished. */
int64_t view_finished_at(const struct step_state *);
int64_t request_created_at(const struct request *);
int64_t request_updated_at(const struct request *);

#endif
