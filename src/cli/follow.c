/* SPDX-License-Identifier: ISC */
#include "cli/follow.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/store.h"
#include "cli/context.h"

int
follow_init(struct follow *follow, const struct context *context, uint64_t id, bool logs,
    struct strbuf *err)
{
	*follow = (struct follow){.context = context, .id = id, .logs_fd = -1, .output_fd = -1};
	follow->events_fd = store_watch_fd(context->workspace.store, id, err);
	if (follow->events_fd < 0)
		return -1;
	if (!logs)
		return 0;
	follow->logs_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return follow->logs_fd >= 0 ? 0 : fail_errno(err, "cannot watch the logs");
}

void
follow_release(struct follow *follow)
{
	if (follow->events_fd >= 0)
		close(follow->events_fd);
	if (follow->logs_fd >= 0)
		close(follow->logs_fd);
}

void
follow_logs(struct follow *follow)
{
	const char *root = follow->context->workspace.path;
	struct strbuf path = STRBUF_INIT;

	if (follow->folder_watched)
		return;
	/* until it is there its parent tells when it comes; to add a watch again changes nothing */
	strbuf_addf(&path, "%s/executor_logs", root);
	inotify_add_watch(follow->logs_fd, path.buf, IN_CREATE | IN_MOVED_TO);
	strbuf_addf(&path, "/%" PRIu64, follow->id);
	follow->folder_watched =
	    inotify_add_watch(follow->logs_fd, path.buf, IN_CREATE | IN_MOVED_TO | IN_MODIFY) >= 0;
	strbuf_release(&path);
}

static void
drain(int fd)
{
	char notices[4096];

	while (read(fd, notices, sizeof(notices)) > 0)
		continue;
}

int
follow_wait(struct follow *follow, int64_t timeout_ms, struct strbuf *err)
{
	struct pollfd fds[] = {
	    {.fd = follow->events_fd, .events = POLLIN}, {.fd = follow->logs_fd, .events = POLLIN},
	    {.fd = follow->output_fd}, /* its errors are told unasked */
	};
	int ready = poll(fds, 3, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);

	if (ready < 0)
		return errno == EINTR ? 1 : fail_errno(err, "cannot wait");
	if ((fds[2].revents & POLLERR) != 0) {
		raise(SIGPIPE); /* as the next line would, which may never come */
		return fail(err, "nobody reads standard output any more");
	}
	for (size_t i = 0; i < 2; i++) {
		if (fds[i].revents != 0)
			drain(fds[i].fd);
	}
	return ready > 0;
}
