/* SPDX-License-Identifier: ISC */
/* Reading and writing whole files below a directory that is held open. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

struct stat;
struct strbuf;

/*
 * Appends the file to out; dirfd and path are those of openat().  Returns 0, or -1 with errno and
 * out unchanged: EFBIG for more than max bytes, EINVAL for what is not a regular file.
 */
int file_read(int dirfd, const char *path, size_t max, struct strbuf *out);
/* Does the same for a file that this program writes: follows no symbolic link (ELOOP). */
int file_read_own(int dirfd, const char *path, size_t max, struct strbuf *out);
/* Does the same for an open file of which fstat() has said that, from its present position. */
int file_read_status(int fd, const struct stat *, size_t max, struct strbuf *out);
/* Does the same for a descriptor of any type, from its present position. */
int file_read_fd(int fd, size_t max, struct strbuf *out);
/* Writes all, through EINTR and short writes.  Returns 0, or -1 with errno. */
int file_write_all(int fd, const void *data, size_t len);
/* Closes on the way out of an error, and keeps errno; nothing when fd is -1.  Returns -1. */
int file_close_quietly(int fd);

#endif
