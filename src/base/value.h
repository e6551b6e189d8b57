/* SPDX-License-Identifier: ISC */
/*
 * A JSON value: what YAML and JSON files are read into, and what events are written from.  Values
 * are in an arena, and nobody changes them once they are shared.
 *
 * Numbers keep the digits of the file, so that 1.10 and 9007199254740993 are written as they were
 * read.  Strings are valid UTF-8 without NUL.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum value_type {
	VALUE_NULL,
	VALUE_BOOLEAN,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_MAP,
};

struct value_pair;

struct value {
	enum value_type type;
	unsigned line; /* where it was read, from 1; 0: not read from a file */
	unsigned column;
	bool boolean; /* VALUE_BOOLEAN */
	union {
		const char *text;	  /* VALUE_NUMBER: its digits; VALUE_STRING */
		struct value **items;	  /* VALUE_LIST */
		struct value_pair *pairs; /* VALUE_MAP, in the order of the file */
	};
	size_t count;	 /* of items or pairs; 0 for other types */
	size_t capacity; /* items or pairs allocated */
};

struct value_pair {
	struct value *key; /* VALUE_STRING */
	struct value *value;
};

/* Returns a value that is all zero but for its type. */
struct value *value_new(struct arena *, enum value_type);
struct value *value_boolean(struct arena *, bool);
struct value *value_integer(struct arena *, int64_t);
/* Copies the text. */
struct value *value_string(struct arena *, const char *text);
void value_list_add(struct arena *, struct value *list, struct value *item);
/* Adds a pair at the end, also when the map has that key already. */
void value_map_add(struct arena *, struct value *map, struct value *key, struct value *item);
/* Replaces the item of that key, or adds it at the end.  Copies the key. */
void value_map_set(struct arena *, struct value *map, const char *key, struct value *item);

/* Returns the item of that key; NULL when there is none or map is NULL or not a VALUE_MAP. */
struct value *value_map_get(const struct value *map, const char *key);
/* Returns the first key that stands before it in the map too, or NULL; in O(n log n). */
const struct value *value_map_duplicate(const struct value *map);
/*
 * Removes every pair whose key stands before it in the map too, and returns the keys of those
 * pairs as a list in the arena; NULL when there are none.
 */
struct value *value_map_drop_duplicates(struct arena *, struct value *map);
/* Returns the text of a VALUE_STRING, NULL for anything else and for NULL. */
const char *value_text(const struct value *);
/* Reads a VALUE_NUMBER that is a whole number in int64_t: 7, not 7.0 or 1e3.  False: it is not. */
bool value_to_integer(const struct value *, int64_t *);
/* Compares deeply: numbers by their digits, maps without regard to order. */
bool value_equal(const struct value *, const struct value *);
/* Returns "null", "boolean", "number", "string", "list" or "map", for messages. */
const char *value_type_name(enum value_type);

#endif
