/* SPDX-License-Identifier: ISC */
/*
 * What the placeholders of a request's steps stand for: form fields, outputs of completed steps,
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
	/* What ${secret:NAME} stands for, given NAME.  NULL with err: there is none. */
	const struct value *(*secret)(void *context, const char *name, struct strbuf *err);
	void *context;
};

/* For placeholder_fill() and parameters_fill(); valid as long as the scope, which it borrows. */
struct placeholder_scope request_scope_of(struct request_scope *);

#endif
