/* SPDX-License-Identifier: ISC */
/*
 * Listing requests by their queues, and correcting the queues.
 *
 * Whoever reads a request knows where it belongs, and looks whether it is there and nowhere else.
 * What looks wrong may be a change that is under way: it is looked at once more under the lock of
 * the request's status, and only then corrected.
 *
 * A listing of all requests goes down from the latest id (last-id.c), so that the newest ones cost
 * what they cost, however many there are.
 *
 * A request that cannot be read while the queues are made anew is entered into each of them: so
 * every listing names it, and the first one that can read it corrects that.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/files/internal.h"

#define NO_PLACE REQUEST_STATUS_COUNT
/* Of so many ids that are not there, a listing of all names is the shorter way. */
#define MISSING_MAX 1000
/* Of so many requests, reading the queues is. */
#define MANY 64

static bool
has_queue(int place)
{
	return queue_name((enum request_status)place) != NULL;
}

/* ---- correcting */

/* Enters it into its queue and, if sync is true, waits until that is on disk. */
static int
enter(struct files *files, uint64_t id, enum request_status place, bool sync)
{
	if (!has_queue((int)place))
		return 0;
	if (queue_add(files, id, place, NULL) != 0)
		return -1;
	return sync ? queue_sync(files, place, NULL) : 0;
}

static void
leave_others(struct files *files, uint64_t id, enum request_status place)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (i != (int)place && has_queue(i))
			queue_remove(files, id, (enum request_status)i);
	}
}

/* Where a request belongs.  The caller holds the lock of its status. */
static enum store_result
place_of(struct files *files, uint64_t id, const struct backend_reader *reader,
    enum request_status *place)
{
	enum store_result found;

	files->has_status_lock = true;
	found = reader->place(reader->store, id, place);
	files->has_status_lock = false;
	return found;
}

/*
 * A request that is not there may be one that is just being made, by whoever has its lock: its
 * entry comes first.  One that a transaction has yet to show has no lock when its program was
 * killed.
 */
static void
clear(struct files *files, uint64_t id)
{
	if (lock_try_ids(files, id, 1, NULL) != STORE_OK)
		return;
	if (!transaction_exists(files) && files_requests_folder(files, false) >= 0 &&
	    !last_id_has_request(files, id))
		create_clear(files, id);
	lock_end_all(files, id, 1);
}

/* A request was met in a queue where it does not belong, or is missing from its own. */
static void
correct(struct files *files, uint64_t id, const struct backend_reader *reader)
{
	enum request_status place = NO_PLACE;
	enum store_result found;

	/* Who holds this lock is changing the status, and sees to the queue itself. */
	if (lock_try(files, LOCK_OF_STATUS(id), NULL) != STORE_OK)
		return;
	found = place_of(files, id, reader, &place);
	if (found == STORE_NOT_FOUND)
		clear(files, id);
	else if (found == STORE_OK && enter(files, id, place, true) == 0)
		leave_others(files, id, place);
	lock_end(files, LOCK_OF_STATUS(id));
}

void
files_settle(
    void *self, uint64_t id, enum request_status place, const struct backend_reader *reader)
{
	struct files *files = self;

	if (files->has_status_lock || queues_open(files, NULL) != 0)
		return;
	/* who advances it is about to move it: what it is in too long is left to who lists that */
	if (has_queue((int)place) && lock_is_own(files, id) && queue_has(files, id, place))
		return;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (has_queue(i) &&
		    queue_has(files, id, (enum request_status)i) != (i == (int)place)) {
			correct(files, id, reader);
			return;
		}
	}
}

static int
enter_everywhere(struct files *files, uint64_t id)
{
	int result = 0;

	for (int i = 0; i < REQUEST_STATUS_COUNT && result == 0; i++)
		result = enter(files, id, (enum request_status)i, false);
	return result;
}

/* Returns 0, or -1: it is to be done again. */
static int
rebuild_request(struct files *files, uint64_t id, const struct backend_reader *reader)
{
	enum request_status place = NO_PLACE;
	enum store_result found;
	int result = -1;

	if (lock_wait(files, LOCK_OF_STATUS(id), NULL) != STORE_OK)
		return -1;
	found = place_of(files, id, reader, &place);
	if (found == STORE_NOT_FOUND)
		result = 0;
	else if (found != STORE_OK)
		result = enter_everywhere(files, id);
	else
		result = enter(files, id, place, false);
	if (result == 0 && (found == STORE_OK || found == STORE_NOT_FOUND))
		leave_others(files, id, found == STORE_OK ? place : REQUEST_NOT_STARTED);
	lock_end(files, LOCK_OF_STATUS(id));
	/* what the system kept from being read may be read the next time */
	return found == STORE_ERROR ? -1 : result;
}

/* Looks at every request, as after a backup was restored without its queues. */
static int
rebuild(struct files *files, const struct id_list *all, const struct backend_reader *reader)
{
	int result = queue_begin(files);

	if (result != 0)
		return -1;
	for (size_t i = 0; i < all->count; i++) {
		if (rebuild_request(files, all->ids[i], reader) != 0)
			result = -1;
	}
	return result != 0 ? -1 : queue_complete(files);
}

/* ---- listing */

struct listing {
	struct files *files;
	const struct backend_reader *reader;
	struct id_list ids; /* what is listed */
	struct id_list queues[REQUEST_STATUS_COUNT];
	bool is_known[REQUEST_STATUS_COUNT]; /* that queue was read */
	bool asks;			     /* one that was not read is asked about each request */
};

static int
read_queue(struct listing *listing, enum request_status place, struct strbuf *err)
{
	listing->is_known[place] = true;
	return queue_read(listing->files, place, &listing->queues[place], err);
}

/* Reads the queues of these places. */
static int
read_queues(struct listing *listing, unsigned places, struct strbuf *err)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (has_queue(i) && (places & STATUS_BIT(i)) != 0 &&
		    read_queue(listing, (enum request_status)i, err) != 0)
			return -1;
	}
	/* What was approved or retried meanwhile went back from a queue that came later. */
	if ((places & STATUS_BIT(REQUEST_RUNNING)) != 0 &&
	    (places & (STATUS_BIT(REQUEST_PENDING) | STATUS_BIT(REQUEST_FAILED))) != 0 &&
	    read_queue(listing, REQUEST_RUNNING, err) != 0)
		return -1;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		id_list_sort(&listing->queues[i]);
	return 0;
}

static int
list_all(struct listing *listing, struct strbuf *err)
{
	int fd = files_requests_folder(listing->files, false);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || id_list_read(&listing->ids, fd) != 0)
		return trust_fail(listing->files->trust, err, "cannot list 'state/requests'");
	return 0;
}

static bool
wants_all(unsigned places)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if ((places & STATUS_BIT(i)) != 0 && !has_queue(i))
			return true;
	}
	return false;
}

static void
take_queues(struct listing *listing)
{
	listing->ids.count = 0;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		for (size_t j = 0; j < listing->queues[i].count; j++)
			id_list_add(&listing->ids, listing->queues[i].ids[j]);
	}
}

/* Finds what is to be listed: the requests of the queues, or all if these are not complete. */
static int
find_ids(struct listing *listing, unsigned places, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (!queue_is_complete(listing->files, &why)) {
		/* what cannot be trusted is mended by a person */
		if (errno == TRUST_ERRNO)
			result = fail(err, "%s", why.buf);
		strbuf_release(&why);
		if (result != 0 || list_all(listing, err) != 0)
			return -1;
		if (listing->ids.count == 0 ||
		    rebuild(listing->files, &listing->ids, listing->reader) != 0)
			return 0;
	}
	if (read_queues(listing, places, err) != 0)
		return -1;
	take_queues(listing);
	/* what is wrong with the folder of all is said once, not of each */
	if (listing->ids.count > 0 && files_requests_folder(listing->files, false) < 0 &&
	    errno != ENOENT)
		return trust_fail(listing->files->trust, err, "cannot list 'state/requests'");
	return 0;
}

struct found {
	const struct backend_reader *reader;
	uint64_t id;
	enum request_status place;
	bool more;
};

static enum store_result
hand_over(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct found *found = context;
	const struct backend_latest latest = {
	    .id = found->id, .number = number, .text = text, .len = len};

	(void)writer;
	found->more = found->reader->entry(found->reader->context, &latest, &found->place);
	return STORE_OK;
}

/* Whether a queue is known to have, or not to have, a request. */
static bool
is_known(const struct listing *listing, int place)
{
	return has_queue(place) && (listing->is_known[place] || listing->asks);
}

static bool
has(const struct listing *listing, int place, uint64_t id)
{
	return listing->is_known[place] ? id_list_has(&listing->queues[place], id)
					: queue_has(listing->files, id, (enum request_status)place);
}

static bool
is_in_queue(const struct listing *listing, uint64_t id)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (is_known(listing, i) && has(listing, i, id))
			return true;
	}
	return false;
}

/* Whether the queues have a request in another place than that. */
static bool
is_misplaced(const struct listing *listing, uint64_t id, enum request_status place)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if (is_known(listing, i) && has(listing, i, id) != (i == (int)place))
			return true;
	}
	return false;
}

/* Hands over one request.  Returns whether to go on; *there: whether there is such a request. */
static bool
list_request(const struct listing *listing, uint64_t id, bool *there)
{
	const struct backend_reader *reader = listing->reader;
	struct strbuf why = STRBUF_INIT;
	struct found found = {.reader = reader, .id = id, .place = NO_PLACE, .more = true};
	enum store_result result =
	    request_read(listing->files, id, BACKEND_LATEST, hand_over, &found, &why);
	const struct backend_latest unreadable = {.id = id, .result = result, .why = why.buf};

	*there = result != STORE_NOT_FOUND;
	if (result != STORE_OK && *there)
		found.more = reader->entry(reader->context, &unreadable, &found.place);
	/* of one that was cancelled the latest event alone does not tell */
	if (result == STORE_OK && found.place == NO_PLACE && is_in_queue(listing, id))
		reader->place(reader->store, id, &found.place);
	if (found.place != NO_PLACE ? is_misplaced(listing, id, found.place)
				    : !*there && is_in_queue(listing, id))
		correct(listing->files, id, reader);
	strbuf_release(&why);
	return found.more;
}

/* Lists what was found, the newest first, but what is above that id. */
static void
list_found(struct listing *listing, uint64_t highest)
{
	bool more = true, there;

	id_list_sort(&listing->ids);
	for (size_t i = listing->ids.count; i > 0 && more; i--) {
		if (listing->ids.ids[i - 1] <= highest)
			more = list_request(listing, listing->ids.ids[i - 1], &there);
	}
}

/* ---- listing all: from the newest down, without looking at names that nobody asks for */

/* Reads all queues, which are asked about each request otherwise. */
static void
know_queues(struct listing *listing)
{
	if (listing->asks && read_queues(listing, STATUSES_ALL, NULL) != 0) {
		for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
			listing->is_known[i] = false;
	}
}

/*
 * Looks at the ids from that one down by their names, as long as few of them are missing.  Returns
 * the id from which on down it did not look; 0: nothing is left to be listed.
 */
static uint64_t
walk_down(struct listing *listing, uint64_t from)
{
	unsigned missing = 0;
	uint64_t id;
	bool there;

	for (id = from; id > 0 && missing < MISSING_MAX; id--) {
		if (from - id == MANY)
			know_queues(listing);
		if (!list_request(listing, id, &there))
			return 0;
		missing += !there;
	}
	return id;
}

static int
list_everything(struct listing *listing, struct strbuf *err)
{
	char before[LAST_ID_SEEN_SIZE] = "";
	uint64_t left = UINT64_MAX, bound = 0;

	listing->asks = queue_is_complete(listing->files, NULL);
	if (files_requests_folder(listing->files, false) >= 0) {
		last_id_see(listing->files, before);
		bound = last_id_bound(listing->files);
	}
	if (bound > 0)
		left = walk_down(listing, bound);
	if (left == 0)
		return 0;
	if (list_all(listing, err) != 0)
		return -1;
	if (bound == 0 && listing->ids.count > 0)
		last_id_see_all(listing->files, &listing->ids, before);
	know_queues(listing);
	list_found(listing, left);
	return 0;
}

enum store_result
files_latest(void *self, unsigned places, const struct backend_reader *reader, struct strbuf *err)
{
	struct listing listing = {.files = self, .reader = reader};
	enum store_result result = STORE_ERROR;

	if (transaction_exists(self))
		transaction_finish(self, NULL);
	if (wants_all(places)) {
		if (list_everything(&listing, err) == 0)
			result = STORE_OK;
	} else if (find_ids(&listing, places, err) == 0) {
		list_found(&listing, UINT64_MAX);
		result = STORE_OK;
	}
	free(listing.ids.ids);
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		free(listing.queues[i].ids);
	return result;
}
