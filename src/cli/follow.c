/* SPDX-License-Identifier: ISC */
#include "cli/follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/strbuf.h"
#include "store/store.h"

int
follow_init(struct follow *follow, struct store *store, uint64_t id, bool logs, struct strbuf *err)
{
	*follow = (struct follow){.output_fd = -1};
	follow->watch = store_watch(store, id, logs, err);
	return follow->watch == NULL ? -1 : 0;
}

void
follow_release(struct follow *follow)
{
	store_watch_end(follow->watch);
}

int
follow_wait(struct follow *follow, int64_t timeout_ms, struct strbuf *err)
{
	struct pollfd fds[] = {
	    {.fd = store_watch_fd(follow->watch), .events = POLLIN},
	    {.fd = follow->output_fd}, /* poll() reports its errors unasked */
	};
	bool looks = timeout_ms < 0 || timeout_ms > STORE_LOOK_MS;
	int ready = poll(fds, 2, (int)(looks ? STORE_LOOK_MS : timeout_ms));

	if (ready < 0)
		return errno == EINTR ? 1 : fail_errno(err, "cannot wait");
	if ((fds[1].revents & POLLERR) != 0) {
		raise(SIGPIPE); /* as the next line would, which may never come */
		return fail(err, "nobody reads standard output any more");
	}
	store_watch_clear(follow->watch);
	return ready > 0 || looks;
}
