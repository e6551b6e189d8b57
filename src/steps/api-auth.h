/* SPDX-License-Identifier: ISC */
/* Who a call says it is from: the Authorization header that its step asks for. */
#ifndef STEPS_API_AUTH_H
#define STEPS_API_AUTH_H

#include "model/parameters.h"

struct api_parameters;
struct arena;

/* NULL: not given. */
struct api_auth {
	const char *user; /* basic */
	const char *password;
	const char *bearer;
};

/* The members of a group that is read into a struct api_auth. */
extern const struct parameter_field api_auth_fields[];

/* Adds a fault for two ways, for a header that says it too, and for what no header can have. */
void api_auth_check(const struct api_parameters *, const struct parameter_check *);
/* Returns the value of the header, in the arena; NULL: the step has no auth. */
const char *api_auth_header(struct arena *, const struct api_parameters *);

#endif
