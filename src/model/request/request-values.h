/* SPDX-License-Identifier: ISC */
/* What placeholders tell of the request itself; private to request-scope.c. */
#ifndef MODEL_REQUEST_REQUEST_VALUES_H
#define MODEL_REQUEST_REQUEST_VALUES_H

#include "model/pipeline/namespace.h"

struct request_scope;
struct strbuf;
struct value;

/*
 * Returns the value of a name of that namespace, in the arena of the scope, or the stand-in where
 * it is not known yet and may be stood in for; NULL with err: it is not known.
 */
const struct value *request_value_of(
    const struct request_scope *, enum namespace, const char *rest, struct strbuf *err);

#endif
