/* SPDX-License-Identifier: ISC */
/*
 * epoll, not poll: with poll each turn costs as much as there are descriptors, so that a thousand
 * calls, of which each wakes the loop alone, cost their square.  Timers are a heap.
 */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strbuf.h"

#define BATCH		  64 /* descriptors in one turn; the kernel takes the others next */
#define CHILD_PAUSE_MS	  20 /* between two looks at a child that has no pidfd */
#define CAPACITY_AT_FIRST 16

/* A watched descriptor; events are 0 when it is not watched. */
struct watch {
	unsigned events;
	uint32_t generation; /* differs from that of an earlier one with the same number */
	loop_fd_fn *fn;
	void *context;
};

struct loop {
	const struct clock *clock;
	int epoll_fd;
	struct watch *watches; /* by descriptor */
	size_t watch_capacity;
	uint32_t generation;	    /* of the latest watch */
	struct loop_timer **timers; /* a heap: the parent of place p is place p / 2 */
	size_t timer_count, timer_capacity;
	uint64_t timer_order; /* of the next timer */
	int64_t left;	      /* when the latest turn ended; 0: there was none */
	int64_t busy;
	bool failed;
	struct strbuf fault; /* of loop_fail() */
};

struct loop *
loop_new(const struct clock *clock, struct strbuf *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct loop *loop;

	if (fd < 0) {
		fail_errno(err, "cannot wait for events");
		return NULL;
	}
	loop = xcalloc(1, sizeof(*loop));
	loop->clock = clock == NULL ? &clock_system : clock;
	loop->epoll_fd = fd;
	strbuf_init(&loop->fault);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->epoll_fd);
	free(loop->watches);
	free(loop->timers);
	strbuf_release(&loop->fault);
	free(loop);
}

int64_t
loop_wall(const struct loop *loop)
{
	return loop->clock->wall(loop->clock->context);
}

int64_t
loop_monotonic(const struct loop *loop)
{
	return loop->clock->monotonic(loop->clock->context);
}

int64_t
loop_busy(const struct loop *loop)
{
	return loop->busy;
}

void
loop_fail(struct loop *loop, const char *fmt, ...)
{
	va_list args;

	if (loop->failed)
		return;
	loop->failed = true;
	va_start(args, fmt);
	strbuf_vaddf(&loop->fault, fmt, args);
	va_end(args);
}

/* NULL: it is not watched. */
static struct watch *
find_watch(const struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_capacity || loop->watches[fd].events == 0)
		return NULL;
	return &loop->watches[fd];
}

/*
 * The kernel forgets a descriptor that is closed.  One that was closed before it was removed, and
 * another with its number, are registered all the same.
 */
static int
register_fd(const struct loop *loop, int fd, const struct watch *watch, bool known)
{
	struct epoll_event event = {
	    .events = ((watch->events & LOOP_READ) != 0 ? EPOLLIN : 0U) |
		      ((watch->events & LOOP_WRITE) != 0 ? EPOLLOUT : 0U),
	    .data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd,
	};

	if (epoll_ctl(loop->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	if (errno == ENOENT && known)
		return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	if (errno == EEXIST && !known)
		return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	return -1;
}

static void
grow_watches(struct loop *loop, int fd)
{
	size_t capacity = loop->watch_capacity == 0 ? CAPACITY_AT_FIRST : loop->watch_capacity;

	while (capacity <= (size_t)fd)
		capacity *= 2;
	if (capacity == loop->watch_capacity)
		return;
	loop->watches = xreallocarray(loop->watches, capacity, sizeof(*loop->watches));
	memset(loop->watches + loop->watch_capacity, 0,
	    (capacity - loop->watch_capacity) * sizeof(*loop->watches));
	loop->watch_capacity = capacity;
}

int
loop_fd(
    struct loop *loop, int fd, unsigned events, loop_fd_fn *fn, void *context, struct strbuf *err)
{
	const struct watch *known = find_watch(loop, fd);
	struct watch watch = {.events = events, .fn = fn, .context = context};

	assert(fd >= 0 && events != 0);
	watch.generation = known != NULL ? known->generation : ++loop->generation;
	if ((known == NULL || known->events != events) &&
	    register_fd(loop, fd, &watch, known != NULL) != 0)
		return fail_errno(err, "cannot wait for a descriptor");
	grow_watches(loop, fd);
	loop->watches[fd] = watch;
	return 0;
}

void
loop_fd_remove(struct loop *loop, int fd)
{
	struct watch *watch = find_watch(loop, fd);
	struct epoll_event unused = {0}; /* kernels before 2.6.9 want one */

	if (watch == NULL)
		return;
	watch->events = 0;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, &unused);
}

static bool
is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void
put_timer(struct loop *loop, struct loop_timer *timer, size_t place)
{
	loop->timers[place - 1] = timer;
	timer->place = place;
}

/* Puts a timer where it belongs, beginning at a place that is free. */
static void
settle_timer(struct loop *loop, struct loop_timer *timer, size_t place)
{
	while (place > 1 && is_before(timer, loop->timers[place / 2 - 1])) {
		put_timer(loop, loop->timers[place / 2 - 1], place);
		place /= 2;
	}
	for (;;) {
		size_t child = 2 * place;

		if (child < loop->timer_count &&
		    is_before(loop->timers[child], loop->timers[child - 1]))
			child++;
		if (child > loop->timer_count || is_before(timer, loop->timers[child - 1]))
			break;
		put_timer(loop, loop->timers[child - 1], place);
		place = child;
	}
	put_timer(loop, timer, place);
}

void
loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
	size_t place = timer->place;
	struct loop_timer *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = loop->timers[--loop->timer_count];
	if (last != timer)
		settle_timer(loop, last, place);
}

void
loop_timer(
    struct loop *loop, struct loop_timer *timer, int64_t due, loop_timer_fn *fn, void *context)
{
	loop_timer_cancel(loop, timer);
	if (loop->timer_count == loop->timer_capacity) {
		loop->timer_capacity =
		    loop->timer_capacity == 0 ? CAPACITY_AT_FIRST : loop->timer_capacity * 2;
		loop->timers =
		    xreallocarray(loop->timers, loop->timer_capacity, sizeof(struct loop_timer *));
	}
	timer->due = due;
	timer->order = loop->timer_order++;
	timer->fn = fn;
	timer->context = context;
	settle_timer(loop, timer, ++loop->timer_count);
}

/* Reports the end of the child, if it has ended. */
static void
look_at_child(struct loop_child *child)
{
	loop_child_fn *fn = child->fn;
	void *context = child->context;
	pid_t pid = child->pid, ended;
	int status = -1;

	do
		ended = waitpid(pid, &status, WNOHANG);
	while (ended < 0 && errno == EINTR);
	if (ended == 0)
		return;
	loop_child_remove(child);
	fn(context, pid, ended < 0 ? -1 : status);
}

static void
child_ended(void *context, int fd, unsigned ready)
{
	(void)fd;
	(void)ready;
	look_at_child(context);
}

static void
poll_child(void *context)
{
	struct loop_child *child = context;

	loop_timer(child->loop, &child->poll, loop_monotonic(child->loop) + CHILD_PAUSE_MS,
	    poll_child, child);
	look_at_child(child);
}

/*
 * Where there is no pidfd (Linux before 5.3, a sandbox, no descriptor left) the child is looked at
 * again and again.  SIGCHLD would tell sooner, but would have to be blocked in the whole process,
 * and unblocked again in each child.
 */
void
loop_child(struct loop *loop, struct loop_child *child, pid_t pid, loop_child_fn *fn, void *context)
{
	*child = (struct loop_child){.pid = pid, .loop = loop, .fn = fn, .context = context};
	child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0U); /* close-on-exec by itself */
	if (child->pidfd < 0 ||
	    loop_fd(loop, child->pidfd, LOOP_READ, child_ended, child, NULL) != 0)
		loop_timer(loop, &child->poll, loop_monotonic(loop), poll_child, child);
}

void
loop_child_remove(struct loop_child *child)
{
	if (child->pid == 0)
		return;
	child->pid = 0;
	loop_timer_cancel(child->loop, &child->poll);
	if (child->pidfd >= 0) {
		loop_fd_remove(child->loop, child->pidfd);
		close(child->pidfd);
	}
}

/* Waits.  Returns how many events there are; -1: errno. */
static int
wait_for_events(const struct loop *loop, struct epoll_event *events, int64_t timeout_ms)
{
	bool skips;
	int count;

	if (loop->timer_count > 0) {
		int64_t left = loop->timers[0]->due - loop_monotonic(loop);

		left = left < 0 ? 0 : left;
		timeout_ms = timeout_ms < 0 || left < timeout_ms ? left : timeout_ms;
	}
	timeout_ms = timeout_ms < 0 ? -1 : timeout_ms > INT_MAX ? INT_MAX : timeout_ms;
	skips = loop->clock->skip != NULL && timeout_ms > 0;
	count = epoll_wait(loop->epoll_fd, events, BATCH, skips ? 0 : (int)timeout_ms);
	if (count == 0 && skips)
		loop->clock->skip(loop->clock->context, timeout_ms);
	return count;
}

static void
call_for_fd(const struct loop *loop, const struct epoll_event *event)
{
	int fd = (int)(event->data.u64 & UINT32_MAX);
	const struct watch *watch = find_watch(loop, fd);
	unsigned ready;

	if (watch == NULL || watch->generation != (uint32_t)(event->data.u64 >> 32))
		return;
	ready = ((event->events & EPOLLIN) != 0 ? LOOP_READ : 0U) |
		((event->events & EPOLLOUT) != 0 ? LOOP_WRITE : 0U);
	if ((event->events & (EPOLLERR | EPOLLHUP)) != 0)
		ready = LOOP_READ | LOOP_WRITE;
	ready &= watch->events; /* they may have changed in this turn */
	if (ready != 0)
		watch->fn(watch->context, fd, ready);
}

/* Calls the timers that are due.  Those that are set meanwhile wait: they could go on for ever. */
static void
call_timers(struct loop *loop)
{
	int64_t now = loop_monotonic(loop);
	uint64_t end = loop->timer_order;

	while (loop->timer_count > 0) {
		struct loop_timer *timer = loop->timers[0];

		if (timer->due > now || timer->order >= end)
			return;
		loop_timer_cancel(loop, timer);
		timer->fn(timer->context);
	}
}

int
loop_turn(struct loop *loop, int64_t timeout_ms, struct strbuf *err)
{
	struct epoll_event events[BATCH];
	int count;

	if (loop->left != 0)
		loop->busy += loop_monotonic(loop) - loop->left;
	count = wait_for_events(loop, events, timeout_ms);
	if (count < 0 && errno != EINTR)
		return fail_errno(err, "cannot wait for events");
	for (int i = 0; i < count; i++)
		call_for_fd(loop, &events[i]);
	call_timers(loop);
	loop->left = loop_monotonic(loop);
	if (!loop->failed)
		return 0;
	fail(err, "%s", loop->fault.buf);
	strbuf_reset(&loop->fault);
	loop->failed = false;
	return -1;
}
