/* SPDX-License-Identifier: ISC */
/*
 * Transactions of the store in files: whatever the disk does, and wherever the program ends, all
 * their events are there or none.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/strbuf.h"
#include "store-scratch.h"

/* ---- the system calls that change what is on disk, and their faults */

enum fault {
	NO_FAULT,
	END_BEFORE, /* the program ends before the call */
	END_AFTER,
	FAIL, /* with EIO, instead of the call */
	FAULT_COUNT,
};

static enum fault fault;
static long calls;  /* since the last arm() */
static long faulty; /* the number of the one that has the fault */

/* The call of that number has the fault. */
static void
arm(enum fault what, long number)
{
	fault = what;
	faulty = number;
	calls = 0;
}

#define ENDED 99

/* Whether the call is to be left out; result is what it returns then. */
static bool
is_faulty(void)
{
	if (++calls != faulty || fault == NO_FAULT)
		return false;
	if (fault == END_BEFORE)
		_exit(ENDED);
	errno = EIO;
	return fault == FAIL;
}

static int
end_if_due(long result)
{
	int reason = errno;

	if (calls == faulty && fault == END_AFTER)
		_exit(ENDED);
	errno = reason;
	return (int)result;
}

int /* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	return is_faulty() ? -1 : end_if_due(syscall(SYS_linkat, from_fd, from, to_fd, to, flags));
}

int /* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
unlinkat(int fd, const char *name, int flags)
{
	return is_faulty() ? -1 : end_if_due(syscall(SYS_unlinkat, fd, name, flags));
}

int
fsync(int fd)
{
	return is_faulty() ? -1 : end_if_due(syscall(SYS_fsync, fd));
}

/* ---- two requests, and transactions of both */

static struct scratch scratch;
static struct request one, two;
static struct strbuf err;

static int
set_up(void **state)
{
	(void)state;
	arm(NO_FAULT, 0);
	strbuf_init(&err);
	scratch_make(&scratch);
	scratch_create_ok(scratch.store, 2);
	scratch_create_ok(scratch.store, 2);
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "2 1");
	scratch_load(scratch.store, &one, 1);
	scratch_load(scratch.store, &two, 2);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	request_release(&one);
	request_release(&two);
	scratch_remove(&scratch);
	strbuf_release(&err);
	return 0;
}

/* Request 1 gets two events and request 2 one: both are Running then. */
static enum store_result
start_both(struct store *store)
{
	struct event events[3];
	struct store_append appends[3] = {{.request = &one, .event = &events[0]},
	    {.request = &two, .event = &events[1]}, {.request = &one, .event = &events[2]}};

	scratch_event(&one, EVENT_RUNNING, 0, &events[0]);
	scratch_event(&two, EVENT_RUNNING, 0, &events[1]);
	scratch_event(&one, EVENT_COMPLETED, 0, &events[2]);
	return store_append_all(store, appends, 3, &err);
}

/* The same in another process, which has that fault.  Returns the result, or -1: it has ended. */
static int
start_both_elsewhere(enum fault what, long number)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *store = scratch_open(&scratch);

		arm(what, number);
		_exit((int)start_both(store));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == ENDED ? -1 : WEXITSTATUS(status);
}

/* No file is left that is hidden or belongs to the transaction. */
static void
assert_nothing_left(void)
{
	static const char *const folders[] = {"state", "state/requests/1", "state/requests/2"};

	assert_false(scratch_has(&scratch, "state/transaction"));
	for (size_t i = 0; i < 3; i++) {
		const struct dirent *entry;
		int fd = disk_folder_open(scratch.root_fd, folders[i]);
		DIR *dir = disk_entries(fd);

		while ((entry = readdir(dir)) != NULL)
			assert_true(entry->d_name[0] != '.' ||
				    strspn(entry->d_name, ".") == strlen(entry->d_name));
		closedir(dir);
		close(fd);
	}
}

/* Loads both.  Returns whether the transaction is recorded; one half of it must not be. */
static bool
is_recorded(void)
{
	scratch_reload(scratch.store, &one);
	scratch_reload(scratch.store, &two);
	assert_true(one.event_count == 3 || one.event_count == 5);
	assert_int_equal(two.event_count, one.event_count == 5 ? 4 : 3);
	return one.event_count == 5;
}

/* Both are in the queue that they belong to, and can be appended to. */
static void
assert_going_on(bool recorded)
{
	assert_nothing_left();
	assert_string_equal(
	    scratch_listed(scratch.store, STATUS_BIT(REQUEST_RUNNING)), recorded ? "2 1" : "");
	assert_string_equal(
	    scratch_listed(scratch.store, STATUS_BIT(REQUEST_NOT_STARTED)), recorded ? "" : "2 1");
	scratch_append_ok(scratch.store, &one, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &two, EVENT_CANCELLED, 0);
}

/* How many of these calls a transaction makes. */
static long
count_calls(void)
{
	set_up(NULL);
	arm(NO_FAULT, 0);
	assert_int_equal(start_both(scratch.store), STORE_OK);
	tear_down(NULL);
	assert_true(calls > 10);
	return calls;
}

static void
it_is_recorded_as_a_whole_wherever_it_is_interrupted(void **state)
{
	long count = count_calls();
	size_t recorded = 0, not_recorded = 0;

	(void)state;
	for (int what = END_BEFORE; what < FAULT_COUNT; what++) {
		for (long number = 1; number <= count; number++) {
			int result;
			bool is;

			set_up(NULL);
			result = start_both_elsewhere((enum fault)what, number);
			is = is_recorded();
			if (result == STORE_OK)
				assert_true(is);
			recorded += is;
			not_recorded += !is;
			assert_going_on(is);
			tear_down(NULL);
		}
	}
	assert_true(recorded > 10);
	assert_true(not_recorded > 10);
}

/* Who has loaded a request before does not get in between. */
static void
who_appends_before_it_is_finished_loses_the_race(void **state)
{
	long count = count_calls();
	size_t lost = 0;

	(void)state;
	for (long number = 1; number <= count; number++) {
		enum store_result result;

		set_up(NULL);
		assert_int_equal(start_both_elsewhere(END_AFTER, number), -1);
		result = scratch_append(scratch.store, &one, EVENT_CANCELLED, 0, &err);
		if (result == STORE_RACE_LOST) {
			lost++;
			assert_true(is_recorded());
			assert_going_on(true);
		} else {
			assert_int_equal(result, STORE_OK);
			scratch_reload(scratch.store, &one);
			scratch_reload(scratch.store, &two);
			assert_int_equal(one.event_count, 4);
			assert_int_equal(two.event_count, 3);
		}
		tear_down(NULL);
	}
	assert_true(lost > 5);
}

/* The number of the call after which the transaction is recorded and nothing is published. */
static long
find_decision(void)
{
	for (long number = 1;; number++) {
		bool found;

		set_up(NULL);
		assert_int_equal(start_both_elsewhere(END_AFTER, number), -1);
		found = scratch_has(&scratch, "state/transaction");
		tear_down(NULL);
		if (found)
			return number;
	}
}

static void
one_that_is_left_keeps_no_other_request_waiting(void **state)
{
	struct request other;
	long decision = find_decision();

	(void)state;
	set_up(NULL);
	scratch_load(scratch.store, &other, scratch_create_ok(scratch.store, 1));
	assert_int_equal(start_both_elsewhere(END_AFTER, decision), -1);
	scratch_append_ok(scratch.store, &other, EVENT_RUNNING, 0);
	assert_true(scratch_has(&scratch, "state/transaction"));
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_RUNNING)), "3 2 1");
	assert_nothing_left();
	assert_true(is_recorded());
	request_release(&other);
	tear_down(NULL);
}

static void
the_next_one_finishes_what_was_left(void **state)
{
	long decision = find_decision();

	(void)state;
	set_up(NULL);
	assert_int_equal(start_both_elsewhere(END_AFTER, decision), -1);
	assert_int_equal(start_both(scratch.store), STORE_RACE_LOST);
	assert_true(is_recorded());
	assert_going_on(true);
	tear_down(NULL);
}

static void
a_request_that_is_gone_does_not_stop_the_others(void **state)
{
	long decision = find_decision();

	(void)state;
	set_up(NULL);
	assert_int_equal(start_both_elsewhere(END_AFTER, decision), -1);
	assert_int_equal(renameat(scratch.root_fd, "state/requests/1", scratch.root_fd, "gone"), 0);
	scratch_reload(scratch.store, &two);
	assert_int_equal(two.event_count, 4);
	assert_false(scratch_has(&scratch, "state/transaction"));
	tear_down(NULL);
}

/* A power cut may bring back a record that was removed: its events may have others after them. */
static void
one_that_comes_back_changes_nothing(void **state)
{
	struct strbuf record = STRBUF_INIT;
	long decision = find_decision();

	(void)state;
	set_up(NULL);
	assert_int_equal(start_both_elsewhere(END_AFTER, decision), -1);
	/* the same with other places: request 1 failed, request 2 was started */
	scratch_reload(scratch.store, &one);
	scratch_append_ok(scratch.store, &one, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &one, EVENT_FAILED, 0);
	strbuf_addf(&record, "1 7 running failed %zu\n%s",
	    strlen(scratch_event_text(&scratch, 1, 7)), scratch_event_text(&scratch, 1, 7));
	scratch_append_ok(scratch.store, &one, EVENT_NOT_STARTED, 0);
	assert_int_equal(one.status, REQUEST_RUNNING);
	scratch_write(&scratch, "state/transaction", record.buf, record.len);
	scratch_reload(scratch.store, &one);
	assert_int_equal(one.event_count, 8);
	assert_true(scratch_has(&scratch, "state/queue/running/1"));
	assert_false(scratch_has(&scratch, "state/queue/failed/1"));
	assert_nothing_left();
	strbuf_release(&record);
	tear_down(NULL);
}

static void
a_record_that_is_damaged_harms_only_transactions(void **state)
{
	static const char *const texts[] = {"x\n", "1 4 not-started running 99999\n{}\n",
	    "0 1 - - 0\n", "1 0 - - 0\n", "1 4 - - 2"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		set_up(NULL);
		scratch_write(&scratch, "state/transaction", texts[i], strlen(texts[i]));
		scratch_reload(scratch.store, &one);
		scratch_append_ok(scratch.store, &one, EVENT_RUNNING, 0);
		scratch_reload(scratch.store, &one);
		assert_int_equal(one.event_count, 4);
		assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "2 1");
		scratch_append_ok(scratch.store, &one, EVENT_FAILED, 0);
		scratch_append_ok(scratch.store, &one, EVENT_NOT_STARTED, 0);
		assert_int_equal(start_both(scratch.store), STORE_ERROR);
		assert_string_equal(err.buf, "'state/transaction' is damaged");
		tear_down(NULL);
	}
}

/* ---- many at once */

#define ROUNDS 12

/* A next event that is always possible. */
static void
any_event(const struct request *request, const char *by, struct event *out)
{
	enum step_status step = request_current_step(request)->status;

	if (request->status == REQUEST_FAILED)
		scratch_event(request, EVENT_NOT_STARTED, 0, out);
	else
		scratch_event(request, step == STEP_RUNNING ? EVENT_FAILED : EVENT_RUNNING, 0, out);
	out->created_by = by;
}

static void
load_both(struct store *store)
{
	request_reset(&one);
	request_reset(&two);
	if (store_load(store, &one, &err) != STORE_OK || store_load(store, &two, &err) != STORE_OK)
		_exit(2);
}

/* Transactions of an event of each, for ever. */
static void
append_pairs(struct store *store)
{
	for (;;) {
		struct event events[2];
		struct store_append appends[2] = {
		    {.request = &one, .event = &events[0]}, {.request = &two, .event = &events[1]}};
		enum store_result result;

		load_both(store);
		any_event(&one, "pair", &events[0]);
		any_event(&two, "pair", &events[1]);
		result = store_append_all(store, appends, 2, &err);
		if (result != STORE_OK && result != STORE_RACE_LOST)
			_exit(3);
	}
}

/* Single events of each, for ever. */
static void
append_singles(struct store *store)
{
	for (;;) {
		struct request *const requests[] = {&two, &one};

		load_both(store);
		for (int i = 0; i < 2; i++) {
			struct event event;
			enum store_result result;

			any_event(requests[i], "single", &event);
			result = store_append(store, requests[i], &event, STORE_NO_LOCK, &err);
			if (result != STORE_OK && result != STORE_RACE_LOST)
				_exit(4);
		}
	}
}

static pid_t
start(void (*body)(struct store *))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* it has no end of its own */
		body(scratch_open(&scratch));
	}
	return pid;
}

/* Kills it, which must not have ended by itself. */
static void
stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static size_t
count_by(const struct request *request, const char *by)
{
	size_t count = 0;

	for (size_t i = 0; i < request->event_count; i++)
		count += strcmp(request->events[i]->created_by, by) == 0;
	return count;
}

/* Waits until there are so many pairs. */
static void
wait_for_pairs(size_t count)
{
	while (count_by(&one, "pair") < count)
		assert_int_equal(store_load(scratch.store, &one, &err), STORE_OK);
}

static void
pairs_stay_pairs_whoever_is_killed(void **state)
{
	pid_t singles;

	(void)state;
	set_up(NULL);
	alarm(1200); /* one that has ended by itself would be waited for; valgrind is slow */
	singles = start(append_singles);
	for (size_t round = 0; round < ROUNDS; round++) {
		pid_t first = start(append_pairs), second = start(append_pairs);

		wait_for_pairs(count_by(&one, "pair") + 1 + round % 3);
		stop(first);
		stop(second);
		assert_int_equal(store_load(scratch.store, &one, &err), STORE_OK);
		assert_int_equal(store_load(scratch.store, &two, &err), STORE_OK);
		assert_int_equal(count_by(&one, "pair"), count_by(&two, "pair"));
	}
	stop(singles);
	alarm(0);
	assert_true(count_by(&one, "single") > 0);
	scratch_reload(scratch.store, &one);
	scratch_reload(scratch.store, &two);
	assert_string_equal(
	    scratch_listed(scratch.store, STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED)), "2 1");
	tear_down(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_recorded_as_a_whole_wherever_it_is_interrupted),
	    cmocka_unit_test(who_appends_before_it_is_finished_loses_the_race),
	    cmocka_unit_test(one_that_is_left_keeps_no_other_request_waiting),
	    cmocka_unit_test(the_next_one_finishes_what_was_left),
	    cmocka_unit_test(a_request_that_is_gone_does_not_stop_the_others),
	    cmocka_unit_test(one_that_comes_back_changes_nothing),
	    cmocka_unit_test(a_record_that_is_damaged_harms_only_transactions),
	    cmocka_unit_test(pairs_stay_pairs_whoever_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
