/* SPDX-License-Identifier: ISC */
/* The kind of parameter that is a URL: what is filled in stays in its place. */
#ifndef STEPS_HTTP_URL_H
#define STEPS_HTTP_URL_H

#include "model/parameters.h"

struct strbuf;
struct value;

/*
 * const char *.  No placeholder can stand in scheme, host and port.  What is filled in is
 * percent-encoded; it makes no path segment empty or lead to another place, not even one that the
 * filter "path" makes.
 */
extern const struct parameter_kind kind_url;

/* Appends a value, as it is put inside other text, percent-encoded. */
void url_add_encoded(struct strbuf *, const struct value *);

#endif
