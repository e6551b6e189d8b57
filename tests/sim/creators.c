/* SPDX-License-Identifier: ISC */
/* How requests are created: with a key, again and by several at once, it is one request. */
#include <inttypes.h>

#include "model/request/event.h"
#include "sim.h"

#define KEY "once"

static void
note_created(struct process *process, enum store_result result, size_t count, uint64_t id)
{
	struct life *life = process->life;

	find_subjects(life);
	trace(life, "%s creates request %" PRIu64 ": %s", process_name(process), id,
	    result == STORE_OK	     ? "done"
	    : result == STORE_EXISTS ? "it has the key already"
				     : "error");
	if (result != STORE_OK)
		return;
	for (size_t number = 1; number <= count; number++)
		life->subjects[id].known[number] = KNOWN_SURELY;
}

/* One key is one request, whoever creates it, and wherever that ended. */
static void
check_key(struct life *life, enum store_result result, uint64_t id)
{
	size_t count = 0;

	for (uint64_t i = 1; i <= life->subject_count; i++)
		count += look_at(life, i)->events[0]->key != NULL;
	if (count > 1)
		life_fail(life, "%zu requests have the same key", count);
	if (result != STORE_OK && result != STORE_EXISTS)
		return;
	if (look_at(life, id)->events[0]->key == NULL)
		life_fail(life, "request %" PRIu64 " was created with a key, and has none", id);
	if (result == STORE_EXISTS)
		cover(MARK_KEY_AGAIN);
}

/* Whether there can be one more; with the key it may be one that is there, or comes anyway. */
static bool
has_room(const struct life *life, bool keyed)
{
	uint64_t id;

	if (keyed && (life->keyed > 0 ||
			 store_find_key(life->observer, REQUESTER, KEY, &id, NULL) == STORE_EXISTS))
		return true;
	return !life->creating && life->subject_count + (life->keyed > 0) < REQUESTS_MAX;
}

/* Creates it, perhaps while others do. */
static void
create(struct process *process, struct event *events, size_t count, bool keyed)
{
	struct life *life = process->life;
	uint64_t id = 0;
	enum store_result result;

	if (keyed && life->keyed > 0)
		cover(MARK_KEY_RACE);
	life->creating = life->creating || !keyed;
	life->keyed += keyed;
	events[0].key = keyed ? KEY : NULL;
	result = store_create(process->store, events, count, &id, NULL);
	if (result != STORE_OK && result != STORE_EXISTS && process->faults == 0 && !process->ended)
		life_fail(life, "a request cannot be created, and nothing was wrong");
	life->keyed -= keyed;
	life->creating = life->creating && keyed;
	note_created(process, result, count, id);
	if (keyed)
		check_key(life, result, id);
}

void
person_creates(struct life *life)
{
	const struct pipeline *pipeline = &sim_pipelines[below(life, (unsigned)sim_pipeline_count)];
	bool keyed = one_in(life, 2);
	struct arena arena = ARENA_INIT;
	struct event *events;
	struct process *process;
	size_t count;

	if (!has_room(life, keyed) || (process = process_open(life, PROCESS_PERSON)) == NULL)
		return;
	process->busy = true;
	request_first_events(&arena, pipeline, draw_form_data(life), REQUESTER, NULL,
	    wall_now(life), &events, &count);
	create(process, events, count, keyed);
	process_close(process);
	arena_release(&arena);
}
