/* SPDX-License-Identifier: ISC */
/* What the files of the file backend share. */
#ifndef STORE_FILES_INTERNAL_H
#define STORE_FILES_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/trust.h"
#include "model/request/status.h"
#include "store/backend.h"
#include "store/id-list.h"

#define STORE_FORMAT	    "1\n"
#define STORE_FORMAT_SHARED "1\nshared: group\n"
#define ID_NAME_SIZE	    32
#define EVENT_NAME_SIZE	    32
/* From so many events of a new request on, one syncfs() is cheaper than a wait for each file. */
#define GROUP_COMMIT_MIN 16

struct held_lock {
	uint64_t id;
	uint64_t token;
	int request_fd; /* the folder of the request; -1: not opened yet */
};

struct committer;

/* What waiting for the disk has taken lately: sync.c. */
struct sync_costs {
	int64_t together_us; /* all that were appended together */
	int64_t each_us;     /* one, where each is waited for */
	int64_t last_us;     /* the latest group, in whatever way */
	int64_t again_ms;    /* when the first is worth another try, whatever it has cost */
	int64_t pause_ms;    /* until that; 0: it is not too expensive */
};

struct files {
	int root_fd;	     /* borrowed */
	int state_fd;	     /* borrowed */
	struct trust *trust; /* borrowed */
	int requests_fd;     /* this and the following: -1 until they are needed */
	int lock_fd;
	int logs_fd;	  /* executor_logs/ */
	struct stat logs; /* of that */
	int look_fd;	  /* "lock" once more, for seeing who holds what */
	int keys_fd;
	int queue_fd;
	int queue_fds[REQUEST_STATUS_COUNT];
	mode_t dir_mode;
	mode_t file_mode;
	mode_t event_mode;    /* no group writes it: so that its owner vouches for it */
	bool has_status_lock; /* a place is being corrected: no transaction is finished meanwhile */
	int *reserved;	      /* files without names, with room for an event each */
	size_t reserved_count;
	size_t reserved_capacity;
	size_t lent_count; /* of those that were reserved: for events that are being appended */
	bool medium_known;
	const char *medium;  /* store_files_medium(), once it is known */
	int64_t patience_ms; /* for a lock that another process holds */
	struct held_lock *held;
	size_t held_count;
	size_t held_capacity;
	uint64_t last_token;
	bool has_litter; /* a request that was read had hidden files */
	struct sync_costs costs;
	const char *notice;	     /* store_notice() */
	struct committer *committer; /* NULL: none was needed yet */
};

/*
 * Another backend on the same folders, for a thread of its own, that never waits for a lock.  The
 * trust is its own, too, and borrowed; what it keeps open is open from now on.
 */
struct files *files_twin(const struct files *, struct trust *);
void files_close(void *self);

/*
 * What the store opens is checked by files->trust, and may belong to a member of a shared
 * workspace.  shown: its path below the workspace, for messages, which are trust_fail()'s.  All
 * return a descriptor that the caller closes, or 0, and -1 with errno.
 */
int files_folder(struct files *, int parent_fd, const char *name, const char *shown);
/* The same; makes it when it is missing, and has it on disk. */
int files_folder_make(struct files *, int parent_fd, const char *name, const char *shown);
/* Opens a file with the flags; makes it when it is missing. */
int files_file_make(struct files *, int dir_fd, const char *name, int flags, const char *shown);
/* Appends a file of at most max bytes to out. */
int files_text(struct files *, int dir_fd, const char *name, const char *shown, size_t max,
    struct strbuf *out);
/* requests/, opened, and made when it is missing and make is true; borrowed.  -1 with errno. */
int files_requests_folder(struct files *, bool make);
/* Opens the folder of a request; the caller closes it.  -1 with errno. */
int files_open_request(struct files *, uint64_t id);

void id_name(uint64_t id, char out[ID_NAME_SIZE]);
/* The id that a folder or a queue entry is named after; 0: it is none. */
uint64_t id_parse(const char *name);
void event_name(int64_t number, char out[EVENT_NAME_SIZE]);
/* The number of an event's file; 0: it is none. */
int64_t event_name_parse(const char *name);
/*
 * Removes a folder of files, or of folders of files, and what is in it, or what else has its name;
 * 0 also when there is none.  -1 with errno.
 */
int files_remove_folder(int parent_fd, const char *name);
/* Adds the ids that an open folder's entries are named after.  -1 with errno. */
int id_list_read(struct id_list *, int dir_fd);

/* ---- lock.c: the bytes of state/lock */

/* Held while an id is chosen. */
#define LOCK_ALLOCATION UINT64_C(0)
/* A request's own byte is its id: whoever makes the request, or advances it, holds it. */
/* Held while a transaction is recorded and carried out. */
#define LOCK_TRANSACTION (UINT64_C(1) << 62)
/* Held while somebody appends to a request and changes its place in the queue. */
#define LOCK_OF_STATUS(id) ((UINT64_C(1) << 62) + (id))

/* Opens the file, unless it is open.  Returns 0, or -1 with err. */
int lock_file_open(struct files *, struct strbuf *err);
/*
 * Waits for the lock of a byte, no longer than files->patience_ms.  STORE_OK; STORE_BUSY with err:
 * who holds it; STORE_ERROR.
 */
enum store_result lock_wait(struct files *, uint64_t byte, struct strbuf *err);
/* STORE_OK, STORE_BUSY (no message) or STORE_ERROR. */
enum store_result lock_try(struct files *, uint64_t byte, struct strbuf *err);
/* Of a lock that this store holds. */
void lock_end(struct files *, uint64_t byte);
/* The same for so many neighbours of one kind: all are taken, or none. */
enum store_result lock_try_all(struct files *, uint64_t byte, uint64_t count, struct strbuf *err);
void lock_end_all(struct files *, uint64_t byte, uint64_t count);
/* Whether this store holds the lock of the request. */
bool lock_is_own(const struct files *, uint64_t id);
/*
 * The folder of a request whose lock this store holds, open for as long; borrowed.  -1: it does
 * not hold it, or errno.
 */
int lock_folder(struct files *, uint64_t id);
/* Of so many ids; STORE_BUSY, too, where this store holds one itself.  Ended by lock_end_all(). */
enum store_result lock_try_ids(struct files *, uint64_t first, uint64_t count, struct strbuf *err);
/* Whether this backend gave out the token and it was not handed back; STORE_NO_LOCK is one. */
bool lock_is_held(const struct files *, uint64_t id, uint64_t token);

enum store_result files_lock(void *self, uint64_t id, uint64_t *token, struct strbuf *err);
enum store_result files_renew(void *self, uint64_t id, uint64_t token, struct strbuf *err);
void files_unlock(void *self, uint64_t id, uint64_t token);
bool files_is_locked(void *self, uint64_t id);

/* ---- committer.c: appending beside the caller */

void files_append_begin(void *self, struct backend_append *const *, size_t count);
struct backend_append *files_append_collect(void *self, bool wait);
int files_append_fd(void *self);
/* Waits for what is under way.  NULL is allowed. */
void committer_free(struct committer *);

/* ---- sync.c: how a group gets on disk */

/* Whether one syncfs() is used for so many, and not an fsync() for each. */
bool sync_is_together(struct sync_costs *, size_t count);
/* So many were appended in that way, and waiting for the disk took so long. */
void sync_has_taken(struct sync_costs *, bool together, size_t count, int64_t us);

/* ---- reserve.c: room on the disk */

int files_reserve(void *self, size_t count, struct strbuf *err);
/* A file that was reserved: without a name, of no particular text and mode. */
struct room {
	int fd; /* -1: there is none, or it is gone */
	bool is_lent;
	bool is_used; /* there may be a text in it, and it may have got a name */
};
/* Lends one, if there is one.  It counts as reserved until it is returned. */
void room_lend(struct files *, struct room *out);
/* Takes it back, unless it has got a name. */
void room_return(struct files *, const struct room *);
void rooms_free(struct files *);

/* ---- queue.c: queue/<status>/<id> */

/*
 * Before the event: puts the request into the queue of its new place.  The entry is on disk only
 * after queue_sync() or a syncfs().  Returns 0, or -1 with err.
 */
int queue_enter(struct files *, uint64_t id, enum request_status from, enum request_status to,
    struct strbuf *err);
/* Whether queue_enter() does something for that change, so that queue_sync(to) must follow. */
bool queue_is_entered(enum request_status from, enum request_status to);
/* Puts it into one queue, whatever others it is in.  Returns 0, or -1 with err. */
int queue_add(struct files *, uint64_t id, enum request_status, struct strbuf *err);
/* The same of so many ids that follow each other.  sync: the files get on disk, without names. */
int queue_add_many(struct files *, uint64_t first, uint64_t count, enum request_status, bool sync,
    struct strbuf *err);
/* Waits until what was put into that queue is on disk.  Returns 0, or -1 with err. */
int queue_sync(struct files *, enum request_status, struct strbuf *err);
/*
 * After the event: out of the queue of its former place.  What fails is left to the next reader.
 */
void queue_leave(struct files *, uint64_t id, enum request_status from, enum request_status to);
/* Takes it out of one queue. */
void queue_remove(struct files *, uint64_t id, enum request_status);
/* Opens all queues.  -1 with errno and err when one is missing or cannot be opened. */
int queues_open(struct files *, struct strbuf *err);
/* Whether an open queue has the request. */
bool queue_has(struct files *, uint64_t id, enum request_status);
/* Adds the ids of one queue.  Returns 0, or -1 with errno and err. */
int queue_read(struct files *, enum request_status, struct id_list *out, struct strbuf *err);
/*
 * False, with errno, and err if a queue cannot be opened, when one was lost, until all requests
 * were entered anew: then only the requests themselves tell.
 */
bool queue_is_complete(struct files *, struct strbuf *err);
/* Makes the queues that are missing; they count as incomplete.  Returns 0, or -1. */
int queue_begin(struct files *);
/* Every request was entered: what is in the queues gets on disk, and counts.  Returns 0, or -1. */
int queue_complete(struct files *);
void queue_close(struct files *);
/* The name of a place's queue; NULL: it has none. */
const char *queue_name(enum request_status);

/* ---- listing.c */

enum store_result
files_latest(void *self, unsigned places, const struct backend_reader *, struct strbuf *err);
void
files_settle(void *self, uint64_t id, enum request_status place, const struct backend_reader *);

/* ---- keys.c: keys/<digest> */

enum store_result
files_find_key(void *self, const struct backend_key *, uint64_t *id, struct strbuf *err);
/*
 * The same.  The caller holds LOCK_ALLOCATION.  *maker, after STORE_NOT_FOUND: the id of a request
 * that somebody is making with that key; 0: nobody is.
 */
enum store_result keys_find_locked(
    struct files *, const struct backend_key *, uint64_t *id, uint64_t *maker, struct strbuf *err);
/*
 * After keys_find_locked(), under the same lock: the key is to be that of a request.  Reports the
 * entry's file, which the caller closes; fd may be NULL.  Returns 0, or -1 with err.
 */
int keys_enter(struct files *, const char *digest, uint64_t id, int *fd, struct strbuf *err);
/* Before the request appears: waits until the entry is on disk.  Returns 0, or -1 with err. */
int keys_sync(struct files *, int fd, struct strbuf *err);
/* The same of an entry whose file was not kept open. */
int keys_sync_entry(struct files *, const char *digest, struct strbuf *err);

/* ---- last-id.c: the file "last-id"; its head has the rules.  requests/ is open */

#define LAST_ID_SEEN_SIZE 48

/*
 * The latest id that was given; 0: nothing was noted, or nothing that can be believed.  *reserved:
 * the first of those given with it, whose requests may not be there yet; 0: they are.  The caller
 * holds LOCK_ALLOCATION, here and in the next two.
 */
uint64_t last_id_read(struct files *, uint64_t *reserved);
/* The highest id that is in use; 0: none.  Returns 0, or -1 with errno. */
int last_id_find(struct files *, uint64_t *highest);
/* These are given, and their requests are going to be made.  Only a hint: an error may pass. */
void last_id_reserve(struct files *, uint64_t first, uint64_t last);
/* The request of an id is there.  The caller does not hold LOCK_ALLOCATION, from here on. */
void last_id_settle(struct files *, uint64_t id);
/* An id such that no request has a higher one; 0: only looking at all tells. */
uint64_t last_id_bound(struct files *);
/* requests/ as it is now. */
void last_id_see(const struct files *, char out[LAST_ID_SEEN_SIZE]);
/* These are all the ids that there are, if requests/ is as it was before they were listed. */
void last_id_see_all(struct files *, const struct id_list *all, const char *before);
/* Whether there is a request, or something in its place. */
bool last_id_has_request(const struct files *, uint64_t id);

/* ---- ids.c */

/*
 * Chooses so many ids that follow each other, and takes their locks, which the caller ends with
 * lock_end_all().  The caller holds LOCK_ALLOCATION, and requests/ is open.  STORE_OK, or
 * STORE_ERROR with err.
 */
enum store_result ids_allocate(struct files *, uint64_t count, uint64_t *first, struct strbuf *err);

/* ---- read.c, create.c, append.c, logs.c, watch.c */

/* As files_read(), whatever transaction there is. */
enum store_result request_read(struct files *, uint64_t id, int64_t from, backend_read_fn *each,
    void *context, struct strbuf *err);
enum store_result files_read(void *self, uint64_t id, int64_t from, backend_read_fn *each,
    void *context, struct strbuf *err);
bool files_has(void *self, uint64_t id, int64_t number);
void files_describe(const void *self, uint64_t id, int64_t number, struct strbuf *out);

enum store_result files_create(void *self, enum request_status place, backend_write_fn *write,
    void *context, const struct backend_key *, uint64_t *id, struct strbuf *err);

/* ---- create.c: what batches share with it */

#define HIDDEN_NAME_SIZE (ID_NAME_SIZE + 8)

/* Where the request of an id is built, or those of a batch, of its first id: below requests/. */
void create_hidden_name(uint64_t id, char out[HIDDEN_NAME_SIZE]);
/* Writes the first events into a folder that nobody sees yet.  Returns 0, or -1 with err. */
int create_events(const struct files *, int folder_fd, const struct strbuf *texts, size_t count,
    bool sync, struct strbuf *err);
/* Gives a folder its name in requests/.  -1 with errno: EEXIST when it is taken. */
int create_rename(const struct files *, int from_fd, const char *from, const char *to);
/* Waits until whoever makes a request with a key is done: STORE_OK, STORE_BUSY or STORE_ERROR. */
enum store_result create_wait_for(struct files *, uint64_t id, struct strbuf *err);
/*
 * Removes what was left of a request that did not come to be.  The caller holds the lock of the id,
 * and there is no such request, nor a record of it.
 */
void create_clear(struct files *, uint64_t id);
/* The same of a batch of requests that were entered into the queue of that place. */
void create_clear_many(struct files *, uint64_t first, uint64_t count, enum request_status place);

/* ---- batch.c */

enum store_result files_create_all(void *self, enum request_status place, struct backend_creation *,
    size_t count, struct strbuf *err);
/*
 * Gives the requests of a batch that is recorded their names, those that have none yet.  The caller
 * holds LOCK_TRANSACTION.  Returns 0, or -1 with err: some may be missing.
 */
int batch_appear(struct files *, uint64_t first, uint64_t count, struct strbuf *err);

void files_append_group(void *self, struct backend_append *, size_t count);
/* An append, and the folder of its request, borrowed; -1: it is not open. */
struct group_member {
	struct backend_append *append;
	int request_fd;
	bool is_littered; /* that folder may be */
	struct room room; /* that was reserved for it */
};
/* files_append_group() of those whose lock was looked at already. */
void append_members(struct files *, struct group_member *, size_t count);
/*
 * Looks at the lock, and sets the result when it is lost.  Returns false then; else what it has
 * been given is taken back by append_dismiss().
 */
bool append_admit(struct files *, struct backend_append *, struct group_member *out);
void append_dismiss(struct files *, const struct group_member *);
enum store_result
files_append_all(void *self, struct backend_append *, size_t count, struct strbuf *err);
/*
 * Publishes the events of a transaction that is recorded: those that are not there yet, with that
 * mode.  The caller holds LOCK_TRANSACTION.  Returns 0, or -1 with err: some may be missing.
 */
int append_recorded(
    struct files *, struct backend_append *, size_t count, mode_t mode, struct strbuf *err);

#define LOGS_FOLDER "executor_logs" /* below the workspace */

/*
 * Before a request appears: logs that are there are of another one, which had its id before a
 * restore.  They get another name.  Returns 0, or -1 with err.
 */
int logs_set_aside(struct files *, uint64_t id, struct strbuf *err);
void *files_watch(void *self, uint64_t id, bool logs, struct strbuf *err);
int files_watch_fd(const void *self);
void files_watch_clear(void *self);
void files_watch_end(void *self);
void *files_log_open(void *self, uint64_t id, const char *name);
int files_log_append(void *self, const char *text, size_t len, struct strbuf *err);
int files_log_close(void *self, struct strbuf *err);
void *files_log_reader_open(void *self, uint64_t id, const char *name, bool follows);
enum store_result files_log_read(void *self, struct strbuf *out, bool *anew, struct strbuf *err);
void files_log_reader_close(void *self);
enum store_result files_logs(void *self, uint64_t id, struct arena *, const char *const **names,
    size_t *count, struct strbuf *err);

/* ---- transaction.c: the file "transaction" */

/*
 * Records a transaction: from when this returns 0, its events are recorded, whoever publishes
 * them.  The caller holds LOCK_TRANSACTION and the status locks of the requests, and nothing is
 * unfinished.  -1 with err: nothing is recorded, unless err says otherwise.
 */
int
transaction_record(struct files *, const struct backend_append *, size_t count, struct strbuf *err);
/* The same of a batch of new requests, which are built and on disk (batch.c). */
int transaction_record_batch(struct files *, uint64_t first, uint64_t count, struct strbuf *err);
/* Its events are published. */
void transaction_end(struct files *);
/*
 * Whether there is a record: a transaction is going on, or its program ended before it was done.
 * Costs one system call.
 */
bool transaction_exists(const struct files *);
/* Whether that record has events of the request.  The caller holds its status lock: it was left. */
bool transaction_claims(struct files *, uint64_t id);
/*
 * Finishes what was left of a transaction; one that is going on is left alone.  Returns 0, or -1
 * with err.
 */
int transaction_finish(struct files *, struct strbuf *err);
/* The same with LOCK_TRANSACTION held already. */
int transaction_finish_locked(struct files *, struct strbuf *err);

#endif
