/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FIRST_BLOCK   ((size_t)4096)
#define LARGEST_BLOCK ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		out_of_memory();
	block = xmalloc(sizeof(*block) + size);
	block->next = NULL;
	block->used = 0;
	block->size = size;
	return block;
}

static size_t
next_block_size(const struct arena *arena)
{
	if (arena->blocks == NULL)
		return FIRST_BLOCK - sizeof(struct arena_block);
	return arena->blocks->size < LARGEST_BLOCK ? arena->blocks->size * 2 : LARGEST_BLOCK;
}

/*
 * Adds a block of at least that size.  A piece that is larger than usual gets a block of its own,
 * behind the first one, which still has room for others.
 */
static struct arena_block *
block_add(struct arena *arena, size_t size)
{
	size_t usual = next_block_size(arena);
	struct arena_block *block = block_new(size > usual ? size : usual);

	if (arena->blocks != NULL && size > usual) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

static void *
take(struct arena *arena, size_t size, size_t align)
{
	struct arena_block *block = arena->blocks;
	size_t start = block != NULL ? (block->used + align - 1) & ~(align - 1) : 0;

	if (block == NULL || start > block->size || size > block->size - start) {
		block = block_add(arena, size);
		start = 0;
	}
	block->used = start + size;
	return block->data + start;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *memory = take(arena, size, alignof(max_align_t));

	return memset(memory, 0, size);
}

void *
arena_calloc(struct arena *arena, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		out_of_memory();
	return arena_alloc(arena, count * size);
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		out_of_memory();
	copy = take(arena, len + 1, 1);
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	assert(len >= 0);
	text = take(arena, (size_t)len + 1, 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

void *
arena_grow(struct arena *arena, const void *array, size_t count, size_t *capacity, size_t size)
{
	void *grown;

	*capacity = *capacity == 0 ? 4 : *capacity * 2;
	grown = arena_calloc(arena, *capacity, size);
	if (count > 0)
		memcpy(grown, array, count * size);
	return grown;
}

void
arena_release(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}

void
arena_wipe(struct arena *arena)
{
	for (struct arena_block *block = arena->blocks; block != NULL; block = block->next)
		explicit_bzero(block->data, block->used);
	arena_release(arena);
}

void
arena_adopt(struct arena *arena, struct arena *from)
{
	struct arena_block **end = &arena->blocks;

	while (*end != NULL)
		end = &(*end)->next;
	*end = from->blocks;
	from->blocks = NULL;
}
