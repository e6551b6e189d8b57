/* SPDX-License-Identifier: ISC */
/* Those who write the pipeline of a failed request anew. */
#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "sim.h"

static struct value *
copy_map(struct arena *arena, const struct value *map)
{
	struct value *copy = value_new(arena, VALUE_MAP);

	for (size_t i = 0; i < map->count; i++)
		value_map_add(arena, copy, map->pairs[i].key, map->pairs[i].value);
	return copy;
}

/* A step that is tried so often. */
static struct value *
rewrite(struct arena *arena, const struct value *step, int64_t attempts)
{
	struct value *copy = copy_map(arena, step);
	struct value *parameters = copy_map(arena, value_map_get(step, "parameters"));
	struct value *retry = value_new(arena, VALUE_MAP);

	value_map_set(arena, retry, "max_attempts", value_integer(arena, attempts));
	value_map_set(arena, parameters, "retry", retry);
	value_map_set(arena, copy, "parameters", parameters);
	return copy;
}

/* Some calls are written anew; of those that are completed now few, which is refused. */
static struct value *
rewrite_steps(struct life *life, struct arena *arena, const struct request *request,
    const struct value *document)
{
	const struct value *steps = value_map_get(document, "steps");
	struct value *list = value_new(arena, VALUE_LIST);

	for (size_t i = 0; i < steps->count; i++) {
		const struct step_state *step = &request->steps[i];
		bool changes = step->step->pauses == PAUSE_NONE &&
			       (step->status != STEP_COMPLETED || one_in(life, 8)) &&
			       one_in(life, 2);

		value_list_add(arena, list,
		    changes ? rewrite(arena, steps->items[i], 1 + below(life, 3))
			    : steps->items[i]);
	}
	return list;
}

/* A copy that outlives the request. */
static struct value *
copy_document(struct life *life, struct arena *arena, const struct pipeline *pipeline)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	struct value *copy;

	json_writer_init(&writer, &text);
	json_value(&writer, pipeline->source);
	if (json_parse(arena, "pipeline", text.buf, text.len, &copy, NULL) != 0)
		life_fail(life, "a pipeline cannot be read again");
	strbuf_release(&text);
	return copy;
}

const struct pipeline *
draw_pipeline(struct life *life, struct arena *arena, const struct request *request)
{
	struct pipeline *pipeline = arena_alloc(arena, sizeof(*pipeline));
	struct value *document = copy_document(life, arena, &request->pipeline);
	struct faults faults;

	faults_init(&faults, "pipeline");
	value_map_set(arena, document, "steps", rewrite_steps(life, arena, request, document));
	pipeline_check(arena, document, "pipeline", sim_catalogue, pipeline, &faults);
	if (faults.count > 0)
		life_fail(life, "a pipeline is written that has faults: %s", faults_text(&faults));
	faults_release(&faults);
	return pipeline;
}
