/* SPDX-License-Identifier: ISC */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"

static int
open_through_interrupts(int dir_fd, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	while (fd == -1 && errno == EINTR);
	return fd;
}

mode_t
disk_folder_mode(bool shared)
{
	return shared ? 02770 : 0700;
}

mode_t
disk_file_mode(bool shared)
{
	return shared ? 0660 : 0600;
}

int
disk_set_access(int parent_fd, int fd, mode_t mode)
{
	struct stat parent, made;

	if (geteuid() != 0)
		return fchmod(fd, mode);
	if (fstat(parent_fd, &parent) != 0 || fstat(fd, &made) != 0)
		return -1;
	if (made.st_uid == parent.st_uid && made.st_gid == parent.st_gid)
		return (made.st_mode & 07777) == mode ? 0 : fchmod(fd, mode);
	/* the owner first: to change it may clear bits of the mode */
	return fchown(fd, parent.st_uid, parent.st_gid) != 0 ? -1 : fchmod(fd, mode);
}

int
disk_folder_open(int parent_fd, const char *name)
{
	return open_through_interrupts(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
}

int
disk_folder_new(int parent_fd, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(parent_fd, name, mode & 0777) != 0)
		return -1;
	fd = disk_folder_open(parent_fd, name);
	if (fd != -1 && disk_set_access(parent_fd, fd, mode) != 0)
		return file_close_quietly(fd);
	return fd;
}

int
disk_folder_make(int parent_fd, const char *name, mode_t mode, bool *made)
{
	int fd = disk_folder_open(parent_fd, name);

	if (made != NULL)
		*made = false;
	if (fd != -1 || errno != ENOENT)
		return fd;
	fd = disk_folder_new(parent_fd, name, mode);
	if (fd == -1)
		return errno == EEXIST ? disk_folder_open(parent_fd, name) : -1;
	if (disk_sync_folder(parent_fd) != 0)
		return file_close_quietly(fd);
	if (made != NULL)
		*made = true;
	return fd;
}

int
disk_file_new(int dir_fd, const char *name, int flags, mode_t mode)
{
	int fd = open_through_interrupts(dir_fd, name, flags | O_CREAT | O_EXCL, mode);

	return fd != -1 && disk_set_access(dir_fd, fd, mode) != 0 ? file_close_quietly(fd) : fd;
}

int
disk_file_make(int dir_fd, const char *name, int flags, mode_t mode)
{
	/* other processes may make and remove it meanwhile */
	for (int tries = 0; tries < 8; tries++) {
		int fd = open_through_interrupts(dir_fd, name, flags, 0);

		if (fd != -1 || errno != ENOENT)
			return fd;
		fd = disk_file_new(dir_fd, name, flags, mode);
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	return -1;
}

void
disk_list_begin(struct disk_list *list, int dir_fd)
{
	list->dir_fd = dir_fd;
	list->result = lseek(dir_fd, 0, SEEK_SET) < 0 ? -1 : 0;
	list->has_hidden = false;
	list->at = list->len = 0;
}

/* Returns whether there is another entry; false with errno 0 at the end, or after an error. */
static bool
list_more(struct disk_list *list)
{
	if (list->at < list->len)
		return true;
	list->at = list->len = 0;
	if (list->result != 0)
		return false;
	errno = 0;
	list->len = getdents64(list->dir_fd, list->bytes, sizeof(list->bytes));
	return list->len > 0;
}

const char *
disk_list_next(struct disk_list *list)
{
	while (list_more(list)) {
		const struct dirent64 *entry = (const void *)(list->bytes + list->at);

		list->at += entry->d_reclen;
		if (entry->d_name[0] != '.')
			return entry->d_name;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			list->has_hidden = true;
	}
	return NULL;
}

DIR *
disk_entries(int dir_fd)
{
	/* a descriptor of its own, since streams of one open file share their position */
	int fd = disk_folder_open(dir_fd, ".");
	DIR *dir;

	if (fd == -1)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		file_close_quietly(fd);
	return dir;
}

const char *
disk_next_entry(DIR *dir)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry != NULL && entry->d_name[0] == '.');
	return entry != NULL ? entry->d_name : NULL;
}

int
disk_sync(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result != 0 && errno == EINTR);
	return result;
}

int
disk_sync_folder(int fd)
{
	return disk_sync(fd) != 0 && errno != EINVAL ? -1 : 0;
}

/* ---- many */

/* The most at a time; a thread is worth it for so many of them. */
#define THREADS_MAX	 8
#define SYNCS_PER_THREAD 2

struct syncing {
	const int *fds;
	int *errors;
	size_t count;
	atomic_size_t next;
};

static void *
sync_some(void *context)
{
	struct syncing *syncing = context;
	size_t at;

	while ((at = atomic_fetch_add(&syncing->next, 1)) < syncing->count)
		syncing->errors[at] = disk_sync(syncing->fds[at]) == 0 ? 0 : errno;
	return NULL;
}

void /* NOLINTNEXTLINE(readability-non-const-parameter): the threads write to it */
disk_sync_many(const int *fds, int *errors, size_t count)
{
	struct syncing syncing = {.fds = fds, .errors = errors, .count = count};
	size_t wanted = count / SYNCS_PER_THREAD, started = 0;
	pthread_t threads[THREADS_MAX];
	sigset_t all, before;

	if (wanted > 1) {
		/* what a signal does is done by the thread that waits for these */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		while (started + 1 < wanted && started + 1 < THREADS_MAX &&
		       pthread_create(&threads[started], NULL, sync_some, &syncing) == 0)
			started++;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	sync_some(&syncing);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

/* ---- all */

int
disk_sync_all(int fd)
{
	int result;

	do
		result = syncfs(fd);
	while (result != 0 && errno == EINTR);
	return result;
}

bool
disk_syncfs_reports(void)
{
	struct utsname system;
	int major, minor;

	if (uname(&system) != 0 || sscanf(system.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && minor >= 8);
}
