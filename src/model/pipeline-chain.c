/* SPDX-License-Identifier: ISC */
/* The order of the steps: each names its next, or the order of the list is meant. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/pipeline-steps.h"
#include "model/schema.h"

/* The nearest step is looked for so often, and among so many: each comparison takes a while. */
#define SUGGESTED_FAULTS 20
#define SUGGESTED_STEPS	 500

struct chain {
	struct raw_step *steps;
	size_t count;
	struct names places;
	struct faults *faults;
};

static struct raw_step *
find(const struct chain *chain, const char *name)
{
	size_t place;

	return names_find(&chain->places, name, &place) ? &chain->steps[place] : NULL;
}

/* The step that a key of map names, with a fault when there is none. */
static struct raw_step *
named(const struct chain *chain, const struct value *map, const char *key, const char *name)
{
	struct raw_step *step = find(chain, name);
	struct suggestion near;

	if (step != NULL)
		return step;
	suggest_init(&near, name);
	if (chain->faults->count < SUGGESTED_FAULTS) {
		for (size_t i = 0; i < chain->count && i < SUGGESTED_STEPS; i++)
			suggest_offer(&near, chain->steps[i].step.name);
	}
	fault_add(chain->faults, value_map_get(map, key),
	    "'%s' names a step '%s' that does not exist%s", key, name, suggest_text(&near));
	return NULL;
}

static bool
given(const struct value *map, const char *key)
{
	const struct value *value = value_map_get(map, key);

	return value != NULL && value->type != VALUE_NULL;
}

static void
link_next(const struct chain *chain, size_t index)
{
	struct raw_step *raw = &chain->steps[index];
	const struct value *map = raw->map;
	const char *name = schema_text(map, "next_step_name", "", chain->faults);
	const struct value *said = value_map_get(map, "is_terminal_step");
	bool terminal = schema_boolean(map, "is_terminal_step", false, chain->faults);

	if (*name != '\0') {
		raw->next = named(chain, map, "next_step_name", name);
		if (terminal)
			fault_add(chain->faults, said,
			    "a terminal step has no next step, but 'next_step_name' is '%s'", name);
		return;
	}
	if (!given(map, "next_step_name") && !terminal && index + 1 < chain->count)
		raw->next = &chain->steps[index + 1];
	if (raw->next == NULL && said != NULL && said->type == VALUE_BOOLEAN && !terminal)
		fault_add(chain->faults, said,
		    "a step that is not terminal names its next step ('next_step_name')");
}

/* Notes in each step which one goes on to it; of several the first counts. */
static void
link_previous(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct raw_step *next = chain->steps[i].next;

		if (next != NULL && next->previous == NULL)
			next->previous = &chain->steps[i];
	}
}

static void
check_previous(const struct chain *chain, const struct raw_step *raw, const struct raw_step *first)
{
	const struct value *place = value_map_get(raw->map, "prev_step_name");
	const char *name = schema_text(raw->map, "prev_step_name", "", chain->faults);
	const struct raw_step *before = raw->previous, *said;

	if (!given(raw->map, "prev_step_name"))
		return;
	if (*name == '\0') {
		if (before != NULL && raw != first)
			fault_add(chain->faults, place,
			    "'prev_step_name' is empty, but step '%s' goes on to this one",
			    before->step.name);
		return;
	}
	said = named(chain, raw->map, "prev_step_name", name);
	if (said == NULL)
		return;
	if (raw == first)
		fault_add(chain->faults, place, "the first step has no previous step");
	else if (said->next != raw)
		fault_add(chain->faults, place, "step '%s' does not go on to this one", name);
}

/* Walks the chain; a fault when it comes back to where it was. */
static size_t
walk(const struct chain *chain, struct raw_step *first)
{
	size_t length = 0;

	for (struct raw_step *raw = first; raw != NULL; raw = raw->next) {
		if (raw->reached) {
			fault_add(chain->faults, raw->map,
			    "the steps go in a circle: they come back to '%s'", raw->step.name);
			break;
		}
		raw->reached = true;
		length++;
	}
	return length;
}

static struct raw_step *
find_first(const struct chain *chain, const struct value *document)
{
	const char *name = schema_text(document, "first_step_name", "", chain->faults);

	if (*name == '\0')
		return &chain->steps[0];
	return named(chain, document, "first_step_name", name);
}

/* Whether every step can be told by its name; notes where each stands. */
static bool
names_usable(struct arena *arena, struct chain *chain)
{
	bool usable = true;

	for (size_t i = 0; i < chain->count; i++) {
		const struct raw_step *raw = &chain->steps[i];

		if (raw->step.name == NULL) {
			usable = false;
			continue;
		}
		if (!names_add(arena, &chain->places, raw->step.name, i)) {
			fault_add(chain->faults, value_map_get(raw->map, "step_name"),
			    "there are two steps '%s'", raw->step.name);
			usable = false;
		}
	}
	return usable;
}

void
pipeline_chain(struct arena *arena, const struct value *document, struct raw_step *raw,
    size_t count, struct pipeline *out, struct faults *faults)
{
	struct chain chain = {.steps = raw, .count = count, .faults = faults};
	struct raw_step *first;
	size_t before = faults->count, length;

	if (!names_usable(arena, &chain))
		return;
	for (size_t i = 0; i < count; i++)
		link_next(&chain, i);
	first = find_first(&chain, document);
	if (first == NULL)
		return;
	link_previous(&chain);
	for (size_t i = 0; i < count; i++)
		check_previous(&chain, &raw[i], first);
	if (faults->count > before)
		return; /* what follows from a wrong link is no fault of its own */
	length = walk(&chain, first);
	for (size_t i = 0; i < count; i++) {
		if (!raw[i].reached)
			fault_add(
			    faults, raw[i].map, "step '%s' is never reached", raw[i].step.name);
	}
	if (faults->count > before)
		return;
	out->steps = arena_calloc(arena, length, sizeof(*out->steps));
	for (raw = first; raw != NULL; raw = raw->next) {
		names_add(arena, &out->places, raw->step.name, out->step_count);
		out->steps[out->step_count++] = raw->step;
	}
}
