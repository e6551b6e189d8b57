/* SPDX-License-Identifier: ISC */
/* Keys of requesters: what a backend sees of them, and which one a request has. */
#include <string.h>

#include "base/arena.h"
#include "model/request/event.h"
#include "store/journal.h"

/* Different requesters' equal keys are different: neither of the two texts has a NUL. */
static void
digest_key(const char *requester, const char *key, char out[DIGEST_SIZE])
{
	struct strbuf text = STRBUF_INIT;

	strbuf_add(&text, requester, strlen(requester) + 1);
	strbuf_addstr(&text, key);
	digest_sha256(text.buf, text.len, out);
	strbuf_release(&text);
}

struct first_event {
	const struct store *store;
	uint64_t id;
	char digest[DIGEST_SIZE]; /* of its key */
};

/* STORE_EXISTS, which ends the reading: it has a key. */
static enum store_result
take_first(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct first_event *first = context;
	const struct backend_latest from = {
	    .id = first->id, .number = number, .text = text, .len = len};
	struct strbuf name = STRBUF_INIT, fault = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	struct event event;
	enum store_result result = STORE_DAMAGED;

	(void)writer;
	if (journal_decode(first->store, &arena, &from, &name, &event, &fault) == 0)
		result = event.key != NULL ? STORE_EXISTS : STORE_NOT_FOUND;
	if (result == STORE_EXISTS)
		digest_key(event.requested_by, event.key, first->digest);
	arena_release(&arena);
	strbuf_release(&name);
	strbuf_release(&fault);
	return result;
}

/* The truth about a request's key is in its first event. */
static enum store_result
key_of(void *context, uint64_t id, char digest[DIGEST_SIZE], struct strbuf *err)
{
	struct store *store = context;
	struct first_event first = {.store = store, .id = id};
	struct strbuf why = STRBUF_INIT;
	enum store_result result =
	    store->backend->read(store->self, id, 1, take_first, &first, &why);

	if (result == STORE_ERROR)
		fail(err, "%s", why.buf);
	strbuf_release(&why);
	if (result != STORE_EXISTS)
		return result;
	memcpy(digest, first.digest, DIGEST_SIZE);
	return STORE_OK;
}

void
journal_key(struct store *store, const char *requester, const char *key, struct backend_key *out)
{
	*out = (struct backend_key){.of = key_of, .context = store};
	digest_key(requester, key, out->digest);
}

enum store_result
store_find_key(
    struct store *store, const char *requester, const char *key, uint64_t *id, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	struct backend_key wanted;
	enum store_result result;

	journal_key(store, requester, key, &wanted);
	result = store->backend->find_key(store->self, &wanted, id, &why);
	if (result == STORE_ERROR)
		fail(err, "%s", why.buf);
	strbuf_release(&why);
	return result;
}
