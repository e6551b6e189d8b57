/* SPDX-License-Identifier: ISC */
/* New requests of the backend in memory, and their keys. */
#include <string.h>

#include "store/memory-internal.h"

/* The index cannot be wrong: a request has the key that it was made with. */
static bool
find_by_key(const struct memory_disk *disk, const struct backend_key *key, uint64_t *id)
{
	for (size_t i = 0; i < disk->count; i++) {
		if (strcmp(disk->requests[i]->key, key->digest) == 0) {
			*id = disk->requests[i]->id;
			return true;
		}
	}
	return false;
}

enum store_result
memory_find_key(void *self, const struct backend_key *key, uint64_t *id, struct strbuf *err)
{
	struct memory_process *process = self;
	bool found;

	if (memory_meet_fault(process, MEMORY_READ, false, err) != 0)
		return STORE_ERROR;
	found = find_by_key(process->disk, key, id);
	if (memory_meet_fault(process, MEMORY_READ, true, err) != 0)
		return STORE_ERROR;
	return found ? STORE_EXISTS : STORE_NOT_FOUND;
}

static int
add_new(struct memory_disk *disk, enum request_status place, struct backend_creation *creation,
    struct strbuf *err)
{
	const struct strbuf *texts;
	struct memory_request *request;
	size_t count;

	if (creation->write(creation->context, disk->count + 1, &texts, &count, err) != 0)
		return -1;
	request = memory_add_request(disk);
	if (creation->key != NULL)
		memcpy(request->key, creation->key->digest, DIGEST_SIZE);
	request->place = place;
	for (size_t i = 0; i < count; i++)
		memory_put_event(request, (int64_t)i + 1, texts[i].buf, texts[i].len);
	creation->id = request->id;
	return 0;
}

/* What cannot be written is found before anything is added. */
static int
try_all(const struct memory_disk *disk, const struct backend_creation *creations, size_t count,
    struct strbuf *err)
{
	const struct strbuf *texts;
	size_t text_count;

	for (size_t i = 0; i < count; i++) {
		if (creations[i].write(
			creations[i].context, disk->count + i + 1, &texts, &text_count, err) != 0)
			return -1;
	}
	return 0;
}

enum store_result
memory_create_all(void *self, enum request_status place, struct backend_creation *creations,
    size_t count, struct strbuf *err)
{
	struct memory_process *process = self;
	struct memory_disk *disk = process->disk;

	if (memory_meet_fault(process, MEMORY_CREATE, false, err) != 0)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++) {
		const struct backend_key *key = creations[i].key;

		creations[i].exists = key != NULL && find_by_key(disk, key, &creations[i].id);
		if (creations[i].exists)
			return STORE_EXISTS;
	}
	if (count > 1 && try_all(disk, creations, count, err) != 0)
		return STORE_ERROR;
	for (size_t i = 0; i < count; i++) {
		if (add_new(disk, place, &creations[i], err) != 0)
			return STORE_ERROR;
		memory_notify(disk, creations[i].id, false);
	}
	return memory_meet_fault(process, MEMORY_CREATE, true, err) == 0 ? STORE_OK : STORE_ERROR;
}

enum store_result
memory_create(void *self, enum request_status place, backend_write_fn *write, void *context,
    const struct backend_key *key, uint64_t *id, struct strbuf *err)
{
	struct backend_creation creation = {.write = write, .context = context, .key = key};
	enum store_result result = memory_create_all(self, place, &creation, 1, err);

	if (result == STORE_OK || result == STORE_EXISTS)
		*id = creation.id;
	return result;
}
