/* SPDX-License-Identifier: ISC */
#include "model/pipeline/schema.h"

#include <string.h>

#include "base/faults.h"
#include "base/suggest.h"
#include "base/value.h"

static bool
is_known(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (strcmp(key, *known) == 0)
			return true;
	}
	return false;
}

static void
add_unknown_key(
    const struct value *key, const char *const *known, const char *what, struct faults *faults)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	for (; *known != NULL; known++)
		suggest_offer(&near, *known);
	fault_add(faults, key, "unknown key '%s' in %s%s", key->text, what, suggest_text(&near));
}

void
schema_keys(
    const struct value *map, const char *const *known, const char *what, struct faults *faults)
{
	for (size_t i = 0; i < map->count; i++) {
		if (!is_known(map->pairs[i].key->text, known))
			add_unknown_key(map->pairs[i].key, known, what, faults);
	}
}

/* The item when it is there, not null, and of that type. */
static const struct value *
typed_item(const struct value *map, const char *key, enum value_type type, struct faults *faults)
{
	const struct value *item = value_map_get(map, key);

	if (item == NULL || item->type == VALUE_NULL)
		return NULL;
	if (item->type == type)
		return item;
	fault_add(faults, item, "'%s' must be a %s, not a %s", key, value_type_name(type),
	    value_type_name(item->type));
	return NULL;
}

const char *
schema_text(const struct value *map, const char *key, const char *fallback, struct faults *faults)
{
	const struct value *item = typed_item(map, key, VALUE_STRING, faults);

	return item == NULL ? fallback : item->text;
}

bool
schema_boolean(const struct value *map, const char *key, bool fallback, struct faults *faults)
{
	const struct value *item = typed_item(map, key, VALUE_BOOLEAN, faults);

	return item == NULL ? fallback : item->boolean;
}

int64_t
schema_count(const struct value *map, const char *key, int64_t fallback, struct faults *faults)
{
	const struct value *item = typed_item(map, key, VALUE_NUMBER, faults);
	int64_t number;

	if (item == NULL)
		return fallback;
	if (value_to_integer(item, &number) && number >= 0)
		return number;
	fault_add(faults, item, "'%s' must be a whole number, not negative", key);
	return fallback;
}

const struct value *
schema_list(const struct value *map, const char *key, struct faults *faults)
{
	return typed_item(map, key, VALUE_LIST, faults);
}

const struct value *
schema_map(const struct value *map, const char *key, struct faults *faults)
{
	return typed_item(map, key, VALUE_MAP, faults);
}

const char *
schema_required(const struct value *map, const char *key, const char *what, struct faults *faults)
{
	const struct value *item = value_map_get(map, key);
	const char *text;

	if (item == NULL || item->type == VALUE_NULL) {
		fault_add(faults, map, "%s has no '%s'", what, key);
		return NULL;
	}
	text = schema_text(map, key, NULL, faults);
	if (text != NULL && *text == '\0') {
		fault_add(faults, item, "'%s' is empty", key);
		return NULL;
	}
	return text;
}

int
schema_levels(const struct value *value)
{
	int levels = 0;

	if (value->type != VALUE_LIST && value->type != VALUE_MAP)
		return 0;
	for (size_t i = 0; i < value->count; i++) {
		int inside = schema_levels(
		    value->type == VALUE_LIST ? value->items[i] : value->pairs[i].value);

		if (inside > levels)
			levels = inside;
	}
	return levels + 1;
}
