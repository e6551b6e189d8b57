/* SPDX-License-Identifier: ISC */
/* What a step of a request is going to do: its parameters filled in, and the one way to show it. */
#ifndef MODEL_REQUEST_STEP_PLAN_H
#define MODEL_REQUEST_STEP_PLAN_H

#include <stdbool.h>

struct arena;
struct request;
struct request_scope;
struct step_state;
struct strbuf;

/* What a workspace decides for the steps that say nothing else.  NULL: nothing. */
struct step_defaults {
	const char *proxy;
	const char *no_proxy; /* the hosts that are called without a proxy */
};

struct step_plan {
	const struct request *request;
	const struct step_state *step;
	const void *parameters;		      /* the struct of the step's type */
	bool stands_in;			      /* what is secret is a stand-in */
	const struct step_defaults *defaults; /* NULL: none */
	struct arena *arena; /* where the parameters are, and what is made of them */
};

/*
 * Fills in the parameters of a step that pipeline_step_check() lets through.  The scope is of its
 * request; without a lookup of secrets in it, stand-ins take the place of what is secret.  Returns
 * 0, or -1 with err.
 */
int step_plan_fill(struct arena *, struct request_scope *, const struct step_state *,
    struct step_plan *out, struct strbuf *err);
/*
 * Appends what a step is going to do, in lines.  It is made without secrets, so that whoever asks
 * gets the same bytes: "***" takes the place of what is secret, and of what would tell of it.
 * Returns 0, or -1 with err: the plan is not known yet, or cannot be carried out.
 */
int step_plan_show(
    const struct request *, const struct step_state *, struct strbuf *out, struct strbuf *err);
/* The same with what the workspace decides (NULL: nothing). */
int step_plan_show_in(const struct step_defaults *, const struct request *,
    const struct step_state *, struct strbuf *out, struct strbuf *err);
/* Returns whether the step may send anything, so that there is something to show. */
bool step_plan_sends(const struct step_state *);

#endif
