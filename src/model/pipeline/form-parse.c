/* SPDX-License-Identifier: ISC */
/* The "form" of a pipeline document. */
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "model/pipeline/namespace.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"

static const char *const field_type_names[] = {
    [FIELD_INPUT] = "input",
    [FIELD_TEXT] = "text",
    [FIELD_SELECT] = "select",
    [FIELD_CHECKBOXES] = "checkboxes",
};

/* Of a field whose options cannot be used. */
static const struct value no_options = {.type = VALUE_LIST};

#define FIELD_TYPE_COUNT (sizeof(field_type_names) / sizeof(field_type_names[0]))

static const char *const form_keys[] = {"fields", NULL};
static const char *const field_keys[] = {"name", "title", "description", "type", "required",
    "min_length", "placeholder", "options", "default", "secret", NULL};

const char *
field_type_name(enum field_type type)
{
	return field_type_names[type];
}

bool
form_field_name_valid(const char *name, int64_t rules)
{
	return placeholder_name_valid(name, rules) && strchr(name, '=') == NULL;
}

/* Whether it is a type, so that what the type asks for can be checked. */
static bool
parse_type(const struct value *map, struct field *field, struct faults *faults)
{
	const char *name = schema_text(map, "type", "input", faults);
	const struct value *given = value_map_get(map, "type");
	struct suggestion near;

	suggest_init(&near, name);
	for (size_t i = 0; i < FIELD_TYPE_COUNT; i++) {
		if (strcmp(name, field_type_names[i]) == 0) {
			field->type = (enum field_type)i;
			return given == NULL || given->type == VALUE_NULL ||
			       given->type == VALUE_STRING;
		}
		suggest_offer(&near, field_type_names[i]);
	}
	fault_add(faults, given, "unknown field type '%s'%s%s", name,
	    near.best == NULL ? " (there are input, text, select, checkboxes)" : "",
	    suggest_text(&near));
	return false;
}

/* Whether the options can be offered: texts, none of them twice. */
static bool
options_usable(const struct value *options, struct faults *faults)
{
	struct arena arena = ARENA_INIT;
	struct name_map seen = {0};
	size_t before = faults->count;

	for (size_t i = 0; i < options->count; i++) {
		const struct value *option = options->items[i];

		if (value_text(option) == NULL || *option->text == '\0') {
			fault_add(faults, option, "an option must be text that is not empty%s",
			    option->type == VALUE_NUMBER || option->type == VALUE_BOOLEAN
				? ": put it in quotes"
				: "");
			continue;
		}
		if (!name_map_add(&arena, &seen, option->text, i))
			fault_add(faults, option, "option '%s' is given twice", option->text);
	}
	arena_release(&arena);
	return faults->count == before;
}

static void
parse_options(const struct value *map, struct field *field, bool type_known, struct faults *faults)
{
	const struct value *options = schema_list(map, "options", faults);
	const struct value *given = value_map_get(map, "options");

	if (!type_known) {
		if (options != NULL)
			options_usable(options, faults);
		return;
	}
	if (!field_type_has_options(field->type)) {
		if (options != NULL && options->count > 0)
			fault_add(faults, given,
			    "%s %s field has no 'options': its type is select or checkboxes?",
			    field->type == FIELD_INPUT ? "an" : "a", field_type_name(field->type));
		return;
	}
	field->options = &no_options;
	if (options == NULL || options->count == 0) {
		if (given == NULL || options != NULL || given->type == VALUE_NULL)
			fault_add(faults, given == NULL ? map : given, "a %s field needs 'options'",
			    field_type_name(field->type));
		return;
	}
	if (options_usable(options, faults))
		field->options = options;
}

static void
parse_default(
    struct arena *arena, const struct value *map, struct field *field, struct faults *faults)
{
	const struct value *given = value_map_get(map, "default");
	struct strbuf err = STRBUF_INIT;
	struct value *list;

	if (given == NULL || given->type == VALUE_NULL)
		return;
	if (field_type_has_options(field->type) &&
	    (field->options == NULL || field->options->count == 0))
		return; /* there is a fault about the options already */
	if (given->type == VALUE_STRING && *given->text == '\0')
		return; /* as a form that was left empty */
	if (field->secret) {
		fault_add(faults, given,
		    "a secret field has no 'default': whoever sees the pipeline would see it");
		return;
	}
	if (field_check(field, given, &err) != 0)
		fault_add(faults, given, "the default of '%s': %s", field->name, err.buf);
	strbuf_release(&err);
	field->fallback = given;
	if (field->type == FIELD_CHECKBOXES && given->type == VALUE_STRING) {
		list = value_new(arena, VALUE_LIST);
		value_list_add(arena, list, value_map_get(map, "default"));
		field->fallback = list;
	}
}

/* A text for people; an empty one is as good as none. */
static const char *
parse_text(const struct value *map, const char *key, const char *fallback, struct faults *faults)
{
	const char *text = schema_text(map, key, fallback, faults);

	return text == NULL || *text == '\0' ? fallback : text;
}

static void
parse_field(struct arena *arena, const struct value *map, int64_t rules, struct form *form,
    struct faults *faults)
{
	struct field *field = &form->fields[form->count];
	bool type_known;
	const char *name;

	if (map->type != VALUE_MAP) {
		fault_add(faults, map, "a form field must be a map, not a %s",
		    value_type_name(map->type));
		return;
	}
	schema_keys(map, field_keys, "a form field", faults);
	name = schema_required(map, "name", "a form field", faults);
	field->name = name == NULL ? "" : name;
	if (name != NULL && !form_field_name_valid(name, rules))
		fault_add(faults, value_map_get(map, "name"),
		    "'%s' cannot be the name of a form field", name);
	if (name != NULL && !name_map_add(arena, &form->places, name, form->count))
		fault_add(
		    faults, value_map_get(map, "name"), "there are two form fields '%s'", name);
	field->title = parse_text(map, "title", field->name, faults);
	field->description = parse_text(map, "description", NULL, faults);
	field->placeholder = parse_text(map, "placeholder", NULL, faults);
	type_known = parse_type(map, field, faults);
	field->required = schema_boolean(map, "required", false, faults);
	field->secret = schema_boolean(map, "secret", false, faults);
	field->min_length = schema_count(map, "min_length", 0, faults);
	if (field->min_length > 0 && field_type_has_options(field->type))
		fault_add(faults, value_map_get(map, "min_length"),
		    "'min_length' is for input and text fields");
	parse_options(map, field, type_known, faults);
	if (type_known)
		parse_default(arena, map, field, faults);
	form->count++;
}

void
form_parse(struct arena *arena, const struct value *form, int64_t rules, struct form *out,
    struct faults *faults)
{
	const struct value *fields;

	*out = (struct form){0};
	if (form == NULL || form->type == VALUE_NULL)
		return;
	schema_keys(form, form_keys, "the form", faults);
	fields = schema_list(form, "fields", faults);
	if (fields == NULL)
		return;
	out->given = rules >= NAMESPACE_RULES;
	out->capacity = fields->count;
	out->fields = arena_calloc(arena, out->capacity, sizeof(*out->fields));
	for (size_t i = 0; i < fields->count; i++)
		parse_field(arena, fields->items[i], rules, out, faults);
}

void
form_add_implicit(struct arena *arena, struct form *form, const char *name)
{
	ARENA_GROW(arena, form->fields, form->count, form->capacity);
	name_map_add(arena, &form->places, name, form->count);
	form->fields[form->count++] = (struct field){
	    .name = name,
	    .title = name,
	    .type = FIELD_INPUT,
	    .required = true,
	    .implicit = true,
	};
}
