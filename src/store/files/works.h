/* SPDX-License-Identifier: ISC */
/*
 * The phases in which all events are published, in this order:
 *
 *	work_open, work_lock	the request's folder, and its status
 *	work_begin		enter the queue, write the text
 *	works_sync_texts	the texts and the queue entries are on disk
 *	works_link		the events have their names, unless these are taken
 *	works_sync_names	the names are on disk
 *	works_leave_queues	the requests are out of their former queues
 *
 * What goes wrong with one is its result, and keeps no other back.
 */
#ifndef STORE_FILES_WORKS_H
#define STORE_FILES_WORKS_H

#include "store/files/internal.h"
#include "store/files/publish.h"

struct work {
	struct backend_append
	    *append; /* its result is STORE_OK for as long as nothing went wrong */
	struct publication file;
	int request_fd;
	bool is_borrowed;  /* request_fd is */
	bool is_littered;  /* the folder may be */
	mode_t mode;	   /* of the event's file */
	uint64_t locked;   /* so many status locks, from this request's on */
	struct room *room; /* that was reserved for it; NULL: none */
	bool in_room;	   /* and the text is written into it */
	bool published;	   /* by whoever recorded the transaction: only its name is to be synced */
};

static inline bool
work_is_ok(const struct work *work)
{
	return work->append->result == STORE_OK;
}

/* In one order, whatever theirs is.  The members are borrowed until works_free(). */
struct work *works_new(struct group_member *members, size_t count, mode_t mode);
/* Those of a transaction, where a request may have several. */
struct work *works_of_transaction(struct backend_append *, size_t count, mode_t mode);
/* Ends their locks. */
void works_free(struct files *, struct work *, size_t count);

enum store_result work_open(struct files *, struct work *, struct strbuf *err);
enum store_result work_lock(struct files *, struct work *, struct strbuf *err);
/* All of them that are open; one that somebody else has locked gets STORE_BUSY. */
void works_lock(struct files *, struct work *, size_t count);
int work_begin(struct files *, struct work *, struct strbuf *err);
/* together: by syncfs() */
void works_sync_texts(struct files *, struct work *, size_t count, bool together);
void works_link(struct work *, size_t count);
void works_sync_names(struct files *, struct work *, size_t count, bool together);
void works_leave_queues(struct files *, const struct work *, size_t count);

#endif
