/* SPDX-License-Identifier: ISC */
/* The order of the steps: each names its next, or the order of the list is meant. */
#include "model/pipeline/chain.h"

#include "base/arena.h"
#include "base/faults.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/pipeline/schema.h"

/* The nearest step is looked for so often, and among so many: each comparison takes a while. */
#define SUGGESTED_FAULTS 20
#define SUGGESTED_STEPS	 500

struct chain {
	struct raw_step *steps;
	size_t count;
	const struct name_map *places; /* of the names, of two the first */
	bool lost; /* the order is not known: what would follow from it is no fault of its own */
	struct faults *faults;
};

static struct raw_step *
find(const struct chain *chain, const char *name)
{
	size_t place;

	return name_map_find(chain->places, name, &place) ? &chain->steps[place] : NULL;
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
		for (size_t i = 0; i < chain->count && i < SUGGESTED_STEPS; i++) {
			if (chain->steps[i].step.name != NULL)
				suggest_offer(&near, chain->steps[i].step.name);
		}
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

/* The step that next_step_name says; NULL: none, or it is lost. */
static struct raw_step *
next_said(const struct chain *chain, struct raw_step *raw, bool terminal)
{
	const char *name = schema_text(raw->map, "next_step_name", "", chain->faults);
	struct raw_step *next;

	if (*name == '\0') {
		raw->lost = given(raw->map, "next_step_name") &&
			    value_text(value_map_get(raw->map, "next_step_name")) == NULL;
		return NULL;
	}
	next = named(chain, raw->map, "next_step_name", name);
	raw->lost = next == NULL;
	if (terminal)
		fault_add(chain->faults, value_map_get(raw->map, "is_terminal_step"),
		    "a terminal step has no next step, but 'next_step_name' is '%s'", name);
	return next;
}

static void
link_next(struct chain *chain, size_t index)
{
	struct raw_step *raw = &chain->steps[index];
	const struct value *said = value_map_get(raw->map, "is_terminal_step");
	bool terminal = schema_boolean(raw->map, "is_terminal_step", false, chain->faults);

	raw->next = next_said(chain, raw, terminal);
	if (!given(raw->map, "next_step_name") && !terminal && index + 1 < chain->count)
		raw->next = &chain->steps[index + 1];
	if (raw->next == NULL && !raw->lost && said != NULL && said->type == VALUE_BOOLEAN &&
	    !terminal) {
		fault_add(chain->faults, said,
		    "a step that is not terminal names its next step ('next_step_name')");
		raw->lost = true;
	}
	chain->lost = chain->lost || raw->lost;
}

/* Records in each step which step names it as its next; of several the first counts. */
static void
link_previous(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct raw_step *next = chain->steps[i].next;

		if (next != NULL && next->previous == NULL)
			next->previous = &chain->steps[i];
	}
}

/* first: NULL when it is not known. */
static void
check_agreement(const struct chain *chain, const struct raw_step *raw, const struct raw_step *said,
    const struct raw_step *first)
{
	const struct value *place = value_map_get(raw->map, "prev_step_name");

	if (raw == first)
		fault_add(chain->faults, place, "the first step has no previous step");
	else if (said->next != raw && !said->lost)
		fault_add(
		    chain->faults, place, "step '%s' does not go on to this one", said->step.name);
}

/* An empty name is none: Flowforge writes one in every step.  named_all: all names are usable. */
static void
check_previous(const struct chain *chain, const struct raw_step *raw, const struct raw_step *first,
    bool named_all)
{
	const char *name = schema_text(raw->map, "prev_step_name", "", chain->faults);
	const struct raw_step *said =
	    *name == '\0' ? NULL : named(chain, raw->map, "prev_step_name", name);

	if (named_all && said != NULL)
		check_agreement(chain, raw, said, first);
}

/* Walks the chain and reports its faults as a whole.  Returns false when there is one. */
static bool
walk(const struct chain *chain, struct raw_step *first)
{
	size_t before = chain->faults->count;

	for (struct raw_step *raw = first; raw != NULL; raw = raw->next) {
		if (raw->reached) {
			fault_add(chain->faults, raw->map,
			    "the steps go in a circle: they come back to '%s'", raw->step.name);
			break;
		}
		raw->reached = true;
	}
	for (size_t i = 0; i < chain->count; i++) {
		const struct raw_step *raw = &chain->steps[i];

		if (!raw->reached)
			fault_add(
			    chain->faults, raw->map, "step '%s' is never reached", raw->step.name);
	}
	return chain->faults->count == before;
}

/* NULL: it is not known; the fault is already reported. */
static struct raw_step *
find_first(const struct chain *chain, const struct value *document)
{
	const char *name = schema_text(document, "first_step_name", NULL, chain->faults);

	if (name != NULL && *name != '\0')
		return named(chain, document, "first_step_name", name);
	return name == NULL && given(document, "first_step_name") ? NULL : &chain->steps[0];
}

/* Whether every step has a name of its own; records the place of each. */
static bool
note_names(struct arena *arena, const struct chain *chain, struct name_map *places)
{
	bool usable = true;

	for (size_t i = 0; i < chain->count; i++) {
		const struct raw_step *raw = &chain->steps[i];

		if (raw->step.name == NULL) {
			usable = false;
		} else if (!name_map_add(arena, places, raw->step.name, i)) {
			fault_add(chain->faults, value_map_get(raw->map, "step_name"),
			    "there are two steps '%s'", raw->step.name);
			usable = false;
		}
	}
	return usable;
}

static void
put(struct arena *arena, const struct raw_step *raw, struct pipeline *out)
{
	if (raw->step.name != NULL)
		name_map_add(arena, &out->places, raw->step.name, out->step_count);
	out->steps[out->step_count++] = raw->step;
}

bool
pipeline_chain(struct arena *arena, const struct value *document, struct raw_step *raw,
    size_t count, struct pipeline *out, struct faults *faults)
{
	struct name_map places = {0};
	struct chain chain = {.steps = raw, .count = count, .places = &places, .faults = faults};
	bool named_all = note_names(arena, &chain, &places), ordered;
	struct raw_step *first = find_first(&chain, document);

	for (size_t i = 0; i < count; i++)
		link_next(&chain, i);
	link_previous(&chain);
	for (size_t i = 0; i < count; i++)
		check_previous(&chain, &raw[i], first, named_all);
	ordered = named_all && first != NULL && !chain.lost && walk(&chain, first);
	out->steps = arena_calloc(arena, count, sizeof(*out->steps));
	if (ordered) {
		for (const struct raw_step *step = first; step != NULL; step = step->next)
			put(arena, step, out);
	} else {
		for (size_t i = 0; i < count; i++)
			put(arena, &raw[i], out);
	}
	return ordered;
}
