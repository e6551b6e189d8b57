/* SPDX-License-Identifier: ISC */
/* What the files of the memory backend share. */
#ifndef STORE_MEMORY_INTERNAL_H
#define STORE_MEMORY_INTERNAL_H

#include "store/backend.h"
#include "store/memory.h"

struct memory_event {
	bool there;
	struct strbuf text;
};

struct memory_log {
	char *name;
	uint64_t incarnation;
	bool there;
	struct strbuf text;
	struct memory_log *next;
};

struct memory_lock {
	struct memory_process *holder; /* NULL: nobody */
	uint64_t token;
	int64_t ends; /* the lease, by the disk's clock */
};

struct memory_request {
	uint64_t id;
	struct memory_event *events; /* of the numbers 1, 2, 3, ... */
	size_t count;
	size_t capacity;
	enum request_status place;
	struct memory_lock locks[MEMORY_BOOTS]; /* the first alone, where all see it */
	struct memory_log *logs;
	char key[DIGEST_SIZE]; /* "": it has none */
};

struct memory_watch {
	struct memory_disk *disk;
	uint64_t id;
	bool logs;
	int fd;
	struct memory_watch *next;
};

struct memory_disk {
	struct memory_options options;
	struct memory_request **requests; /* in the order of their ids, without a gap from 1 */
	size_t count;
	size_t capacity;
	/* locks and logs do not ask for a request: these are of ids that are not there */
	struct memory_request **others;
	size_t other_count;
	uint64_t last_token;
	int64_t last_process;
	uint64_t last_incarnation;
	struct memory_process *processes;
	struct memory_watch *watches;
};

enum memory_stage {
	MEMORY_WAITING,
	MEMORY_RECORDED, /* others see it */
	MEMORY_DONE,	 /* and it can be collected */
};

struct memory_handed_over {
	struct backend_append *append;
	enum memory_stage stage;
};

/* A store on the disk. */
struct memory_process {
	struct memory_disk *disk;
	void *who;
	int64_t number; /* from 1, on its disk */
	unsigned boot;
	bool ended;
	struct memory_handed_over *handed_over; /* and not collected yet */
	size_t handed_over_count;
	size_t handed_over_capacity;
	struct memory_process *next;
};

/* NULL: there is no such request. */
struct memory_request *memory_find(const struct memory_disk *, uint64_t id);
/* The request, or what stands for it where only a lock or a log is asked for.  Never NULL. */
struct memory_request *memory_find_any(struct memory_disk *, uint64_t id);
/* Adds an empty request, with the next id. */
struct memory_request *memory_add_request(struct memory_disk *);
/* The event of that number, in place of the one that it may have. */
void memory_put_event(struct memory_request *, int64_t number, const char *text, size_t len);
/*
 * Asks what is to happen to the process there.  Returns 0: it goes on; -1 with err: the operation
 * has failed.
 */
int
memory_meet_fault(struct memory_process *, enum memory_operation, bool after, struct strbuf *err);
/* Wakes those who watch a request, or its logs. */
void memory_notify(const struct memory_disk *, uint64_t id, bool by_log);

/* NULL: there is none of that number; the request may be NULL. */
const struct memory_event *memory_find_event(const struct memory_request *, int64_t number);

void memory_append_group(void *self, struct backend_append *appends, size_t count);
void memory_append_begin(void *self, struct backend_append *const *appends, size_t count);
struct backend_append *memory_append_collect(void *self, bool wait);
enum store_result
memory_append_all(void *self, struct backend_append *appends, size_t count, struct strbuf *err);

enum store_result memory_create(void *self, enum request_status place, backend_write_fn *write,
    void *context, const struct backend_key *key, uint64_t *id, struct strbuf *err);
enum store_result memory_create_all(void *self, enum request_status place,
    struct backend_creation *creations, size_t count, struct strbuf *err);
enum store_result
memory_find_key(void *self, const struct backend_key *key, uint64_t *id, struct strbuf *err);
/* Whether the process holds the lock of the request by that token; STORE_NO_LOCK is one. */
bool memory_lock_is_valid(const struct memory_process *, struct memory_request *, uint64_t token);
/* The process has ended: it holds the lock no more. */
void memory_end_locks(const struct memory_process *, struct memory_request *);
enum store_result memory_lock(void *self, uint64_t id, uint64_t *token, struct strbuf *err);
enum store_result memory_renew(void *self, uint64_t id, uint64_t token, struct strbuf *err);
void memory_unlock(void *self, uint64_t id, uint64_t token);
bool memory_is_locked(void *self, uint64_t id);
int64_t memory_lease_ms(const void *self);
const char *memory_medium(void *self);
void memory_identify(void *self, struct arena *, struct process_identity *out);
enum process_sight memory_see(void *self, const struct process_identity *);

void *memory_watch(void *self, uint64_t id, bool logs, struct strbuf *err);
int memory_watch_fd(const void *self);
void memory_watch_clear(void *self);
void memory_watch_end(void *self);
void *memory_log_open(void *self, uint64_t id, const char *name);
int memory_log_append(void *self, const char *text, size_t len, struct strbuf *err);
int memory_log_close(void *self, struct strbuf *err);
void *memory_log_reader_open(void *self, uint64_t id, const char *name, bool follows);
enum store_result memory_log_read(void *self, struct strbuf *out, bool *anew, struct strbuf *err);
void memory_log_reader_close(void *self);
enum store_result memory_logs(void *self, uint64_t id, struct arena *arena,
    const char *const **names, size_t *count, struct strbuf *err);

#endif
