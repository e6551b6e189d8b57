/* SPDX-License-Identifier: ISC */
/* The lock of the request that a slot advances: renewed where it is a lease, and ended. */
#include "run/slot.h"

#include "workspace/workspace.h"

static struct store *
store_of(const struct slot *slot)
{
	return workspace_store(slot->shared->workspace);
}

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
