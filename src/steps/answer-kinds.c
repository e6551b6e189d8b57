/* SPDX-License-Identifier: ISC */
#include "steps/answer-kinds.h"

#include <string.h>

#include "base/faults.h"
#include "base/json/json-pointer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/condition.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"

static const char *const keys[] = {"pointer", "header", "status", "body", "default", NULL};

/* In the order of enum output_source. */
#define SOURCES 4

static void
check_pointer(const struct parameter_check *check, const struct value *value)
{
	const char *pointer = value_text(value);

	if (parameter_is_open(check, value))
		return;
	if (pointer == NULL || (*pointer != '\0' && *pointer != '/'))
		fault_add(check->faults, value,
		    "not a JSON Pointer: it begins with '/', such as '/data/id'");
	else if (!json_pointer_valid(pointer))
		fault_add(check->faults, value,
		    "not a JSON Pointer: '~' is written as ~0, and '/' in a name as ~1");
}

static void
check_header(const struct parameter_check *check, const struct value *value)
{
	const char *name = value->type == VALUE_STRING ? value->text : NULL;

	if (name == NULL || http_token_check(name, NULL) != 0)
		fault_add(check->faults, value, "'header' must be the name of a header field");
	else if (http_header_is_credential(name))
		fault_add(check->faults, value,
		    "the header '%s' is a credential, which no output can keep", name);
}

static void
check_true(const struct parameter_check *check, const struct value *value, const char *key)
{
	if (value->type != VALUE_BOOLEAN || !value->boolean)
		fault_add(check->faults, value, "'%s' can only be true", key);
}

static void
check_map(const struct parameter_check *check, const struct value *map)
{
	const struct value *given = NULL;

	schema_keys(map, keys, "an output", check->faults);
	for (size_t i = 0; i < SOURCES; i++) {
		const struct value *value = value_map_get(map, keys[i]);

		if (value == NULL)
			continue;
		if (given != NULL)
			fault_add(check->faults, value,
			    "an output is one of pointer, header, status and body, not two");
		given = value;
		if (i == OUTPUT_POINTER)
			check_pointer(check, value);
		else if (i == OUTPUT_HEADER)
			check_header(check, value);
		else
			check_true(check, value, keys[i]);
		if (i >= OUTPUT_STATUS && value_map_get(map, "default") != NULL)
			fault_add(check->faults, value_map_get(map, "default"),
			    "'%s' is always there: 'default' is for a pointer or a header",
			    keys[i]);
	}
	if (given == NULL)
		fault_add(
		    check->faults, map, "an output has one of pointer, header, status and body");
}

static void
check_outputs(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	(void)field;
	for (size_t i = 0; i < map->count; i++) {
		const struct value *key = map->pairs[i].key, *value = map->pairs[i].value;

		if (!parameter_is_open(check, key) &&
		    !placeholder_name_valid(key->text, check->rules))
			fault_add(
			    check->faults, key, "'%s' cannot be the name of an output", key->text);
		if (value->type == VALUE_MAP)
			check_map(check, value);
		else
			check_pointer(check, value);
	}
}

struct output_spec
output_spec_of(const struct value *written)
{
	struct output_spec spec = {.source = OUTPUT_POINTER, .text = value_text(written)};

	if (written->type != VALUE_MAP)
		return spec;
	for (size_t i = 0; i < SOURCES; i++) {
		const struct value *value = value_map_get(written, keys[i]);

		if (value != NULL) {
			spec.source = (enum output_source)i;
			spec.text = value_text(value);
		}
	}
	spec.fallback = value_map_get(written, "default");
	return spec;
}

const struct parameter_kind kind_outputs = {
    .title = "outputs",
    .words = "a map of names and JSON Pointers",
    .types = VALUE_BIT(MAP),
    .check = check_outputs,
    .read = parameter_read_value,
};

/* ---- conditions */

static void
check_conditions(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	if (map->count == 0)
		fault_add(check->faults, map, "'%s' is empty", field->name);
	for (size_t i = 0; i < map->count; i++) {
		const struct value *condition = map->pairs[i].value;

		check_pointer(check, map->pairs[i].key);
		if (!parameter_is_open(check, condition))
			condition_check(check, condition);
	}
}

const struct parameter_kind kind_conditions = {
    .title = "conditions",
    .words = "a map of JSON Pointers and conditions",
    .types = VALUE_BIT(MAP),
    .check = check_conditions,
    .read = parameter_read_value,
};
