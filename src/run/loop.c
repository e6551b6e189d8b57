/* SPDX-License-Identifier: ISC */
#include "run/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model/exit-code.h"
#include "run/http.h"
#include "run/slot.h"
#include "store/workspace.h"

struct loop {
	const struct workspace *workspace;
	const struct loop_options *options;
	size_t next; /* of options->ids, to be begun */
	struct slot *slots;
	struct store_append *appends; /* room for one a slot */
	struct slot **publishers;     /* whose appends they are */
	struct http_client *http;     /* NULL until it is needed */
	int logs_fd;
	int signal_fd;
	int stopped_by;	   /* the first signal; nothing new is begun after it */
	size_t code_index; /* the first request, in order, that did not go well */
	int code;
};

struct http_client *
loop_http(struct loop *loop, struct strbuf *err)
{
	if (loop->http == NULL)
		loop->http = http_client_new(err);
	return loop->http;
}

static void
note_code(struct loop *loop, const struct slot *slot)
{
	if (slot->code != CODE_DONE &&
	    (loop->code == CODE_DONE || slot->index < loop->code_index)) {
		loop->code = slot->code;
		loop->code_index = slot->index;
	}
}

static void
fill_slot(struct loop *loop, struct slot *slot)
{
	slot->index = loop->next;
	slot_begin(slot, loop->options->ids[loop->next++], loop->options->skip_busy);
}

/* Moves one slot as far as it goes by itself. */
static void
move_slot(struct loop *loop, struct slot *slot)
{
	for (;;) {
		switch (slot->state) {
		case SLOT_FREE:
			if (loop->next == loop->options->count || loop->stopped_by != 0)
				return;
			fill_slot(loop, slot);
			break;
		case SLOT_DECIDING:
			if (loop->stopped_by != 0)
				slot_give_up(slot);
			else
				slot_decide(slot);
			break;
		case SLOT_EXECUTING:
			if (!slot->run.finished)
				return;
			slot_finish_run(slot);
			break;
		case SLOT_SLEEPING:
			if (clock_now() < slot->wake && loop->stopped_by == 0)
				return;
			slot->state = SLOT_DECIDING;
			break;
		case SLOT_ENDED:
			if (!slot_end(slot))
				note_code(loop, slot);
			break;
		case SLOT_PUBLISHING:
			return;
		}
	}
}

/* Publishes what all slots have ready.  Returns how many there were. */
static size_t
publish(struct loop *loop)
{
	size_t count = 0;

	for (size_t i = 0; i < loop->options->slots; i++) {
		struct slot *slot = &loop->slots[i];

		if (slot->state != SLOT_PUBLISHING)
			continue;
		loop->appends[count] = (struct store_append){
		    .request = &slot->request, .event = &slot->event, .err = STRBUF_INIT};
		loop->publishers[count++] = slot;
	}
	if (count > 0)
		store_append_batch(loop->workspace->store, loop->appends, count);
	for (size_t i = 0; i < count; i++) {
		slot_published(
		    loop->publishers[i], loop->appends[i].result, loop->appends[i].err.buf);
		strbuf_release(&loop->appends[i].err);
	}
	return count;
}

/* A second signal does not wait for the calls that are under way. */
static void
take_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		size_t executing = 0;

		for (size_t i = 0; i < loop->options->slots; i++) {
			if (loop->slots[i].state == SLOT_EXECUTING) {
				executing++;
				if (loop->stopped_by != 0)
					slot_give_up(&loop->slots[i]);
			}
		}
		if (loop->stopped_by == 0 && executing > 0)
			fprintf(stderr,
			    "svcreq: stopping when %zu call%s ended (once more: give up at once)\n",
			    executing, executing == 1 ? " has" : "s have");
		loop->stopped_by = (int)info.ssi_signo;
	}
}

/* How long nothing happens by itself; -1: for ever. */
static int64_t
time_to_wait(const struct loop *loop)
{
	int64_t now = clock_now(), least = -1;

	for (size_t i = 0; i < loop->options->slots; i++) {
		const struct slot *slot = &loop->slots[i];
		int64_t left;

		if (slot->state != SLOT_SLEEPING)
			continue;
		left = slot->wake > now ? slot->wake - now : 0;
		if (least < 0 || left < least)
			least = left;
	}
	return least;
}

/* Waits for transfers, signals and the clock.  Returns 0, or -1 with err. */
static int
wait_for_something(struct loop *loop, struct strbuf *err)
{
	struct pollfd pollfd = {.fd = loop->signal_fd, .events = POLLIN};
	int64_t timeout = time_to_wait(loop);

	if (timeout < 0 || timeout > 60000)
		timeout = 60000;
	if (loop->http != NULL)
		return http_client_run(loop->http, &loop->signal_fd, 1, timeout, err);
	if (poll(&pollfd, 1, (int)timeout) < 0 && errno != EINTR)
		return fail_errno(err, "cannot wait for events");
	return 0;
}

static bool
is_active(const struct loop *loop)
{
	for (size_t i = 0; i < loop->options->slots; i++) {
		if (loop->slots[i].state != SLOT_FREE)
			return true;
	}
	return false;
}

/* Ends all that is under way where it is: the program cannot go on. */
static void
end_slots(struct loop *loop)
{
	for (size_t i = 0; i < loop->options->slots; i++) {
		struct slot *slot = &loop->slots[i];

		if (slot->state == SLOT_FREE)
			continue;
		slot_give_up(slot);
		slot->broken = true;
		slot_end(slot);
	}
}

/* Returns 0, or -1 with err. */
static int
turn(struct loop *loop, struct strbuf *err)
{
	for (;;) {
		take_signals(loop);
		for (size_t i = 0; i < loop->options->slots; i++)
			move_slot(loop, &loop->slots[i]);
		if (publish(loop) > 0)
			continue;
		if (!is_active(loop))
			return 0;
		if (wait_for_something(loop, err) != 0) {
			end_slots(loop);
			return -1;
		}
	}
}

/*
 * Signals come in through the descriptor, between two steps and never in the middle of one.
 * What whoever started us has set to be ignored (nohup) stays ignored.
 */
static int
catch_signals(struct loop *loop, struct strbuf *err)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&signals, ends[i]);
	}
	loop->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return fail_errno(err, "cannot catch signals");
	return 0;
}

static void
init_slots(struct loop *loop)
{
	loop->slots = xcalloc(loop->options->slots, sizeof(*loop->slots));
	loop->appends = xcalloc(loop->options->slots, sizeof(*loop->appends));
	loop->publishers = xcalloc(loop->options->slots, sizeof(*loop->publishers));
	for (size_t i = 0; i < loop->options->slots; i++) {
		loop->slots[i] = (struct slot){
		    .loop = loop,
		    .workspace = loop->workspace,
		    .logs_fd = loop->logs_fd,
		    .actor = loop->options->actor,
		    .quiet = loop->options->quiet,
		};
	}
}

int
loop_run(const struct workspace *workspace, const struct loop_options *options, int *stopped_by,
    struct strbuf *err)
{
	struct loop loop = {.workspace = workspace, .options = options, .signal_fd = -1};
	sigset_t before;
	int ret = -1;

	sigprocmask(SIG_SETMASK, NULL, &before);
	loop.logs_fd = workspace_logs_fd(workspace, true);
	if (loop.logs_fd < 0) {
		fail_errno(err, "cannot open 'executor_logs'");
		goto out;
	}
	if (catch_signals(&loop, err) != 0)
		goto out;
	init_slots(&loop);
	ret = turn(&loop, err);
	*stopped_by = loop.stopped_by;
out:
	http_client_free(loop.http);
	free(loop.slots);
	free(loop.appends);
	free(loop.publishers);
	if (loop.logs_fd >= 0)
		close(loop.logs_fd);
	if (loop.signal_fd >= 0)
		close(loop.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret == 0 ? loop.code : -1;
}
