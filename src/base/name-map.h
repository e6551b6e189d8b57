/* SPDX-License-Identifier: ISC */
/*
 * A hash map from names to places (indexes): finding each of n names takes O(n) in all.  Its memory
 * is in an arena; all zero, it is empty.
 */
#ifndef BASE_NAME_MAP_H
#define BASE_NAME_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct name_map_slot {
	const char *name; /* borrowed; NULL: the slot is free */
	size_t place;
};

struct name_map {
	struct name_map_slot *slots;
	size_t capacity; /* 0 or a power of two */
	size_t count;
};

/* Adds a name.  Returns false when it is there already; it keeps its place then. */
bool name_map_add(struct arena *, struct name_map *, const char *name, size_t place);
/* Returns false when the name is not there; *place is unchanged then. */
bool name_map_find(const struct name_map *, const char *name, size_t *place);

#endif
