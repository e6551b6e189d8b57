/* SPDX-License-Identifier: ISC */
#include "store/runnable.h"

#include "base/arena.h"
#include "model/limits.h"
#include "model/request/next.h"
#include "store/id-list.h"
#include "store/store.h"

#define RUNNABLE_STATUSES (STATUSES_UNFINISHED | STATUS_BIT_UNRECORDED)

struct search {
	struct arena arena;
	int64_t now;
	struct id_list *out; /* of runnable_list() */
	bool any;
};

static bool
may_move(const struct search *search, const struct store_latest *latest)
{
	/* one that cannot be read is kept: its fault is reported when it is begun */
	return latest->event == NULL || next_may_move(latest->event, search->now, PATIENCE_MS);
}

static bool
add_runnable(void *context, const struct store_latest *latest)
{
	struct search *search = context;

	if (may_move(search, latest))
		id_list_add(search->out, latest->id);
	arena_release(&search->arena);
	return true;
}

int
runnable_list(struct store *store, int64_t now, struct id_list *out, struct strbuf *err)
{
	struct search search = {.arena = ARENA_INIT, .now = now, .out = out};
	enum store_result result =
	    store_latest(store, RUNNABLE_STATUSES, &search.arena, add_runnable, &search, err);

	arena_release(&search.arena);
	id_list_sort(out);
	return result == STORE_OK ? 0 : -1;
}

/* Returns false, which ends the listing: there is one. */
static bool
is_none(void *context, const struct store_latest *latest)
{
	struct search *search = context;

	search->any = may_move(search, latest);
	arena_release(&search->arena);
	return !search->any;
}

bool
runnable_any(struct store *store, int64_t now)
{
	struct search search = {.arena = ARENA_INIT, .now = now};
	enum store_result result =
	    store_latest(store, RUNNABLE_STATUSES, &search.arena, is_none, &search, NULL);

	arena_release(&search.arena);
	return result != STORE_OK || search.any;
}
