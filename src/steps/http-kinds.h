/* SPDX-License-Identifier: ISC */
/* The kinds of parameters of an HTTP call but URLs, and what each is read into. */
#ifndef STEPS_HTTP_KINDS_H
#define STEPS_HTTP_KINDS_H

#include <stdbool.h>

#include "model/parameters.h"

extern const struct parameter_kind kind_method;	  /* const char * */
extern const struct parameter_kind kind_proxy;	  /* struct http_proxy */
extern const struct parameter_kind kind_headers;  /* const struct value *: name -> scalar */
extern const struct parameter_kind kind_query;	  /* the same: name -> scalar or list of them */
extern const struct parameter_kind kind_content;  /* const char *; NULL: none */
extern const struct parameter_kind kind_statuses; /* the same: list of 200, "2xx", "200-204" */

/* Returns whether it is 200, "2xx" or "200-204". */
bool status_pattern_valid(const struct value *);
/* Returns whether one of a list is a pattern of that status; what is none is passed over. */
bool status_list_has(const struct value *list, int status);

#endif
