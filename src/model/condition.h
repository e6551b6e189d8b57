/* SPDX-License-Identifier: ISC */
/*
 * Conditions on values: what a pipeline expects of one.  A condition is a single value, which the
 * other must equal; a list, of which it must be one; or a map of words such as
 * {not_in: [a, b], exists: true}, all of which must hold.
 */
#ifndef MODEL_CONDITION_H
#define MODEL_CONDITION_H

#include <stdbool.h>

struct parameter_check;
struct strbuf;
struct value;

/* Adds a fault for all that is wrong with a condition; what is open is not judged. */
void condition_check(const struct parameter_check *, const struct value *condition);
/*
 * Whether a checked condition holds of a value; NULL: there is none, of which only not_equals,
 * not_in and exists: false hold.  Numbers are compared as numbers.
 */
bool condition_holds(const struct value *condition, const struct value *actual);
/* Appends it for people: "true", "one of "a", "b"", "less than 5, not 3". */
void condition_add(struct strbuf *, const struct value *condition);

#endif
