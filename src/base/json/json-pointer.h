/* SPDX-License-Identifier: ISC */
/* JSON Pointer (RFC 6901): one value within a value. */
#ifndef BASE_JSON_JSON_POINTER_H
#define BASE_JSON_JSON_POINTER_H

#include <stdbool.h>

struct strbuf;
struct value;

/* Whether it is empty or begins with '/', and '0' or '1' follows each '~'. */
bool json_pointer_valid(const char *pointer);
/*
 * Passes the reference token at the pointer, which is at a '/', and puts it into token with ~1 and
 * ~0 decoded.  False: there is another escape.
 */
bool json_pointer_next(const char **pointer, struct strbuf *token);
/* Returns the value that the pointer names; NULL: there is none, or it is not a pointer. */
const struct value *json_pointer_find(const struct value *root, const char *pointer);

#endif
