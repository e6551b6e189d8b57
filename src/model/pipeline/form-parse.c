/* SPDX-License-Identifier: ISC */
/* The "form" of a pipeline document. */
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/pattern.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "model/pipeline/namespace.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"

/* Of a field whose options cannot be used. */
static const struct value no_options = {.type = VALUE_LIST};

static const char *const form_keys[] = {"fields", NULL};
static const char *const field_keys[] = {"name", "title", "description", "type", "required",
    "min_length", "max_length", "pattern", "min", "max", "placeholder", "options", "default",
    "secret", NULL};
static const char *const option_keys[] = {"value", "label", NULL};

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
	struct strbuf known = STRBUF_INIT;
	struct suggestion near;

	if (field_type_find(name, &field->type))
		return given == NULL || given->type == VALUE_NULL || given->type == VALUE_STRING;
	suggest_init(&near, name);
	for (size_t i = 0; field_type_at(i) != NULL; i++) {
		suggest_offer(&near, field_type_at(i));
		strbuf_addf(&known, "%s%s", i == 0 ? "" : ", ", field_type_at(i));
	}
	if (near.best != NULL)
		fault_add(faults, given, "unknown field type '%s'%s", name, suggest_text(&near));
	else
		fault_add(faults, given, "unknown field type '%s' (there are %s)", name, known.buf);
	strbuf_release(&known);
	return false;
}

/* The value and the label of an option; the value is NULL after a fault. */
static const struct value *
parse_option(const struct value *option, const char **label, struct faults *faults)
{
	const struct value *value = option;

	*label = NULL;
	if (option->type == VALUE_MAP) {
		schema_keys(option, option_keys, "an option", faults);
		value = value_map_get(option, "value");
		*label = schema_text(option, "label", NULL, faults);
		if (value == NULL) {
			fault_add(faults, option, "an option has no 'value'");
			return NULL;
		}
	}
	if (value_text(value) == NULL || *value->text == '\0') {
		fault_add(faults, value, "an option must be text that is not empty%s",
		    value->type == VALUE_NUMBER || value->type == VALUE_BOOLEAN
			? ": put it in quotes"
			: "");
		return NULL;
	}
	if (*label == NULL || **label == '\0')
		*label = value->text;
	return value;
}

/* Options as they are read. */
struct options {
	struct value *values;
	const char **labels;
	bool labelled; /* whether one has a label that is not its value */
};

/* Whether the options can be offered: no text stands for two of them. */
static bool
read_options(
    struct arena *arena, const struct value *list, struct options *out, struct faults *faults)
{
	struct name_map seen = {0};
	size_t before = faults->count, place;

	*out = (struct options){.values = value_new(arena, VALUE_LIST),
	    .labels = arena_calloc(arena, list->count + 1, sizeof(*out->labels))};
	for (size_t i = 0; i < list->count; i++) {
		const char **label = &out->labels[out->values->count];
		const struct value *value = parse_option(list->items[i], label, faults);

		if (value == NULL)
			continue;
		if (!name_map_add(arena, &seen, value->text, out->values->count)) {
			fault_add(
			    faults, list->items[i], "option '%s' is given twice", value->text);
			continue;
		}
		value_list_add(arena, out->values, value_string(arena, value->text));
		out->labelled = out->labelled || *label != value->text;
	}
	for (size_t i = 0; out->labelled && i < out->values->count; i++) {
		if (!name_map_add(arena, &seen, out->labels[i], i) &&
		    name_map_find(&seen, out->labels[i], &place) && place != i)
			fault_add(faults, list,
			    "the label '%s' stands for two options, '%s' and '%s'", out->labels[i],
			    out->values->items[place]->text, out->values->items[i]->text);
	}
	return faults->count == before;
}

static const char *
article(enum field_type type)
{
	return type == FIELD_INPUT || type == FIELD_WHOLE ? "an" : "a";
}

static void
parse_options(struct arena *arena, const struct value *map, struct field *field, bool type_known,
    struct faults *faults)
{
	struct options read;
	const struct value *options = schema_list(map, "options", faults);
	const struct value *given = value_map_get(map, "options");

	if (!type_known) {
		if (options != NULL)
			read_options(arena, options, &read, faults);
		return;
	}
	if (!field_type_has_options(field->type)) {
		if (options != NULL && options->count > 0)
			fault_add(faults, given,
			    "%s %s field has no 'options': its type is select or checkboxes?",
			    article(field->type), field_type_name(field->type));
		return;
	}
	field->options = &no_options;
	if (options == NULL || options->count == 0) {
		if (given == NULL || options != NULL || given->type == VALUE_NULL)
			fault_add(faults, given == NULL ? map : given, "a %s field needs 'options'",
			    field_type_name(field->type));
		return;
	}
	if (!read_options(arena, options, &read, faults))
		return;
	field->options = read.values;
	field->labels = read.labelled ? read.labels : NULL;
}

/* A text for people; an empty one is as good as none. */
static const char *
parse_text(const struct value *map, const char *key, const char *fallback, struct faults *faults)
{
	const char *text = schema_text(map, key, fallback, faults);

	return text == NULL || *text == '\0' ? fallback : text;
}

/* A limit as the type keeps it; NULL: none. */
static const struct value *
parse_limit(struct arena *arena, const struct value *map, const char *key,
    const struct field *field, struct faults *faults)
{
	const struct value *given = value_map_get(map, key), *limit = NULL;
	struct strbuf err = STRBUF_INIT;

	if (given == NULL || given->type == VALUE_NULL)
		return NULL;
	if (!field_type_has_order(field->type))
		fault_add(faults, given, "%s %s field has no '%s'%s", article(field->type),
		    field_type_name(field->type), key,
		    field_type_is_text(field->type) ? ": its length has one, 'min_length' and "
						      "'max_length'"
						    : "");
	else if (field_read(arena, field, NULL, given, &limit, &err) != 0 || limit == NULL)
		fault_add(faults, given, "'%s' of '%s': %s", key, field->name,
		    limit == NULL && err.len == 0 ? "it is empty" : err.buf);
	strbuf_release(&err);
	return limit;
}

static void
parse_limits(
    struct arena *arena, const struct value *map, struct field *field, struct faults *faults)
{
	const struct value *min = parse_limit(arena, map, "min", field, faults);
	const struct value *max = parse_limit(arena, map, "max", field, faults);

	if (min != NULL && max != NULL && field_compare(field->type, min, max) > 0)
		fault_add(faults, value_map_get(map, "max"),
		    "'max' of '%s' is less than its 'min': nothing fits", field->name);
	field->min = min;
	field->max = max;
}

/* Length and pattern, which a text has. */
static void
parse_text_limits(const struct value *map, struct field *field, bool judge, struct faults *faults)
{
	static const char *const keys[] = {"min_length", "max_length", "pattern"};
	const struct value *pattern = value_map_get(map, "pattern");
	struct strbuf why = STRBUF_INIT;

	field->min_length = schema_count(map, "min_length", 0, faults);
	field->max_length = schema_count(map, "max_length", 0, faults);
	field->pattern = parse_text(map, "pattern", NULL, faults);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		bool is_set = i == 0   ? field->min_length > 0
			      : i == 1 ? field->max_length > 0
				       : field->pattern != NULL;

		if (is_set && !field_type_is_text(field->type))
			fault_add(faults, value_map_get(map, keys[i]),
			    "'%s' is for input and text fields", keys[i]);
	}
	if (field->max_length > 0 && field->min_length > field->max_length)
		fault_add(faults, value_map_get(map, "max_length"),
		    "'max_length' of '%s' is less than its 'min_length': nothing fits",
		    field->name);
	if (judge && field->pattern != NULL && pattern_check(field->pattern, &why) != 0)
		fault_add(faults, pattern, "the pattern of '%s': %s", field->name, why.buf);
	if (why.len > 0)
		field->pattern = NULL;
	strbuf_release(&why);
}

/* As it is written: what the machine knows about it is asked when the form is filled in. */
static void
parse_default(struct arena *arena, const struct value *map, struct field *field, bool judge,
    struct faults *faults)
{
	const struct value *given = value_map_get(map, "default"), *kept;
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
	if (judge && field_read(arena, field, &form_machine_unknown, given, &kept, &err) != 0)
		fault_add(faults, given, "the default of '%s': %s", field->name, err.buf);
	strbuf_release(&err);
	field->fallback = given;
	if (field->type == FIELD_CHECKBOXES && given->type == VALUE_STRING) {
		list = value_new(arena, VALUE_LIST);
		value_list_add(arena, list, value_map_get(map, "default"));
		field->fallback = list;
	}
}

static void
parse_field(struct arena *arena, const struct value *map, int64_t rules, bool judge,
    struct form *form, struct faults *faults)
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
	parse_options(arena, map, field, type_known, faults);
	parse_text_limits(map, field, judge, faults); /* an unknown type is taken for text */
	if (type_known) {
		parse_limits(arena, map, field, faults);
		parse_default(arena, map, field, judge, faults);
	}
	form->count++;
}

void
form_parse(struct arena *arena, const struct value *form, int64_t rules, bool judge,
    struct form *out, struct faults *faults)
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
		parse_field(arena, fields->items[i], rules, judge, out, faults);
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
