/* SPDX-License-Identifier: ISC */
/* Whether the answer to a call says what its step expects of it. */
#ifndef STEPS_API_EXPECT_H
#define STEPS_API_EXPECT_H

#include "steps/call-end.h"

struct http_response;
struct step_run;
struct strbuf;
struct value;

/*
 * Compares the body of a success with conditions, a map of JSON Pointers (NULL: none).  Appends to
 * why, secrets masked, each that is not met and what is there, or why the body cannot be read.
 */
enum call_expectation api_expect(struct step_run *, const struct http_response *,
    const struct value *conditions, struct strbuf *why);

#endif
