/* SPDX-License-Identifier: ISC */
#include "model/request/outputs.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/namespace.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"
#include "model/request/request.h"

struct listing {
	struct arena *arena;
	struct value *list;
};

static void
add_declared(void *context, const struct value *name)
{
	const struct listing *listing = context;

	value_list_add(listing->arena, listing->list, value_string(listing->arena, name->text));
}

const struct value *
outputs_declared(struct arena *arena, const struct step *step)
{
	struct listing listing = {arena, value_new(arena, VALUE_LIST)};

	if (step->type == NULL)
		return NULL;
	pipeline_each_output(step, add_declared, &listing);
	return listing.list;
}

struct needs {
	struct arena *arena;
	const struct request *request;
	struct name_map own;   /* what the step declares */
	bool any;	       /* what it declares is unknown */
	struct name_map given; /* by other steps */
	struct name_map noted;
	struct value *list;
};

static void
note_own(void *context, const struct value *name)
{
	struct needs *needs = context;

	name_map_add(needs->arena, &needs->own, name->text, 0);
}

static void
note_given(void *context, const struct value *name)
{
	struct needs *needs = context;

	name_map_add(needs->arena, &needs->given, name->text, 0);
}

/* What a completed step has given counts, and what another one will give. */
static void
note_others(struct needs *needs, const struct step_state *own)
{
	const struct request *request = needs->request;

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (step == own)
			continue;
		if (step->status != STEP_COMPLETED)
			pipeline_each_output(step->step, note_given, needs);
		for (size_t j = 0; step->outputs != NULL && j < step->outputs->count; j++)
			note_given(needs, step->outputs->pairs[j].key);
	}
}

static void
note_need(void *context, const struct placeholder *placeholder)
{
	struct needs *needs = context;
	const struct request *request = needs->request;
	const char *name = placeholder->name, *rest;
	size_t place;

	if (namespace_of(name, request->pipeline.rules, &rest) != NAMESPACE_NONE ||
	    form_value(&request->pipeline.form, request->form_data, name) != NULL ||
	    name_map_find(&needs->given, name, &place) ||
	    !(needs->any || name_map_find(&needs->own, name, &place)) ||
	    !name_map_add(needs->arena, &needs->noted, name, 0))
		return;
	value_list_add(needs->arena, needs->list, value_string(needs->arena, name));
}

const struct value *
outputs_needed(struct arena *arena, const struct request *request, const struct step_state *own)
{
	struct needs needs = {.arena = arena,
	    .request = request,
	    .any = own->step->type == NULL,
	    .list = value_new(arena, VALUE_LIST)};
	const struct step_state *end = request->steps + request->pipeline.step_count;
	struct faults malformed; /* none: the pipeline was checked */

	faults_init(&malformed, NULL);
	pipeline_each_output(own->step, note_own, &needs);
	note_others(&needs, own);
	for (const struct step_state *step = own + 1; step < end; step++) {
		if (step->step->parameters != NULL)
			placeholder_each(arena, step->step->parameters, request->pipeline.rules,
			    note_need, &needs, &malformed);
	}
	faults_release(&malformed);
	return needs.list;
}

int
outputs_check(const struct value *outputs, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	int ret = 0;

	if (schema_levels(outputs) >= JSON_MAX_DEPTH)
		return fail(
		    err, "they have more than %d levels of lists and maps", JSON_MAX_DEPTH - 2);
	json_writer_init(&writer, &text);
	json_value(&writer, outputs);
	if (text.len > OUTPUTS_MAX_BYTES)
		ret = fail(err, "they have more than %d bytes", OUTPUTS_MAX_BYTES);
	strbuf_release(&text);
	return ret;
}
