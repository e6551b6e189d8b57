/* SPDX-License-Identifier: ISC */
#include "model/secret-binding.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/origin.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/pipeline.h"

struct checking {
	struct arena arena;
	const struct value *bindings;
	const struct pipeline *pipeline;
	const struct step *step;
	const void *parameters;
	const struct check_mode *mode;
	struct faults *faults;
	struct secret_place last; /* so that a text with a secret twice has one fault */
};

static void
add_items(struct strbuf *out, const struct value *list)
{
	for (size_t i = 0; i < list->count; i++)
		strbuf_addf(out, "%s%s", i == 0 ? "" : ", ", value_text(list->items[i]));
	if (list->count == 0)
		strbuf_addstr(out, "none");
}

static void
check_pipeline(
    struct checking *checking, const struct secret_place *place, const struct value *pipelines)
{
	const char *name = checking->pipeline->name;
	struct strbuf allowed = STRBUF_INIT;

	for (size_t i = 0; i < pipelines->count; i++) {
		if (strcmp(value_text(pipelines->items[i]), name) == 0)
			return;
	}
	add_items(&allowed, pipelines);
	fault_add(checking->faults, place->where,
	    "the secret '%s' is bound to other pipelines (%s): '%s' must not use it", place->name,
	    allowed.buf, name);
	strbuf_release(&allowed);
}

/* A receiver is an origin as origins are compared, or is said in words, which are none. */
static bool
is_allowed(struct arena *arena, const struct value *origins, const char *receiver)
{
	for (size_t i = 0; i < origins->count; i++) {
		const char *origin = origin_of(arena, value_text(origins->items[i]), NULL);

		if (origin != NULL && strcmp(origin, receiver) == 0)
			return true;
	}
	return false;
}

static void
fault_origins(struct checking *checking, const struct secret_place *place,
    const struct value *origins, const char *why)
{
	struct strbuf allowed = STRBUF_INIT;

	add_items(&allowed, origins);
	fault_add(checking->faults, place->where, "the secret '%s' is bound to %s: %s", place->name,
	    allowed.buf, why);
	strbuf_release(&allowed);
}

static void
check_receivers(
    struct checking *checking, const struct secret_place *place, const struct value *origins)
{
	struct arena *arena = &checking->arena;
	const struct step_type *type = checking->step->type;
	struct value *receivers = value_new(arena, VALUE_LIST);

	if (type == NULL || type->receivers == NULL) {
		fault_origins(checking, place, origins,
		    arena_printf(arena, "a step of type %s does not say where it sends it",
			checking->step->type_name));
		return;
	}
	type->receivers(arena, checking->parameters, place->parameter, checking->mode, receivers);
	for (size_t i = 0; i < receivers->count; i++) {
		const char *receiver = receivers->items[i]->text;

		if (!is_allowed(arena, origins, receiver))
			fault_origins(checking, place, origins,
			    arena_printf(arena, "it must not be sent to %s", receiver));
	}
}

static void
check_place(void *context, const struct secret_place *place)
{
	struct checking *checking = context;
	const struct value *binding = value_map_get(checking->bindings, place->name);
	const struct value *pipelines = value_map_get(binding, "pipelines");
	const struct value *origins = value_map_get(binding, "origins");

	if (place->where == checking->last.where && strcmp(place->name, checking->last.name) == 0)
		return;
	checking->last = *place;
	if (pipelines != NULL)
		check_pipeline(checking, place, pipelines);
	if (origins != NULL)
		check_receivers(checking, place, origins);
}

void
secret_bindings_check(const struct value *bindings, const struct pipeline *pipeline,
    const struct step *step, const void *parameters, const struct check_mode *mode,
    struct faults *faults)
{
	struct checking checking = {.bindings = bindings,
	    .pipeline = pipeline,
	    .step = step,
	    .parameters = parameters,
	    .mode = mode,
	    .faults = faults};

	if (bindings != NULL)
		pipeline_each_secret(&checking.arena, pipeline, step, check_place, &checking);
	arena_release(&checking.arena);
}
