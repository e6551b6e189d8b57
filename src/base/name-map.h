/* SPDX-License-Identifier: ISC */
/*
 * Names and where each stands: a file of 20,000 steps or fields must not cost their square.
 * Lives in an arena; one that is all zero is empty.
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
	size_t room; /* 0 or a power of two */
	size_t count;
};

/* False when the name is there already, which then keeps its place. */
bool name_map_add(struct arena *, struct name_map *, const char *name, size_t place);
/* False: it is not there, and *place is unchanged. */
bool name_map_find(const struct name_map *, const char *name, size_t *place);

#endif
