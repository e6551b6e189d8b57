/* SPDX-License-Identifier: ISC */
/*
 * A batch: new requests of which all come to be, or none, also when the program or the machine ends
 * in between.
 *
 * Their ids follow each other, and their locks are held as those of single ones (create.c).  The
 * requests are built below the hidden folder of the first id, as .new-<first>/<id>, with all their
 * entries in queue/ and keys/; one syncfs() has them on disk.  The batch is decided at the moment
 * when its record gets its name on disk (transaction.c), and no sooner: what a program that ended
 * before has left is nothing, and is cleared as what single ones leave.  Then the folders get their
 * names, and the record is removed.  Should the program end in between, the record stays without
 * its lock, and whoever reads or begins something names what is missing.
 *
 * While a batch appears, others may see the first requests without the later ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"

struct batch {
	struct files *files;
	enum request_status place;
	struct backend_creation *creations;
	size_t count;
	uint64_t first;
	bool together; /* one syncfs() for all, instead of an fsync() for each */
};

/* ---- building */

static int
build_request(const struct batch *batch, int hidden_fd, size_t at, struct strbuf *err)
{
	struct files *files = batch->files;
	const struct backend_creation *creation = &batch->creations[at];
	const struct strbuf *texts;
	char name[ID_NAME_SIZE];
	size_t count;
	int fd, result;

	id_name(batch->first + at, name);
	if (creation->write(creation->context, batch->first + at, &texts, &count, err) != 0)
		return -1;
	fd = disk_folder_new(hidden_fd, name, files->dir_mode);
	if (fd < 0)
		return fail_errno(err, "cannot make the folder of request %s", name);
	result = create_events(files, fd, texts, count, !batch->together, err);
	if (result == 0 && !batch->together && disk_sync_folder(fd) != 0)
		result = fail_errno(err, "cannot write request %s to disk", name);
	close(fd);
	return result;
}

static int
build_requests(const struct batch *batch, int hidden_fd, struct strbuf *err)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (build_request(batch, hidden_fd, i, err) != 0 ||
		    logs_set_aside(batch->files, batch->first + i, err) != 0)
			return -1;
	}
	if ((batch->together ? disk_sync_all(hidden_fd) : disk_sync_folder(hidden_fd)) != 0)
		return fail_errno(err, "cannot write the requests to disk");
	return batch->together ? 0 : queue_sync(batch->files, batch->place, err);
}

static void
clear(const struct batch *batch)
{
	create_clear_many(batch->files, batch->first, batch->count, batch->place);
}

static int
build(const struct batch *batch, struct strbuf *err)
{
	struct files *files = batch->files;
	char hidden[HIDDEN_NAME_SIZE];
	int fd, result = -1;

	clear(batch); /* of programs before this one */
	if (queue_add_many(
		files, batch->first, batch->count, batch->place, !batch->together, err) != 0)
		return -1;
	create_hidden_name(batch->first, hidden);
	fd = disk_folder_new(files->requests_fd, hidden, files->dir_mode);
	if (fd < 0)
		return fail_errno(err, "cannot make 'state/requests/%s'", hidden);
	/* the folder's own name must be there when the record is */
	if (build_requests(batch, fd, err) == 0) {
		result = 0;
		if (!batch->together && disk_sync_folder(files->requests_fd) != 0)
			result = fail_errno(err, "cannot write 'state/requests' to disk");
	}
	close(fd);
	return result;
}

/* syncfs() also fails for files of others: then its own ones decide. */
static int
build_on_disk(struct batch *batch, struct strbuf *err)
{
	struct strbuf first = STRBUF_INIT;
	int result;

	batch->together = disk_syncfs_reports();
	result = build(batch, &first);
	if (result != 0 && batch->together) {
		batch->together = false;
		result = build(batch, err);
		for (size_t i = 0; i < batch->count && result == 0; i++) {
			const struct backend_key *key = batch->creations[i].key;

			if (key != NULL)
				result = keys_sync_entry(batch->files, key->digest, err);
		}
	} else if (result != 0) {
		strbuf_add(err, first.buf, first.len);
	}
	strbuf_release(&first);
	return result;
}

/* ---- appearing */

/* Gives the folders their names.  What has its name already was named by who began with it. */
static int
name_requests(
    struct files *files, int hidden_fd, uint64_t first, uint64_t count, struct strbuf *err)
{
	for (uint64_t id = first; id < first + count; id++) {
		char name[ID_NAME_SIZE];

		id_name(id, name);
		if (create_rename(files, hidden_fd, name, name) != 0 && errno != ENOENT)
			return fail_errno(err, "cannot make 'state/requests/%s'", name);
	}
	if (disk_sync_folder(files->requests_fd) != 0 || disk_sync_folder(hidden_fd) != 0)
		return fail_errno(err, "cannot write 'state/requests' to disk");
	return 0;
}

int
batch_appear(struct files *files, uint64_t first, uint64_t count, struct strbuf *err)
{
	char hidden[HIDDEN_NAME_SIZE];
	int fd, result;

	if (files_requests_folder(files, false) < 0)
		return trust_fail(files->trust, err, "cannot open 'state/requests'");
	create_hidden_name(first, hidden);
	fd = disk_folder_open(files->requests_fd, hidden);
	if (fd < 0 && errno == ENOENT)
		return 0; /* all have their names */
	if (fd < 0)
		return fail_errno(err, "cannot open 'state/requests/%s'", hidden);
	result = name_requests(files, fd, first, count, err);
	close(fd);
	/* a request that is still in it keeps it */
	if (result == 0 && unlinkat(files->requests_fd, hidden, AT_REMOVEDIR) != 0)
		result = fail_errno(err, "cannot remove 'state/requests/%s'", hidden);
	return result;
}

/* Records the batch, which decides it, and lets it appear. */
static enum store_result
decide(const struct batch *batch, struct strbuf *err)
{
	struct files *files = batch->files;
	enum store_result result = lock_wait(files, LOCK_TRANSACTION, err);

	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	if (transaction_finish_locked(files, err) == 0 &&
	    transaction_record_batch(files, batch->first, batch->count, err) == 0) {
		/* from here on they are recorded, whatever happens */
		if (batch_appear(files, batch->first, batch->count, err) == 0) {
			transaction_end(files);
			result = STORE_OK;
		} else {
			fail(err, "; the requests %" PRIu64 " to %" PRIu64 " are recorded",
			    batch->first, batch->first + batch->count - 1);
		}
	}
	lock_end(files, LOCK_TRANSACTION);
	return result;
}

/* ---- choosing the ids */

/* Whether a request has one of the keys, or may have it.  *maker: as that of keys_find_locked(). */
static enum store_result
find_keys(struct batch *batch, uint64_t *maker, struct strbuf *err)
{
	enum store_result result = STORE_NOT_FOUND;

	for (size_t i = 0; i < batch->count && result == STORE_NOT_FOUND && *maker == 0; i++) {
		struct backend_creation *creation = &batch->creations[i];

		if (creation->key == NULL)
			continue;
		result = keys_find_locked(batch->files, creation->key, &creation->id, maker, err);
		creation->exists = result == STORE_EXISTS;
	}
	return result;
}

static int
enter_keys(const struct batch *batch, struct strbuf *err)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct backend_key *key = batch->creations[i].key;

		if (key != NULL &&
		    keys_enter(batch->files, key->digest, batch->first + i, NULL, err) != 0)
			return -1;
	}
	return 0;
}

/* Under the lock of the allocation. */
static enum store_result
allocate_locked(struct batch *batch, uint64_t *maker, struct strbuf *err)
{
	struct files *files = batch->files;
	enum store_result result;

	if (files_requests_folder(files, true) < 0) {
		trust_fail(files->trust, err, "cannot make 'state/requests'");
		return STORE_ERROR;
	}
	result = find_keys(batch, maker, err);
	if (result != STORE_NOT_FOUND || *maker != 0)
		return result;
	result = ids_allocate(files, batch->count, &batch->first, err);
	if (result == STORE_OK && enter_keys(batch, err) != 0) {
		lock_end_all(files, batch->first, batch->count);
		result = STORE_ERROR;
	}
	return result;
}

static enum store_result
allocate(struct batch *batch, struct strbuf *err)
{
	struct files *files = batch->files;
	enum store_result result;
	uint64_t maker;

	if (transaction_exists(files))
		transaction_finish(files, NULL); /* its requests have their ids already */
	do {
		maker = 0;
		result = lock_wait(files, LOCK_ALLOCATION, err);
		if (result != STORE_OK)
			return result;
		result = allocate_locked(batch, &maker, err);
		lock_end(files, LOCK_ALLOCATION);
		if (maker != 0)
			result = create_wait_for(files, maker, err);
	} while (maker != 0 && result == STORE_OK);
	return result;
}

enum store_result
files_create_all(void *self, enum request_status place, struct backend_creation *creations,
    size_t count, struct strbuf *err)
{
	struct files *files = self;
	struct batch batch = {
	    .files = files, .place = place, .creations = creations, .count = count};
	enum store_result result;

	if (count == 0)
		return STORE_OK;
	result = allocate(&batch, err);
	if (result != STORE_OK)
		return result;
	result = STORE_ERROR;
	if (build_on_disk(&batch, err) == 0)
		result = decide(&batch, err);
	if (result == STORE_OK)
		last_id_settle(files, batch.first + count - 1);
	else if (!transaction_exists(files)) /* it may be ours */
		clear(&batch);
	lock_end_all(files, batch.first, count);
	for (size_t i = 0; i < count && result == STORE_OK; i++)
		creations[i].id = batch.first + i;
	return result;
}
