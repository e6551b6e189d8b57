/* SPDX-License-Identifier: ISC */
/* What a slot has of the store while it advances its request: the lock, and what is committed. */
#include "run/slot.h"

#include "base/strbuf.h"
#include "workspace/workspace.h"

static struct store *
store_of(const struct slot *slot)
{
	return workspace_store(slot->shared->workspace);
}

/* ---- the lock */

/* That a lock is lost is no event of its own: the next append under it is refused. */
static void
renew(void *context)
{
	struct slot *slot = context;

	if (store_renew(store_of(slot), slot->request.id, slot->token, NULL) != STORE_LOCK_LOST)
		slot_keep_lock(slot);
}

void
slot_keep_lock(struct slot *slot)
{
	struct loop *loop = slot->shared->tools.loop;
	int64_t lease = store_lease_ms(store_of(slot));

	if (lease > 0)
		loop_timer(loop, &slot->renewal, loop_monotonic(loop) + lease / 3, renew, slot);
}

void
slot_end_lock(struct slot *slot)
{
	loop_timer_cancel(slot->shared->tools.loop, &slot->renewal);
	store_unlock(store_of(slot), slot->request.id, slot->token);
	slot->token = STORE_NO_LOCK;
}

/* ---- what is committed */

struct store_append *
slot_commit(struct slot *slot)
{
	slot->append = (struct store_append){.request = &slot->request,
	    .event = &slot->event,
	    .token = slot->token,
	    .in_room = slot->publishing == SLOT_OUTCOME,
	    .err = STRBUF_INIT,
	    .context = slot};
	slot->given_up = false;
	slot->state = SLOT_COMMITTING;
	return &slot->append;
}

void
slot_committed(struct slot *slot)
{
	slot->state = SLOT_PUBLISHING;
	slot_published(slot, slot->append.result, slot->append.err.buf);
	strbuf_release(&slot->append.err);
}
