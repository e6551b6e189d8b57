/* SPDX-License-Identifier: ISC */
/*
 * Names and where each stands: a file of 20,000 steps or fields must not cost their square.
 * Lives in an arena; one that is all zero is empty.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct named_place {
	const char *name; /* borrowed; NULL: the slot is free */
	size_t place;
};

struct names {
	struct named_place *slots;
	size_t room; /* 0 or a power of two */
	size_t count;
};

/* False when the name is there already, which then keeps its place. */
bool names_add(struct arena *, struct names *, const char *name, size_t place);
/* False: it is not there, and *place is unchanged. */
bool names_find(const struct names *, const char *name, size_t *place);

#endif
