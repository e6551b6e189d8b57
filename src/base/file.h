/* SPDX-License-Identifier: ISC */
/* Reading and writing whole files below a directory that is held open. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

struct strbuf;

/*
 * Appends the file to out.  dirfd and path are openat()'s.  A file of more than max
 * bytes is refused, and so is what is not a regular file.  Returns 0, or -1 with
 * errno set (EFBIG: too large; EINVAL: not a regular file) and out unchanged.
 */
int file_read(int dirfd, const char *path, size_t max, struct strbuf *out);
/* The same of a file of this program's own: a symbolic link is not followed (ELOOP). */
int file_read_own(int dirfd, const char *path, size_t max, struct strbuf *out);
/* The same of a descriptor, from where it stands, whatever it is. */
int file_read_fd(int fd, size_t max, struct strbuf *out);
/* Writes all, through EINTR and short writes.  Returns 0, or -1 with errno set. */
int file_write_all(int fd, const void *data, size_t len);
/* Closes on the way out of an error: errno stays what it was. */
void file_close_quietly(int fd);

#endif
