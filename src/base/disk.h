/* SPDX-License-Identifier: ISC */
/* Folders and files with exact modes, and waiting until they are on disk. */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

/* The modes of new folders and files: for their owner alone, or shared with their group. */
mode_t disk_folder_mode(bool shared);
mode_t disk_file_mode(bool shared);

/*
 * Gives a file or folder that was just made exactly that mode.  What root makes belongs to the
 * owner and the group of the folder it is in: the owner of a workspace must not be locked out by
 * what an admin did as root.  Returns 0, or -1 with errno.
 */
int disk_set_access(int parent_fd, int fd, mode_t mode);
/* Opens a folder below another; no symbolic link is followed.  -1 with errno. */
int disk_folder_open(int parent_fd, const char *name);
/* Makes a folder with exactly that mode, and opens it.  -1 with errno. */
int disk_folder_new(int parent_fd, const char *name, mode_t mode);
/*
 * Opens a folder, and makes it when it is missing: with exactly that mode and on disk to
 * stay. *made may be NULL.
 */
int disk_folder_make(int parent_fd, const char *name, mode_t mode, bool *made);
/*
 * Opens a file with the flags, and makes it when it is missing: with exactly that mode.  -1
 * with errno.
 */
int disk_file_make(int dir_fd, const char *name, int flags, mode_t mode);

/* A new stream over the entries of an open folder, from its start.  NULL with errno. */
DIR *disk_entries(int dir_fd);
/* The next entry that is not hidden; NULL at the end, with errno 0, or on an error. */
const char *disk_next_entry(DIR *);

/*
 * fsync(), through EINTR.  When it fails, what was written to that file since may be lost
 * although a second fsync() would say otherwise: begin again with a new file.
 */
int disk_sync(int fd);
/* The same of a folder, where "not supported" is an answer that has to do. */
int disk_sync_folder(int fd);
/* syncfs(), through EINTR: everything that was written to that file system. */
int disk_sync_all(int fd);
/* Whether syncfs() tells of errors (Linux 5.8); if not, it must not be relied on. */
bool disk_syncfs_reports(void);

#endif
