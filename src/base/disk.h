/* SPDX-License-Identifier: ISC */
/*
 * Folders and files with exact modes, and waiting until they are on disk.  Functions that return a
 * descriptor, which the caller closes, or a result return -1 with errno after an error.
 */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The modes of new folders and files: for their owner alone, or shared with their group. */
mode_t disk_folder_mode(bool shared);
mode_t disk_file_mode(bool shared);

/*
 * Gives a file or folder that was just made exactly that mode.  When root has made it, its owner
 * and group become those of the folder that it is in: what an admin does as root must not lock out
 * the owner of a workspace.
 */
int disk_set_access(int parent_fd, int fd, mode_t mode);
/* Opens a folder below another; follows no symbolic link. */
int disk_folder_open(int parent_fd, const char *name);
/* Makes a folder with exactly that mode, and opens it. */
int disk_folder_new(int parent_fd, const char *name, mode_t mode);
/*
 * Opens a folder; makes it when it is missing, with exactly that mode, and waits until it is on
 * disk.  *made: whether it did; made may be NULL.
 */
int disk_folder_make(int parent_fd, const char *name, mode_t mode, bool *made);
/* Makes a file with exactly that mode, opened with the flags; -1 with EEXIST: it is there. */
int disk_file_new(int dir_fd, const char *name, int flags, mode_t mode);
/* Opens a file with the flags; makes it when it is missing, with exactly that mode. */
int disk_file_make(int dir_fd, const char *name, int flags, mode_t mode);

/*
 * The entries of an open folder that are not hidden, from its start.  Whoever else lists by the
 * same open file meanwhile disturbs it.
 */
struct disk_list {
	int dir_fd;
	int result;	 /* of beginning */
	bool has_hidden; /* some that are hidden were left out */
	ssize_t at, len;
	_Alignas(8) char bytes[4096];
};
void disk_list_begin(struct disk_list *, int dir_fd);
/* The next name, valid until the one after it; NULL with errno 0 at the end, or after an error. */
const char *disk_list_next(struct disk_list *);
/* Opens a stream over the entries of an open folder, from its start; NULL with errno. */
DIR *disk_entries(int dir_fd);
/* Returns the next entry that is not hidden; NULL with errno 0 at the end, or after an error. */
const char *disk_next_entry(DIR *);

/*
 * fsync(), through EINTR.  When it fails, what was written to that file since may be lost
 * although a second fsync() would say otherwise: begin again with a new file.
 */
int disk_sync(int fd);
/* fsync() of a folder; a file system that does not support it is no error. */
int disk_sync_folder(int fd);
/* fsync() of each, several at a time.  errors[i] is 0, or the errno of fds[i]. */
void disk_sync_many(const int *fds, int *errors, size_t count);
/* syncfs(), through EINTR: for everything that was written to that file system. */
int disk_sync_all(int fd);
/* Whether syncfs() reports errors (Linux 5.8); if not, do not rely on it. */
bool disk_syncfs_reports(void);

#endif
