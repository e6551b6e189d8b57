/* SPDX-License-Identifier: ISC */
/* Several processes at the same store. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store-scratch.h"

#define LATER	INT64_C(1800000000000)
#define APPENDS 150

static struct scratch scratch;

static int
set_up(void **state)
{
	(void)state;
	scratch_make(&scratch);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scratch_remove(&scratch);
	return 0;
}

/* A check that fails in a child must end it, not make it a second runner of the tests. */
static void
become_child(void)
{
	setenv("CMOCKA_TEST_ABORT", "1", 1);
}

/* Starts so many processes, each with a store of its own, and waits until all have ended well. */
static void
run_processes(int count, void (*body)(struct store *, int number))
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			become_child();
			struct store *store = scratch_open(&scratch);
			body(store, i);
			store_close(store);
			_exit(0);
		}
	}
	for (int i = 0; i < count; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

/*
 * What may follow: attempts that fail and are repeated, and a retry after every failure for good.
 */
static void
choose_event(const struct request *request, unsigned choice, struct event *out)
{
	enum step_status step = request_current_step(request)->status;

	if (request->status == REQUEST_FAILED)
		scratch_event(request, EVENT_NOT_STARTED, 0, out);
	else if (step == STEP_RUNNING)
		scratch_event(request, EVENT_FAILED, choice % 2 ? LATER : 0, out);
	else
		scratch_event(request, EVENT_RUNNING, 0, out);
}

static void
append_many(struct store *store, int number)
{
	struct request request;
	struct event event;
	struct strbuf err = STRBUF_INIT;

	request_init(&request, 1);
	for (unsigned done = 0; done < APPENDS;) {
		request_reset(&request);
		if (store_load(store, &request, &err) != STORE_OK)
			_exit(2);
		choose_event(&request, done, &event);
		event.created_by = number == 0 ? "zero" : "one";
		enum store_result result =
		    store_append(store, &request, &event, STORE_NO_LOCK, &err);
		if (result == STORE_OK)
			done++;
		else if (result != STORE_RACE_LOST)
			_exit(3);
	}
	request_release(&request);
}

static void
two_writers_lose_nothing_and_double_nothing(void **state)
{
	struct request request;
	size_t by[2] = {0, 0};

	(void)state;
	scratch_create_ok(scratch.store, 1);
	run_processes(2, append_many);
	scratch_load(scratch.store, &request, 1);
	assert_int_equal(request.event_count, 2 + 2 * APPENDS);
	for (size_t i = 2; i < request.event_count; i++)
		by[strcmp(request.events[i]->created_by, "one") == 0]++;
	assert_int_equal(by[0], APPENDS);
	assert_int_equal(by[1], APPENDS);
	/* However they overtook each other, the queue has it where it belongs. */
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(request.status)), "1");
	request_release(&request);
}

static void
create_ten(struct store *store, int number)
{
	struct strbuf err = STRBUF_INIT;

	for (int i = 0; i < 10; i++) {
		if (scratch_create(store, (size_t)number + 1, &err) == 0)
			_exit(2);
	}
}

static void
eight_creators_get_ids_of_their_own(void **state)
{
	size_t with_steps[9] = {0};

	(void)state;
	run_processes(8, create_ten);
	assert_int_equal(scratch_count(&scratch, "state/requests"), 80);
	assert_int_equal(scratch_count(&scratch, "state/queue/not-started"), 80);
	for (uint64_t id = 1; id <= 80; id++) {
		struct request request;
		scratch_load(scratch.store, &request, id);
		with_steps[request.pipeline.step_count]++;
		request_release(&request);
	}
	for (size_t steps = 1; steps <= 8; steps++)
		assert_int_equal(with_steps[steps], 10);
}

static void
a_lock_ends_with_its_holder_however_it_ends(void **state)
{
	int ready[2];
	int status;
	char byte;
	uint64_t token;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		become_child();
		struct store *store = scratch_open(&scratch);
		if (store_lock(store, 7, &token, &err) != STORE_OK || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(store_lock(scratch.store, 7, &token, &err), STORE_BUSY);
	assert_true(store_is_locked(scratch.store, 7));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(store_lock(scratch.store, 7, &token, &err), STORE_OK);
	close(ready[0]);
	close(ready[1]);
}

/* Two batches that hold the same locks, taken from opposite ends, as often as they can. */
static void
append_batches(struct store *store, int number)
{
	struct request requests[6];
	struct event events[6];
	struct store_append appends[6];

	for (unsigned round = 0; round < 30; round++) {
		for (size_t i = 0; i < 6; i++) {
			size_t at = number == 0 ? i : 5 - i;
			scratch_load(store, &requests[i], at + 1);
			choose_event(&requests[i], 0, &events[i]);
			appends[i] = (struct store_append){
			    .request = &requests[i], .event = &events[i], .err = STRBUF_INIT};
		}
		store_append_group(store, appends, 6);
		for (size_t i = 0; i < 6; i++) {
			if (appends[i].result != STORE_OK && appends[i].result != STORE_RACE_LOST)
				_exit(2);
			request_release(&requests[i]);
		}
	}
}

static void
batches_that_meet_do_not_wait_for_each_other_for_ever(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++)
		scratch_create_ok(scratch.store, 1);
	alarm(300);
	run_processes(2, append_batches);
	alarm(0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(two_writers_lose_nothing_and_double_nothing),
	    TEST(eight_creators_get_ids_of_their_own),
	    TEST(a_lock_ends_with_its_holder_however_it_ends),
	    TEST(batches_that_meet_do_not_wait_for_each_other_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
