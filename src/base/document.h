/* SPDX-License-Identifier: ISC */
/* What people write: a document in YAML or JSON. */
#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include <stddef.h>

struct arena;
struct faults;
struct value;

/*
 * Reads a text into *out, in the arena: JSON when its name ends in ".json", else YAML; a text that
 * is JSON is read by the rules of JSON under any name, since YAML does not have all its escapes.
 * Adds all faults.  Duplicate keys do not end the reading; the first of them is kept.  Returns 0,
 * or -1 when another fault ended it, with *out unchanged.
 */
int document_read(struct arena *, const char *name, const char *text, size_t len,
    struct value **out, struct faults *);

#endif
