/* SPDX-License-Identifier: ISC */
/*
 * Room on the disk for events to come: files without names, with blocks and an inode each, that are
 * closed when an event finds no room without them.  They are gone with the process, however that
 * ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "store/files/internal.h"

/* For an event, and for its name and the one in the queue, should their folders have to grow. */
#define ROOM_BYTES (16 * 1024)

/* What says that there is no room, and not that the file system cannot reserve any. */
static bool
is_want_of_room(int reason)
{
	return reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE ||
	       reason == ENOMEM || reason == EIO || reason == EROFS;
}

static int
reserve_one(int folder_fd)
{
	int fd = openat(folder_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0 && fallocate(fd, 0, 0, ROOM_BYTES) != 0)
		return file_close_quietly(fd);
	return fd;
}

int
files_reserve(void *self, size_t count, struct strbuf *err)
{
	struct files *files = self;
	int folder = files_requests_folder(files, false);

	while (folder >= 0 && files->reserved_count < count) {
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

bool
files_give_room(void *self)
{
	struct files *files = self;

	if (files->reserved_count == 0)
		return false;
	close(files->reserved[--files->reserved_count]);
	return true;
}
