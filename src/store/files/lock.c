/* SPDX-License-Identifier: ISC */
/*
 * Locks of bytes of one file, owned by the open file (OFD): they end with their holder,
 * however it dies, and a close() elsewhere in the program does not drop them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/files/file-store-internal.h"

static int
lock_file_open(struct store *store, struct strbuf *err)
{
	if (store->lock_fd < 0)
		store->lock_fd = disk_file_make(store->state_fd, "lock", O_RDWR, store->file_mode);
	return store->lock_fd < 0 ? fail_errno(err, "cannot open 'state/lock'") : 0;
}

static int
lock_set(const struct store *store, int command, short type, uint64_t byte)
{
	struct flock range = {
	    .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
	int result;

	do
		result = fcntl(store->lock_fd, command, &range);
	while (result < 0 && errno == EINTR);
	return result;
}

int
lock_wait(struct store *store, uint64_t byte, struct strbuf *err)
{
	if (lock_file_open(store, err) < 0)
		return -1;
	if (lock_set(store, F_OFD_SETLKW, F_WRLCK, byte) < 0)
		return fail_errno(err, "cannot lock 'state/lock'");
	return 0;
}

enum store_result
lock_try(struct store *store, uint64_t byte, struct strbuf *err)
{
	if (lock_file_open(store, err) < 0)
		return STORE_ERROR;
	if (lock_set(store, F_OFD_SETLK, F_WRLCK, byte) == 0)
		return STORE_OK;
	if (errno == EAGAIN || errno == EACCES)
		return STORE_BUSY;
	fail_errno(err, "cannot lock 'state/lock'");
	return STORE_ERROR;
}

void
lock_end(struct store *store, uint64_t byte)
{
	if (store->lock_fd >= 0)
		lock_set(store, F_OFD_SETLK, F_UNLCK, byte);
}

enum store_result
store_lock(struct store *store, uint64_t id, struct strbuf *err)
{
	if (!id_is_valid(id)) {
		fail(err, "no such request: %" PRIu64, id);
		return STORE_NOT_FOUND;
	}
	return lock_try(store, id, err);
}

void
store_unlock(struct store *store, uint64_t id)
{
	if (id_is_valid(id))
		lock_end(store, id);
}

bool
store_is_locked(struct store *store, uint64_t id)
{
	struct flock range = {
	    .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = 1};

	if (!id_is_valid(id))
		return false;
	/* Another open file than the one that locks, or this program's own locks would not show. */
	int fd = openat(store->state_fd, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	bool held = fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
	close(fd);
	return held;
}
