/* SPDX-License-Identifier: ISC */
#include "base/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/number.h"

#define FEW_KEYS 16

struct value *
value_new(struct arena *arena, enum value_type type)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = type;
	return value;
}

struct value *
value_boolean(struct arena *arena, bool boolean)
{
	struct value *value = value_new(arena, VALUE_BOOLEAN);

	value->boolean = boolean;
	return value;
}

struct value *
value_integer(struct arena *arena, int64_t number)
{
	struct value *value = value_new(arena, VALUE_NUMBER);

	value->text = arena_printf(arena, "%lld", (long long)number);
	return value;
}

struct value *
value_string(struct arena *arena, const char *text)
{
	struct value *value = value_new(arena, VALUE_STRING);

	value->text = arena_strdup(arena, text);
	return value;
}

void
value_list_add(struct arena *arena, struct value *list, struct value *item)
{
	ARENA_GROW(arena, list->items, list->count, list->capacity);
	list->items[list->count++] = item;
}

void
value_map_add(struct arena *arena, struct value *map, struct value *key, struct value *item)
{
	ARENA_GROW(arena, map->pairs, map->count, map->capacity);
	map->pairs[map->count++] = (struct value_pair){key, item};
}

static struct value_pair *
find_pair(const struct value *map, const char *key)
{
	if (map == NULL || map->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->pairs[i].key->text, key) == 0)
			return &map->pairs[i];
	}
	return NULL;
}

void
value_map_set(struct arena *arena, struct value *map, const char *key, struct value *item)
{
	struct value_pair *pair = find_pair(map, key);

	if (pair != NULL)
		pair->value = item;
	else
		value_map_add(arena, map, value_string(arena, key), item);
}

struct value *
value_map_get(const struct value *map, const char *key)
{
	const struct value_pair *pair = find_pair(map, key);

	return pair != NULL ? pair->value : NULL;
}

/* By key, and equal keys by their order in the map. */
static int
compare_pairs(const void *left, const void *right)
{
	const struct value_pair *a = *(const struct value_pair *const *)left;
	const struct value_pair *b = *(const struct value_pair *const *)right;
	int order = strcmp(a->key->text, b->key->text);

	if (order != 0)
		return order;
	return a < b ? -1 : a > b;
}

/* The pairs in the order of their keys; the caller frees the array. */
static const struct value_pair **
sort_pairs(const struct value *map)
{
	const struct value_pair **sorted = xcalloc(map->count, sizeof(*sorted));

	for (size_t i = 0; i < map->count; i++)
		sorted[i] = &map->pairs[i];
	qsort(sorted, map->count, sizeof(*sorted), compare_pairs);
	return sorted;
}

/* Compares each key with each, which is faster than sorting when they are few. */
static bool
are_distinct(const struct value *map)
{
	for (size_t i = 1; i < map->count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(map->pairs[i].key->text, map->pairs[j].key->text) == 0)
				return false;
		}
	}
	return true;
}

/*
 * For each pair of the map, whether its key stands before it too; NULL: no key does.  The caller
 * frees the array.  By sorting: a hostile file has 100,000 keys.
 */
static bool *
find_duplicates(const struct value *map)
{
	const struct value_pair **sorted;
	bool *again = NULL;

	if (map->count <= FEW_KEYS && are_distinct(map))
		return NULL;
	sorted = sort_pairs(map);
	for (size_t i = 1; i < map->count; i++) {
		if (strcmp(sorted[i - 1]->key->text, sorted[i]->key->text) != 0)
			continue;
		if (again == NULL)
			again = xcalloc(map->count, sizeof(*again));
		again[sorted[i] - map->pairs] = true;
	}
	free(sorted);
	return again;
}

const struct value *
value_map_duplicate(const struct value *map)
{
	bool *again = find_duplicates(map);
	size_t first = 0;

	if (again == NULL)
		return NULL;
	while (!again[first])
		first++;
	free(again);
	return map->pairs[first].key;
}

struct value *
value_map_drop_duplicates(struct arena *arena, struct value *map)
{
	bool *again = find_duplicates(map);
	struct value *dropped;
	size_t kept = 0;

	if (again == NULL)
		return NULL;
	dropped = value_new(arena, VALUE_LIST);
	for (size_t i = 0; i < map->count; i++) {
		if (again[i])
			value_list_add(arena, dropped, map->pairs[i].key);
		else
			map->pairs[kept++] = map->pairs[i];
	}
	map->count = kept;
	free(again);
	return dropped;
}

const char *
value_text(const struct value *value)
{
	return value != NULL && value->type == VALUE_STRING ? value->text : NULL;
}

bool
value_to_integer(const struct value *value, int64_t *out)
{
	bool negative;
	uint64_t number;

	if (value == NULL || value->type != VALUE_NUMBER)
		return false;
	negative = value->text[0] == '-';
	if (!number_parse(value->text + negative, (uint64_t)INT64_MAX + negative, &number))
		return false;
	*out = (int64_t)(negative ? 0 - number : number);
	return true;
}

static bool
list_equal(const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (!value_equal(a->items[i], b->items[i]))
			return false;
	}
	return true;
}

static bool
map_equal(const struct value *a, const struct value *b)
{
	const struct value_pair **left = sort_pairs(a), **right = sort_pairs(b);
	bool equal = true;

	for (size_t i = 0; equal && i < a->count; i++) {
		equal = strcmp(left[i]->key->text, right[i]->key->text) == 0 &&
			value_equal(left[i]->value, right[i]->value);
	}
	free(left);
	free(right);
	return equal;
}

bool
value_equal(const struct value *a, const struct value *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->type != b->type || a->count != b->count)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOLEAN:
		return a->boolean == b->boolean;
	case VALUE_NUMBER:
	case VALUE_STRING:
		return strcmp(a->text, b->text) == 0;
	case VALUE_LIST:
		return list_equal(a, b);
	case VALUE_MAP:
		return map_equal(a, b);
	}
	return false;
}

const char *
value_type_name(enum value_type type)
{
	static const char *const names[] = {
	    [VALUE_NULL] = "null",
	    [VALUE_BOOLEAN] = "boolean",
	    [VALUE_NUMBER] = "number",
	    [VALUE_STRING] = "string",
	    [VALUE_LIST] = "list",
	    [VALUE_MAP] = "map",
	};

	return names[type];
}
