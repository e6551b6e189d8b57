/* SPDX-License-Identifier: ISC */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

void
out_of_memory(void)
{
	message_literal("svcreq: out of memory");
	exit(1);
}

void *
xmalloc(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	void *memory;

	if (size > 0 && count > SIZE_MAX / size)
		out_of_memory();
	memory = realloc(old, count > 0 && size > 0 ? count * size : 1);
	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *
xstrdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(xmalloc(size), text, size);
}

void *
alloc_grow(void *array, size_t *capacity, size_t size)
{
	*capacity = *capacity == 0 ? 16 : *capacity * 2;
	return xreallocarray(array, *capacity, size);
}
