/* SPDX-License-Identifier: ISC */
#include "run/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/message.h"
#include "model/exit-code.h"
#include "http/http.h"
#include "run/slot.h"
#include "workspace/workspace.h"

struct runner {
	const struct workspace *workspace;
	const struct runner_options *options;
	size_t next; /* of options->ids, to be begun */
	struct slot *slots;
	struct store_append *appends; /* room for one a slot */
	struct slot **publishers;     /* whose appends they are */
	struct http_client *http;     /* NULL until it is needed */
	int signal_fd;
	int stopped_by;	   /* the first signal; nothing new is begun after it */
	size_t code_index; /* the first request, in order, that did not go well */
	int code;
};

struct http_client *
runner_http(struct runner *runner, struct strbuf *err)
{
	if (runner->http == NULL)
		runner->http = http_client_new(err);
	return runner->http;
}

static void
note_code(struct runner *runner, const struct slot *slot)
{
	if (slot->code != CODE_DONE &&
	    (runner->code == CODE_DONE || slot->index < runner->code_index)) {
		runner->code = slot->code;
		runner->code_index = slot->index;
	}
}

static void
fill_slot(struct runner *runner, struct slot *slot)
{
	slot->index = runner->next;
	slot_begin(slot, runner->options->ids[runner->next++], runner->options->skip_busy);
}

/* Moves one slot as far as it goes by itself. */
static void
move_slot(struct runner *runner, struct slot *slot)
{
	for (;;) {
		switch (slot->state) {
		case SLOT_FREE:
			if (runner->next == runner->options->count || runner->stopped_by != 0)
				return;
			fill_slot(runner, slot);
			break;
		case SLOT_DECIDING:
			if (runner->stopped_by != 0)
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
			if (clock_now() < slot->wake && runner->stopped_by == 0)
				return;
			slot->state = SLOT_DECIDING;
			break;
		case SLOT_ENDED:
			if (!slot_end(slot))
				note_code(runner, slot);
			break;
		case SLOT_PUBLISHING:
			return;
		}
	}
}

/* Publishes what all slots have ready.  Returns how many there were. */
static size_t
publish(struct runner *runner)
{
	size_t count = 0;

	for (size_t i = 0; i < runner->options->slots; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->state != SLOT_PUBLISHING)
			continue;
		runner->appends[count] = (struct store_append){
		    .request = &slot->request, .event = &slot->event, .err = STRBUF_INIT};
		runner->publishers[count++] = slot;
	}
	if (count > 0)
		store_append_batch(workspace_store(runner->workspace), runner->appends, count);
	for (size_t i = 0; i < count; i++) {
		slot_published(
		    runner->publishers[i], runner->appends[i].result, runner->appends[i].err.buf);
		strbuf_release(&runner->appends[i].err);
	}
	return count;
}

/* A second signal does not wait for the calls that are under way. */
static void
take_signals(struct runner *runner)
{
	struct signalfd_siginfo info;

	while (read(runner->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		size_t executing = 0;

		for (size_t i = 0; i < runner->options->slots; i++) {
			if (runner->slots[i].state == SLOT_EXECUTING) {
				executing++;
				if (runner->stopped_by != 0)
					slot_give_up(&runner->slots[i]);
			}
		}
		if (runner->stopped_by == 0 && executing > 0)
			message(
			    "svcreq: stopping when %zu call%s ended (once more: give up at once)",
			    executing, executing == 1 ? " has" : "s have");
		runner->stopped_by = (int)info.ssi_signo;
	}
}

/* How long nothing happens by itself; -1: for ever. */
static int64_t
time_to_wait(const struct runner *runner)
{
	int64_t now = clock_now(), least = -1;

	for (size_t i = 0; i < runner->options->slots; i++) {
		const struct slot *slot = &runner->slots[i];
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
wait_for_something(struct runner *runner, struct strbuf *err)
{
	struct pollfd pollfd = {.fd = runner->signal_fd, .events = POLLIN};
	int64_t timeout = time_to_wait(runner);

	if (timeout < 0 || timeout > 60000)
		timeout = 60000;
	if (runner->http != NULL)
		return http_client_run(runner->http, &runner->signal_fd, 1, timeout, err);
	if (poll(&pollfd, 1, (int)timeout) < 0 && errno != EINTR)
		return fail_errno(err, "cannot wait for events");
	return 0;
}

static bool
is_active(const struct runner *runner)
{
	for (size_t i = 0; i < runner->options->slots; i++) {
		if (runner->slots[i].state != SLOT_FREE)
			return true;
	}
	return false;
}

/* Ends all that is under way where it is: the program cannot go on. */
static void
end_slots(struct runner *runner)
{
	for (size_t i = 0; i < runner->options->slots; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->state == SLOT_FREE)
			continue;
		slot_give_up(slot);
		slot->broken = true;
		slot_end(slot);
	}
}

/* Returns 0, or -1 with err. */
static int
turn(struct runner *runner, struct strbuf *err)
{
	for (;;) {
		take_signals(runner);
		for (size_t i = 0; i < runner->options->slots; i++)
			move_slot(runner, &runner->slots[i]);
		if (publish(runner) > 0)
			continue;
		if (!is_active(runner))
			return 0;
		if (wait_for_something(runner, err) != 0) {
			end_slots(runner);
			return -1;
		}
	}
}

/*
 * Signals come in through the descriptor, between two steps and never in the middle of one.
 * What whoever started us has set to be ignored (nohup) stays ignored.
 */
static int
catch_signals(struct runner *runner, struct strbuf *err)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&signals, ends[i]);
	}
	runner->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (runner->signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return fail_errno(err, "cannot catch signals");
	return 0;
}

static void
init_slots(struct runner *runner)
{
	runner->slots = xcalloc(runner->options->slots, sizeof(*runner->slots));
	runner->appends = xcalloc(runner->options->slots, sizeof(*runner->appends));
	runner->publishers = xcalloc(runner->options->slots, sizeof(*runner->publishers));
	for (size_t i = 0; i < runner->options->slots; i++) {
		runner->slots[i] = (struct slot){
		    .runner = runner,
		    .workspace = runner->workspace,
		    .actor = runner->options->actor,
		    .quiet = runner->options->quiet,
		};
	}
}

int
runner_run(const struct workspace *workspace, const struct runner_options *options, int *stopped_by,
    struct strbuf *err)
{
	struct runner runner = {.workspace = workspace, .options = options, .signal_fd = -1};
	sigset_t before;
	int ret = -1;

	sigprocmask(SIG_SETMASK, NULL, &before);
	if (catch_signals(&runner, err) != 0)
		goto out;
	init_slots(&runner);
	ret = turn(&runner, err);
	*stopped_by = runner.stopped_by;
out:
	http_client_free(runner.http);
	free(runner.slots);
	free(runner.appends);
	free(runner.publishers);
	if (runner.signal_fd >= 0)
		close(runner.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret == 0 ? runner.code : -1;
}
