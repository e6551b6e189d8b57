/* SPDX-License-Identifier: ISC */
#include "model/pipeline/pipeline.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/pipeline/chain.h"
#include "model/pipeline/pipeline-placeholders.h"
#include "model/pipeline/schema.h"
#include "model/step-type.h"

static const char *const pipeline_keys[] = {
    "pipeline_name", "version", "description", "first_step_name", "form", "steps", NULL};
static const char *const step_keys[] = {"step_name", "step_type", "next_step_name",
    "prev_step_name", "is_terminal_step", "parameters", NULL};

/* A request keeps its pipeline inside an event, with the aliases expanded. */
#define MAX_LEVELS (JSON_MAX_DEPTH - 1)
#define MAX_TEXT   (4 * 1024 * 1024)

/* A step's name is the name of its log file. */
static const char *
name_fault(const char *name)
{
	size_t len = strlen(name);

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "cannot be a file name";
	if (len > STEP_NAME_MAX)
		return "is too long";
	if (strchr(name, '/') != NULL)
		return "has a '/'";
	for (size_t i = 0, used; i < len; i += used) {
		if (utf8_is_control(utf8_decode(name + i, len - i, &used)))
			return "has a control character";
	}
	return NULL;
}

static const struct step_type *
parse_type(const struct value *map, struct faults *faults)
{
	const char *name = schema_required(map, "step_type", "a step", faults);
	const struct step_type *type;
	struct suggestion near;

	if (name == NULL)
		return NULL;
	type = step_type_find(name);
	if (type != NULL)
		return type;
	suggest_init(&near, name);
	for (type = step_types; type->name != NULL; type++)
		suggest_offer(&near, type->name);
	fault_add(faults, value_map_get(map, "step_type"), "unknown step type '%s'%s", name,
	    suggest_text(&near));
	return NULL;
}

static void
parse_parameters(struct raw_step *raw, struct faults *faults)
{
	const struct value *map = raw->map, *given = value_map_get(map, "parameters");
	/* without parameters, what is missing is missing where the step stands */
	const struct value none = {.type = VALUE_MAP, .line = map->line, .column = map->column};

	raw->step.parameters = schema_map(map, "parameters", faults);
	if (raw->step.type == NULL)
		return;
	if (raw->step.parameters != NULL)
		parameters_check(raw->step.type, raw->step.parameters, faults);
	else if (given == NULL || given->type == VALUE_NULL)
		parameters_check(raw->step.type, &none, faults);
}

static void
parse_step(const struct value *map, struct raw_step *raw, struct faults *faults)
{
	const char *fault;

	raw->map = map;
	if (map->type != VALUE_MAP) {
		fault_add(
		    faults, map, "a step must be a map, not a %s", value_type_name(map->type));
		return;
	}
	schema_keys(map, step_keys, "a step", faults);
	raw->step.name = schema_required(map, "step_name", "a step", faults);
	fault = raw->step.name == NULL ? NULL : name_fault(raw->step.name);
	if (fault != NULL)
		fault_add(faults, value_map_get(map, "step_name"),
		    "the step's name %s: it is also the name of its log file", fault);
	raw->step.type = parse_type(map, faults);
	parse_parameters(raw, faults);
}

/* False: the order of the steps is not known. */
static bool
parse_steps(
    struct arena *arena, const struct value *document, struct pipeline *out, struct faults *faults)
{
	const struct value *list = schema_list(document, "steps", faults);
	struct raw_step *raw;

	if (list == NULL || list->count == 0) {
		const struct value *given = value_map_get(document, "steps");

		if (given == NULL || list != NULL || given->type == VALUE_NULL)
			fault_add(faults, given == NULL ? document : given,
			    "a pipeline needs at least one step ('steps')");
		return false;
	}
	raw = arena_calloc(arena, list->count, sizeof(*raw));
	for (size_t i = 0; i < list->count; i++)
		parse_step(list->items[i], &raw[i], faults);
	return pipeline_chain(arena, document, raw, list->count, out, faults);
}

/* The bytes of all strings, or a number above most. */
static size_t
text_within(const struct value *value, size_t most)
{
	size_t sum = value->type == VALUE_STRING ? strlen(value->text) : 0;

	for (size_t i = 0; i < value->count && sum <= most; i++) {
		if (value->type == VALUE_LIST) {
			sum += text_within(value->items[i], most - sum);
		} else {
			sum += strlen(value->pairs[i].key->text);
			if (sum <= most)
				sum += text_within(value->pairs[i].value, most - sum);
		}
	}
	return sum;
}

/* Whether the document can be kept in an event. */
static bool
check_extent(const struct value *document, struct faults *faults)
{
	size_t before = faults->count;

	if (schema_levels(document) > MAX_LEVELS)
		fault_add(faults, document, "a pipeline has at most %d levels of lists and maps",
		    MAX_LEVELS);
	if (text_within(document, MAX_TEXT) > MAX_TEXT)
		fault_add(faults, document,
		    "a pipeline has at most 4 MiB of text once its aliases are expanded");
	return faults->count == before;
}

static void
parse_head(const struct value *document, const char *default_name, struct pipeline *out,
    struct faults *faults)
{
	const struct value *version = value_map_get(document, "version");

	schema_keys(document, pipeline_keys, "a pipeline", faults);
	out->description = schema_text(document, "description", NULL, faults);
	out->name = schema_text(document, "pipeline_name", default_name, faults);
	if (*out->name == '\0')
		fault_add(
		    faults, value_map_get(document, "pipeline_name"), "'pipeline_name' is empty");
	if (version == NULL || version->type == VALUE_NULL)
		return;
	if (version->type != VALUE_NUMBER && version->type != VALUE_STRING)
		fault_add(faults, version, "'version' must be a number or text, not a %s",
		    value_type_name(version->type));
	out->version = version;
}

void
pipeline_parse(struct arena *arena, const struct value *document, const char *default_name,
    struct pipeline *out, struct faults *faults)
{
	bool ordered;

	*out = (struct pipeline){.name = default_name, .source = document};
	if (document->type != VALUE_MAP) {
		fault_add(faults, document, "a pipeline must be a map, not %s%s",
		    document->type == VALUE_NULL ? "" : "a ",
		    document->type == VALUE_NULL ? "empty" : value_type_name(document->type));
		return;
	}
	if (!check_extent(document, faults))
		return;
	parse_head(document, default_name, out, faults);
	form_parse(arena, schema_map(document, "form", faults), &out->form, faults);
	ordered = parse_steps(arena, document, out, faults);
	pipeline_link_placeholders(arena, out, ordered, faults);
}

const struct step *
pipeline_step(const struct pipeline *pipeline, const char *name)
{
	size_t place;

	return name_map_find(&pipeline->places, name, &place) ? &pipeline->steps[place] : NULL;
}
