/* SPDX-License-Identifier: ISC */
/* The event loop, with real pipes, children and timers, and with a clock that a test sets. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/strbuf.h"

#define LONG_MS 60000 /* a wait that something else ends */

static struct loop *loop;

/* What a function was called with, and what it does then. */
struct note {
	int calls;
	int fd;
	unsigned ready;
	struct note *removes; /* whose descriptor it removes */
	int removed_fd;
};

static int
set_up(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	loop = loop_new(NULL, &err);
	assert_non_null(loop);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
turn(int64_t timeout_ms)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(loop_turn(loop, timeout_ms, &err), 0);
	assert_string_equal(err.buf, "");
}

/* Turns until *count is wanted: the test program itself is ended when that never comes. */
static void
turn_until(const int *count, int wanted)
{
	while (*count < wanted)
		turn(-1);
	assert_int_equal(*count, wanted);
}

static void
on_fd(void *context, int fd, unsigned ready)
{
	struct note *note = context;

	note->calls++;
	note->fd = fd;
	note->ready = ready;
	if (note->removes != NULL)
		loop_fd_remove(loop, note->removed_fd);
}

static void
watch(int fd, unsigned events, struct note *note)
{
	assert_int_equal(loop_fd(loop, fd, events, on_fd, note, NULL), 0);
}

static void
make_pipe(int fds[2])
{
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
}

static void
close_pipe(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void
put_byte(int fd)
{
	assert_int_equal(write(fd, "x", 1), 1);
}

static void
a_descriptor_is_reported_as_long_as_it_is_ready(void **state)
{
	struct note note = {0};
	char byte;
	int fds[2];

	(void)state;
	make_pipe(fds);
	watch(fds[0], LOOP_READ, &note);
	turn(0);
	assert_int_equal(note.calls, 0);
	put_byte(fds[1]);
	turn(LONG_MS);
	turn(LONG_MS);
	assert_int_equal(note.calls, 2);
	assert_int_equal(note.fd, fds[0]);
	assert_int_equal(note.ready, LOOP_READ);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	turn(0);
	assert_int_equal(note.calls, 2);
	loop_fd_remove(loop, fds[0]);
	close_pipe(fds);
}

static void
what_a_descriptor_is_watched_for_can_be_changed(void **state)
{
	struct note note = {0}, other = {0};
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	watch(fds[0], LOOP_READ, &note);
	turn(0);
	assert_int_equal(note.calls, 0);
	watch(fds[0], LOOP_WRITE, &note);
	turn(LONG_MS);
	assert_int_equal(note.ready, LOOP_WRITE);
	put_byte(fds[1]);
	watch(fds[0], LOOP_READ | LOOP_WRITE, &other);
	turn(LONG_MS);
	assert_int_equal(note.calls, 1);
	assert_int_equal(other.ready, LOOP_READ | LOOP_WRITE);
	loop_fd_remove(loop, fds[0]);
	loop_fd_remove(loop, fds[0]); /* does nothing, like the next */
	loop_fd_remove(loop, 12345);
	turn(0);
	assert_int_equal(other.calls, 1);
	close_pipe(fds);
}

static void
a_hang_up_is_reported_as_what_was_asked_for(void **state)
{
	struct note reader = {0}, writer = {0};
	int first[2], second[2];

	(void)state;
	make_pipe(first);
	make_pipe(second);
	close(first[1]);
	close(second[0]);
	watch(first[0], LOOP_READ, &reader);
	watch(second[1], LOOP_WRITE, &writer);
	turn(LONG_MS);
	assert_int_equal(reader.ready, LOOP_READ);
	assert_int_equal(writer.ready, LOOP_WRITE);
	close(first[0]);
	close(second[1]);
}

static void
what_one_function_removes_is_not_reported_any_more(void **state)
{
	struct note notes[2] = {0};
	int first[2], second[2];

	(void)state;
	make_pipe(first);
	make_pipe(second);
	notes[0].removes = &notes[1];
	notes[0].removed_fd = second[0];
	notes[1].removes = &notes[0];
	notes[1].removed_fd = first[0];
	watch(first[0], LOOP_READ, &notes[0]);
	watch(second[0], LOOP_READ, &notes[1]);
	put_byte(first[1]);
	put_byte(second[1]);
	turn(LONG_MS);
	assert_int_equal(notes[0].calls + notes[1].calls, 1);
	turn(LONG_MS);
	assert_int_equal(notes[0].calls + notes[1].calls, 2);
	close_pipe(first);
	close_pipe(second);
}

static void
a_function_may_remove_itself(void **state)
{
	struct note note = {0};
	int fds[2];

	(void)state;
	make_pipe(fds);
	note.removes = &note;
	note.removed_fd = fds[0];
	watch(fds[0], LOOP_READ, &note);
	put_byte(fds[1]);
	turn(LONG_MS);
	turn(0);
	assert_int_equal(note.calls, 1);
	close_pipe(fds);
}

/* Two pipes that are ready.  The first to be called gives the number of the other to a third. */
struct swap {
	int fds[2];
	int calls;
	struct note third;
};

static void
swap_other(void *context, int fd, unsigned ready)
{
	struct swap *swap = context;
	int other = fd == swap->fds[0] ? swap->fds[1] : swap->fds[0];
	int fresh[2];

	(void)ready;
	if (swap->calls++ > 0)
		return;
	make_pipe(fresh);
	put_byte(fresh[1]);
	loop_fd_remove(loop, other);
	assert_int_equal(dup2(fresh[0], other), other);
	watch(other, LOOP_READ, &swap->third);
	close_pipe(fresh);
}

static void
a_number_that_is_used_again_is_not_taken_for_the_earlier_one(void **state)
{
	struct swap swap = {0};
	int first[2], second[2];

	(void)state;
	make_pipe(first);
	make_pipe(second);
	swap.fds[0] = first[0];
	swap.fds[1] = second[0];
	put_byte(first[1]);
	put_byte(second[1]);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(loop_fd(loop, swap.fds[i], LOOP_READ, swap_other, &swap, NULL), 0);
	turn(LONG_MS);
	assert_int_equal(swap.calls, 1);
	assert_int_equal(swap.third.calls, 0);
	turn(LONG_MS);
	assert_int_equal(swap.third.calls, 1);
	close_pipe(first);
	close_pipe(second);
}

static void
a_descriptor_that_was_closed_too_early_does_no_harm(void **state)
{
	struct note old = {0}, fresh = {0};
	int fds[2], again[2];

	(void)state;
	make_pipe(fds);
	watch(fds[0], LOOP_READ, &old);
	close_pipe(fds);
	make_pipe(again);
	assert_int_equal(again[0], fds[0]);
	watch(again[0], LOOP_READ | LOOP_WRITE, &fresh);
	put_byte(again[1]);
	turn(LONG_MS);
	assert_int_equal(old.calls, 0);
	assert_int_equal(fresh.calls, 1);
	close_pipe(again);
}

static void
a_regular_file_cannot_be_watched(void **state)
{
	struct strbuf err = STRBUF_INIT;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct note note = {0};

	(void)state;
	assert_int_equal(loop_fd(loop, fd, LOOP_READ, on_fd, &note, &err), -1);
	assert_string_equal(err.buf, "cannot wait for a descriptor: Operation not permitted");
	loop_fd_remove(loop, fd);
	turn(0);
	assert_int_equal(note.calls, 0);
	close(fd);
	strbuf_release(&err);
}

#define MANY 300

static void
of_many_that_are_ready_each_gets_its_turn(void **state)
{
	static struct note notes[MANY];
	static int fds[MANY][2];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		make_pipe(fds[i]);
		put_byte(fds[i][1]);
		notes[i].removes = &notes[i];
		notes[i].removed_fd = fds[i][0];
		watch(fds[i][0], LOOP_READ, &notes[i]);
	}
	for (size_t i = 0; i < MANY; i++)
		turn(0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(notes[i].calls, 1);
		close_pipe(fds[i]);
	}
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
a_signal_ends_the_wait(void **state)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	/* again and again: one could come before the wait */
	const struct itimerval timer = {.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000},
			       none = {0};

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	turn(-1); /* for ever, but for the signal */
	setitimer(ITIMER_REAL, &none, NULL);
}

static void
fail_loop(void *context, int fd, unsigned ready)
{
	(void)context;
	(void)ready;
	loop_fail(loop, "descriptor %d is no good", fd);
	loop_fail(loop, "and what comes of that");
	loop_fd_remove(loop, fd);
}

static void
a_function_can_make_the_turn_fail(void **state)
{
	struct strbuf err = STRBUF_INIT, wanted = STRBUF_INIT;
	int fds[2];

	(void)state;
	make_pipe(fds);
	put_byte(fds[1]);
	assert_int_equal(loop_fd(loop, fds[0], LOOP_READ, fail_loop, NULL, NULL), 0);
	assert_int_equal(loop_turn(loop, LONG_MS, &err), -1);
	strbuf_addf(&wanted, "descriptor %d is no good", fds[0]);
	assert_string_equal(err.buf, wanted.buf);
	turn(0);
	close_pipe(fds);
	strbuf_release(&wanted);
	strbuf_release(&err);
}

/* Timers that write down in which order they are called. */
struct calls {
	struct calls *next; /* set by the function; NULL: none */
	struct calls *cancels;
	struct loop_timer timer;
	int64_t next_due;
	int number;
};

static int called[64];
static int called_count;

static void
on_timer(void *context)
{
	struct calls *self = context;

	if ((size_t)called_count < sizeof(called) / sizeof(called[0]))
		called[called_count] = self->number;
	called_count++;
	if (self->next != NULL)
		loop_timer(loop, &self->next->timer, self->next_due, on_timer, self->next);
	if (self->cancels != NULL)
		loop_timer_cancel(loop, &self->cancels->timer);
}

static void
set_timer(struct calls *calls, int64_t due)
{
	loop_timer(loop, &calls->timer, due, on_timer, calls);
}

static int
set_up_timers(void **state)
{
	called_count = 0;
	return set_up(state);
}

static void
a_timer_is_not_called_before_its_time(void **state)
{
	struct calls calls = {.number = 1};
	int64_t start = loop_monotonic(loop);

	(void)state;
	set_timer(&calls, start + 60);
	turn(0);
	assert_int_equal(called_count, 0);
	turn_until(&called_count, 1);
	assert_true(loop_monotonic(loop) >= start + 60);
	turn(1);
	assert_int_equal(called_count, 1);
}

static void
a_turn_waits_no_longer_than_it_was_told(void **state)
{
	struct calls calls = {.number = 1};
	int64_t start = loop_monotonic(loop);

	(void)state;
	set_timer(&calls, start + 1000 * (int64_t)LONG_MS);
	turn(20);
	assert_in_range(loop_monotonic(loop) - start, 20, LONG_MS);
	assert_int_equal(called_count, 0);
	loop_timer_cancel(loop, &calls.timer);
}

static void
timers_are_called_in_the_order_of_their_times(void **state)
{
	struct calls calls[5] = {
	    {.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
	static const int order[] = {3, 1, 0, 2};
	int64_t now = loop_monotonic(loop);

	(void)state;
	set_timer(&calls[0], now - 10);
	set_timer(&calls[1], now - 20);
	set_timer(&calls[2], now - 10);
	set_timer(&calls[4], now - 50);
	set_timer(&calls[3], now);
	set_timer(&calls[3], now - 30); /* anew */
	loop_timer_cancel(loop, &calls[4].timer);
	loop_timer_cancel(loop, &calls[4].timer);
	turn(LONG_MS);
	assert_int_equal(called_count, 4);
	assert_memory_equal(called, order, sizeof(order));
}

/* Were it called in the same turn, one that sets itself would never let the loop go. */
static void
a_timer_that_a_timer_sets_is_called_in_the_next_turn(void **state)
{
	struct calls calls = {.number = 1};

	(void)state;
	calls.next = &calls;
	set_timer(&calls, 0);
	for (int i = 1; i <= 3; i++) {
		turn(LONG_MS);
		assert_int_equal(called_count, i);
	}
	loop_timer_cancel(loop, &calls.timer);
	turn(0);
	assert_int_equal(called_count, 3);
}

static void
a_timer_can_cancel_one_that_is_due(void **state)
{
	struct calls calls[2] = {{.number = 0}, {.number = 1}};

	(void)state;
	calls[0].cancels = &calls[1];
	set_timer(&calls[0], 0);
	set_timer(&calls[1], 1);
	turn(LONG_MS);
	turn(0);
	assert_int_equal(called_count, 1);
}

/* Time that only a test moves. */
struct fake_time {
	int64_t monotonic;
	int64_t wall;
	int skips;
};

static int64_t
fake_wall(void *context)
{
	return ((const struct fake_time *)context)->wall;
}

static int64_t
fake_monotonic(void *context)
{
	return ((const struct fake_time *)context)->monotonic;
}

static void
fake_skip(void *context, int64_t ms)
{
	struct fake_time *time = context;

	time->monotonic += ms;
	time->wall += ms;
	time->skips++;
}

static void
a_clock_of_a_test_decides_when_a_timer_is_due(void **state)
{
	struct fake_time time = {.monotonic = 1000, .wall = 5};
	const struct clock clock = {
	    .wall = fake_wall, .monotonic = fake_monotonic, .context = &time};
	struct calls calls = {.number = 1};

	(void)state;
	loop_free(loop);
	loop = loop_new(&clock, NULL);
	assert_int_equal(loop_wall(loop), 5);
	assert_int_equal(loop_monotonic(loop), 1000);
	set_timer(&calls, 2000);
	time.monotonic = 1999;
	turn(0);
	assert_int_equal(called_count, 0);
	time.monotonic = 2000;
	turn(LONG_MS);
	assert_int_equal(called_count, 1);
}

static void
time_that_is_not_real_is_skipped(void **state)
{
	struct fake_time time = {.monotonic = 1000};
	const struct clock clock = {
	    .wall = fake_wall, .monotonic = fake_monotonic, .skip = fake_skip, .context = &time};
	struct calls calls = {.number = 1};
	struct note note = {0};
	int fds[2];

	(void)state;
	loop_free(loop);
	loop = loop_new(&clock, NULL);
	make_pipe(fds);
	watch(fds[0], LOOP_READ, &note);
	set_timer(&calls, 1000 + 3600000);
	turn(-1);
	assert_int_equal(called_count, 1);
	assert_int_equal(time.monotonic, 1000 + 3600000);
	put_byte(fds[1]);
	set_timer(&calls, time.monotonic + 5);
	turn(-1); /* the descriptor is ready: no time passes */
	assert_int_equal(note.calls, 1);
	assert_int_equal(time.skips, 1);
	close_pipe(fds);
}

#define TIMERS 2000

static int64_t latest_due;
static int due_count;

static void
check_order(void *context)
{
	const struct loop_timer *timer = context;

	assert_true(timer->due >= latest_due);
	latest_due = timer->due;
	due_count++;
}

static void
many_timers_keep_their_order_whatever_is_cancelled(void **state)
{
	static struct loop_timer timers[TIMERS];
	struct fake_time time = {0};
	const struct clock clock = {
	    .wall = fake_wall, .monotonic = fake_monotonic, .context = &time};
	int wanted = 0;

	(void)state;
	loop_free(loop);
	loop = loop_new(&clock, NULL);
	srandom(7);
	for (size_t i = 0; i < 5 * (size_t)TIMERS; i++) {
		struct loop_timer *timer = &timers[random() % TIMERS];

		if (random() % 4 == 0)
			loop_timer_cancel(loop, timer);
		else
			loop_timer(loop, timer, random() % 500, check_order, timer);
	}
	for (size_t i = 0; i < TIMERS; i++)
		wanted += timers[i].place != 0;
	for (time.monotonic = 0; time.monotonic < 510; time.monotonic += 7)
		turn(0);
	assert_int_equal(due_count, wanted);
	assert_true(wanted > TIMERS / 3);
}

/* How children end. */
struct ending {
	struct loop_child child;
	int calls;
	pid_t pid;
	int status;
};

static void
on_child(void *context, pid_t pid, int status)
{
	struct ending *ending = context;

	ending->calls++;
	ending->pid = pid;
	ending->status = status;
}

/* A child that ends with that code as soon as the input is closed; code < 0: it waits for ever. */
static pid_t
start_child(int code, int input[2])
{
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(input[1]);
		while (read(input[0], &byte, 1) != 0 || code < 0)
			continue;
		_exit(code);
	}
	close(input[0]);
	return pid;
}

static void
the_end_of_a_child_is_reported_with_its_status(void **state)
{
	struct ending ending = {0};
	int input[2];
	pid_t pid = start_child(3, input);

	(void)state;
	loop_child(loop, &ending.child, pid, on_child, &ending);
	turn(0);
	assert_int_equal(ending.calls, 0);
	close(input[1]);
	turn_until(&ending.calls, 1);
	assert_int_equal(ending.pid, pid);
	assert_true(WIFEXITED(ending.status) && WEXITSTATUS(ending.status) == 3);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* nothing is left of it */
	turn(0);
	assert_int_equal(ending.calls, 1);
}

static void
a_child_that_a_signal_ended_is_told_from_others(void **state)
{
	struct ending first = {0}, second = {0};
	int inputs[2][2];
	pid_t pid = start_child(-1, inputs[0]);

	(void)state;
	loop_child(loop, &first.child, pid, on_child, &first);
	loop_child(loop, &second.child, start_child(0, inputs[1]), on_child, &second);
	kill(pid, SIGTERM);
	turn_until(&first.calls, 1);
	assert_true(WIFSIGNALED(first.status) && WTERMSIG(first.status) == SIGTERM);
	assert_int_equal(second.calls, 0);
	close(inputs[1][1]);
	turn_until(&second.calls, 1);
	assert_true(WIFEXITED(second.status) && WEXITSTATUS(second.status) == 0);
	close(inputs[0][1]);
}

static void
a_child_that_has_ended_before_is_reported_too(void **state)
{
	struct ending ending = {0};
	siginfo_t info;
	int input[2];
	pid_t pid = start_child(4, input);

	(void)state;
	close(input[1]);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	loop_child(loop, &ending.child, pid, on_child, &ending);
	turn_until(&ending.calls, 1);
	assert_int_equal(WEXITSTATUS(ending.status), 4);
}

static void
a_child_that_is_removed_is_left_to_its_parent(void **state)
{
	struct ending ending = {0};
	int input[2], status;
	pid_t pid = start_child(5, input);

	(void)state;
	loop_child(loop, &ending.child, pid, on_child, &ending);
	loop_child_remove(&ending.child);
	loop_child_remove(&ending.child);
	close(input[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 5);
	turn(0);
	assert_int_equal(ending.calls, 0);
}

static void
a_child_that_somebody_else_waited_for_has_no_status(void **state)
{
	struct ending ending = {0};
	int input[2];
	pid_t pid = start_child(6, input);

	(void)state;
	loop_child(loop, &ending.child, pid, on_child, &ending);
	close(input[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	turn_until(&ending.calls, 1);
	assert_int_equal(ending.status, -1);
}

/* As in a sandbox: pidfd_open() fails, here since no descriptor is left. */
static void
a_child_is_reported_without_a_pidfd(void **state)
{
	struct rlimit limit, none;
	struct ending ending = {0}, removed = {0};
	int inputs[2][2];
	pid_t pid = start_child(7, inputs[0]);

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	loop_child(loop, &ending.child, pid, on_child, &ending);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(ending.child.pidfd, -1);
	turn(0);
	turn(50);
	assert_int_equal(ending.calls, 0);
	close(inputs[0][1]);
	turn_until(&ending.calls, 1);
	assert_int_equal(WEXITSTATUS(ending.status), 7);

	pid = start_child(8, inputs[1]);
	setrlimit(RLIMIT_NOFILE, &none);
	loop_child(loop, &removed.child, pid, on_child, &removed);
	setrlimit(RLIMIT_NOFILE, &limit);
	loop_child_remove(&removed.child);
	close(inputs[1][1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	turn(50);
	assert_int_equal(removed.calls, 0);
}

#define TEST(function)	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define TIMER(function) cmocka_unit_test_setup_teardown(function, set_up_timers, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_descriptor_is_reported_as_long_as_it_is_ready),
	    TEST(what_a_descriptor_is_watched_for_can_be_changed),
	    TEST(a_hang_up_is_reported_as_what_was_asked_for),
	    TEST(what_one_function_removes_is_not_reported_any_more),
	    TEST(a_function_may_remove_itself),
	    TEST(a_number_that_is_used_again_is_not_taken_for_the_earlier_one),
	    TEST(a_descriptor_that_was_closed_too_early_does_no_harm),
	    TEST(a_regular_file_cannot_be_watched),
	    TEST(of_many_that_are_ready_each_gets_its_turn),
	    TEST(a_signal_ends_the_wait),
	    TEST(a_function_can_make_the_turn_fail),
	    TIMER(a_timer_is_not_called_before_its_time),
	    TIMER(a_turn_waits_no_longer_than_it_was_told),
	    TIMER(timers_are_called_in_the_order_of_their_times),
	    TIMER(a_timer_that_a_timer_sets_is_called_in_the_next_turn),
	    TIMER(a_timer_can_cancel_one_that_is_due),
	    TIMER(a_clock_of_a_test_decides_when_a_timer_is_due),
	    TIMER(time_that_is_not_real_is_skipped),
	    TIMER(many_timers_keep_their_order_whatever_is_cancelled),
	    TEST(the_end_of_a_child_is_reported_with_its_status),
	    TEST(a_child_that_a_signal_ended_is_told_from_others),
	    TEST(a_child_that_has_ended_before_is_reported_too),
	    TEST(a_child_that_is_removed_is_left_to_its_parent),
	    TEST(a_child_that_somebody_else_waited_for_has_no_status),
	    TEST(a_child_is_reported_without_a_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
