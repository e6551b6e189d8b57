/* SPDX-License-Identifier: ISC */
/* What the files of the file store share. */
#ifndef STORE_FILES_FILE_STORE_INTERNAL_H
#define STORE_FILES_FILE_STORE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/request/status.h"
#include "store/store.h"

#define STORE_FORMAT	"1\n"
#define EVENT_MAX_BYTES (8 * 1024 * 1024)
#define ID_MAX		((UINT64_C(1) << 62) - 1)
#define ID_NAME_SIZE	32
/* From so many events on, one syncfs() is cheaper than a wait for each file. */
#define GROUP_COMMIT_MIN 16

struct store {
	const struct step_type *const *types;
	int state_fd;
	int requests_fd; /* this and the following: -1 until they are needed */
	int lock_fd;
	int queue_fd;
	int queue_fds[REQUEST_STATUS_COUNT];
	mode_t dir_mode;
	mode_t file_mode;
	bool syncfs_reports;
};

/* requests/, opened, and made when it is missing and make is true.  -1 with errno. */
int store_requests_fd(struct store *, bool make);
/* The folder of a request, whatever is in it.  -1 with errno. */
int store_request_fd(struct store *, uint64_t id);

bool id_is_valid(uint64_t id);
void id_name(uint64_t id, char out[ID_NAME_SIZE]);
/* The id that a folder or a queue entry is named after; 0: it is none. */
uint64_t id_parse(const char *name);
void event_name(int64_t number, char *out, size_t size);
/* The number of an event's file; 0: it is none. */
int64_t event_name_parse(const char *name);

/* Adds the ids that an open folder's entries are named after.  -1 with errno. */
int id_list_read(struct id_list *, int dir_fd);

/*
 * The bytes of state/lock.  A request's own byte is held by who advances it; its status
 * byte by who changes its status, for as long as it takes to change the events and the queue.
 */
#define LOCK_ALLOCATION	   UINT64_C(0)
#define LOCK_OF_STATUS(id) ((UINT64_C(1) << 62) + (id))
/* Waits for the lock of a byte.  Returns 0, or -1 with err. */
int lock_wait(struct store *, uint64_t byte, struct strbuf *err);
enum store_result lock_try(struct store *, uint64_t byte, struct strbuf *err);
void lock_end(struct store *, uint64_t byte);

/* The name of the folder below queue/ for that status; NULL: requests in it are in no queue. */
const char *queue_folder(enum request_status);
/* Whether there is a queue for that status. */
bool queue_is_one(enum request_status);
/*
 * Before the event: puts the request into the queue of its new status.  The entry is on disk only
 * after queue_sync() or a syncfs().  Returns 0, or -1 with err.
 */
int queue_enter(struct store *, uint64_t id, enum request_status from, enum request_status to,
    struct strbuf *err);
/* Whether queue_enter() does something for that change, so that queue_sync(to) must follow. */
bool queue_is_entered(enum request_status from, enum request_status to);
/* Puts it into one queue, whatever others it is in.  Returns 0, or -1 with err. */
int queue_add(struct store *, uint64_t id, enum request_status, struct strbuf *err);
/* Waits until what was put into that queue is on disk.  Returns 0, or -1 with err. */
int queue_sync(struct store *, enum request_status, struct strbuf *err);
/*
 * After the event: out of the queue of its former status.  What fails is left to the next
 * reader.
 */
void queue_leave(struct store *, uint64_t id, enum request_status from, enum request_status to);
/* Takes it out of one queue. */
void queue_remove(struct store *, uint64_t id, enum request_status);
/* Adds the ids of one queue.  -1 with errno. */
int queue_read(struct store *, enum request_status, struct id_list *out);
/* False when a queue was lost, until queue_complete(): then only the requests themselves tell. */
bool queue_is_complete(struct store *);
int queue_make_missing(struct store *);
/* Says that every unfinished request has its entry.  Returns 0, or -1. */
int queue_complete(struct store *);
void queue_close(struct store *);

#endif
