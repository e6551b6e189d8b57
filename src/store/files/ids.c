/* SPDX-License-Identifier: ISC */
/*
 * Which ids new requests get.  An id is chosen under the lock of the allocation, which is held for
 * the moment of that alone: whoever has chosen one holds the lock of that id until the request is
 * there, so that others choose others while it is written to disk.
 *
 * Ids follow each other.  An id is left out when its program was killed, or could not write, while
 * others were being made; the id of the last one that came to nothing is given to the next.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/file.h"
#include "store/files/internal.h"

/* How often an id is passed over that somebody else is about to use. */
#define TRIES 100000

/* The first one of so many that are free; 0: there are requests among them, or soon will be. */
static uint64_t
first_free(struct files *files, uint64_t first, uint64_t count)
{
	/* those of a batch that was left may be without their locks */
	bool recorded = transaction_exists(files);

	for (uint64_t id = first; id < first + count; id++) {
		if (last_id_has_request(files, id) || (recorded && transaction_claims(files, id)))
			return 0;
	}
	return first;
}

/* The id after the highest that is in use; 0 with err. */
static uint64_t
after_all(struct files *files, uint64_t count, struct strbuf *err)
{
	uint64_t highest;

	if (last_id_find(files, &highest) != 0) {
		fail_errno(err, "cannot list 'state/requests'");
		return 0;
	}
	if (highest > STORE_ID_MAX - count) {
		fail(err,
		    "no request can have a higher id than 'state/requests/%" PRIu64
		    "': if that is none, move it away",
		    highest);
		return 0;
	}
	return highest + 1;
}

/* Where to begin to look, by what is noted; 0 with err. */
static uint64_t
candidate(struct files *files, uint64_t count, struct strbuf *err)
{
	uint64_t reserved, last = last_id_read(files, &reserved), first = 0;

	/* somebody has given them up, or has them still */
	if (last > 0 && reserved != 0 && !last_id_has_request(files, last))
		first = reserved;
	else if (last > 0)
		first = last + 1;
	if (first > 0 && first <= STORE_ID_MAX - count)
		first = first_free(files, first, count);
	else
		first = 0;
	return first > 0 ? first : after_all(files, count, err);
}

enum store_result
ids_allocate(struct files *files, uint64_t count, uint64_t *first, struct strbuf *err)
{
	uint64_t id = candidate(files, count, err);

	for (int tries = 0; id != 0 && tries < TRIES && id <= STORE_ID_MAX - count; tries++, id++) {
		enum store_result result;

		if (first_free(files, id, count) == 0)
			continue;
		result = lock_try_ids(files, id, count, err);
		if (result == STORE_ERROR)
			return STORE_ERROR;
		if (result == STORE_OK) {
			last_id_reserve(files, id, id + count - 1);
			*first = id;
			return STORE_OK;
		}
	}
	if (id != 0)
		fail(err, "cannot find a free id in 'state/requests'");
	return STORE_ERROR;
}
