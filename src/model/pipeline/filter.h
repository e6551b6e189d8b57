/* SPDX-License-Identifier: ISC */
/*
 * The filters of placeholders, ${name|filter|filter:argument}: what is made of a value before it
 * is put in.  Each is an entry of a table.  An argument may stand in quotes, '...' or "...", so that
 * it can begin or end with a space, or have a "|".
 */
#ifndef MODEL_PIPELINE_FILTER_H
#define MODEL_PIPELINE_FILTER_H

#include <stdbool.h>

struct arena;
struct strbuf;
struct value;

/* The first rules that have filters.  By those before, a "|" is part of a name. */
#define FILTER_RULES 3

/* The places in which a placeholder can stand, as a set. */
#define PLACE_TEXT     1U /* any text of the parameters */
#define PLACE_URL_PATH 2U
#define PLACE_MEMBER   4U /* a member that can be left out */

/* Of a URL's path: a "/" in the value separates segments. */
#define FILTER_PATH "path"
/* How much a value has, as a number. */
#define FILTER_LENGTH "length"

/*
 * Checks filters as they are written behind the first "|" (NULL: there are none): each is known,
 * has the argument that it takes, and may stand in one of the places.  Returns 0, or -1 with err.
 */
int filters_check(const char *filters, unsigned places, struct strbuf *err);
/* Returns whether a filter is one of them (NULL: there are none). */
bool filters_have(const char *filters, const char *name);

/* What is noted while filters are applied. */
struct filter_notes {
	/* Is called with each value that a filter made of the one given.  NULL: nobody is. */
	void (*made)(void *context, const struct value *);
	void *context;
	bool omits; /* set when "omit" met an empty value */
};

/*
 * Applies filters that filters_check() let through (NULL: there are none) to a value, which is
 * unchanged.  Returns what they make of it, in the arena, or NULL with err, in which no value is:
 * a filter cannot be used with it.
 */
const struct value *filters_apply(struct arena *, const char *filters, const struct value *,
    struct filter_notes *, struct strbuf *err);

#endif
