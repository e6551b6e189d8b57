/* SPDX-License-Identifier: ISC */
/*
 * The values of the placeholders in a request's steps: form fields, outputs of completed steps,
 * secrets, and what is known of the request and its steps.
 */
#ifndef MODEL_REQUEST_REQUEST_SCOPE_H
#define MODEL_REQUEST_REQUEST_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pipeline/placeholder.h"

struct arena;
struct request;
struct step_state;
struct strbuf;
struct value;

/* Everything is borrowed. */
struct request_scope {
	const struct request *request;
	/*
	 * Looks up ${secret:NAME}: returns its value, or NULL with err when there is none.
	 * NULL: secrets, and the form fields that are secret, are stand-ins.
	 */
	const struct value *(*secret)(void *context, const char *name, struct strbuf *err);
	const struct step_state *step; /* that is filled in */
	struct arena *arena;	       /* for values that are made; as long as what is filled in */
	int64_t now; /* when the step is announced, unless it was; 0: that is not known */
	/* Is called with every text that filters made of what is secret.  NULL: nobody is. */
	void (*made)(void *context, const char *text);
	void *context;
};

/* Whether the value of that name is not for everybody. */
bool request_scope_is_secret(const struct request_scope *, const char *name);
/* Valid as long as the scope, which it borrows. */
struct placeholder_scope request_scope_of(struct request_scope *);

#endif
