/* SPDX-License-Identifier: ISC */
/* The anchors of a YAML document and what an alias to them stands for.  Only yaml.c needs it. */
#ifndef BASE_YAML_YAML_ANCHOR_H
#define BASE_YAML_YAML_ANCHOR_H

#include <stddef.h>

struct arena;
struct value;

struct yaml_anchor {
	const char *name;
	struct value *value; /* NULL while it is being read */
	size_t count;	     /* of values, with those below it */
	int height;	     /* levels of lists and maps */
};

/* All zero: none. */
struct yaml_anchors {
	struct yaml_anchor *array;
	size_t count;
	size_t room;
};

void yaml_anchors_release(struct yaml_anchors *);
/* Adds one at the end, its name copied.  -1: there are YAML_MAX_ANCHORS. */
int yaml_anchor_add(struct yaml_anchors *, struct arena *, const char *name);
void yaml_anchor_set(struct yaml_anchors *, size_t index, struct value *, size_t count, int height);
/* The last of that name, since a name may be given anew; or NULL. */
const struct yaml_anchor *yaml_anchor_find(const struct yaml_anchors *, const char *name);

#endif
