/* SPDX-License-Identifier: ISC */
#include "base/yaml/yaml-anchor.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/yaml/yaml.h"

void
yaml_anchors_release(struct yaml_anchors *anchors)
{
	free(anchors->array);
	memset(anchors, 0, sizeof(*anchors));
}

int
yaml_anchor_add(struct yaml_anchors *anchors, struct arena *arena, const char *name)
{
	if (anchors->count == YAML_MAX_ANCHORS)
		return -1;
	if (anchors->count == anchors->room) {
		anchors->room = anchors->room ? anchors->room * 2 : 8;
		anchors->array =
		    xreallocarray(anchors->array, anchors->room, sizeof(*anchors->array));
	}
	anchors->array[anchors->count++] = (struct yaml_anchor){
	    .name = arena_strdup(arena, name),
	};
	return 0;
}

void
yaml_anchor_set(
    struct yaml_anchors *anchors, size_t index, struct value *value, size_t count, int height)
{
	struct yaml_anchor *anchor = &anchors->array[index];

	anchor->value = value;
	anchor->count = count;
	anchor->height = height;
}

const struct yaml_anchor *
yaml_anchor_find(const struct yaml_anchors *anchors, const char *name)
{
	for (size_t i = anchors->count; i > 0; i--) {
		if (strcmp(anchors->array[i - 1].name, name) == 0)
			return &anchors->array[i - 1];
	}
	return NULL;
}
