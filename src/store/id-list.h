/* SPDX-License-Identifier: ISC */
/* A list of ids of requests. */
#ifndef STORE_ID_LIST_H
#define STORE_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_list {
	uint64_t *ids; /* freed with free() */
	size_t count;
	size_t capacity;
};

void id_list_add(struct id_list *, uint64_t id);
/* Sorts in ascending order, and drops what is there twice. */
void id_list_sort(struct id_list *);
/* Whether a sorted list has that id. */
bool id_list_has(const struct id_list *, uint64_t id);

#endif
