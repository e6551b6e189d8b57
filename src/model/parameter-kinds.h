/* SPDX-License-Identifier: ISC */
/* The kinds of parameters that any step type may have, and what each is read into. */
#ifndef MODEL_PARAMETER_KINDS_H
#define MODEL_PARAMETER_KINDS_H

#include "model/parameters.h"

extern const struct parameter_kind kind_text;	  /* const char *, as it is; NULL: none */
extern const struct parameter_kind kind_word;	  /* unsigned: which of the field's choices */
extern const struct parameter_kind kind_json;	  /* const struct value *: any */
extern const struct parameter_kind kind_duration; /* int64_t: ms */
extern const struct parameter_kind kind_count;	  /* int64_t */
extern const struct parameter_kind kind_size;	  /* size_t: bytes */
extern const struct parameter_kind kind_boolean;  /* bool */
extern const struct parameter_kind kind_users;	  /* const struct value *: a list of names */
extern const struct parameter_kind kind_list;	  /* const struct value *: a list of scalars */
extern const struct parameter_kind kind_group;	  /* the struct of the field's members */

/* The members of a group that is read into a struct retry_policy. */
extern const struct parameter_field retry_fields[];

/* The readers of kinds that are read as these are. */
bool
parameter_read_text(struct arena *, const struct parameter_field *, const struct value *, void *at);
bool parameter_read_value(
    struct arena *, const struct parameter_field *, const struct value *, void *at);
/* The same of a list, for which a single value may stand. */
bool
parameter_read_list(struct arena *, const struct parameter_field *, const struct value *, void *at);
size_t parameter_item_count(const struct value *);
const struct value *parameter_item(const struct value *, size_t);
/* Checks a text that is not open with a function that returns 0, or -1 with err. */
void parameter_check_text(const struct parameter_check *, const struct value *text,
    int (*check)(const char *, struct strbuf *err));

#endif
