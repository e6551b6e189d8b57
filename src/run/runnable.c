/* SPDX-License-Identifier: ISC */
#include "run/runnable.h"

#include "base/arena.h"
#include "base/clock.h"
#include "model/limits.h"
#include "model/request/event.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "store/store.h"

/* Whether it was cancelled while a call was under way that is not recorded yet. */
static bool
owes_outcome(struct store *store, uint64_t id)
{
	struct request request;
	struct strbuf err = STRBUF_INIT;

	request_init(&request, id);
	bool owes = store_load(store, &request, &err) != STORE_OK || request_owes_outcome(&request);
	request_release(&request);
	strbuf_release(&err);
	return owes;
}

/* The list may be out of date.  One that cannot be read is kept: it is named when it is begun. */
static bool
is_to_be_run(struct store *store, uint64_t id, int64_t now)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct event latest = {.status = REQUEST_COMPLETED};
	enum store_result result = store_load_latest(store, id, &arena, &latest, &err);
	bool wanted = result != STORE_OK && result != STORE_NOT_FOUND;

	if (result == STORE_OK)
		wanted = next_may_move(&latest, now, PATIENCE_MS) &&
			 (latest.status != REQUEST_CANCELLED || owes_outcome(store, id));
	if (!wanted && (STATUS_BIT(latest.status) & STATUSES_UNFINISHED) == 0)
		store_note_status(store, id, latest.status);
	arena_release(&arena);
	strbuf_release(&err);
	return wanted;
}

int
pending_list(struct store *store, struct id_list *out, struct strbuf *err)
{
	int64_t now = clock_now();
	size_t kept = 0;

	if (store_list(store, STATUSES_UNFINISHED, out, err) != STORE_OK)
		return -1;
	for (size_t i = 0; i < out->count; i++) {
		if (is_to_be_run(store, out->ids[i], now))
			out->ids[kept++] = out->ids[i];
	}
	out->count = kept;
	return 0;
}
