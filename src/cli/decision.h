/* SPDX-License-Identifier: ISC */
/*
 * How every command changes a request that exists: load it, check its state and who asks,
 * decide, append the event; when somebody else was first, all of it again.
 */
#ifndef CLI_DECISION_H
#define CLI_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/request/request.h"
#include "model/request/transition.h"

/* What --no-run does, in every command that has it. */
#define NO_RUN_HELP "only record it: 'svcreq run --pending' continues"

struct arguments;
struct context;
struct decision;

struct decision_rule {
	enum command command;
	/*
	 * Whether it was decided so before, in whatever state the request is now: says so, and
	 * nothing is recorded.  NULL: never.
	 */
	bool (*repeated)(const struct decision *);
	/*
	 * Prepares the event.  Returns CODE_DONE, or an exit code with the reason in why, which
	 * becomes "cannot approve request 7: why"; without one it has told the reason itself.
	 * It may set "repeated" instead, when it has told that there is nothing to change.
	 */
	int (*decide)(struct decision *, struct event *out, struct strbuf *why);
};

struct decision {
	/* given by the command */
	const struct decision_rule *rule;
	struct context *context;
	const struct arguments *arguments;
	const void *details; /* the rule's own */
	/* filled in */
	const char *remarks; /* NULL: none */
	struct request request;
	int64_t now;		       /* what is decided is decided at this time */
	const struct step_state *step; /* that approving is about (approval_step()); else NULL */
	bool repeated;		       /* it was so before: that was told, nothing is recorded */
	bool recorded;		       /* the event is on disk; the request includes it */
};

/*
 * Takes the decision about the request of the first operand, with the remarks of -m; to approve
 * and reject, about the step of --step if it is given, and not after its time: whoever comes too
 * late records that it has expired.  Returns CODE_DONE, also when it was decided so before, or an
 * exit code with the reason in context->err.  Released by the caller either way.
 */
int decision_take(struct decision *);
void decision_release(struct decision *);
/*
 * Releases the decision and, when all went well, the request can move on, and --no-run was not
 * given, becomes svcreq-run.  Returns the code otherwise.
 */
int decision_go_on(struct decision *, int code);
/* An event of a step (NULL: of the request), by the actor, with the time and the remarks. */
void decision_event(
    const struct decision *, enum event_type, const struct step_state *step, struct event *out);

#endif
