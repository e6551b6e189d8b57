/* SPDX-License-Identifier: ISC */
#include "base/name-map.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* FNV-1a. */
static size_t
hash(const char *name)
{
	uint64_t sum = 14695981039346656037ULL;

	for (; *name != '\0'; name++)
		sum = (sum ^ (unsigned char)*name) * 1099511628211ULL;
	return (size_t)(sum ^ sum >> 32);
}

/* The slot of the name, or the free one where it belongs.  There is always a free one. */
static struct name_map_slot *
slot_of(const struct name_map *names, const char *name)
{
	size_t at = hash(name) & (names->capacity - 1);

	while (names->slots[at].name != NULL && strcmp(names->slots[at].name, name) != 0)
		at = (at + 1) & (names->capacity - 1);
	return &names->slots[at];
}

static void
grow(struct arena *arena, struct name_map *names)
{
	const struct name_map old = *names;

	names->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
	names->slots = arena_calloc(arena, names->capacity, sizeof(*names->slots));
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].name != NULL)
			*slot_of(names, old.slots[i].name) = old.slots[i];
	}
}

bool
name_map_add(struct arena *arena, struct name_map *names, const char *name, size_t place)
{
	struct name_map_slot *slot;

	if (names->count >= names->capacity / 2)
		grow(arena, names);
	slot = slot_of(names, name);
	if (slot->name != NULL)
		return false;
	*slot = (struct name_map_slot){name, place};
	names->count++;
	return true;
}

bool
name_map_find(const struct name_map *names, const char *name, size_t *place)
{
	const struct name_map_slot *slot = names->capacity == 0 ? NULL : slot_of(names, name);

	if (slot == NULL || slot->name == NULL)
		return false;
	*place = slot->place;
	return true;
}
