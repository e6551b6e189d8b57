/* SPDX-License-Identifier: ISC */
/*
 * Memory that is never refused: each function returns what the caller asked for, or ends the
 * program with "svcreq: out of memory" and exit code 1.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* Prints that and exits: what each function calls when there is no memory left. */
_Noreturn void out_of_memory(void);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* realloc() of count * size bytes, with the product checked. */
void *xreallocarray(void *, size_t count, size_t size);
char *xstrdup(const char *);

/*
 * Makes room for one more item at the end of an array from malloc() that grows: array, count and
 * capacity are variables of the caller, all zero at first, and array may move.
 *
 *	ALLOC_GROW(list->items, list->count, list->capacity);
 *	list->items[list->count++] = item;
 */
#define ALLOC_GROW(array, count, capacity)                                            \
	do {                                                                          \
		if ((count) == (capacity))                                            \
			(array) = alloc_grow((array), &(capacity), sizeof(*(array))); \
	} while (0)
/* Doubles the capacity; for ALLOC_GROW(). */
void *alloc_grow(void *array, size_t *capacity, size_t size);

#endif
