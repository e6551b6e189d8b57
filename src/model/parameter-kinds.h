/* SPDX-License-Identifier: ISC */
/* What each kind of parameter must be; private to parameter*.c. */
#ifndef MODEL_PARAMETER_KINDS_H
#define MODEL_PARAMETER_KINDS_H

#include "model/step-type.h"

/* One check: of parameters as they are written, or with their placeholders filled in. */
struct checking {
	struct faults *faults;
	bool filled; /* "${" is text now */
	bool partly; /* what is missing may come yet */
};

/* A string that cannot be judged before it is filled in. */
bool parameter_is_open(const struct checking *, const struct value *);
/* Whether a value is in JSON what its kind must be; several kinds take one of two. */
bool parameter_type_fits(enum parameter_kind, const struct value *);
/* "a whole number from 0 on". */
const char *parameter_kind_words(enum parameter_kind);
void parameter_check_url(const struct checking *, const struct value *);
/*
 * A fault for all that is wrong with a value of the right type; the members of a group are left
 * alone.
 */
void parameter_check_fitting(
    const struct checking *, const struct parameter_type *, const struct value *);

#endif
