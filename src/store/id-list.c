/* SPDX-License-Identifier: ISC */
#include "store/id-list.h"

#include <stdlib.h>

#include "base/alloc.h"

void
id_list_add(struct id_list *list, uint64_t id)
{
	ALLOC_GROW(list->ids, list->count, list->capacity);
	list->ids[list->count++] = id;
}

static int
compare_ids(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

void
id_list_sort(struct id_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->ids, list->count, sizeof(*list->ids), compare_ids);
	for (size_t i = 1; i < list->count; i++) {
		if (list->ids[i] != list->ids[kept])
			list->ids[++kept] = list->ids[i];
	}
	list->count = kept + 1;
}

bool
id_list_has(const struct id_list *list, uint64_t id)
{
	return list->count > 0 &&
	       bsearch(&id, list->ids, list->count, sizeof(*list->ids), compare_ids) != NULL;
}
