/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "store/files/file-store-internal.h"

int
store_watch_fd(struct store *store, uint64_t id, struct strbuf *err)
{
	int request_fd = store_request_fd(store, id);
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char path[64];

	/* inotify takes a path and no descriptor: the descriptor's own name is one */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", request_fd);
	if (request_fd < 0 || fd < 0 ||
	    inotify_add_watch(fd, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
		fail_errno(err, "cannot watch request %" PRIu64, id);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (request_fd >= 0)
		close(request_fd);
	return fd;
}
