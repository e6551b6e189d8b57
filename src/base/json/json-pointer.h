/* SPDX-License-Identifier: ISC */
/* JSON Pointer (RFC 6901): one value within a value. */
#ifndef BASE_JSON_JSON_POINTER_H
#define BASE_JSON_JSON_POINTER_H

#include <stdbool.h>

struct value;

/* Whether it is empty or begins with '/', and '0' or '1' follows each '~'. */
bool json_pointer_valid(const char *pointer);
/* Returns the value that the pointer names; NULL: there is none, or it is not a pointer. */
const struct value *json_pointer_find(const struct value *root, const char *pointer);

#endif
