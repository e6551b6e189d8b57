/* SPDX-License-Identifier: ISC */
/*
 * Locks of bytes of one file, owned by the open file (OFD): they end with their holder, however it
 * dies, and a close() elsewhere in the program does not drop them.  The tokens are this program's
 * own list of what it holds.
 *
 * Others wait for the locks that are held only while files change.  A person who has come through
 * sudo or doas could stop this program with Ctrl-Z at that moment, and everybody with it: so a stop
 * comes after such a lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "base/process.h"
#include "store/files/internal.h"

static int
lock_file_open(struct files *files, struct strbuf *err)
{
	if (files->lock_fd < 0)
		files->lock_fd =
		    files_file_make(files, files->state_fd, "lock", O_RDWR, "state/lock");
	return files->lock_fd < 0 ? trust_fail(files->trust, err, "cannot open 'state/lock'") : 0;
}

static int
lock_set(const struct files *files, int command, short type, uint64_t byte)
{
	struct flock range = {
	    .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
	int result;

	do
		result = fcntl(files->lock_fd, command, &range);
	while (result != 0 && errno == EINTR);
	return result;
}

/* Whether others wait for it, and not only see that it is held. */
static bool
is_waited_for(uint64_t byte)
{
	return byte == LOCK_ALLOCATION || byte >= LOCK_TRANSACTION;
}

/* The same, without a stop from before the lock is there until lock_end(). */
static int
lock_take(const struct files *files, int command, uint64_t byte)
{
	int result;

	if (is_waited_for(byte))
		process_hold_stops();
	result = lock_set(files, command, F_WRLCK, byte);
	if (result != 0 && is_waited_for(byte))
		process_release_stops();
	return result;
}

int
lock_wait(struct files *files, uint64_t byte, struct strbuf *err)
{
	if (lock_file_open(files, err) != 0)
		return -1;
	if (lock_take(files, F_OFD_SETLKW, byte) != 0)
		return fail_errno(err, "cannot lock 'state/lock'");
	return 0;
}

enum store_result
lock_try(struct files *files, uint64_t byte, struct strbuf *err)
{
	if (lock_file_open(files, err) != 0)
		return STORE_ERROR;
	if (lock_take(files, F_OFD_SETLK, byte) == 0)
		return STORE_OK;
	if (errno == EAGAIN || errno == EACCES)
		return STORE_BUSY;
	fail_errno(err, "cannot lock 'state/lock'");
	return STORE_ERROR;
}

void
lock_end(struct files *files, uint64_t byte)
{
	if (files->lock_fd < 0)
		return;
	lock_set(files, F_OFD_SETLK, F_UNLCK, byte);
	if (is_waited_for(byte))
		process_release_stops();
}

static struct held_lock *
find_held(const struct files *files, uint64_t id)
{
	for (size_t i = 0; i < files->held_count; i++) {
		if (files->held[i].id == id)
			return &files->held[i];
	}
	return NULL;
}

bool
lock_is_held(const struct files *files, uint64_t id, uint64_t token)
{
	const struct held_lock *held;

	if (token == STORE_NO_LOCK)
		return true;
	held = find_held(files, id);
	return held != NULL && held->token == token;
}

enum store_result
files_lock(void *self, uint64_t id, uint64_t *token, struct strbuf *err)
{
	struct files *files = self;
	enum store_result result;

	if (find_held(files, id) != NULL)
		return STORE_BUSY;
	result = lock_try(files, id, err);
	if (result != STORE_OK)
		return result;
	ALLOC_GROW(files->held, files->held_count, files->held_capacity);
	*token = ++files->last_token;
	files->held[files->held_count++] = (struct held_lock){.id = id, .token = *token};
	return STORE_OK;
}

enum store_result
files_renew(void *self, uint64_t id, uint64_t token, struct strbuf *err)
{
	(void)err;
	return lock_is_held(self, id, token) ? STORE_OK : STORE_LOCK_LOST;
}

void
files_unlock(void *self, uint64_t id, uint64_t token)
{
	struct files *files = self;
	struct held_lock *held = find_held(files, id);

	if (held == NULL || held->token != token)
		return;
	lock_end(files, id);
	*held = files->held[--files->held_count];
}

bool
files_is_locked(void *self, uint64_t id)
{
	struct files *files = self;
	struct flock range = {
	    .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = 1};

	if (find_held(files, id) != NULL)
		return true;
	/* It must not make the file, and a reader may have no right to write to it. */
	if (files->look_fd < 0)
		files->look_fd = trust_open(
		    files->trust, files->state_fd, "lock", TRUST_TEAM_FILE, "state/lock");
	return files->look_fd >= 0 && fcntl(files->look_fd, F_OFD_GETLK, &range) == 0 &&
	       range.l_type != F_UNLCK;
}
