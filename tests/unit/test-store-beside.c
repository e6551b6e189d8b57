/* SPDX-License-Identifier: ISC */
/* What the store in files does for many at a time, whatever befalls one of them. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store-scratch.h"
#include "store/files/internal.h"

#define COUNT 20

static struct scratch scratch;
static struct strbuf err;
static struct request requests[COUNT];
static struct event events[COUNT];
static struct store_append appends[COUNT];

static int
set_up(void **state)
{
	(void)state;
	strbuf_init(&err);
	scratch_make(&scratch);
	for (uint64_t i = 0; i < COUNT; i++) {
		scratch_create_ok(scratch.store, 1);
		scratch_load(scratch.store, &requests[i], i + 1);
		scratch_event(&requests[i], EVENT_RUNNING, 0, &events[i]);
		appends[i] = (struct store_append){
		    .request = &requests[i], .event = &events[i], .err = STRBUF_INIT};
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		request_release(&requests[i]);
		strbuf_release(&appends[i].err);
	}
	scratch_remove(&scratch);
	strbuf_release(&err);
	return 0;
}

/* What becomes of all but the one of that id, which gets the result. */
static void
append_all_but(uint64_t id, enum store_result expected)
{
	struct store_append *all[COUNT];
	size_t back = 0;

	for (size_t i = 0; i < COUNT; i++)
		all[i] = &appends[i];
	store_never_wait(scratch.store);
	store_append_begin(scratch.store, all, COUNT);
	while (store_append_collect(scratch.store, true) != NULL)
		back++;
	assert_int_equal(back, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		bool is_the_one = i + 1 == id;

		if (!is_the_one)
			assert_string_equal(appends[i].err.buf, "");
		assert_int_equal(appends[i].result, is_the_one ? expected : STORE_OK);
		assert_int_equal(requests[i].event_count, is_the_one ? 2 : 3);
	}
}

static size_t
count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

/* Whoever holds it may be stopped: he is not waited for. */
static void
one_whose_status_somebody_else_has_locked_is_left_out(void **state)
{
	struct flock range = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)LOCK_OF_STATUS(UINT64_C(7)),
	    .l_len = 1};
	int fd;

	(void)state;
	fd = openat(scratch.state_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &range), 0);
	append_all_but(7, STORE_BUSY);
	assert_non_null(strstr(appends[6].err.buf, "does not come to an end"));
	close(fd);
}

static void
a_request_that_is_gone_harms_itself_alone(void **state)
{
	(void)state;
	assert_int_equal(
	    renameat(scratch.state_fd, "requests/7", scratch.state_fd, "requests/away"), 0);
	append_all_but(7, STORE_ERROR);
	assert_non_null(strstr(appends[6].err.buf, "cannot open request 7"));
}

static void
a_folder_that_cannot_be_trusted_harms_its_request_alone(void **state)
{
	(void)state;
	assert_int_equal(fchmodat(scratch.state_fd, "requests/7", 0777, 0), 0);
	append_all_but(7, STORE_ERROR);
}

static void
an_event_that_is_there_already_harms_itself_alone(void **state)
{
	(void)state;
	scratch_write(&scratch, "state/requests/7/000003.json", "x", 1);
	append_all_but(7, STORE_RACE_LOST);
}

static void
one_event_is_appended_without_a_thread(void **state)
{
	size_t before = count_threads();
	struct store_append *all[] = {&appends[0], &appends[1]};

	(void)state;
	store_append_group(scratch.store, &appends[2], 1);
	assert_int_equal(appends[2].result, STORE_OK);
	assert_int_equal(count_threads(), before);
	store_append_begin(scratch.store, all, 2);
	assert_int_equal(count_threads(), before + 1);
	while (store_append_collect(scratch.store, true) != NULL)
		continue;
	assert_int_equal(appends[1].result, STORE_OK);
}

/* The queues are right after it, as after any append. */
static void
what_is_appended_beside_is_listed_where_it_belongs(void **state)
{
	(void)state;
	append_all_but(0, STORE_OK);
	assert_int_equal(scratch_count(&scratch, "state/queue/running"), COUNT);
	assert_int_equal(scratch_count(&scratch, "state/queue/not-started"), 0);
}

/* ---- which way is cheaper */

/* However slow the machine is: the time to try again has not come. */
static bool
is_together_before_its_time(struct sync_costs *costs)
{
	costs->again_ms = INT64_MAX;
	return sync_is_together(costs, 16);
}

static void
few_are_waited_for_one_by_one(void **state)
{
	struct sync_costs costs = {0};

	(void)state;
	assert_false(sync_is_together(&costs, 1));
	assert_false(sync_is_together(&costs, 2));
	assert_true(sync_is_together(&costs, 16));
}

static void
what_others_write_is_not_waited_for_again_and_again(void **state)
{
	struct sync_costs costs = {0};
	int tries = 0;

	(void)state;
	sync_has_taken(&costs, false, 1, 400);
	assert_true(sync_is_together(&costs, 16));
	sync_has_taken(&costs, true, 16, 300000);
	assert_false(is_together_before_its_time(&costs));
	/* it is tried again, later and later */
	for (int i = 0; i < 10; i++) {
		costs.again_ms = 0;
		assert_true(sync_is_together(&costs, 16));
		sync_has_taken(&costs, true, 16, 300000);
		tries += is_together_before_its_time(&costs);
	}
	assert_int_equal(tries, 0);
	assert_true(costs.pause_ms >= 1000);
	/* and used again as soon as it pays */
	costs.again_ms = 0;
	assert_true(sync_is_together(&costs, 16));
	sync_has_taken(&costs, true, 16, 2000);
	assert_true(is_together_before_its_time(&costs));
	assert_int_equal(costs.pause_ms, 0);
}

static void
what_costs_more_one_by_one_is_done_together(void **state)
{
	struct sync_costs costs = {0};

	(void)state;
	sync_has_taken(&costs, true, 16, 20000);
	assert_false(is_together_before_its_time(&costs));
	sync_has_taken(&costs, false, 16, 16 * 3000);
	assert_true(is_together_before_its_time(&costs));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(one_whose_status_somebody_else_has_locked_is_left_out),
	    TEST(a_request_that_is_gone_harms_itself_alone),
	    TEST(a_folder_that_cannot_be_trusted_harms_its_request_alone),
	    TEST(an_event_that_is_there_already_harms_itself_alone),
	    TEST(one_event_is_appended_without_a_thread),
	    TEST(what_is_appended_beside_is_listed_where_it_belongs),
	    cmocka_unit_test(few_are_waited_for_one_by_one),
	    cmocka_unit_test(what_others_write_is_not_waited_for_again_and_again),
	    cmocka_unit_test(what_costs_more_one_by_one_is_done_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
