/* SPDX-License-Identifier: ISC */
/*
 * The body of a call, which is one of data, form, body and multipart, and the Content-Type that
 * says what it is.
 */
#ifndef STEPS_API_BODY_H
#define STEPS_API_BODY_H

#include <stdbool.h>

struct api_parameters;
struct http_request;
struct parameter_check;
struct step_plan;

/* Adds a fault for two bodies, one that the method cannot have, and a Content-Type of another. */
void api_body_check(const struct api_parameters *, const struct parameter_check *);
/*
 * Builds the body of a plan whose method is in the request, in the plan's arena: NULL when there is
 * none.  Returns the Content-Type that it goes with in place of whatever is given, or else if none
 * is given (*replaces is false); NULL without a body.
 */
const char *api_body_build(const struct step_plan *, struct http_request *, bool *replaces);

#endif
