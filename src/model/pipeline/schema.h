/* SPDX-License-Identifier: ISC */
/* Reading the members of a map that a person wrote, with a fault for what does not fit. */
#ifndef MODEL_PIPELINE_SCHEMA_H
#define MODEL_PIPELINE_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

struct faults;
struct value;

/*
 * A fault for each key of the map that is not in known (ends in NULL), with a suggestion.  what:
 * "a step".
 */
void
schema_keys(const struct value *map, const char *const *known, const char *what, struct faults *);
/* Each gives the fallback value when the key is not there or null, and after a fault. */
const char *
schema_text(const struct value *map, const char *key, const char *fallback, struct faults *);
bool schema_boolean(const struct value *map, const char *key, bool fallback, struct faults *);
int64_t schema_count(const struct value *map, const char *key, int64_t fallback, struct faults *);
/* The item of a key when it is of that type; NULL when it is not there, null, or faulty. */
const struct value *schema_list(const struct value *map, const char *key, struct faults *);
const struct value *schema_map(const struct value *map, const char *key, struct faults *);
/* The text of a key that must be there and not empty; NULL after a fault. */
const char *
schema_required(const struct value *map, const char *key, const char *what, struct faults *);
/* How many lists and maps stand inside each other: 0 for a scalar, 1 for a list of scalars. */
int schema_levels(const struct value *);

#endif
