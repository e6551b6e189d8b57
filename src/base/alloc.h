/* SPDX-License-Identifier: ISC */
/*
 * Memory that is never refused: each function returns what was asked for, or ends
 * the program with "svcreq: out of memory" and exit code 1.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* What each of them calls when there is no more. */
_Noreturn void out_of_memory(void);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* realloc() of count * size bytes, with the product checked. */
void *xreallocarray(void *, size_t count, size_t size);
char *xstrdup(const char *);

#endif
