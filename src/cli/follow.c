/* SPDX-License-Identifier: ISC */
#include "cli/follow.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/store.h"

int
follow_init(struct follow *follow, struct store *store, uint64_t id, struct strbuf *err)
{
	*follow = (struct follow){.logs_fd = -1, .output_fd = -1};
	follow->events_fd = store_watch_fd(store, id, err);
	return follow->events_fd >= 0 ? 0 : -1;
}

void
follow_release(struct follow *follow)
{
	if (follow->events_fd >= 0)
		close(follow->events_fd);
}

static void
drain(int fd)
{
	char notices[4096];

	while (read(fd, notices, sizeof(notices)) > 0)
		continue;
}

int
follow_wait(const struct follow *follow, int64_t timeout_ms, struct strbuf *err)
{
	struct pollfd fds[] = {
	    {.fd = follow->events_fd, .events = POLLIN}, {.fd = follow->logs_fd, .events = POLLIN},
	    {.fd = follow->output_fd}, /* poll() reports POLLERR without being asked */
	};
	int ready = poll(fds, 3, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);

	if (ready < 0)
		return errno == EINTR ? 1 : fail_errno(err, "cannot wait");
	if ((fds[2].revents & POLLERR) != 0) {
		raise(SIGPIPE); /* as the next line would, which may never come */
		return fail(err, "nobody reads standard output any more");
	}
	if (fds[0].revents != 0)
		drain(follow->events_fd);
	return ready > 0;
}
