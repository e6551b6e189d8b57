/* SPDX-License-Identifier: ISC */
/*
 * What the tests of the store share: a place with a store, in files or in memory, and requests in
 * it.
 */
#ifndef TESTS_STORE_SCRATCH_H
#define TESTS_STORE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/request/event.h"
#include "model/request/request.h"
#include "store/store.h"

#define SHARED "1\nshared: group\n" /* "state/format" of a workspace that is shared */

struct trust;

struct scratch {
	struct memory_disk *disk; /* NULL: in files */
	int64_t now;		  /* what the leases of a disk go by, in ms */
	char path[64];		  /* holds "state/format" and what the store makes */
	int root_fd;
	int state_fd;
	struct trust *trust;
	struct store *store;
};

/* In files. */
void scratch_make(struct scratch *);
/* In memory, where locks end after lease_ms (0: never). */
void scratch_make_memory(struct scratch *, int64_t lease_ms);
/* Opens the store of that place once more, as another process would. */
struct store *scratch_open(const struct scratch *);
void scratch_remove(struct scratch *);

/* ---- both */

/* The bytes of an event; in a buffer that the next call overwrites. */
const char *scratch_event_text(const struct scratch *, uint64_t id, int64_t number);
/* Puts other bytes in an event's place; text NULL: removes the event. */
void scratch_damage(const struct scratch *, uint64_t id, int64_t number, const char *text);
/* Removes a log, as a person may. */
void scratch_remove_log(const struct scratch *, uint64_t id, const char *name);
/* The ids that store_latest() finds for those statuses, in its order, as "5 2 1 (2: message)". */
const char *scratch_listed(struct store *, unsigned statuses);

/* ---- files */

/* Whether there is such a file below the folder. */
bool scratch_has(const struct scratch *, const char *path);
/* Its contents, in a buffer that the next call overwrites. */
const char *scratch_read(const struct scratch *, const char *path);
void scratch_write(const struct scratch *, const char *path, const char *text, size_t len);
/* The permission bits. */
unsigned scratch_mode(const struct scratch *, const char *path);
size_t scratch_count(const struct scratch *, const char *path);

/* ---- requests */

/* Records a request of so many API steps and gives its id; 0 with err. */
uint64_t scratch_create(struct store *, size_t steps, struct strbuf *err);
/*
 * Records a request of one step with a requester's key; *id is unchanged when store_create() leaves
 * it so.
 */
enum store_result scratch_create_key(
    struct store *, const char *requester, const char *key, uint64_t *id, struct strbuf *err);
/* The same, and fails the test when it fails. */
uint64_t scratch_create_ok(struct store *, size_t steps);
/* Loads it and fails the test when that fails. */
void scratch_load(struct store *, struct request *, uint64_t id);
/* Loads it afresh. */
void scratch_reload(struct store *, struct request *);
/* The next event of its current step; not_before is for EVENT_FAILED. */
void scratch_event(const struct request *, enum event_type, int64_t not_before, struct event *out);
/* Appends it. */
enum store_result scratch_append(
    struct store *, struct request *, enum event_type, int64_t not_before, struct strbuf *err);
/* Appends it and fails the test when that fails. */
void scratch_append_ok(struct store *, struct request *, enum event_type, int64_t not_before);

#endif
