/* SPDX-License-Identifier: ISC */
/*
 * Publishing: a file appears under its name whole and on disk, or not at all, and never in
 * place of another.
 *
 *	publication_write()	a new file without a name, and its text
 *	publication_sync()	the text is on disk
 *	publication_link()	the file has its name, unless that is taken
 *	disk_sync_folder()	the name is on disk: now, and not sooner, it may be acted upon
 *
 * A batch may replace the second and the fourth by one syncfs() each, but must keep the
 * order: without the first of them, a power cut shows files of zero bytes under their names.
 */
#ifndef STORE_FILES_PUBLISH_H
#define STORE_FILES_PUBLISH_H

#include <stddef.h>
#include <sys/types.h>

#include "base/digest.h"
#include "store/store.h"

struct publication {
	int dir_fd; /* where it goes; borrowed, as is the text */
	char name[DIGEST_SIZE];
	const char *text;
	size_t len;
	mode_t mode;
	int fd; /* the file; -1: none yet */
	char temporary
	    [2 * DIGEST_SIZE]; /* its name until it has its own; "": it needs none (O_TMPFILE) */
};

void publication_init(
    struct publication *, int dir_fd, const char *name, const char *text, size_t len, mode_t mode);
/*
 * Writes the text into a new file, in place of the one it may have had.  Returns 0, or -1
 * with err.
 */
int publication_write(struct publication *, struct strbuf *err);
/*
 * Writes the text over what a file without a name has, from its start, and cuts that off: whatever
 * room the file has serves the text first.  Returns 0, and the file is the publication's; or -1
 * with err.
 */
int publication_write_into(struct publication *, int fd, struct strbuf *err);
/*
 * Waits until the text is on disk; when that fails, once more with a new file.  Returns 0,
 * or -1 with err.
 */
int publication_sync(struct publication *, struct strbuf *err);
/* The second of these, after an fsync() of the file that has failed. */
int publication_sync_again(struct publication *, struct strbuf *err);
/* STORE_OK; STORE_RACE_LOST: the name is taken; STORE_ERROR with err. */
enum store_result publication_link(struct publication *, struct strbuf *err);
/*
 * Removes the files of publications into that folder whose programs were killed before they were
 * done: those with temporary names of processes that are gone.  The caller holds the lock under
 * which all publish there, so that of another machine's nothing is being published.
 */
void publication_clear_litter(int dir_fd);
/* Hands over the file, which the caller closes; -1: it has a temporary name, or none is open. */
int publication_take_unnamed(struct publication *);
/* Closes the file; without its name it is gone. */
void publication_release(struct publication *);

#endif
