/* SPDX-License-Identifier: ISC */
/*
 * How every command changes a request that exists: load it, decide (model/decision.h), append the
 * event; when somebody else was first, all of it again.
 */
#ifndef CLI_DECIDE_H
#define CLI_DECIDE_H

#include "model/decision.h"
#include "model/exit-code.h"

struct arguments;
struct context;
struct event;
struct request;

/* What --no-run does, in every command that has it. */
#define NO_RUN_HELP "only record it: 'run --pending' continues"

/*
 * Decides about the request of the first operand.  input has the command and its details; the
 * remarks (-m), the actor, the policy, the time and the lock are filled in here.  Returns
 * CODE_DONE, also when it was decided so before, which is said; else an exit code with the reason
 * in context->err (CODE_INVALID: in input->faults).  The request is as it was loaded, with the
 * event when one was recorded: *recorded, or NULL.  The caller releases the request either way.
 */
enum exit_code decide(struct context *, const struct arguments *, struct decision_input *input,
    struct request *, const struct event **recorded);
/*
 * Releases the request and, when the code is CODE_DONE, the request can move on, and --no-run was
 * not given, becomes svcreq-run.  Returns the code otherwise.
 */
enum exit_code
decide_go_on(struct context *, const struct arguments *, struct request *, enum exit_code);

/*
 * Decides about a request that was loaded, by a command that records nothing about it.  Returns
 * CODE_DONE, or an exit code with the reason in context->err.
 */
enum exit_code
decide_loaded(struct context *, struct decision_input *input, const struct request *);
/*
 * Whether the actor may give a command that decides nothing for that request (NULL: for all there
 * are).  Returns CODE_DONE; CODE_NOT_PERMITTED, or CODE_ERROR: nobody can tell now, with the
 * reason in why.
 */
enum exit_code
decide_permission(struct context *, enum command, const struct request *, struct strbuf *why);

#endif
