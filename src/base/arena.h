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

/* Zeroed and aligned for any type.  Never NULL. */
void *arena_alloc(struct arena *, size_t size);
/* arena_alloc() of count * size bytes, with the product checked. */
void *arena_calloc(struct arena *, size_t count, size_t size);
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t len);
char *arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Moves everything that from holds into the arena, where it lives on; from is empty then. */
void arena_adopt(struct arena *, struct arena *from);
/* Frees everything; the arena may be used again. */
void arena_release(struct arena *);

#endif
