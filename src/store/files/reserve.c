/* SPDX-License-Identifier: ISC */
/*
 * Room on the disk for events to come: files without names, with blocks and an inode each.  An
 * event that finds no room is written into one and linked as any other: were it only given up,
 * whatever else is written, such as the logs of other calls, could be quicker.  They are gone with
 * the process, however that ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "store/files/internal.h"

/* For an event, and, once it is written, for names in folders that have to grow. */
#define ROOM_BYTES (16 * 1024)

/* What says that there is no room, and not that the file system cannot reserve any. */
static bool
is_want_of_room(int reason)
{
	return reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE ||
	       reason == ENOMEM || reason == EIO || reason == EROFS;
}

static int
allocate(int fd)
{
	int result;

	do
		result = fallocate(fd, 0, 0, ROOM_BYTES);
	while (result != 0 && errno == EINTR);
	return result;
}

static int
reserve_one(int folder_fd)
{
	int fd;

	do
		fd = openat(folder_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0 && allocate(fd) != 0)
		return file_close_quietly(fd);
	return fd;
}

int
files_reserve(void *self, size_t count, struct strbuf *err)
{
	struct files *files = self;
	int folder = files_requests_folder(files, false);

	while (folder >= 0 && files->reserved_count + files->lent_count < count) {
		int fd = reserve_one(folder);

		if (fd < 0 && is_want_of_room(errno))
			return fail_errno(err, "no room in 'state/requests' for what is to come");
		if (fd < 0)
			return 0;
		ALLOC_GROW(files->reserved, files->reserved_count, files->reserved_capacity);
		files->reserved[files->reserved_count++] = fd;
	}
	return 0;
}

void
room_lend(struct files *files, struct room *out)
{
	*out = (struct room){.fd = -1};
	if (files->reserved_count == 0)
		return;
	out->is_lent = true;
	out->fd = files->reserved[--files->reserved_count];
	files->lent_count++;
}

/* Whether it can serve again; closes it if not. */
static bool
restore(const struct room *room)
{
	struct stat status;

	if (!room->is_used)
		return true;
	if (fstat(room->fd, &status) != 0 || status.st_nlink != 0) {
		close(room->fd);
		return false;
	}
	allocate(room->fd); /* what was too much for one text; if not, there is room for that one */
	return true;
}

void
room_return(struct files *files, const struct room *room)
{
	if (!room->is_lent)
		return;
	files->lent_count--;
	if (room->fd < 0 || !restore(room))
		return;
	ALLOC_GROW(files->reserved, files->reserved_count, files->reserved_capacity);
	files->reserved[files->reserved_count++] = room->fd;
}

void
rooms_free(struct files *files)
{
	while (files->reserved_count > 0)
		close(files->reserved[--files->reserved_count]);
	free(files->reserved);
}
