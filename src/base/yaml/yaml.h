/* SPDX-License-Identifier: ISC */
/*
 * YAML text to values, by the YAML 1.2 core schema: only true and false are booleans,
 * only null, ~ and nothing are null, so that "no" is a string.  JSON is read too.
 *
 * Refused: duplicate keys, keys that are not scalars, aliases that cycle or expand
 * without bound, tags other than the core ones, a second document, more than 64
 * levels, bad UTF-8, NUL.  Merge keys ("<<") are not known: they are refused.
 * So is one thing of JSON: a character written as two escapes, "\ud83d\ude00".
 */
#ifndef BASE_YAML_YAML_H
#define BASE_YAML_YAML_H

#include <stddef.h>

struct arena;
struct faults;
struct strbuf;
struct value;

#define YAML_MAX_DEPTH	 64
#define YAML_MAX_VALUES	 100000 /* with the keys, after aliases are expanded */
#define YAML_MAX_ANCHORS 1000

/* As json_parse().  An empty document is a VALUE_NULL. */
int yaml_read(struct arena *, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err);
/* As json_read_all(). */
int
yaml_read_all(struct arena *, const char *text, size_t len, struct value **out, struct faults *);

#endif
