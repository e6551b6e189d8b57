/* SPDX-License-Identifier: ISC */
/* The locks of the memory backend, and what a process sees of those that hold them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/memory-internal.h"

#define HOST "memory"

static int64_t
now(const struct memory_disk *disk)
{
	return disk->options.now == NULL ? 0 : disk->options.now(disk->options.context);
}

/* Where locks may be unseen, a process shares them with those of its boot alone. */
static struct memory_lock *
lock_of(const struct memory_process *process, struct memory_request *request)
{
	return &request->locks[process->disk->options.medium == NULL ? 0 : process->boot];
}

static bool
is_held(const struct memory_disk *disk, const struct memory_lock *lock)
{
	return lock->holder != NULL && (disk->options.lease_ms == 0 || now(disk) < lock->ends);
}

bool
memory_lock_is_valid(
    const struct memory_process *process, struct memory_request *request, uint64_t token)
{
	const struct memory_lock *lock = lock_of(process, request);

	return token == STORE_NO_LOCK ||
	       (is_held(process->disk, lock) && lock->holder == process && lock->token == token);
}

void
memory_end_locks(const struct memory_process *process, struct memory_request *request)
{
	for (size_t i = 0; i < MEMORY_BOOTS; i++) {
		if (request->locks[i].holder == process)
			request->locks[i].holder = NULL;
	}
}

enum store_result
memory_lock(void *self, uint64_t id, uint64_t *token, struct strbuf *err)
{
	struct memory_process *process = self;
	struct memory_disk *disk = process->disk;
	struct memory_request *request;
	struct memory_lock *lock;
	uint64_t taken;

	if (memory_meet_fault(process, MEMORY_LOCK, false, err) != 0)
		return STORE_ERROR;
	request = memory_find_any(disk, id);
	lock = lock_of(process, request);
	if (is_held(disk, lock))
		return STORE_BUSY;
	taken = ++disk->last_token;
	*lock = (struct memory_lock){
	    .holder = process, .token = taken, .ends = now(disk) + disk->options.lease_ms};
	if (memory_meet_fault(process, MEMORY_LOCK, true, err) != 0) {
		/* others may have acted meanwhile */
		if (memory_lock_is_valid(process, request, taken))
			lock->holder = NULL;
		return STORE_ERROR;
	}
	*token = taken;
	return STORE_OK;
}

enum store_result
memory_renew(void *self, uint64_t id, uint64_t token, struct strbuf *err)
{
	struct memory_process *process = self;
	struct memory_request *request = memory_find_any(process->disk, id);

	if (memory_meet_fault(process, MEMORY_RENEW, false, err) != 0)
		return STORE_ERROR;
	if (!memory_lock_is_valid(process, request, token))
		return STORE_LOCK_LOST;
	lock_of(process, request)->ends = now(process->disk) + process->disk->options.lease_ms;
	return memory_meet_fault(process, MEMORY_RENEW, true, err) == 0 ? STORE_OK : STORE_ERROR;
}

void
memory_unlock(void *self, uint64_t id, uint64_t token)
{
	struct memory_process *process = self;
	struct memory_request *request = memory_find_any(process->disk, id);

	memory_meet_fault(process, MEMORY_UNLOCK, false, NULL);
	if (process->ended)
		return;
	if (memory_lock_is_valid(process, request, token))
		lock_of(process, request)->holder = NULL;
	memory_meet_fault(process, MEMORY_UNLOCK, true, NULL);
}

bool
memory_is_locked(void *self, uint64_t id)
{
	struct memory_process *process = self;

	return is_held(process->disk, lock_of(process, memory_find_any(process->disk, id)));
}

int64_t
memory_lease_ms(const void *self)
{
	return ((const struct memory_process *)self)->disk->options.lease_ms;
}

const char *
memory_medium(void *self)
{
	return ((const struct memory_process *)self)->disk->options.medium;
}

/* ---- processes */

static void
name_boot(unsigned boot, char out[32])
{
	snprintf(out, 32, "boot %u", boot);
}

void
memory_identify(void *self, struct arena *arena, struct process_identity *out)
{
	const struct memory_process *process = self;
	char boot[32];

	name_boot(process->boot, boot);
	*out = (struct process_identity){.host = HOST,
	    .boot = arena_strdup(arena, boot),
	    .process = process->number,
	    .start = process->number};
}

enum process_sight
memory_see(void *self, const struct process_identity *identity)
{
	const struct memory_process *process = self;
	char boot[32];

	name_boot(process->boot, boot);
	if (identity->host == NULL || strcmp(identity->host, HOST) != 0 || identity->boot == NULL ||
	    strcmp(identity->boot, boot) != 0)
		return PROCESS_ELSEWHERE;
	for (const struct memory_process *other = process->disk->processes; other != NULL;
	     other = other->next) {
		if (other->number == identity->process)
			return other->ended ? PROCESS_ENDED : PROCESS_LIVES;
	}
	return PROCESS_ENDED;
}
