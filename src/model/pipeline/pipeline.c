/* SPDX-License-Identifier: ISC */
#include "model/pipeline/pipeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/user-name.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/chain.h"
#include "model/pipeline/pipeline-placeholders.h"
#include "model/pipeline/schema.h"

/*
 * From "id" on they are those of Flowforge's server: they mean nothing, whatever they hold.
 * "fields" has a fault of its own.
 */
static const char *const pipeline_keys[] = {"pipeline_name", "version", "description",
    "pipeline_description", "first_step_name", "form", "fields", "steps", "requesters", "id",
    "user_id", "org_id", "prev_version_id", "created_on", NULL};
/* Flowforge writes some of them, and its documents ask for what their forms leave out. */
static const char *const flowforge_keys[] = {
    "first_step_name", "id", "user_id", "org_id", "prev_version_id", "created_on", NULL};
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

/* How a document is read. */
struct reading {
	struct arena *arena;
	const struct step_type *const *types;
	int64_t rules;
	bool judge; /* whether the step types are there, and the parameters fit */
	struct faults *faults;
};

static void
fault_type(const struct reading *reading, const struct value *where, const char *name)
{
	struct suggestion near;

	suggest_init(&near, name);
	for (const struct step_type *const *type = reading->types; *type != NULL; type++)
		suggest_offer(&near, (*type)->name);
	fault_add(reading->faults, where, "unknown step type '%s'%s", name, suggest_text(&near));
}

static void
read_type(const struct reading *reading, const struct value *map, struct step *step)
{
	step->approval.required = APPROVALS_NEVER;
	step->type_name = schema_required(map, "step_type", "a step", reading->faults);
	if (step->type_name == NULL)
		return;
	step->type = step_type_find(reading->types, step->type_name);
	if (step->type != NULL)
		step->pauses = step->type->pauses;
	else if (reading->judge)
		fault_type(reading, value_map_get(map, "step_type"), step->type_name);
}

/* A policy that does not fit was accepted by other rules: it can never be found fulfilled. */
static void
read_policy(struct arena *arena, struct step *step)
{
	const void *parameters;

	if (parameters_read(arena, step->type, step->parameters, &parameters))
		step->type->policy(parameters, &step->approval);
}

static void
read_parameters(const struct reading *reading, const struct value *map, struct step *step)
{
	const struct value *given = value_map_get(map, "parameters");
	/* without parameters, the step's own place is that of what is missing */
	const struct value none = {.type = VALUE_MAP, .line = map->line, .column = map->column};

	step->parameters = schema_map(map, "parameters", reading->faults);
	if (step->type == NULL)
		return;
	if (step->pauses == PAUSE_PERSON && reading->rules <= PIPELINE_RULES)
		read_policy(reading->arena, step);
	if (!reading->judge)
		return;
	if (step->parameters != NULL)
		parameters_check(step->type, step->parameters, reading->rules, reading->faults);
	else if (given == NULL || given->type == VALUE_NULL)
		parameters_check(step->type, &none, reading->rules, reading->faults);
}

static void
read_step(const struct reading *reading, const struct value *map, struct raw_step *raw)
{
	const char *fault;

	raw->map = map;
	if (map->type != VALUE_MAP) {
		fault_add(reading->faults, map, "a step must be a map, not a %s",
		    value_type_name(map->type));
		return;
	}
	schema_keys(map, step_keys, "a step", reading->faults);
	raw->step.name = schema_required(map, "step_name", "a step", reading->faults);
	fault = raw->step.name == NULL ? NULL : name_fault(raw->step.name);
	if (fault != NULL)
		fault_add(reading->faults, value_map_get(map, "step_name"),
		    "the step's name %s: it is also the name of its log file", fault);
	read_type(reading, map, &raw->step);
	read_parameters(reading, map, &raw->step);
}

/* Returns whether the order of the steps is known. */
static bool
read_steps(const struct reading *reading, const struct value *document, struct pipeline *out)
{
	struct faults *faults = reading->faults;
	const struct value *list = schema_list(document, "steps", faults);
	struct raw_step *raw;

	if (list == NULL || list->count == 0) {
		const struct value *given = value_map_get(document, "steps");

		if (given == NULL || list != NULL || given->type == VALUE_NULL)
			fault_add(faults, given == NULL ? document : given,
			    "a pipeline needs at least one step ('steps')");
		return false;
	}
	raw = arena_calloc(reading->arena, list->count, sizeof(*raw));
	for (size_t i = 0; i < list->count; i++)
		read_step(reading, list->items[i], &raw[i]);
	return pipeline_chain(reading->arena, document, raw, list->count, out, faults);
}

/* The bytes of all strings, or a number above max. */
static size_t
text_within(const struct value *value, size_t max)
{
	size_t sum = value->type == VALUE_STRING ? strlen(value->text) : 0;

	for (size_t i = 0; i < value->count && sum <= max; i++) {
		if (value->type == VALUE_LIST) {
			sum += text_within(value->items[i], max - sum);
		} else {
			sum += strlen(value->pairs[i].key->text);
			if (sum <= max)
				sum += text_within(value->pairs[i].value, max - sum);
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

/* What it is for, under svcreq's name or Flowforge's; an empty text is none. */
static const char *
read_description(const struct value *document, struct faults *faults)
{
	const char *ours = schema_text(document, "description", "", faults);
	const char *theirs = schema_text(document, "pipeline_description", "", faults);

	if (*ours != '\0' && *theirs != '\0' && strcmp(ours, theirs) != 0)
		fault_add(faults, value_map_get(document, "pipeline_description"),
		    "'pipeline_description' is another name of 'description', and they differ");
	if (*ours == '\0')
		ours = theirs;
	return *ours == '\0' ? NULL : ours;
}

/* Who may create requests; one name stands for a list of it.  A text that is none is a fault. */
static const struct value *
read_requesters(struct arena *arena, const struct value *document, struct faults *faults)
{
	struct value *given = value_map_get(document, "requesters"), *list;

	if (given == NULL || given->type == VALUE_NULL)
		return NULL;
	list = value_new(arena, VALUE_LIST);
	if (given->type == VALUE_STRING)
		value_list_add(arena, list, given);
	else if (given->type == VALUE_LIST && given->count > 0)
		*list = *given;
	else
		fault_add(faults, given,
		    "'requesters' must be a user or @group, or a list of them that is not empty");
	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);
		struct strbuf why = STRBUF_INIT;

		if (name == NULL)
			fault_add(faults, list->items[i],
			    "a requester must be a user or an @group, not a %s",
			    value_type_name(list->items[i]->type));
		else if (user_name_check(name, &why) != 0)
			fault_add(faults, list->items[i],
			    "'%s' cannot be a user name or @group: %s", name, why.buf);
		strbuf_release(&why);
	}
	return list;
}

static void
read_head(struct arena *arena, const struct value *document, const char *default_name,
    struct pipeline *out, struct faults *faults)
{
	const struct value *version = value_map_get(document, "version");
	const struct value *fields = value_map_get(document, "fields");

	schema_keys(document, pipeline_keys, "a pipeline", faults);
	if (fields != NULL)
		fault_add(faults, fields, "'fields' stands under the key 'form', not beside it");
	out->description = read_description(document, faults);
	out->requesters = read_requesters(arena, document, faults);
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

/* Reports a document that can hold no pipeline.  Returns whether it is none. */
static bool
is_something_else(const struct reading *reading, const struct value *document)
{
	const struct value *fields = value_map_get(document, "fields");

	if (document->type != VALUE_MAP) {
		fault_add(reading->faults, document, "a pipeline must be a map, not %s%s",
		    document->type == VALUE_NULL ? "" : "a ",
		    document->type == VALUE_NULL ? "empty" : value_type_name(document->type));
		return true;
	}
	if (fields != NULL && value_map_get(document, "steps") == NULL) {
		fault_add(reading->faults, fields,
		    "this is a form and no pipeline: put all of it under the key 'form' of its pipeline");
		return true;
	}
	return reading->judge && !check_extent(document, reading->faults);
}

static bool
is_from_flowforge(const struct value *document)
{
	for (const char *const *key = flowforge_keys; *key != NULL; key++) {
		if (value_map_get(document, *key) != NULL)
			return true;
	}
	return false;
}

/* Returns whether the order of the steps is known. */
static bool
read_pipeline(const struct reading *reading, const struct value *document, const char *default_name,
    struct pipeline *out)
{
	struct faults *faults = reading->faults;
	bool ordered;

	*out = (struct pipeline){.rules = reading->rules, .name = default_name, .source = document};
	if (is_something_else(reading, document))
		return false;
	read_head(reading->arena, document, default_name, out, faults);
	form_parse(reading->arena, schema_map(document, "form", faults), reading->rules,
	    reading->judge, &out->form, faults);
	if (is_from_flowforge(document))
		out->form.given = false;
	ordered = read_steps(reading, document, out);
	pipeline_link_placeholders(reading->arena, out, ordered, faults);
	return ordered;
}

void
pipeline_check(struct arena *arena, const struct value *document, const char *default_name,
    const struct step_type *const *types, struct pipeline *out, struct faults *faults)
{
	const struct reading reading = {arena, types, PIPELINE_RULES, true, faults};

	read_pipeline(&reading, document, default_name, out);
}

/* Whether each step has a name of its own and a type. */
static bool
has_steps(const struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];

		if (step->name == NULL || name_fault(step->name) != NULL || step->type_name == NULL)
			return false;
	}
	return pipeline->step_count > 0;
}

int
pipeline_build(struct arena *arena, const struct value *document, const char *default_name,
    int64_t rules, const struct step_type *const *types, struct pipeline *out, struct strbuf *err)
{
	struct faults faults; /* as today's rules see it: no more than the reason of a failure */
	const struct reading reading = {arena, types, rules, false, &faults};
	int ret = 0;

	faults_init(&faults, NULL);
	if (!read_pipeline(&reading, document, default_name, out) || !has_steps(out))
		ret = fail(err, "%s", faults.array[0].message);
	faults_release(&faults);
	return ret;
}

void
pipeline_step_describe(const struct step *step, struct strbuf *out)
{
	struct arena arena = ARENA_INIT;
	const void *parameters;

	if (step->type == NULL || step->type->describe == NULL)
		return;
	parameters_read(&arena, step->type, step->parameters, &parameters);
	step->type->describe(parameters, out);
	arena_release(&arena);
}

int
pipeline_step_check(const struct pipeline *pipeline, const struct step *step, struct strbuf *err)
{
	const struct value none = {.type = VALUE_MAP};
	struct faults faults;
	int ret = 0;

	if (pipeline->rules > PIPELINE_RULES)
		return fail(err,
		    "the request is written by rules %" PRId64
		    ", and this svcreq knows none above %d: it takes a newer one",
		    pipeline->rules, PIPELINE_RULES);
	if (step->type == NULL)
		return fail(err, "svcreq has no step type '%s'", step->type_name);
	faults_init(&faults, NULL);
	parameters_check(step->type, step->parameters == NULL ? &none : step->parameters,
	    pipeline->rules, &faults);
	if (faults.count > 0)
		ret = fail(err, "%s", faults.array[0].message);
	faults_release(&faults);
	return ret;
}

const struct step *
pipeline_step(const struct pipeline *pipeline, const char *name)
{
	size_t place;

	return name_map_find(&pipeline->places, name, &place) ? &pipeline->steps[place] : NULL;
}
