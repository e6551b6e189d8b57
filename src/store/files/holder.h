/* SPDX-License-Identifier: ISC */
/*
 * Who holds a lock.  The system does not say it of locks of open files, so the holder writes into
 * the file what it is: for people, and nothing is decided by it.
 */
#ifndef STORE_FILES_HOLDER_H
#define STORE_FILES_HOLDER_H

#include <stdint.h>

struct strbuf;

/* This process has taken the locks of so many bytes, or is about to end them.  Errors pass. */
void holder_write(int lock_fd, uint64_t byte, uint64_t count);
void holder_clear(int lock_fd, uint64_t byte, uint64_t count);
/* "process 7 of ann on host web1 is changing request 1", or that nobody knows which process it is. */
void holder_describe(int lock_fd, uint64_t byte, struct strbuf *out);

#endif
