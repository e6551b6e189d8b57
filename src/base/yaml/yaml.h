/* SPDX-License-Identifier: ISC */
/*
 * YAML text to values, by the YAML 1.2 core schema: only true and false are booleans, only null, ~
 * and nothing are null, so "no" is a string.  It reads JSON too, but for a character in two escapes
 * ("\ud83d\ude00").
 *
 * Refuses: duplicate keys, keys that are not scalars, merge keys ("<<"), aliases that cycle or
 * expand without bound, tags other than the core ones, a second document, more than 64 levels, bad
 * UTF-8, NUL.
 */
#ifndef BASE_YAML_YAML_H
#define BASE_YAML_YAML_H

#include <stddef.h>

struct arena;
struct faults;
struct strbuf;
struct value;

#define YAML_MAX_DEPTH	 64
#define YAML_MAX_VALUES	 100000 /* with the keys, aliases expanded */
#define YAML_MAX_ANCHORS 1000

/* Does what json_parse() does.  An empty document is a VALUE_NULL. */
int yaml_read(struct arena *, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err);
/* Does what json_read_all() does. */
int
yaml_read_all(struct arena *, const char *text, size_t len, struct value **out, struct faults *);

#endif
