/* SPDX-License-Identifier: ISC */
/*
 * What a person's command does to a request: pure functions of the request, of what is known
 * about people, of the command's details and of the time.  The caller loads the request, asks the
 * system who is in which group, decides, and appends the event; when somebody else appended one
 * first, it does all of that again.
 */
#ifndef MODEL_DECISION_H
#define MODEL_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/request/permission.h"
#include "model/request/run-state.h"

struct arena;
struct event;
struct faults;
struct pipeline;

enum verdict {
	VERDICT_DECIDED,       /* the event is to be appended */
	VERDICT_REPEATED,      /* it was decided so before: there is nothing to record */
	VERDICT_REFUSED,       /* the request, or its step, is not in a state for it */
	VERDICT_CANCELLED,     /* approve: refused because the request is Cancelled */
	VERDICT_INVALID,       /* update, mend, resolve: the form data or the outputs do not fit */
	VERDICT_NOT_PERMITTED, /* the actor may not */
	VERDICT_EXPIRES,       /* too late; the event that says so is to be appended */
	VERDICT_TOO_LATE,      /* the same, and that event is there already */
	VERDICT_COUNT,
};

/* Members that the command has no use for are NULL or false.  Everything is borrowed. */
struct decision_input {
	enum command command;
	const struct actor *actor;
	const struct policy *policy; /* with the memberships of permission_list() */
	int64_t now;		     /* ms since 1970 */
	struct run_sight sight;	     /* of whoever runs the step, if that is Running */
	const char *remarks;
	const char *step_name;	     /* about approvals: the only step that is meant; NULL: any */
	const char *program;	     /* what a command begins with that is named to people */
	bool completed;		     /* resolve: the step did its work */
	bool interrupted;	     /* resolve: nobody runs it any more */
	const struct value *outputs; /* resolve: a map: those of the step; NULL: none are given */
	bool again; /* retry, mend, replace: also what was, or may have been, carried out */
	/* mend: the pipeline as it is now, without faults; NULL: it was not worth reading */
	const struct pipeline *pipeline;
	/* update, mend: */
	const struct value *form_data; /* a map: what is to take the place of the request's */
	struct arena *arena; /* what the event has beyond its strings is made in it; not NULL */
	/* update, mend, and resolve with outputs: */
	struct faults *faults; /* gets the faults of VERDICT_INVALID */
};

/*
 * Decides.  *out is the next event, with its status, for VERDICT_DECIDED and VERDICT_EXPIRES, and
 * undefined otherwise; its strings are those of the request and of the input.  (run and replace
 * record nothing about the request: there is no event, and run's verdict is about permission
 * alone.)  Appends to why the reason for every verdict but VERDICT_DECIDED and VERDICT_INVALID: a
 * whole sentence for VERDICT_REPEATED, else what follows "cannot approve request 7: ".
 */
enum verdict request_decide(
    const struct request *, const struct decision_input *, struct event *out, struct strbuf *why);

/*
 * Whether the decision has a second event, *out, which is recorded with that one or not at all.
 * The request is as it was decided about.
 */
bool decision_continues(
    const struct request *, const struct decision_input *, const struct event *, struct event *out);

/* input->program; "svcreq" when the input has none. */
const char *decision_program(const struct decision_input *);

/* The step that approving or rejecting is about; NULL: there is none, or another command. */
const struct step_state *decision_step(const struct request *, const struct decision_input *);

/*
 * The event that ends the call of a cancelled request when nobody runs it any more: its outcome is
 * unrecorded.  The sight is of whoever holds the request's lock.  Returns false when there is no
 * such call, or it may be under way.
 */
bool decision_of_unrecorded_outcome(const struct request *, const struct actor *,
    const struct run_sight *, int64_t now, struct event *out);

#endif
