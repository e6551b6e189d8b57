/* SPDX-License-Identifier: ISC */
/*
 * Waiting for what happens to a request and its logs: inotify, as far as it tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/files/internal.h"

struct file_watch {
	struct files *files;
	uint64_t id;
	int fd; /* -1: the system does not tell */
	bool wants_logs;
	bool has_logs; /* the folder of the logs is watched */
};

/* Adds a watch of a folder below an open one.  inotify takes a path: the descriptor has one. */
static int
add_watch(int fd, int folder_fd, const char *below, uint32_t events)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder_fd, below);
	return inotify_add_watch(fd, path, events | IN_ONLYDIR) < 0 ? -1 : 0;
}

/*
 * Until the folder of the logs is there, its parent tells when it comes.  To add a watch again
 * changes nothing.
 */
static int
watch_logs(struct file_watch *watch)
{
	char path[64];

	if (!watch->wants_logs || watch->has_logs)
		return 0;
	if (add_watch(watch->fd, watch->files->root_fd, LOGS_FOLDER, IN_CREATE | IN_MOVED_TO) != 0)
		return -1;
	snprintf(path, sizeof(path), LOGS_FOLDER "/%" PRIu64, watch->id);
	watch->has_logs = add_watch(watch->fd, watch->files->root_fd, path,
			      IN_CREATE | IN_MOVED_TO | IN_MODIFY) == 0;
	return watch->has_logs || errno == ENOENT ? 0 : -1;
}

/* What cannot be watched, whatever the reason, is looked at now and then, as all of it is. */
static void
stop_watching(struct file_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

void *
files_watch(void *self, uint64_t id, bool logs, struct strbuf *err)
{
	struct file_watch *watch;
	int request_fd = files_open_request(self, id);

	if (request_fd < 0) {
		fail_errno(err, "cannot watch request %" PRIu64, id);
		return NULL;
	}
	watch = xmalloc(sizeof(*watch));
	*watch = (struct file_watch){
	    .files = self,
	    .id = id,
	    .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
	    .wants_logs = logs,
	};
	if (watch->fd < 0 || add_watch(watch->fd, request_fd, ".", IN_CREATE | IN_MOVED_TO) != 0 ||
	    watch_logs(watch) != 0)
		stop_watching(watch);
	close(request_fd);
	return watch;
}

int
files_watch_fd(const void *self)
{
	const struct file_watch *watch = self;

	return watch->fd;
}

void
files_watch_clear(void *self)
{
	struct file_watch *watch = self;
	char notices[4096];

	if (watch->fd < 0)
		return;
	while (read(watch->fd, notices, sizeof(notices)) > 0)
		continue;
	if (watch_logs(watch) != 0)
		stop_watching(watch);
}

void
files_watch_end(void *self)
{
	stop_watching(self);
	free(self);
}
