/* SPDX-License-Identifier: ISC */
#include "run/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/message.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "http/http.h"
#include "run/slot.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

/*
 * The most that a slot has open at a time: its log, the room for its outcome, the folder of the
 * request, and two sockets and what looks up the name, or the file of an event.
 */
#define SLOT_DESCRIPTORS 6
/* What all slots share: the folder of logs, libcurl's own, and files and folders that are read. */
#define SHARED_DESCRIPTORS 5
/* The folders and locks of the store's committer, which more than one slot have. */
#define COMMITTER_DESCRIPTORS 9

#define RESULTS_LOOK_MS 1000

struct runner {
	const struct runner_options *options;
	struct slot_shared shared;
	size_t next; /* of options->ids, to be begun */
	struct slot *slots;
	size_t slot_count;
	struct store_append **appends; /* one for each slot, while they are handed over */
	size_t committing;	       /* slots whose events are being committed */
	int results_fd;		       /* tells of their results; -1: nothing is waited for */
	int signal_fd;
	int stop;	       /* a signal to stop by, when nothing is being committed; 0: none */
	struct runner_end end; /* nothing new is begun when stopped_by is set */
	size_t code_index;     /* the request that end.code is of */
};

static void
note_code(struct runner *runner, const struct slot *slot)
{
	struct runner_end *end = &runner->end;

	if (slot->end.code != CODE_DONE &&
	    (end->code == CODE_DONE || slot->index < runner->code_index)) {
		end->code = slot->end.code;
		runner->code_index = slot->index;
	}
}

static void
fill_slot(struct runner *runner, struct slot *slot)
{
	slot->index = runner->next;
	slot_begin(slot, runner->options->ids[runner->next++]);
}

/* Moves one slot as far as it goes by itself. */
static void
move_slot(struct runner *runner, struct slot *slot)
{
	bool stopped = runner->end.stopped_by != 0;

	for (;;) {
		switch (slot->state) {
		case SLOT_FREE:
			if (runner->next == runner->options->count || stopped)
				return;
			fill_slot(runner, slot);
			break;
		case SLOT_DECIDING:
			if (stopped)
				slot_give_up(slot);
			else
				slot_decide(slot);
			break;
		case SLOT_EXECUTING:
			if (!slot->attempt.run.finished) {
				log_flush(slot->attempt.run.log);
				return;
			}
			slot_finish_run(slot);
			break;
		case SLOT_HELD:
			if (!stopped || slot->publishing == SLOT_OUTCOME)
				return;
			slot_give_up(slot);
			break;
		case SLOT_SLEEPING:
			if (!stopped)
				return;
			slot_give_up(slot);
			break;
		case SLOT_ENDED:
			if (!slot_close(slot))
				note_code(runner, slot);
			break;
		case SLOT_PUBLISHING:
		case SLOT_COMMITTING:
			return;
		}
	}
}

/* Whether the outcome of what is announced would find room; else the slot has ended. */
static bool
has_room(struct runner *runner, struct slot *slot)
{
	struct strbuf err = STRBUF_INIT;
	bool room =
	    slot->publishing != SLOT_INTENT ||
	    store_reserve(workspace_store(runner->shared.workspace), runner->slot_count, &err) == 0;

	if (!room)
		slot_published(slot, STORE_ERROR, err.buf);
	strbuf_release(&err);
	return room;
}

/* What has been committed goes on. */
static void
collect(struct runner *runner, bool wait)
{
	struct store *store = workspace_store(runner->shared.workspace);
	const struct store_append *append;

	while ((append = store_append_collect(store, wait)) != NULL) {
		runner->committing--;
		slot_committed(append->context);
	}
}

/* It ends the turn, after which results are collected. */
static void
wake(void *context, int fd, unsigned ready)
{
	(void)context;
	(void)fd;
	(void)ready;
}

/* Hands over what is published, to be committed while the loop goes on. */
static int
hand_over(struct runner *runner, size_t count, struct strbuf *err)
{
	struct store *store = workspace_store(runner->shared.workspace);
	int fd;

	runner->committing += count;
	store_append_begin(store, runner->appends, count);
	fd = store_append_fd(store);
	if (fd < 0 || runner->results_fd >= 0)
		return 0;
	runner->results_fd = fd;
	return loop_fd(runner->shared.tools.loop, fd, LOOP_READ, wake, NULL, err);
}

/* Where nothing else is under way, nothing is gained by another thread. */
static void
publish_alone(struct runner *runner, struct slot *slot)
{
	struct store_append *append = slot_commit(slot);

	store_append_group(workspace_store(runner->shared.workspace), append, 1);
	slot_committed(slot);
}

static size_t
count_active(const struct runner *runner)
{
	size_t count = 0;

	for (size_t i = 0; i < runner->slot_count; i++)
		count += runner->slots[i].state != SLOT_FREE;
	return count;
}

/*
 * Publishes what all slots have ready.  Returns 0 with whether some of them can go on at once, or
 * -1 with err.
 */
static int
publish(struct runner *runner, bool *go_on, struct strbuf *err)
{
	bool alone = count_active(runner) == 1;
	size_t count = 0;

	*go_on = false;
	for (size_t i = 0; i < runner->slot_count && runner->stop == 0; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->state != SLOT_PUBLISHING)
			continue;
		if (has_room(runner, slot) && !alone)
			runner->appends[count++] = slot_commit(slot);
		else if (slot->state == SLOT_PUBLISHING)
			publish_alone(runner, slot);
		*go_on = *go_on || slot->state != SLOT_COMMITTING;
	}
	if (count > 0 && hand_over(runner, count, err) != 0)
		return -1;
	if (count > 0 && runner->results_fd < 0)
		*go_on = true; /* all results are there */
	return 0;
}

static bool
is_stop(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* Nothing is being committed: no lock is held that others wait for. */
static void
stop_here(int number)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number); /* blocked: it comes when it is let through */
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	sigprocmask(SIG_BLOCK, &only, NULL);
}

/* Whether it has a call that is under way, announced, or not recorded yet. */
static bool
has_call(const struct slot *slot)
{
	return slot->state == SLOT_EXECUTING || slot->state == SLOT_HELD ||
	       (slot->state == SLOT_COMMITTING && slot->publishing != SLOT_DECISION);
}

/* A second signal does not wait for the calls that are under way. */
static void
take_signals(void *context, int fd, unsigned ready)
{
	struct runner *runner = context;
	struct runner_end *end = &runner->end;
	struct signalfd_siginfo info;

	(void)ready;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		size_t executing = 0;

		if (is_stop((int)info.ssi_signo)) {
			runner->stop = (int)info.ssi_signo;
			continue;
		}
		for (size_t i = 0; i < runner->slot_count; i++) {
			if (has_call(&runner->slots[i])) {
				executing++;
				if (end->stopped_by != 0)
					slot_give_up(&runner->slots[i]);
			}
		}
		runner->shared.gives_up = end->stopped_by != 0;
		if (end->stopped_by == 0 && executing > 0)
			message(
			    "svcreq: stopping when %zu call%s ended (once more: give up at once)",
			    executing, executing == 1 ? " has" : "s have");
		end->stopped_by = (int)info.ssi_signo;
	}
}

/*
 * Ends every slot at once, because the program cannot continue.  What is known of calls by now is
 * recorded, if that is possible at once.
 */
static void
end_slots(struct runner *runner)
{
	for (size_t i = 0; i < runner->slot_count; i++) {
		if (runner->slots[i].state != SLOT_FREE)
			slot_give_up(&runner->slots[i]);
	}
	collect(runner, true);
	for (size_t i = 0; i < runner->slot_count; i++) {
		if (runner->slots[i].state == SLOT_PUBLISHING)
			publish_alone(runner, &runner->slots[i]);
	}
	for (size_t i = 0; i < runner->slot_count; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->state == SLOT_FREE)
			continue;
		slot_give_up(slot);
		slot->end.broken = true;
		slot_close(slot);
	}
}

/* How long a turn may wait.  Nothing hangs for ever, should nobody tell of a result. */
static int64_t
patience(const struct runner *runner, bool go_on)
{
	if (go_on)
		return 0;
	return runner->committing > 0 ? RESULTS_LOOK_MS : -1;
}

/* Advances until no slot is in use.  Returns 0, or -1 with err. */
static int
advance(struct runner *runner, struct strbuf *err)
{
	/* lets signals and calls in between, however much there is to publish */
	bool go_on = true;

	while (loop_turn(runner->shared.tools.loop, patience(runner, go_on), err) == 0) {
		if (runner->committing > 0)
			collect(runner, false);
		if (runner->stop != 0 && runner->committing == 0) {
			stop_here(runner->stop);
			runner->stop = 0;
		}
		for (size_t i = 0; i < runner->slot_count; i++)
			move_slot(runner, &runner->slots[i]);
		if (publish(runner, &go_on, err) != 0)
			break;
		if (!go_on && count_active(runner) == 0)
			return 0;
	}
	end_slots(runner);
	return -1;
}

/*
 * Signals come in through the descriptor, between two steps and never in the middle of one.
 * A signal that our parent has set to be ignored (nohup) stays ignored.
 */
static int
catch_signals(struct runner *runner, struct strbuf *err)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU};
	struct sigaction action;
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		if (sigaction(caught[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&signals, caught[i]);
	}
	runner->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (runner->signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return fail_errno(err, "cannot catch signals");
	return loop_fd(
	    runner->shared.tools.loop, runner->signal_fd, LOOP_READ, take_signals, runner, err);
}

/*
 * As many as are asked for, or fewer: a call is announced only where the descriptors are there that
 * its outcome needs.  Returns 0, or -1 with err: there is no room for one.
 */
static int
init_slots(struct runner *runner, struct strbuf *err)
{
	size_t wanted =
	    runner->options->slots * SLOT_DESCRIPTORS + SHARED_DESCRIPTORS + COMMITTER_DESCRIPTORS;
	size_t got = runner->options->dry_run ? wanted : process_free_descriptors(wanted);
	size_t count;

	if (got < SLOT_DESCRIPTORS + SHARED_DESCRIPTORS)
		return fail(err,
		    "too few files can be opened: %d more are needed (see 'ulimit -n')",
		    SLOT_DESCRIPTORS + SHARED_DESCRIPTORS - (int)got);
	count = got < SHARED_DESCRIPTORS + COMMITTER_DESCRIPTORS
		    ? 1
		    : (got - SHARED_DESCRIPTORS - COMMITTER_DESCRIPTORS) / SLOT_DESCRIPTORS;
	count = count == 0 ? 1 : count;
	runner->slot_count = count;
	runner->slots = xcalloc(count, sizeof(*runner->slots));
	runner->appends = xcalloc(count, sizeof(struct store_append *));
	for (size_t i = 0; i < count; i++)
		runner->slots[i].shared = &runner->shared;
	return 0;
}

int
runner_run(const struct workspace *workspace, const struct runner_options *options,
    struct runner_end *out, struct strbuf *err)
{
	struct runner runner = {
	    .options = options,
	    .shared = {.workspace = workspace,
		.actor = options->actor,
		.skip_busy = options->skip_busy,
		.quiet = options->quiet,
		.dry_run = options->dry_run},
	    .results_fd = -1,
	    .signal_fd = -1,
	};
	struct step_tools *tools = &runner.shared.tools;
	sigset_t before;
	int ret = -1;

	sigprocmask(SIG_SETMASK, NULL, &before);
	tools->loop = loop_new(NULL, err);
	/* a dry run has nothing to bring to an end: a signal ends it at once */
	if (tools->loop == NULL || (!options->dry_run && catch_signals(&runner, err) != 0))
		goto out;
	store_never_wait(workspace_store(workspace));
	if (init_slots(&runner, err) != 0)
		goto out;
	ret = advance(&runner, err);
	*out = runner.end;
out:
	http_client_free(tools->http);
	free(runner.slots);
	free(runner.appends);
	loop_free(tools->loop);
	if (runner.signal_fd >= 0)
		close(runner.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}
