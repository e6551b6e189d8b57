/* SPDX-License-Identifier: ISC */
#include "model/pipeline/form.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"

/* Finding the nearest field is slow: how many faults get a suggestion, from how many fields. */
#define SUGGESTED_FAULTS 20
#define SUGGESTED_FIELDS 500

static const struct value empty_text = {.type = VALUE_STRING, .text = ""};
static const struct value empty_list = {.type = VALUE_LIST};
static const struct value nothing = {.type = VALUE_NULL};

const struct field *
form_find(const struct form *form, const char *name)
{
	size_t place;

	return name_map_find(&form->places, name, &place) ? &form->fields[place] : NULL;
}

static void
add_unknown_field(const struct form *form, const struct value *key, struct faults *faults)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	if (faults->count < SUGGESTED_FAULTS) {
		for (size_t i = 0; i < form->count && i < SUGGESTED_FIELDS; i++)
			suggest_offer(&near, form->fields[i].name);
	}
	fault_add(faults, key, "the form has no field '%s'%s", key->text, suggest_text(&near));
}

static struct value *
copy_of(struct arena *arena, const struct value *value)
{
	struct value *copy = value_new(arena, value->type);

	*copy = *value;
	return copy;
}

/* The default of what was left out. */
static struct value *
with_default(struct arena *arena, const struct field *field, struct value *value)
{
	if (field->fallback != NULL && field_is_left_out(field, value))
		return copy_of(arena, field->fallback);
	return value;
}

static void
check_field(struct arena *arena, const struct form *form, const struct field *field,
    struct value *given, struct value *data, struct faults *faults)
{
	struct strbuf err = STRBUF_INIT;
	const struct value *value = NULL;

	given = with_default(arena, field, given);
	if (field_read(arena, field, form->machine, given, &value, &err) != 0)
		fault_add(faults, given, "form field '%s': %s", field->name, err.buf);
	else if (value != NULL)
		value_map_add(arena, data, value_string(arena, field->name), copy_of(arena, value));
	strbuf_release(&err);
}

/* The values of a map in the order of the form, NULL for what it does not have. */
static struct value **
by_field(struct arena *arena, const struct form *form, const struct value *map)
{
	struct value **values = arena_calloc(arena, form->count + 1, sizeof(*values));
	size_t place;

	for (size_t i = 0; i < map->count; i++) {
		if (name_map_find(&form->places, map->pairs[i].key->text, &place))
			values[place] = map->pairs[i].value;
	}
	return values;
}

void
form_update(struct arena *arena, const struct form *form, const struct value *kept,
    const struct value *given, const struct value **out, struct faults *faults)
{
	struct value *data = value_new(arena, VALUE_MAP);
	struct value **values, **kept_values = by_field(arena, form, kept);
	size_t before = faults->count, place;

	if (given->type != VALUE_MAP) {
		fault_add(faults, given, "the form data must be a map, not a %s",
		    value_type_name(given->type));
		return;
	}
	for (size_t i = 0; i < given->count; i++) {
		if (!name_map_find(&form->places, given->pairs[i].key->text, &place))
			add_unknown_field(form, given->pairs[i].key, faults);
	}
	values = by_field(arena, form, given);
	for (size_t i = 0; i < form->count; i++) {
		const struct field *field = &form->fields[i];

		if (values[i] == NULL && kept_values[i] != NULL)
			value_map_add(
			    arena, data, value_string(arena, field->name), kept_values[i]);
		else
			check_field(arena, form, field, values[i], data, faults);
	}
	if (faults->count == before)
		*out = data;
}

void
form_check(struct arena *arena, const struct form *form, const struct value *given,
    const struct value **out, struct faults *faults)
{
	const struct value no_answers = {.type = VALUE_MAP};

	form_update(arena, form, &no_answers, given, out, faults);
}

static void
take_over(struct arena *arena, const struct field *old, const struct field *field,
    const struct value *value, struct value *given, struct value *dropped)
{
	struct value *copy;

	if (field == NULL || (old->secret && !field->secret)) {
		if (value != NULL)
			value_list_add(arena, dropped, value_string(arena, old->name));
		return;
	}
	if (value == NULL && field->required)
		return;
	copy = value_new(arena, VALUE_NULL);
	if (value != NULL)
		*copy = *value;
	copy->line = copy->column = 0; /* it is in no file that was given */
	value_map_add(arena, given, value_string(arena, field->name), copy);
}

void
form_take_over(struct arena *arena, const struct form *form, const struct form *old,
    const struct value *old_data, struct value *given, struct value *dropped)
{
	struct value **values = by_field(arena, old, old_data);
	struct value **replaced = by_field(arena, old, given);

	for (size_t i = 0; i < old->count; i++) {
		const struct field *field = &old->fields[i];

		if (replaced[i] == NULL)
			take_over(
			    arena, field, form_find(form, field->name), values[i], given, dropped);
	}
}

/* Whether the answer would be kept as it is in the data (NULL: it is left out there). */
static bool
is_kept_so(struct arena *arena, const struct form *form, const struct field *field,
    struct value *answer, const struct value *kept)
{
	const struct value *value = NULL;

	answer = with_default(arena, field, answer);
	if (field_read(arena, field, form->machine, answer, &value, NULL) != 0)
		value = answer; /* it was accepted by what the form was then */
	if (value == NULL || kept == NULL)
		return value == NULL && kept == NULL;
	return value_equal(value, kept);
}

void
form_compare(struct arena *arena, const struct form *form, const struct value *given,
    const struct value *data, struct value *names)
{
	struct value **answers = by_field(arena, form, given), **kept = by_field(arena, form, data);

	for (size_t i = 0; i < form->count; i++) {
		const struct field *field = &form->fields[i];

		if (!is_kept_so(arena, form, field, answers[i], kept[i]))
			value_list_add(arena, names, value_string(arena, field->name));
	}
	for (size_t i = 0; i < given->count; i++) {
		if (form_find(form, given->pairs[i].key->text) == NULL)
			value_list_add(arena, names, given->pairs[i].key);
	}
}

const struct value *
form_value(const struct form *form, const struct value *data, const char *name)
{
	const struct field *field = form_find(form, name);
	const struct value *value = value_map_get(data, name);

	if (field == NULL)
		return NULL;
	if (value != NULL)
		return value;
	if (field->implicit)
		return NULL;
	switch (field->type) {
	case FIELD_CHECKBOXES:
		return &empty_list;
	case FIELD_WHOLE:
	case FIELD_NUMBER:
	case FIELD_TRUTH:
		return &nothing;
	default:
		return &empty_text;
	}
}

static void
mask_value(struct redactor *redactor, const struct field *field, const struct value *value)
{
	if (value->type == VALUE_STRING || value->type == VALUE_NUMBER)
		(field->secret ? redactor_add : redactor_add_known)(redactor, value->text);
	for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++)
		mask_value(redactor, field, value->items[i]);
}

void
form_mask(const struct form *form, const struct value *data, struct redactor *redactor)
{
	for (size_t i = 0; i < form->count; i++) {
		const struct value *value = value_map_get(data, form->fields[i].name);

		if (value != NULL)
			mask_value(redactor, &form->fields[i], value);
	}
}
