/* SPDX-License-Identifier: ISC */
#include "model/pipeline/field.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/name-map.h"
#include "base/pattern.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

/* A message lists at most so many options, and so many bytes of a value. */
#define LISTED_OPTIONS 20
#define QUOTED_BYTES   60

static const struct field_kind {
	const char *name;
	bool has_options;
	bool is_text;
	bool has_order;
} kinds[] = {
    [FIELD_INPUT] = {.name = "input", .is_text = true},
    [FIELD_TEXT] = {.name = "text", .is_text = true},
    [FIELD_SELECT] = {.name = "select", .has_options = true},
    [FIELD_CHECKBOXES] = {.name = "checkboxes", .has_options = true},
    [FIELD_WHOLE] = {.name = "integer", .has_order = true},
    [FIELD_NUMBER] = {.name = "number", .has_order = true},
    [FIELD_TRUTH] = {.name = "boolean"},
    [FIELD_DATE] = {.name = "date", .has_order = true},
    [FIELD_DATETIME] = {.name = "datetime", .has_order = true},
    [FIELD_DURATION] = {.name = "duration", .has_order = true},
    [FIELD_USER] = {.name = "user"},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const char *
field_type_name(enum field_type type)
{
	return kinds[type].name;
}

const char *
field_type_at(size_t index)
{
	return index < KIND_COUNT ? kinds[index].name : NULL;
}

bool
field_type_find(const char *name, enum field_type *out)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum field_type)i;
			return true;
		}
	}
	return false;
}

bool
field_type_has_options(enum field_type type)
{
	return kinds[type].has_options;
}

bool
field_type_is_text(enum field_type type)
{
	return kinds[type].is_text;
}

bool
field_type_has_order(enum field_type type)
{
	return kinds[type].has_order;
}

/* ---- messages */

int
field_reason(const struct field_reading *reading, const char *fmt, ...)
{
	va_list args;

	if (reading->err == NULL)
		return -1;
	if (reading->err->len > 0)
		strbuf_addstr(reading->err, "; ");
	va_start(args, fmt);
	strbuf_vaddf(reading->err, fmt, args);
	va_end(args);
	return -1;
}

const char *
field_quote(const struct field_reading *reading, const char *text)
{
	if (reading->field->secret)
		return "it";
	if (strlen(text) <= QUOTED_BYTES)
		return arena_printf(reading->arena, "'%s'", text);
	return arena_printf(reading->arena, "'%.*s...'", (int)utf8_cut(text, QUOTED_BYTES), text);
}

/* ---- options */

bool
field_has_option(const struct field *field, const char *text)
{
	for (size_t i = 0; i < field->options->count; i++) {
		if (strcmp(field->options->items[i]->text, text) == 0)
			return true;
	}
	return false;
}

const char *
field_option_value(const struct field *field, const char *text)
{
	if (field_has_option(field, text))
		return text;
	for (size_t i = 0; field->labels != NULL && i < field->options->count; i++) {
		if (strcmp(field->labels[i], text) == 0)
			return field->options->items[i]->text;
	}
	return NULL;
}

static int
fail_option(const struct field_reading *reading, const struct value *given)
{
	const struct value *list = reading->field->options;
	struct strbuf options = STRBUF_INIT;

	for (size_t i = 0; i < list->count && i < LISTED_OPTIONS; i++)
		strbuf_addf(&options, "%s%s", i == 0 ? "" : ", ", list->items[i]->text);
	if (list->count > LISTED_OPTIONS)
		strbuf_addstr(&options, ", ...");
	if (value_text(given) != NULL)
		field_reason(
		    reading, "%s is not one of %s", field_quote(reading, given->text), options.buf);
	else
		field_reason(
		    reading, "a %s is not one of %s", value_type_name(given->type), options.buf);
	strbuf_release(&options);
	return -1;
}

static const struct value *
read_select(const struct field_reading *reading, const struct value *given)
{
	const char *value = value_text(given);

	if (value != NULL)
		value = field_option_value(reading->field, value);
	if (value == NULL) {
		fail_option(reading, given);
		return NULL;
	}
	return value == given->text ? given : value_string(reading->arena, value);
}

/* The places of the options by their values, and by their labels where these are no values. */
static void
map_options(struct arena *arena, const struct field *field, struct name_map *out)
{
	for (size_t i = 0; i < field->options->count; i++)
		name_map_add(arena, out, field->options->items[i]->text, i);
	for (size_t i = 0; field->labels != NULL && i < field->options->count; i++)
		name_map_add(arena, out, field->labels[i], i);
}

/* Each item is an option, and none is there twice. */
static const struct value *
read_boxes(const struct field_reading *reading, const struct value *given)
{
	const struct field *field = reading->field;
	struct value *list = value_new(reading->arena, VALUE_LIST);
	struct name_map options = {0}, seen = {0};
	size_t place;

	map_options(reading->arena, field, &options);
	for (size_t i = 0; i < given->count; i++) {
		const char *text = value_text(given->items[i]);

		if (text == NULL || !name_map_find(&options, text, &place)) {
			fail_option(reading, given->items[i]);
			return NULL;
		}
		text = field->options->items[place]->text;
		if (!name_map_add(reading->arena, &seen, text, i)) {
			if (field->secret)
				field_reason(reading, "an option is given twice");
			else
				field_reason(reading, "'%s' is given twice", text);
			return NULL;
		}
		value_list_add(reading->arena, list, value_string(reading->arena, text));
	}
	return list;
}

static const struct value *
read_checkboxes(const struct field_reading *reading, const struct value *given)
{
	struct value item = *given, *items[] = {&item};
	const struct value list = {.type = VALUE_LIST, .count = 1, .items = items};

	if (given->type == VALUE_LIST)
		return read_boxes(reading, given);
	if (given->type == VALUE_STRING)
		return read_boxes(reading, &list);
	field_reason(reading, "it takes a list, not a %s", value_type_name(given->type));
	return NULL;
}

/* ---- text */

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
check_characters(const struct field_reading *reading, const char *text)
{
	const struct field *field = reading->field;
	const char *end = text + strlen(text);

	for (size_t used; text < end; text += used) {
		long code_point = utf8_decode(text, (size_t)(end - text), &used);

		if (field->type == FIELD_INPUT && is_line_break(code_point))
			return field_reason(reading,
			    "it has a line break, and an 'input' is one line ('type: text' has several)");
		if (!is_control(code_point) ||
		    (field->type == FIELD_TEXT && is_part_of_lines(text)))
			continue;
		if (field->secret)
			return field_reason(reading, "it has a control character");
		return field_reason(
		    reading, "it has a control character (U+%04lX)", (unsigned long)code_point);
	}
	return 0;
}

static int
check_length(const struct field_reading *reading, const char *text)
{
	const struct field *field = reading->field;
	size_t length = utf8_length(text);

	if (length < (size_t)field->min_length)
		return field_reason(
		    reading, "it needs at least %lld characters", (long long)field->min_length);
	if (field->max_length > 0 && length > (size_t)field->max_length)
		return field_reason(reading, "%s has %zu characters, and at most %lld are allowed",
		    field_quote(reading, text), length, (long long)field->max_length);
	return 0;
}

static int
check_pattern(const struct field_reading *reading, const char *text)
{
	struct strbuf why = STRBUF_INIT;
	int ret = 0;

	if (reading->field->pattern == NULL)
		return 0;
	switch (pattern_match(reading->field->pattern, text, &why)) {
	case PATTERN_FITS:
		break;
	case PATTERN_DIFFERS:
		ret = field_reason(reading, "%s does not fit the pattern %s",
		    field_quote(reading, text), reading->field->pattern);
		break;
	case PATTERN_REFUSED:
		ret = field_reason(reading, "%s", why.buf);
		break;
	}
	strbuf_release(&why);
	return ret;
}

/* Every reason for which it does not fit.  Returns 0 or -1. */
static int
check_text(const struct field_reading *reading, const char *text)
{
	int length, pattern;

	if (check_characters(reading, text) != 0)
		return -1;
	length = check_length(reading, text);
	pattern = check_pattern(reading, text);
	return length == 0 && pattern == 0 ? 0 : -1;
}

/* An input keeps a number or boolean of a document; a text is text. */
static const struct value *
read_text(const struct field_reading *reading, const struct value *given)
{
	const char *text = given->text;

	if (given->type == VALUE_LIST || given->type == VALUE_MAP) {
		field_reason(reading, "it takes one value, not a %s", value_type_name(given->type));
		return NULL;
	}
	if (given->type == VALUE_BOOLEAN)
		text = given->boolean ? "true" : "false";
	if (given->type == VALUE_BOOLEAN ? check_pattern(reading, text) != 0
					 : check_text(reading, text) != 0)
		return NULL;
	return reading->field->type == FIELD_INPUT || given->type == VALUE_STRING
		   ? given
		   : value_string(reading->arena, text);
}

/* ---- any */

static bool
is_empty(const struct value *given)
{
	return given == NULL || given->type == VALUE_NULL ||
	       (given->type == VALUE_STRING && *given->text == '\0') ||
	       (given->type == VALUE_LIST && given->count == 0);
}

bool
field_is_left_out(const struct field *field, const struct value *given)
{
	if (given == NULL || given->type == VALUE_NULL)
		return true;
	return !field_type_is_text(field->type) && !field_type_has_options(field->type) &&
	       given->type == VALUE_STRING && *given->text == '\0';
}

/* What is empty is kept as the text or the list that it is. */
static const struct value *
read_empty(const struct field_reading *reading, const struct value *given)
{
	if (field_is_left_out(reading->field, given))
		return NULL;
	if (reading->field->type == FIELD_CHECKBOXES)
		return value_new(reading->arena, VALUE_LIST);
	return given;
}

int
field_read(struct arena *arena, const struct field *field, const struct form_machine *machine,
    const struct value *given, const struct value **out, struct strbuf *err)
{
	const struct field_reading reading = {arena, field, machine, err};

	*out = NULL;
	if (is_empty(given)) {
		if (field->required)
			return field_reason(&reading, "it is required");
		*out = read_empty(&reading, given);
		return 0;
	}
	if (field_type_is_text(field->type))
		*out = read_text(&reading, given);
	else if (field->type == FIELD_SELECT)
		*out = read_select(&reading, given);
	else if (field->type == FIELD_CHECKBOXES)
		*out = read_checkboxes(&reading, given);
	else
		*out = field_read_typed(&reading, given);
	return *out == NULL ? -1 : 0;
}

int
field_check(const struct field *field, const struct form_machine *machine,
    const struct value *given, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	const struct value *kept;
	int ret = field_read(&arena, field, machine, given, &kept, err);

	arena_wipe(&arena);
	return ret;
}
