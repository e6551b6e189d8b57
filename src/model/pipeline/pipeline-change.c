/* SPDX-License-Identifier: ISC */
#include "model/pipeline/pipeline-change.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/name-map.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"

/* What the comparison of the steps and of the form says in its own words. */
static const char *const told_apart[] = {"steps", "form", "first_step_name", NULL};

/* ---- equality */

static bool
parameters_equal(const struct value *a, const struct value *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL || a->count == 0) && (b == NULL || b->count == 0);
	return value_equal(a, b);
}

bool
pipeline_step_equal(const struct step *a, const struct step *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->type_name, b->type_name) == 0 &&
	       parameters_equal(a->parameters, b->parameters);
}

bool
pipeline_steps_equal(const struct pipeline *a, const struct pipeline *b)
{
	if (a->rules != b->rules || a->step_count != b->step_count)
		return false;
	for (size_t i = 0; i < a->step_count; i++) {
		if (!pipeline_step_equal(&a->steps[i], &b->steps[i]))
			return false;
	}
	return true;
}

/* ---- values */

/* A comparison while it is written. */
struct comparison {
	struct arena arena;
	struct strbuf *out;
	const char *start; /* of each difference */
	const char *end;   /* of each but the last */
	size_t count;	   /* of differences */
	bool shown;	   /* texts and values are shown (base/shown.h) */
};

static void
add_text(const struct comparison *comparison, struct strbuf *out, const char *text)
{
	if (comparison->shown)
		shown_add(out, text, strlen(text));
	else
		strbuf_addstr(out, text);
}

static void
add_json(const struct comparison *comparison, const struct value *value)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	if (value == NULL) {
		strbuf_addstr(comparison->out, "absent");
		return;
	}
	json_writer_init(&writer, &text);
	json_value(&writer, value);
	if (comparison->shown)
		json_add_visible(comparison->out, text.buf, text.len);
	else
		strbuf_add(comparison->out, text.buf, text.len);
	strbuf_release(&text);
}

/* Begins another difference. */
static void
begin(struct comparison *comparison)
{
	strbuf_addf(comparison->out, "%s%s", comparison->count++ == 0 ? "" : comparison->end,
	    comparison->start);
}

/* "timeout", and as a part of it "timeout.x". */
static const char *
path_of(struct comparison *comparison, const char *path, const char *key)
{
	struct strbuf name = STRBUF_INIT;
	const char *copy;

	if (*path != '\0')
		strbuf_addf(&name, "%s.", path);
	add_text(comparison, &name, key);
	copy = arena_strdup(&comparison->arena, name.buf);
	strbuf_release(&name);
	return copy;
}

static bool
is_map(const struct value *value)
{
	return value != NULL && value->type == VALUE_MAP;
}

static void compare_maps(struct comparison *, const char *path, const struct value *old,
    const struct value *value, const char *const *skipped);

static void
compare_values(struct comparison *comparison, const char *path, const struct value *old,
    const struct value *value)
{
	if (old == value || (old != NULL && value != NULL && value_equal(old, value)))
		return;
	if (is_map(old) && is_map(value)) {
		compare_maps(comparison, path, old, value, NULL);
		return;
	}
	begin(comparison);
	strbuf_addf(comparison->out, "%s was ", path);
	add_json(comparison, old);
	strbuf_addstr(comparison->out, ", is ");
	add_json(comparison, value);
}

static bool
is_one_of(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* The places of a map's keys. */
static struct name_map
keys_of(struct comparison *comparison, const struct value *map)
{
	struct name_map keys = {0};

	for (size_t i = 0; i < map->count; i++)
		name_map_add(&comparison->arena, &keys, map->pairs[i].key->text, i);
	return keys;
}

static const struct value *
find(const struct name_map *keys, const struct value *map, const char *name)
{
	size_t place;

	return name_map_find(keys, name, &place) ? map->pairs[place].value : NULL;
}

/* NULL for skipped: no key is left out. */
static void
compare_maps(struct comparison *comparison, const char *path, const struct value *old,
    const struct value *value, const char *const *skipped)
{
	struct name_map old_keys = keys_of(comparison, old), keys = keys_of(comparison, value);

	for (size_t i = 0; i < old->count; i++) {
		const char *key = old->pairs[i].key->text;

		if (!is_one_of(skipped, key))
			compare_values(comparison, path_of(comparison, path, key),
			    old->pairs[i].value, find(&keys, value, key));
	}
	for (size_t i = 0; i < value->count; i++) {
		const char *key = value->pairs[i].key->text;

		if (!is_one_of(skipped, key) && find(&old_keys, old, key) == NULL)
			compare_values(comparison, path_of(comparison, path, key), NULL,
			    value->pairs[i].value);
	}
}

/* ---- steps */

static void
compare_steps(struct comparison *comparison, const struct step *old, const struct step *step)
{
	const struct value none = {.type = VALUE_MAP};

	if (strcmp(old->type_name, step->type_name) != 0) {
		begin(comparison);
		strbuf_addstr(comparison->out, "step_type was ");
		add_text(comparison, comparison->out, old->type_name);
		strbuf_addstr(comparison->out, ", is ");
		add_text(comparison, comparison->out, step->type_name);
	}
	if (!parameters_equal(old->parameters, step->parameters))
		compare_maps(comparison, "", old->parameters == NULL ? &none : old->parameters,
		    step->parameters == NULL ? &none : step->parameters, NULL);
}

void
pipeline_step_compare(const struct step *old, const struct step *step, struct strbuf *out)
{
	struct comparison comparison = {.arena = ARENA_INIT, .out = out, .start = "", .end = "; "};

	compare_steps(&comparison, old, step);
	arena_release(&comparison.arena);
}

static const char *
quoted(struct comparison *comparison, const char *name)
{
	struct strbuf text = STRBUF_INIT;
	const char *copy;

	strbuf_addstr(&text, "'");
	add_text(comparison, &text, name);
	strbuf_addstr(&text, "'");
	copy = arena_strdup(&comparison->arena, text.buf);
	strbuf_release(&text);
	return copy;
}

/* "step 'Order'" or "form field 'size'" */
static const char *
subject(struct comparison *comparison, const char *kind, const char *name)
{
	return arena_printf(&comparison->arena, "%s %s", kind, quoted(comparison, name));
}

static void
compare_common_step(struct comparison *comparison, const struct step *old, const struct step *step)
{
	const char *start = comparison->start;

	comparison->start =
	    arena_printf(&comparison->arena, "%s: ", subject(comparison, "step", step->name));
	compare_steps(comparison, old, step);
	comparison->start = start;
}

static void
add_new_step(struct comparison *comparison, const struct pipeline *pipeline, size_t place)
{
	const struct step *step = &pipeline->steps[place];

	begin(comparison);
	strbuf_addf(comparison->out, "%s (", subject(comparison, "step", step->name));
	add_text(comparison, comparison->out, step->type_name);
	strbuf_addstr(comparison->out, ") is added");
	if (place + 1 < pipeline->step_count)
		strbuf_addf(comparison->out, " before %s",
		    quoted(comparison, pipeline->steps[place + 1].name));
	else
		strbuf_addstr(comparison->out, " at the end");
}

/* Whether the steps that both have are in the same order. */
static bool
in_order(const struct pipeline *old, const struct pipeline *pipeline)
{
	size_t last = 0;
	bool first = true;

	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *before = pipeline_step(old, pipeline->steps[i].name);

		if (before == NULL)
			continue;
		if (!first && (size_t)(before - old->steps) < last)
			return false;
		last = (size_t)(before - old->steps);
		first = false;
	}
	return true;
}

static void
compare_chains(
    struct comparison *comparison, const struct pipeline *old, const struct pipeline *pipeline)
{
	for (size_t i = 0; i < old->step_count; i++) {
		if (pipeline_step(pipeline, old->steps[i].name) != NULL)
			continue;
		begin(comparison);
		strbuf_addf(comparison->out, "%s is removed",
		    subject(comparison, "step", old->steps[i].name));
	}
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *before = pipeline_step(old, pipeline->steps[i].name);

		if (before == NULL)
			add_new_step(comparison, pipeline, i);
		else
			compare_common_step(comparison, before, &pipeline->steps[i]);
	}
	if (in_order(old, pipeline))
		return;
	begin(comparison);
	strbuf_addstr(comparison->out, "the order of the steps is");
	for (size_t i = 0; i < pipeline->step_count; i++)
		strbuf_addf(comparison->out, "%s %s", i == 0 ? "" : ",",
		    quoted(comparison, pipeline->steps[i].name));
}

/* ---- the form */

/*
 * A field as the document has it: the fields of a form are in its order.  One that only a
 * placeholder asks for is in no document.
 */
static const struct value *
field_source(const struct pipeline *pipeline, const struct field *field)
{
	const struct value *fields =
	    value_map_get(value_map_get(pipeline->source, "form"), "fields");
	size_t place = (size_t)(field - pipeline->form.fields);

	if (field->implicit || fields == NULL || fields->type != VALUE_LIST ||
	    place >= fields->count || fields->items[place]->type != VALUE_MAP)
		return NULL;
	return fields->items[place];
}

static void
compare_field(struct comparison *comparison, const struct pipeline *old, const struct field *before,
    const struct pipeline *pipeline, const struct field *field)
{
	const struct value none = {.type = VALUE_MAP};
	const struct value *was = field_source(old, before), *is = field_source(pipeline, field);
	const char *start = comparison->start;

	comparison->start = arena_printf(
	    &comparison->arena, "%s: ", subject(comparison, "form field", field->name));
	compare_maps(comparison, "", was == NULL ? &none : was, is == NULL ? &none : is, NULL);
	comparison->start = start;
}

static void
compare_forms(
    struct comparison *comparison, const struct pipeline *old, const struct pipeline *pipeline)
{
	for (size_t i = 0; i < old->form.count; i++) {
		const struct field *before = &old->form.fields[i];

		if (form_find(&pipeline->form, before->name) != NULL)
			continue;
		begin(comparison);
		strbuf_addf(comparison->out, "%s is removed",
		    subject(comparison, "form field", before->name));
	}
	for (size_t i = 0; i < pipeline->form.count; i++) {
		const struct field *field = &pipeline->form.fields[i];
		const struct field *before = form_find(&old->form, field->name);

		if (before != NULL) {
			compare_field(comparison, old, before, pipeline, field);
			continue;
		}
		begin(comparison);
		strbuf_addf(
		    comparison->out, "%s is added", subject(comparison, "form field", field->name));
	}
}

void
pipeline_compare(const struct pipeline *old, const struct pipeline *pipeline, struct strbuf *out)
{
	struct comparison comparison = {
	    .arena = ARENA_INIT, .out = out, .start = "", .end = "\n", .shown = true};

	compare_maps(&comparison, "", old->source, pipeline->source, told_apart);
	if (old->rules != pipeline->rules) {
		begin(&comparison);
		strbuf_addf(
		    out, "the rules were %" PRId64 ", are %" PRId64, old->rules, pipeline->rules);
	}
	compare_forms(&comparison, old, pipeline);
	compare_chains(&comparison, old, pipeline);
	if (comparison.count > 0)
		strbuf_addstr(out, "\n");
	arena_release(&comparison.arena);
}
