/* SPDX-License-Identifier: ISC */
/*
 * Locks of bytes of one file, owned by the open file (OFD): they end with their holder, however it
 * dies, and a close() elsewhere in the program does not drop them.  The tokens are this program's
 * own list of what it holds.
 *
 * A lock that others wait for is held for the moment of one append.  Its holder cannot be stopped
 * from the terminal meanwhile, and writes down who it is (holder.c), for whoever waits in vain.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/process.h"
#include "store/files/holder.h"
#include "store/files/internal.h"

#define TICK_US 100000 /* between two looks at the clock while waiting */

int
lock_file_open(struct files *files, struct strbuf *err)
{
	if (files->lock_fd < 0)
		files->lock_fd =
		    files_file_make(files, files->state_fd, "lock", O_RDWR, "state/lock");
	return files->lock_fd < 0 ? trust_fail(files->trust, err, "cannot open 'state/lock'") : 0;
}

static int
lock_set(const struct files *files, int command, short type, uint64_t byte, uint64_t count)
{
	struct flock range = {
	    .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = (off_t)count};

	return fcntl(files->lock_fd, command, &range);
}

/* Whether others wait for it: not for a request's own, which is held while it is advanced. */
static bool
is_waited_for(uint64_t byte)
{
	return byte == LOCK_ALLOCATION || byte >= LOCK_TRANSACTION;
}

/* ---- taking and ending */

/* Takes so many, all or none.  -1 with errno: EAGAIN when somebody else has one. */
static int
take(struct files *files, int command, uint64_t byte, uint64_t count)
{
	bool waited_for = is_waited_for(byte);

	if (waited_for)
		process_hold_stops();
	if (lock_set(files, command, F_WRLCK, byte, count) == 0) {
		if (waited_for)
			holder_write(files->lock_fd, byte, count);
		return 0;
	}
	if (errno == EACCES)
		errno = EAGAIN;
	if (waited_for) {
		int reason = errno;

		process_release_stops(); /* here it stops, should it have been told to */
		errno = reason;
	}
	return -1;
}

static void
tick(int number)
{
	(void)number;
}

/* As take(), but waits: the system lets those who wait take turns.  A timer interrupts it. */
static int
take_in_time(struct files *files, uint64_t byte)
{
	const struct itimerval every = {{0, TICK_US}, {0, TICK_US}}, none = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = tick}, before;
	int64_t end = clock_monotonic() + files->patience_ms;
	int result, reason;

	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &every, NULL);
	do
		result = take(files, F_OFD_SETLKW, byte, 1);
	while (result != 0 && errno == EINTR && clock_monotonic() < end);
	reason = errno;
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &before, NULL);
	errno = reason == EINTR ? EAGAIN : reason;
	return result;
}

static enum store_result
result_of(int taken, struct strbuf *err)
{
	if (taken == 0)
		return STORE_OK;
	if (errno == EAGAIN)
		return STORE_BUSY;
	fail_errno(err, "cannot lock 'state/lock'");
	return STORE_ERROR;
}

enum store_result
lock_wait(struct files *files, uint64_t byte, struct strbuf *err)
{
	enum store_result result;
	int taken;

	if (lock_file_open(files, err) != 0)
		return STORE_ERROR;
	taken = take(files, F_OFD_SETLK, byte, 1);
	if (taken != 0 && errno == EAGAIN && files->patience_ms > 0)
		taken = take_in_time(files, byte);
	result = result_of(taken, err);
	if (result == STORE_BUSY)
		holder_describe(files->lock_fd, byte, err);
	return result;
}

enum store_result
lock_try_all(struct files *files, uint64_t byte, uint64_t count, struct strbuf *err)
{
	if (lock_file_open(files, err) != 0)
		return STORE_ERROR;
	return result_of(take(files, F_OFD_SETLK, byte, count), err);
}

enum store_result
lock_try(struct files *files, uint64_t byte, struct strbuf *err)
{
	return lock_try_all(files, byte, 1, err);
}

void
lock_end_all(struct files *files, uint64_t byte, uint64_t count)
{
	if (is_waited_for(byte))
		holder_clear(files->lock_fd, byte, count);
	lock_set(files, F_OFD_SETLK, F_UNLCK, byte, count);
	if (is_waited_for(byte))
		process_release_stops();
}

void
lock_end(struct files *files, uint64_t byte)
{
	lock_end_all(files, byte, 1);
}

/* ---- locks of requests */

static struct held_lock *
find_held(const struct files *files, uint64_t id)
{
	for (size_t i = 0; i < files->held_count; i++) {
		if (files->held[i].id == id)
			return &files->held[i];
	}
	return NULL;
}

enum store_result
lock_try_ids(struct files *files, uint64_t first, uint64_t count, struct strbuf *err)
{
	/* the system would let us have twice what we have */
	for (size_t i = 0; i < files->held_count; i++) {
		if (files->held[i].id >= first && files->held[i].id < first + count)
			return STORE_BUSY;
	}
	return lock_try_all(files, first, count, err);
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

bool
lock_is_own(const struct files *files, uint64_t id)
{
	return find_held(files, id) != NULL;
}

int
lock_folder(struct files *files, uint64_t id)
{
	struct held_lock *held = find_held(files, id);

	if (held == NULL)
		return -1;
	if (held->request_fd < 0)
		held->request_fd = files_open_request(files, id);
	return held->request_fd;
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
	files->held[files->held_count++] =
	    (struct held_lock){.id = id, .token = *token, .request_fd = -1};
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
	if (held->request_fd >= 0)
		close(held->request_fd);
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
