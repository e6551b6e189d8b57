/* SPDX-License-Identifier: ISC */
#include "model/parameters.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"
#include "model/step-type.h"

static bool
never(const char *text)
{
	(void)text;
	return false;
}

const struct check_mode check_written = {.is_open = placeholder_in, .placeholders = true};
const struct check_mode check_filled = {.is_open = never};
const struct check_mode check_shown = {.is_open = placeholder_stands_in};

static const struct parameter_field *
find_field(const struct parameter_field *fields, const char *name)
{
	for (; fields->name != NULL; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

static bool
is_given(const struct value *value)
{
	return value != NULL && value->type != VALUE_NULL;
}

static bool
type_fits(const struct parameter_kind *kind, const struct value *value)
{
	return (kind->types & (1U << value->type)) != 0;
}

bool
parameter_is_open(const struct parameter_check *check, const struct value *value)
{
	return value->type == VALUE_STRING && check->mode->is_open(value->text);
}

/* ---- checking */

struct placement {
	const struct parameter_field *field;
	struct faults *faults;
};

static void
check_placement(void *context, const struct placeholder *placeholder)
{
	const struct placement *placement = context;
	const struct parameter_field *field = placement->field;
	unsigned places = PLACE_TEXT | field->kind->places | (field->required ? 0 : PLACE_MEMBER);
	struct strbuf err = STRBUF_INIT;

	if (field->literal_only)
		fault_add(placement->faults, placeholder->where,
		    "a placeholder (%s) cannot stand here", placeholder->name);
	else if (filters_check(placeholder->filters, places, &err) != 0)
		fault_add(placement->faults, placeholder->where, "%s", err.buf);
	strbuf_release(&err);
}

/* Returns whether the placeholders in a parameter are well-formed, and may be there. */
static bool
check_placeholders(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	struct placement placement = {field, check->faults};
	struct arena names = ARENA_INIT;
	size_t before = check->faults->count;

	placeholder_each(&names, value, check->rules, check_placement, &placement, check->faults);
	arena_release(&names);
	return check->faults->count == before;
}

static void check_table(const struct parameter_check *, const struct parameter_field *,
    const struct value *map, const char *what);

static void
check_parameter(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	const struct parameter_kind *kind = field->kind;
	bool is_group = field->members != NULL && value->type == VALUE_MAP, in_order = true;

	if (check->mode->placeholders && !is_group) /* its members are checked one by one */
		in_order = check_placeholders(check, field, value);
	if (parameter_is_open(check, value)) {
		if (check->mode->placeholders && in_order && kind->check_open != NULL)
			kind->check_open(check, value);
	} else if (!type_fits(kind, value)) {
		fault_add(check->faults, value, "'%s' must be %s, not a %s", field->name,
		    kind->words, value_type_name(value->type));
	} else if (is_group) {
		check_table(check, field->members, value, field->name);
	} else if (kind->check != NULL) {
		kind->check(check, field, value);
	}
}

static void
add_unknown_parameter(const struct parameter_field *fields, const struct value *key,
    const char *what, struct faults *faults)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	for (; fields->name != NULL; fields++)
		suggest_offer(&near, fields->name);
	fault_add(
	    faults, key, "unknown parameter '%s' of %s%s", key->text, what, suggest_text(&near));
}

static void
check_table(const struct parameter_check *check, const struct parameter_field *fields,
    const struct value *map, const char *what)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct value_pair *pair = &map->pairs[i];
		const struct parameter_field *field = find_field(fields, pair->key->text);

		if (field == NULL)
			add_unknown_parameter(fields, pair->key, what, check->faults);
		else if (pair->value->type != VALUE_NULL)
			check_parameter(check, field, pair->value);
	}
	for (; fields->name != NULL; fields++) {
		if (fields->required && !is_given(value_map_get(map, fields->name)))
			fault_add(check->faults, map, "%s has no '%s'", what, fields->name);
	}
}

void
parameter_fault(const struct parameter_check *check, const void *member, const char *fmt, ...)
{
	size_t offset = (size_t)((const char *)member - (const char *)check->parameters);
	const struct parameter_field *field = check->fields;
	struct strbuf message = STRBUF_INIT;
	const struct value *where;
	va_list args;

	while (field->name != NULL && field->offset != offset)
		field++;
	where = field->name == NULL ? NULL : value_map_get(check->map, field->name);
	if (where == NULL)
		where = check->map;
	va_start(args, fmt);
	strbuf_vaddf(&message, fmt, args);
	va_end(args);
	fault_add(check->faults, where, "%s", message.buf);
	strbuf_release(&message);
}

/* ---- reading */

/* A fallback is written as in a pipeline; one of a list is its only item. */
static struct value *
fallback_value(struct arena *arena, const struct parameter_field *field)
{
	unsigned types = field->kind->types;
	struct value *value = value_string(arena, field->fallback), *list;

	if ((types & VALUE_BIT(STRING)) != 0)
		return value;
	if ((types & VALUE_BIT(BOOLEAN)) != 0)
		return value_boolean(arena, strcmp(field->fallback, "true") == 0);
	if ((types & VALUE_BIT(NUMBER)) != 0) {
		value->type = VALUE_NUMBER;
		return value;
	}
	list = value_new(arena, VALUE_LIST);
	value_list_add(arena, list, value);
	return list;
}

static bool
read_table(struct arena *, const struct parameter_field *, const struct value *map, char *into);

/* Reads a value, or the fallback.  Returns false when a value is given and cannot be read. */
static bool
read_parameter(
    struct arena *arena, const struct parameter_field *field, const struct value *value, char *at)
{
	bool given = is_given(value), fits = given && type_fits(field->kind, value);

	if (field->members != NULL)
		return read_table(arena, field->members, fits ? value : NULL, at) && fits == given;
	if (fits && field->kind->read(arena, field, value, at))
		return true;
	if (field->fallback != NULL)
		field->kind->read(arena, field, fallback_value(arena, field), at);
	return !given;
}

/* Reads what a map gives, and the fallbacks of what it does not give. */
static bool
read_table(
    struct arena *arena, const struct parameter_field *fields, const struct value *map, char *into)
{
	bool complete = true;

	for (; fields->name != NULL; fields++) {
		const struct value *value = value_map_get(map, fields->name);

		if (!read_parameter(arena, fields, value, into + fields->offset))
			complete = false;
	}
	return complete;
}

bool
parameters_read(struct arena *arena, const struct step_type *type, const struct value *parameters,
    const void **out)
{
	char *into = arena_alloc(arena, type->size);

	*out = into;
	return read_table(arena, type->fields, parameters, into);
}

/* ---- all of it */

/* Checks the parameters, each by itself and then with each other, and returns them as read. */
static const void *
check_and_read(struct arena *arena, const struct step_type *type, const struct value *map,
    const struct check_mode *mode, int64_t rules, struct faults *faults)
{
	struct parameter_check check = {
	    .mode = mode, .rules = rules, .faults = faults, .fields = type->fields, .map = map};
	struct strbuf what = STRBUF_INIT;

	strbuf_addf(&what, "a step of type %s", type->name);
	check_table(&check, type->fields, map, what.buf);
	strbuf_release(&what);
	parameters_read(arena, type, map, &check.parameters);
	if (type->check != NULL)
		type->check(check.parameters, &check);
	return check.parameters;
}

void
parameters_check(const struct step_type *type, const struct value *parameters, int64_t rules,
    struct faults *faults)
{
	struct arena arena = ARENA_INIT;

	check_and_read(&arena, type, parameters, &check_written, rules, faults);
	arena_release(&arena);
}

/*
 * Reports what cannot be filled in once: a stand-in takes its place.  Returns NULL for what is left
 * out.
 */
static struct value *
fill_parameter(const struct parameter_filling *filling, const struct parameter_field *field,
    const struct value *value, struct faults *faults)
{
	struct strbuf err = STRBUF_INIT;
	struct value *out = NULL;
	int ret;

	if (field != NULL && field->kind->fill != NULL && type_fits(field->kind, value))
		ret = field->kind->fill(filling, value, &out, &err);
	else
		ret = placeholder_fill(filling->arena, value, filling->scope, &out, &err);
	if (ret != 0) {
		fault_add(faults, NULL, "%s", err.buf);
		out = value_string(filling->arena, PLACEHOLDER_STAND_IN);
	}
	if (out != NULL)
		out->line = out->column =
		    0; /* the place in the file is of no use in a step's message */
	strbuf_release(&err);
	return out;
}

const void *
parameters_fill(const struct parameter_filling *filling, const struct step_type *type,
    const struct value *parameters, struct faults *faults)
{
	struct value *filled = value_new(filling->arena, VALUE_MAP);
	size_t before = faults->count;
	bool stands_in;

	for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
		const struct value_pair *pair = &parameters->pairs[i];
		struct value *value = fill_parameter(
		    filling, find_field(type->fields, pair->key->text), pair->value, faults);

		if (value != NULL)
			value_map_add(filling->arena, filled, pair->key, value);
	}
	if (schema_levels(filled) > JSON_MAX_DEPTH)
		fault_add(faults, NULL,
		    "the parameters have more than %d levels once they are filled in",
		    JSON_MAX_DEPTH);
	stands_in = filling->scope->stands_in || faults->count > before;
	return check_and_read(filling->arena, type, filled,
	    stands_in ? &check_shown : &check_filled, filling->scope->rules, faults);
}
