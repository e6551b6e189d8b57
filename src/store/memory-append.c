/* SPDX-License-Identifier: ISC */
/*
 * The memory backend: appending.  What is appended beside the caller is recorded in one step, when
 * others see it, and reported in the next.
 */
#include <inttypes.h>

#include "base/alloc.h"
#include "store/memory-internal.h"

/* Whether the event could be appended now, with its numbers before it in the same transaction. */
static enum store_result
check_append(
    const struct memory_process *process, const struct backend_append *append, struct strbuf *err)
{
	struct memory_request *request = memory_find(process->disk, append->id);

	if (request == NULL) {
		fail(err, "cannot open request %" PRIu64 ": there is none", append->id);
		return STORE_ERROR;
	}
	if (!memory_lock_is_valid(process, request, append->token))
		return STORE_LOCK_LOST;
	return memory_find_event(request, append->number) == NULL ? STORE_OK : STORE_RACE_LOST;
}

static void
carry_out(const struct memory_process *process, const struct backend_append *append)
{
	struct memory_request *request = memory_find(process->disk, append->id);

	memory_put_event(request, append->number, append->text, append->len);
	request->place = append->to;
	memory_notify(process->disk, append->id, false);
}

/* Its fault comes before anything has happened. */
static void
record(struct memory_process *process, struct backend_append *append)
{
	append->result = STORE_ERROR;
	if (memory_meet_fault(process, MEMORY_APPEND, false, append->err) != 0)
		return;
	append->result = check_append(process, append, append->err);
	if (append->result == STORE_OK)
		carry_out(process, append);
}

/* Its fault comes when everything has happened. */
static void
report(struct memory_process *process, struct backend_append *append)
{
	if (append->result == STORE_OK &&
	    memory_meet_fault(process, MEMORY_APPEND, true, append->err) != 0)
		append->result = STORE_ERROR;
}

void
memory_append_group(void *self, struct backend_append *appends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (appends[i].result != STORE_OK)
			continue;
		record(self, &appends[i]);
		report(self, &appends[i]);
	}
}

/* ---- beside the caller */

static struct memory_process *
find_process(const struct memory_disk *disk, const void *who)
{
	struct memory_process *process = disk->processes;

	while (process->who != who)
		process = process->next;
	return process;
}

static void
move_on(struct memory_process *process, struct memory_handed_over *one)
{
	if (one->stage == MEMORY_WAITING)
		record(process, one->append);
	else
		report(process, one->append);
	one->stage = one->stage == MEMORY_WAITING && one->append->result == STORE_OK
			 ? MEMORY_RECORDED
			 : MEMORY_DONE;
}

/* Moves what is under way, the nth of it; false: there is no such. */
static bool
move_nth(struct memory_process *process, size_t nth)
{
	for (size_t i = 0; i < process->handed_over_count; i++) {
		struct memory_handed_over *one = &process->handed_over[i];

		if (one->stage != MEMORY_DONE && nth-- == 0) {
			move_on(process, one);
			return true;
		}
	}
	return false;
}

size_t
memory_under_way(const struct memory_disk *disk, const void *who)
{
	const struct memory_process *process = find_process(disk, who);
	size_t count = 0;

	for (size_t i = 0; i < process->handed_over_count; i++)
		count += process->handed_over[i].stage != MEMORY_DONE;
	return count;
}

void
memory_move_on(struct memory_disk *disk, const void *who, size_t nth)
{
	move_nth(find_process(disk, who), nth);
}

void
memory_append_begin(void *self, struct backend_append *const *appends, size_t count)
{
	struct memory_process *process = self;

	for (size_t i = 0; i < count; i++) {
		ALLOC_GROW(process->handed_over, process->handed_over_count,
		    process->handed_over_capacity);
		process->handed_over[process->handed_over_count++] =
		    (struct memory_handed_over){.append = appends[i], .stage = MEMORY_WAITING};
	}
	while (!process->disk->options.later && move_nth(process, 0))
		continue;
}

struct backend_append *
memory_append_collect(void *self, bool wait)
{
	struct memory_process *process = self;

	while (wait && move_nth(process, 0))
		continue;
	for (size_t i = 0; i < process->handed_over_count; i++) {
		struct memory_handed_over *one = &process->handed_over[i];
		struct backend_append *append = one->append;

		if (one->stage != MEMORY_DONE)
			continue;
		*one = process->handed_over[--process->handed_over_count];
		return append;
	}
	return NULL;
}

/* ---- all or none */

enum store_result
memory_append_all(void *self, struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct memory_process *process = self;

	if (memory_meet_fault(process, MEMORY_APPEND_ALL, false, err) != 0)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++) {
		appends[i].result = check_append(process, &appends[i], err);
		if (appends[i].result != STORE_OK)
			return appends[i].result;
	}
	for (size_t i = 0; i < count; i++)
		carry_out(process, &appends[i]);
	return memory_meet_fault(process, MEMORY_APPEND_ALL, true, err) == 0 ? STORE_OK
									     : STORE_ERROR;
}
