/* SPDX-License-Identifier: ISC */
#include "run/runnable.h"

#include "base/arena.h"
#include "model/limits.h"
#include "model/request/next.h"
#include "store/id-list.h"
#include "store/store.h"

struct search {
	struct arena arena;
	int64_t now;
	struct id_list *out;
};

/* A request that cannot be read is kept: its fault is reported when it is begun. */
static bool
add_runnable(void *context, const struct store_latest *latest)
{
	struct search *search = context;

	if (latest->event == NULL || next_may_move(latest->event, search->now, PATIENCE_MS))
		id_list_add(search->out, latest->id);
	arena_release(&search->arena);
	return true;
}

int
runnable_list(struct store *store, int64_t now, struct id_list *out, struct strbuf *err)
{
	struct search search = {.arena = ARENA_INIT, .now = now, .out = out};
	enum store_result result = store_latest(store, STATUSES_UNFINISHED | STATUS_BIT_UNRECORDED,
	    &search.arena, add_runnable, &search, err);

	arena_release(&search.arena);
	id_list_sort(out);
	return result == STORE_OK ? 0 : -1;
}
