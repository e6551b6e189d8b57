/* SPDX-License-Identifier: ISC */
/*
 * Memory that is released as a whole: what is parsed for one request or one pipeline
 * lives in an arena and is never freed piece by piece.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
};

#define ARENA_INIT             \
	{                      \
		.blocks = NULL \
	}

/* Returns memory that is zeroed and aligned for any type, never NULL. */
void *arena_alloc(struct arena *, size_t size);
/* arena_alloc() of count * size bytes, with the product checked. */
void *arena_calloc(struct arena *, size_t count, size_t size);
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t len);
char *arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Makes room for one more item at the end of an array in the arena that grows: array, count and
 * capacity are variables of the caller, all zero at first, and array may move.  The old array stays
 * in the arena until that is released.
 */
#define ARENA_GROW(arena, array, count, capacity)                                                 \
	do {                                                                                      \
		if ((count) == (capacity))                                                        \
			(array) =                                                                 \
			    arena_grow((arena), (array), (count), &(capacity), sizeof(*(array))); \
	} while (0)
/* Doubles the capacity; for ARENA_GROW(). */
void *arena_grow(struct arena *, const void *array, size_t count, size_t *capacity, size_t size);

/* Moves everything that from holds into the arena; from is empty then. */
void arena_adopt(struct arena *, struct arena *from);
/* Frees everything; the arena may be used again. */
void arena_release(struct arena *);
/* The same, and overwrites it first: there were secrets in it. */
void arena_wipe(struct arena *);

#endif
