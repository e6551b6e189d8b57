/* SPDX-License-Identifier: ISC */
#include "store/files/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/number.h"

void
publication_init(struct publication *file, int dir_fd, const char *name, const char *text,
    size_t len, mode_t mode)
{
	*file = (struct publication){
	    .dir_fd = dir_fd, .text = text, .len = len, .mode = mode, .fd = -1};
	snprintf(file->name, sizeof(file->name), "%s", name);
}

void
publication_release(struct publication *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (file->temporary[0] != '\0')
		unlinkat(file->dir_fd, file->temporary, 0);
	file->temporary[0] = '\0';
}

static int
open_unnamed(struct publication *file)
{
	do
		file->fd = openat(file->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, file->mode);
	while (file->fd < 0 && errno == EINTR);
	return file->fd < 0 ? -1 : 0;
}

static int
open_temporary(struct publication *file)
{
	static atomic_uint counter; /* the threads of a program publish, too */

	for (int tries = 0; tries < 100; tries++) {
		snprintf(file->temporary, sizeof(file->temporary), ".%s.%ld.%u", file->name,
		    (long)getpid(), atomic_fetch_add(&counter, 1) + 1);
		file->fd = openat(file->dir_fd, file->temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file->mode);
		if (file->fd >= 0)
			return 0;
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	file->temporary[0] = '\0';
	return -1;
}

/* What a file system or a kernel says that has no O_TMPFILE. */
static bool
unnamed_is_unknown(int reason)
{
	return reason == EOPNOTSUPP || reason == EISDIR || reason == ENOENT || reason == EINVAL;
}

static int
write_new(struct publication *file, bool unnamed, struct strbuf *err)
{
	int result;

	publication_release(file);
	result = unnamed ? open_unnamed(file) : -1;
	if (result != 0 && (!unnamed || unnamed_is_unknown(errno)))
		result = open_temporary(file);
	if (result != 0 || disk_set_access(file->dir_fd, file->fd, file->mode) != 0 ||
	    file_write_all(file->fd, file->text, file->len) != 0) {
		fail_errno(err, "cannot write '%s'", file->name);
		publication_release(file);
		return -1;
	}
	return 0;
}

int
publication_write(struct publication *file, struct strbuf *err)
{
	return write_new(file, true, err);
}

int
publication_write_into(struct publication *file, int fd, struct strbuf *err)
{
	publication_release(file);
	if (disk_set_access(file->dir_fd, fd, file->mode) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
	    file_write_all(fd, file->text, file->len) != 0 || ftruncate(fd, (off_t)file->len) != 0)
		return fail_errno(err, "cannot write '%s'", file->name);
	file->fd = fd;
	return 0;
}

int
publication_take_unnamed(struct publication *file)
{
	int fd = file->temporary[0] == '\0' ? file->fd : -1;

	if (fd >= 0)
		file->fd = -1;
	return fd;
}

int
publication_sync_again(struct publication *file, struct strbuf *err)
{
	/*
	 * The kernel has reported the lost pages and now takes them for clean: a second fsync() of
	 * this file would succeed without writing anything.
	 */
	if (write_new(file, file->temporary[0] == '\0', err) != 0)
		return -1;
	if (disk_sync(file->fd) == 0)
		return 0;
	fail_errno(err, "cannot write '%s' to disk", file->name);
	publication_release(file);
	return -1;
}

int
publication_sync(struct publication *file, struct strbuf *err)
{
	return disk_sync(file->fd) == 0 ? 0 : publication_sync_again(file, err);
}

/*
 * Over a network, the answer to a link that was made can be lost, and its repetition then
 * says "exists".
 */
static bool
was_linked(const struct publication *file)
{
	nlink_t links = file->temporary[0] != '\0' ? 2 : 1;
	struct stat status;

	return fstat(file->fd, &status) == 0 && status.st_nlink == links;
}

static int
link_file(const struct publication *file)
{
	char path[64];
	int result, reason;

	if (file->temporary[0] != '\0') {
		result = linkat(file->dir_fd, file->temporary, file->dir_fd, file->name, 0);
	} else {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
		result = linkat(AT_FDCWD, path, file->dir_fd, file->name, AT_SYMLINK_FOLLOW);
	}
	reason = errno;
	if (result != 0 && was_linked(file))
		return 0;
	errno = reason;
	return result;
}

enum store_result
publication_link(struct publication *file, struct strbuf *err)
{
	int result = link_file(file);

	if (result != 0 && errno == ENOENT && file->temporary[0] == '\0') {
		/*
		 * Without /proc the unnamed file cannot get a name: another one with a
		 * temporary name.
		 */
		if (write_new(file, false, err) != 0 || publication_sync(file, err) != 0)
			return STORE_ERROR;
		result = link_file(file);
	}
	if (result == 0)
		return STORE_OK;
	if (errno == EEXIST)
		return STORE_RACE_LOST;
	fail_errno(err, "cannot name '%s'", file->name);
	return STORE_ERROR;
}

/* ---- litter */

/* The process in ".000003.json.4711.1"; 0: it is no temporary name. */
static pid_t
writer_of(const char *entry)
{
	char digits[32];
	const char *end = strrchr(entry, '.'), *begin = end;
	uint64_t pid, counter;

	if (entry[0] != '.' || end == NULL || !number_parse(end + 1, UINT32_MAX, &counter))
		return 0;
	while (begin > entry && begin[-1] != '.')
		begin--;
	if (begin <= entry + 1 || (size_t)(end - begin) >= sizeof(digits))
		return 0;
	snprintf(digits, sizeof(digits), "%.*s", (int)(end - begin), begin);
	return number_parse(digits, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

void
publication_clear_litter(int dir_fd)
{
	DIR *dir = disk_entries(dir_fd);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		pid_t pid = writer_of(entry->d_name);

		if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
			unlinkat(dir_fd, entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
}
