/* SPDX-License-Identifier: ISC */
/*
 * Appending events: one, those of many requests with one wait for the disk, or several as one
 * transaction.  All are published in the same phases (works.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/files/internal.h"
#include "store/files/works.h"

/* The most that are appended together, with one or two descriptors each. */
#define GROUP_MAX 256

/* ---- a group of independent events */

/* Leaves out those that a transaction comes before: it was recorded, and its program is gone. */
static void
leave_out_claimed(struct files *files, struct work *works, size_t count)
{
	if (!transaction_exists(files))
		return;
	for (size_t i = 0; i < count; i++) {
		if (work_is_ok(&works[i]) && transaction_claims(files, works[i].append->id))
			works[i].append->result = STORE_RACE_LOST;
	}
}

/* Opens, locks, and begins.  Returns how many are to be published. */
static size_t
begin_all(struct files *files, struct work *works, size_t count)
{
	size_t begun = 0;

	for (size_t i = 0; i < count; i++)
		works[i].append->result = work_open(files, &works[i], works[i].append->err);
	works_lock(files, works, count);
	leave_out_claimed(files, works, count);
	for (size_t i = 0; i < count; i++) {
		struct work *work = &works[i];
		if (work_is_ok(work) && work_begin(files, work, work->append->err) != 0)
			work->append->result = STORE_ERROR;
		begun += work_is_ok(work);
	}
	return begun;
}

static void
append_group(struct files *files, struct group_member *members, size_t count)
{
	struct work *works = works_new(members, count, files->event_mode);
	size_t begun = begin_all(files, works, count);
	bool together = sync_is_together(&files->costs, begun);
	int64_t start = clock_monotonic_us();

	works_sync_texts(files, works, count, together);
	works_link(works, count);
	works_sync_names(files, works, count, together);
	sync_has_taken(&files->costs, together, begun, clock_monotonic_us() - start);
	works_leave_queues(files, works, count);
	works_free(files, works, count);
}

void
append_members(struct files *files, struct group_member *members, size_t count)
{
	while (count > 0) {
		size_t size = count < GROUP_MAX ? count : GROUP_MAX;
		append_group(files, members, size);
		members += size;
		count -= size;
	}
}

bool
append_admit(struct files *files, struct backend_append *append, struct group_member *out)
{
	if (append->result != STORE_OK)
		return false;
	if (!lock_is_held(files, append->id, append->token)) {
		append->result = STORE_LOCK_LOST;
		return false;
	}
	*out = (struct group_member){.append = append,
	    .request_fd = lock_folder(files, append->id),
	    .is_littered = files->has_litter,
	    .room.fd = -1};
	if (append->in_room)
		room_lend(files, &out->room);
	return true;
}

void
append_dismiss(struct files *files, const struct group_member *member)
{
	room_return(files, &member->room);
}

void
files_append_group(void *self, struct backend_append *appends, size_t count)
{
	struct group_member *members = xcalloc(count, sizeof(*members));
	size_t admitted = 0;

	for (size_t i = 0; i < count; i++)
		admitted += append_admit(self, &appends[i], &members[admitted]);
	append_members(self, members, admitted);
	for (size_t i = 0; i < admitted; i++)
		append_dismiss(self, &members[i]);
	free(members);
}

/* ---- a transaction */

/* Opens the request, and locks it once: one open file cannot hold a lock twice. */
static enum store_result
open_in_transaction(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	struct work *work = &works[at];
	enum store_result result;

	work->append->err = err;
	result = work_open(files, work, err);
	if (result != STORE_OK || (at > 0 && works[at - 1].append->id == work->append->id))
		return result;
	return work_lock(files, work, err);
}

static enum store_result
begin_in_transaction(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	const struct backend_append *append = works[at].append;
	enum store_result result;

	if (!lock_is_held(files, append->id, append->token))
		return STORE_LOCK_LOST;
	result = open_in_transaction(files, works, at, err);
	if (result != STORE_OK)
		return result;
	if (files_has(files, append->id, append->number))
		return STORE_RACE_LOST;
	return work_begin(files, &works[at], err) == 0 ? STORE_OK : STORE_ERROR;
}

/* The result of the first that went wrong. */
static enum store_result
result_of(const struct work *works, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!work_is_ok(&works[i]))
			return works[i].append->result;
	}
	return STORE_OK;
}

/* Keeps the locks of all requests until the events are published: nobody else appends to them. */
static enum store_result
append_all(struct files *files, struct work *works, struct backend_append *appends, size_t count,
    struct strbuf *err)
{
	for (size_t i = 0; i < count; i++) {
		works[i].append->result = begin_in_transaction(files, works, i, err);
		if (!work_is_ok(&works[i]))
			return works[i].append->result;
	}
	works_sync_texts(files, works, count, false);
	if (result_of(works, count) != STORE_OK ||
	    transaction_record(files, appends, count, err) != 0)
		return STORE_ERROR;
	works_link(works, count);
	works_sync_names(files, works, count, false);
	/* What is recorded and could not be published is left to the next reader. */
	if (result_of(works, count) != STORE_OK)
		return STORE_ERROR;
	works_leave_queues(files, works, count);
	transaction_end(files);
	return STORE_OK;
}

static enum store_result
append_together(
    struct files *files, struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct work *works = works_of_transaction(appends, count, files->event_mode);
	enum store_result result = append_all(files, works, appends, count, err);

	works_free(files, works, count);
	return result;
}

enum store_result
files_append_all(void *self, struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct files *files = self;
	enum store_result result;

	if (count == 0)
		return STORE_OK;
	if (count == 1) { /* one event is a transaction by itself */
		appends[0].err = err;
		files_append_group(files, appends, 1);
		return appends[0].result;
	}
	result = lock_wait(files, LOCK_TRANSACTION, err);
	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	if (transaction_finish_locked(files, err) == 0)
		result = append_together(files, appends, count, err);
	lock_end(files, LOCK_TRANSACTION);
	return result;
}

/*
 * Begins what another program has recorded.  A request that is gone is left out.  An event that
 * is there may have others after it, so that its place says nothing any more.
 */
static int
begin_recorded(struct files *files, struct work *works, size_t at, struct strbuf *err)
{
	struct work *work = &works[at];
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (open_in_transaction(files, works, at, &why) == STORE_OK) {
		work->append->err = err;
		work->published = files_has(files, work->append->id, work->append->number);
		if (!work->published)
			result = work_begin(files, work, err);
	} else if (work->request_fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		work->append->result = STORE_NOT_FOUND;
	} else {
		result = fail(err, "%s", why.buf);
	}
	strbuf_release(&why);
	return result;
}

static int
publish_recorded(struct files *files, struct work *works, size_t count, struct strbuf *err)
{
	for (size_t i = 0; i < count; i++) {
		if (begin_recorded(files, works, i, err) != 0)
			return -1;
	}
	works_sync_texts(files, works, count, false);
	works_link(works, count);
	works_sync_names(files, works, count, false);
	works_leave_queues(files, works, count);
	for (size_t i = 0; i < count; i++) {
		if (works[i].append->result == STORE_ERROR)
			return -1;
	}
	return 0;
}

int
append_recorded(struct files *files, struct backend_append *appends, size_t count, mode_t mode,
    struct strbuf *err)
{
	struct work *works = works_of_transaction(appends, count, mode);
	int result = publish_recorded(files, works, count, err);

	works_free(files, works, count);
	return result;
}
