/* SPDX-License-Identifier: ISC */
/* What each filter makes of a value; private to filter*.c. */
#ifndef MODEL_PIPELINE_FILTER_MAKE_H
#define MODEL_PIPELINE_FILTER_MAKE_H

#include <stdbool.h>

struct arena;
struct strbuf;
struct value;

/*
 * A filter: returns what it makes of the value, in the arena or the value itself, or NULL with err,
 * the end of a sentence about the filter.  argument is NULL when there is none.
 */
typedef const struct value *
filter_make(struct arena *, const struct value *, const char *argument, struct strbuf *err);

filter_make filter_lower, filter_upper, filter_trim, filter_default, filter_join, filter_json,
    filter_base64, filter_base64url, filter_urlencode, filter_basename, filter_epoch,
    filter_rfc3339, filter_length;
/* Of those that are done elsewhere: the value as it is. */
filter_make filter_none;

/* Whether a value is null, or a text, list or map without anything in it. */
bool filter_is_empty(const struct value *);

#endif
