/* SPDX-License-Identifier: ISC */
/*
 * The values of the placeholders in a request's steps: form fields, outputs of completed steps,
 * secrets.
 */
#ifndef MODEL_REQUEST_REQUEST_SCOPE_H
#define MODEL_REQUEST_REQUEST_SCOPE_H

#include "model/pipeline/placeholder.h"

struct request;
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
	void *context;
};

/* Valid as long as the scope, which it borrows. */
struct placeholder_scope request_scope_of(struct request_scope *);

#endif
