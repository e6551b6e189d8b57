/* SPDX-License-Identifier: ISC */
#include "model/pipeline/form.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "base/value.h"

/* Finding the nearest field is slow: how many faults get a suggestion, from how many fields. */
#define SUGGESTED_FAULTS 20
#define SUGGESTED_FIELDS 500
/* A message lists at most so many options. */
#define LISTED_OPTIONS 20

static const struct value empty_text = {.type = VALUE_STRING, .text = ""};
static const struct value empty_list = {.type = VALUE_LIST};

const struct field *
form_find(const struct form *form, const char *name)
{
	size_t place;

	return name_map_find(&form->places, name, &place) ? &form->fields[place] : NULL;
}

bool
field_type_has_options(enum field_type type)
{
	return type == FIELD_SELECT || type == FIELD_CHECKBOXES;
}

bool
field_has_option(const struct field *field, const char *text)
{
	for (size_t i = 0; i < field->options->count; i++) {
		if (strcmp(field->options->items[i]->text, text) == 0)
			return true;
	}
	return false;
}

static int
fail_option(const struct field *field, const struct value *given, struct strbuf *err)
{
	struct strbuf options = STRBUF_INIT;

	for (size_t i = 0; i < field->options->count && i < LISTED_OPTIONS; i++)
		strbuf_addf(&options, "%s%s", i == 0 ? "" : ", ", field->options->items[i]->text);
	if (field->options->count > LISTED_OPTIONS)
		strbuf_addstr(&options, ", ...");
	if (value_text(given) != NULL && field->secret)
		fail(err, "it is not one of %s", options.buf);
	else if (value_text(given) != NULL)
		fail(err, "'%s' is not one of %s", given->text, options.buf);
	else
		fail(err, "a %s is not one of %s", value_type_name(given->type), options.buf);
	strbuf_release(&options);
	return -1;
}

static bool
is_empty(const struct value *given)
{
	return given == NULL || given->type == VALUE_NULL ||
	       (given->type == VALUE_STRING && *given->text == '\0') ||
	       (given->type == VALUE_LIST && given->count == 0);
}

static bool
is_line_break(long code_point)
{
	return code_point == '\n' || code_point == '\r' || code_point == 0x85 ||
	       code_point == 0x2028 || code_point == 0x2029;
}

static bool
is_control(long code_point)
{
	return (code_point >= 0 && code_point < 0x20) || (code_point >= 0x7f && code_point < 0xa0);
}

/* A text has lines, however they end, and tabs; what turns its direction is part of a language. */
static bool
is_part_of_lines(const char *text)
{
	return *text == '\n' || *text == '\t' || strncmp(text, "\r\n", 2) == 0;
}

static int
check_characters(const struct field *field, const char *text, struct strbuf *err)
{
	const char *end = text + strlen(text);

	for (size_t used; text < end; text += used) {
		long code_point = utf8_decode(text, (size_t)(end - text), &used);

		if (field->type == FIELD_INPUT && is_line_break(code_point))
			return fail(err,
			    "it has a line break, and an 'input' is one line ('type: text' has several)");
		if (!is_control(code_point) ||
		    (field->type == FIELD_TEXT && is_part_of_lines(text)))
			continue;
		if (field->secret)
			return fail(err, "it has a control character");
		return fail(err, "it has a control character (U+%04lX)", (unsigned long)code_point);
	}
	return 0;
}

static int
check_text(const struct field *field, const struct value *given, struct strbuf *err)
{
	if (given->type == VALUE_LIST || given->type == VALUE_MAP)
		return fail(err, "it takes one value, not a %s", value_type_name(given->type));
	if (given->type == VALUE_STRING && check_characters(field, given->text, err) != 0)
		return -1;
	if (given->type != VALUE_BOOLEAN && utf8_length(given->text) < (size_t)field->min_length)
		return fail(err, "it needs at least %lld characters", (long long)field->min_length);
	return 0;
}

/* Whether each item is an option, and none is there twice. */
static int
check_boxes(const struct field *field, const struct value *given, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct name_map options = {0}, seen = {0};
	size_t place;
	int ret = 0;

	for (size_t i = 0; i < field->options->count; i++)
		name_map_add(&arena, &options, field->options->items[i]->text, i);
	for (size_t i = 0; ret == 0 && i < given->count; i++) {
		const char *text = value_text(given->items[i]);

		if (text == NULL || !name_map_find(&options, text, &place))
			ret = fail_option(field, given->items[i], err);
		else if (!name_map_add(&arena, &seen, text, i))
			ret = field->secret ? fail(err, "an option is given twice")
					    : fail(err, "'%s' is given twice", text);
	}
	arena_release(&arena);
	return ret;
}

static int
check_checkboxes(const struct field *field, const struct value *given, struct strbuf *err)
{
	if (given->type == VALUE_STRING)
		return field_has_option(field, given->text) ? 0 : fail_option(field, given, err);
	if (given->type != VALUE_LIST)
		return fail(err, "it takes a list, not a %s", value_type_name(given->type));
	return check_boxes(field, given, err);
}

int
field_check(const struct field *field, const struct value *given, struct strbuf *err)
{
	if (is_empty(given)) {
		if (field->required)
			return fail(err, "it is required");
		return 0;
	}
	switch (field->type) {
	case FIELD_INPUT:
	case FIELD_TEXT:
		return check_text(field, given, err);
	case FIELD_SELECT:
		if (value_text(given) == NULL || !field_has_option(field, given->text))
			return fail_option(field, given, err);
		return 0;
	case FIELD_CHECKBOXES:
		return check_checkboxes(field, given, err);
	}
	return 0;
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

/* As it is kept: one checked box is a list too, and a text is text. */
static struct value *
normalise(struct arena *arena, const struct field *field, struct value *given)
{
	struct value *list;

	if (field->type == FIELD_TEXT && given->type == VALUE_BOOLEAN)
		return value_string(arena, given->boolean ? "true" : "false");
	if (field->type == FIELD_TEXT && given->type == VALUE_NUMBER)
		return value_string(arena, given->text);
	if (field->type != FIELD_CHECKBOXES || given->type != VALUE_STRING)
		return given;
	list = value_new(arena, VALUE_LIST);
	if (*given->text != '\0')
		value_list_add(arena, list, given);
	return list;
}

static bool
is_left_out(const struct value *value)
{
	return value == NULL || value->type == VALUE_NULL;
}

/* The default of what was left out. */
static struct value *
with_default(struct arena *arena, const struct field *field, struct value *value)
{
	if (!is_left_out(value) || field->fallback == NULL)
		return value;
	value = value_new(arena, field->fallback->type);
	*value = *field->fallback;
	return value;
}

static void
check_field(struct arena *arena, const struct field *field, struct value *value, struct value *data,
    struct faults *faults)
{
	struct strbuf err = STRBUF_INIT;

	value = with_default(arena, field, value);
	if (field_check(field, value, &err) != 0)
		fault_add(faults, value, "form field '%s': %s", field->name, err.buf);
	else if (!is_left_out(value))
		value_map_add(
		    arena, data, value_string(arena, field->name), normalise(arena, field, value));
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
			check_field(arena, field, values[i], data, faults);
	}
	if (faults->count == before)
		*out = data;
}

void
form_check(struct arena *arena, const struct form *form, const struct value *given,
    const struct value **out, struct faults *faults)
{
	const struct value nothing = {.type = VALUE_MAP};

	form_update(arena, form, &nothing, given, out, faults);
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
is_kept_so(
    struct arena *arena, const struct field *field, struct value *answer, const struct value *kept)
{
	answer = with_default(arena, field, answer);
	if (is_left_out(answer) || kept == NULL)
		return is_left_out(answer) && kept == NULL;
	return value_equal(normalise(arena, field, answer), kept);
}

void
form_compare(struct arena *arena, const struct form *form, const struct value *given,
    const struct value *data, struct value *names)
{
	struct value **answers = by_field(arena, form, given), **kept = by_field(arena, form, data);

	for (size_t i = 0; i < form->count; i++) {
		const struct field *field = &form->fields[i];

		if (!is_kept_so(arena, field, answers[i], kept[i]))
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
	return field->type == FIELD_CHECKBOXES ? &empty_list : &empty_text;
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
