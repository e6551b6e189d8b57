/* SPDX-License-Identifier: ISC */
/*
 * The filters of placeholders, ${name|filter|filter:argument}: what is made of a value before it
 * is put in.  Each is an entry of a table.
 */
#ifndef MODEL_PIPELINE_FILTER_H
#define MODEL_PIPELINE_FILTER_H

#include <stdbool.h>

struct strbuf;

/* The first rules that have filters.  By those before, a "|" is part of a name. */
#define FILTER_RULES 3

/* The places in which a placeholder can stand, as a set. */
#define PLACE_TEXT     1U /* any text of the parameters */
#define PLACE_URL_PATH 2U

/* Of a URL's path: a "/" in the value separates segments. */
#define FILTER_PATH "path"

/*
 * Checks filters as they are written behind the first "|" (NULL: there are none): each is known,
 * has an argument when it takes one, and may stand in one of the places.  Returns 0, or -1 with
 * err.
 */
int filters_check(const char *filters, unsigned places, struct strbuf *err);
/* Returns whether a filter is one of them (NULL: there are none). */
bool filters_have(const char *filters, const char *name);

#endif
