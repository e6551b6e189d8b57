/* SPDX-License-Identifier: ISC */
/* The queues, and their correction. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store-scratch.h"

#define LATER	   INT64_C(1800000000000)
#define UNFINISHED (STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED))

static struct scratch scratch;
static struct request request;

static int
set_up(void **state)
{
	(void)state;
	scratch_make(&scratch);
	scratch_create_ok(scratch.store, 2);
	scratch_load(scratch.store, &request, 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	request_release(&request);
	scratch_remove(&scratch);
	return 0;
}

/* The queues that have the request, as "running failed". */
static const char *
queues_of(const char *id)
{
	static const char *const names[] = {"not-started", "running", "pending", "failed"};
	static char text[128];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < 4; i++) {
		char path[64];
		snprintf(path, sizeof(path), "state/queue/%s/%s", names[i], id);
		if (scratch_has(&scratch, path))
			len += (size_t)snprintf(
			    text + len, sizeof(text) - len, "%s%s", len ? " " : "", names[i]);
	}
	return text;
}

/* How many are listed. */
static size_t
list_count(unsigned statuses)
{
	const char *list = scratch_listed(scratch.store, statuses);
	size_t count = *list != '\0';

	assert_null(strchr(list, '('));
	for (; *list != '\0'; list++)
		count += *list == ' ';
	return count;
}

static void
a_request_is_in_the_queue_of_its_status(void **state)
{
	(void)state;
	assert_string_equal(queues_of("1"), "not-started");
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	assert_string_equal(queues_of("1"), "failed");
	assert_int_equal(list_count(STATUS_BIT(REQUEST_RUNNING)), 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_FAILED)), 1);
	scratch_append_ok(scratch.store, &request, EVENT_NOT_STARTED, 0);
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	assert_int_equal(request.status, REQUEST_COMPLETED);
	assert_string_equal(queues_of("1"), "");
	assert_int_equal(list_count(UNFINISHED), 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_COMPLETED)), 1);
}

static void
an_event_that_changes_no_status_does_not_touch_the_queue(void **state)
{
	(void)state;
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, LATER);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_string_equal(queues_of("1"), "");
}

static void
a_wrong_queue_is_corrected_by_whoever_meets_it(void **state)
{
	struct store *other = scratch_open(&scratch);
	uint64_t token;

	(void)state;
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	assert_string_equal(scratch_listed(other, STATUS_BIT(REQUEST_PENDING)), "");
	assert_string_equal(queues_of("1"), "running");
	/* A request that is not there is being made by whoever has its lock. */
	scratch_write(&scratch, "state/queue/not-started/2", "", 0);
	assert_int_equal(mkdirat(scratch.root_fd, "state/requests/.new-2", 0700), 0);
	scratch_write(&scratch, "state/requests/.new-2/000001.json", "", 0);
	assert_int_equal(store_lock(scratch.store, 2, &token, NULL), STORE_OK);
	assert_string_equal(scratch_listed(other, STATUS_BIT(REQUEST_NOT_STARTED)), "");
	assert_string_equal(queues_of("2"), "not-started");
	assert_true(scratch_has(&scratch, "state/requests/.new-2/000001.json"));
	/* Without it, it is what a killed program left. */
	store_unlock(scratch.store, 2, token);
	assert_string_equal(scratch_listed(other, STATUS_BIT(REQUEST_NOT_STARTED)), "");
	assert_string_equal(queues_of("2"), "");
	assert_false(scratch_has(&scratch, "state/requests/.new-2"));
	/* Being in two queues does not list it twice. */
	scratch_write(&scratch, "state/queue/failed/1", "", 0);
	assert_int_equal(list_count(UNFINISHED), 1);
	assert_string_equal(scratch_listed(other, STATUS_BIT(REQUEST_FAILED)), "");
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	scratch_write(&scratch, "state/queue/failed/1", "", 0);
	scratch_write(&scratch, "state/queue/running/1", "", 0);
	assert_string_equal(scratch_listed(other, STATUS_BIT(REQUEST_RUNNING)), "");
	assert_string_equal(queues_of("1"), "");
	store_close(other);
}

/* Queues that were made with the first request count only after a listing. */
static void
complete_queues(void)
{
	list_count(UNFINISHED);
	assert_false(scratch_has(&scratch, "state/queue/incomplete"));
}

static void
a_listing_of_all_corrects_too(void **state)
{
	(void)state;
	complete_queues();
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_COMPLETED)), 0);
	assert_string_equal(queues_of("1"), "running");
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	assert_int_equal(list_count(STATUSES_ALL), 1);
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	assert_int_equal(list_count(STATUSES_ALL), 1);
	assert_string_equal(queues_of("1"), "running");
}

/* The queue that it is found in is one of those that are listed, but not its own. */
static void
a_listing_of_several_queues_corrects_what_is_in_another_of_them(void **state)
{
	(void)state;
	complete_queues();
	scratch_write(&scratch, "state/queue/running/1", "", 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/not-started/1", 0), 0);
	assert_int_equal(list_count(UNFINISHED), 1);
	assert_string_equal(queues_of("1"), "not-started");
}

static void
whoever_loads_a_request_corrects_its_queue(void **state)
{
	struct request again;

	(void)state;
	complete_queues();
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/not-started/1", 0), 0);
	scratch_load(scratch.store, &again, 1);
	request_release(&again);
	assert_string_equal(queues_of("1"), "not-started");
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	scratch_write(&scratch, "state/queue/failed/1", "", 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	scratch_load(scratch.store, &again, 1);
	request_release(&again);
	assert_string_equal(queues_of("1"), "running");
}

static void
an_entry_without_its_request_goes(void **state)
{
	(void)state;
	scratch_write(&scratch, "state/queue/running/7", "", 0);
	scratch_write(&scratch, "state/queue/failed/7", "", 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_RUNNING)), 0);
	assert_string_equal(queues_of("7"), "");
}

/* Whoever changes the status at this moment sees to the queue. */
static void
a_wrong_queue_is_left_alone_while_the_status_is_locked(void **state)
{
	struct flock range = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)((UINT64_C(1) << 62) + 1),
	    .l_len = 1};
	int fd = openat(scratch.root_fd, "state/lock", O_RDWR);

	(void)state;
	assert_int_equal(list_count(STATUS_BIT(REQUEST_PENDING)), 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &range), 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_PENDING)), 0);
	assert_string_equal(queues_of("1"), "not-started pending");
	close(fd);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_PENDING)), 0);
	assert_string_equal(queues_of("1"), "not-started");
}

static void
a_cancelled_request_stays_until_the_outcome_of_its_call_is_there(void **state)
{
	(void)state;
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	assert_string_equal(queues_of("1"), "running");
	assert_int_equal(list_count(STATUS_BIT(REQUEST_RUNNING)), 0);
	assert_int_equal(list_count(STATUS_BIT_UNRECORDED), 1);
	assert_string_equal(queues_of("1"), "running");
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	scratch_write(&scratch, "state/queue/pending/1", "", 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_PENDING)), 0);
	assert_string_equal(queues_of("1"), "running");
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	assert_int_equal(request.status, REQUEST_CANCELLED);
	assert_string_equal(queues_of("1"), "");
}

static void
a_missing_entry_is_made_by_the_next_change(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/not-started/1", 0), 0);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_string_equal(queues_of("1"), "running");
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/running/1", 0), 0);
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	assert_string_equal(queues_of("1"), "failed");
}

static void
lose_queues(void)
{
	assert_int_equal(
	    renameat(scratch.root_fd, "state/queue", scratch.root_fd, "state/gone"), 0);
}

static void
lost_queues_are_made_anew_by_the_next_listing(void **state)
{
	struct store *other;

	(void)state;
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_create_ok(scratch.store, 1);
	lose_queues();
	other = scratch_open(&scratch);
	/* Somebody makes a part of them first. */
	assert_int_equal(scratch_create_ok(other, 1), 3);
	assert_string_equal(queues_of("1"), "");
	store_close(scratch.store);
	scratch.store = other;
	assert_int_equal(list_count(UNFINISHED), 3);
	assert_string_equal(queues_of("1"), "running");
	assert_string_equal(queues_of("2"), "not-started");
	assert_int_equal(list_count(STATUS_BIT(REQUEST_NOT_STARTED)), 2);
	assert_false(scratch_has(&scratch, "state/queue/incomplete"));
}

static void
queues_that_are_lost_while_they_are_open_are_made_anew(void **state)
{
	(void)state;
	assert_int_equal(list_count(UNFINISHED), 1);
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue/not-started/1", 0), 0);
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = {"state/queue/not-started",
		    "state/queue/running", "state/queue/pending", "state/queue/failed"};
		assert_int_equal(unlinkat(scratch.root_fd, names[i], AT_REMOVEDIR), 0);
	}
	assert_int_equal(unlinkat(scratch.root_fd, "state/queue", AT_REMOVEDIR), 0);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_string_equal(queues_of("1"), "running");
	assert_int_equal(list_count(UNFINISHED), 1);
}

static void
a_damaged_request_is_listed_when_the_queues_are_made_anew(void **state)
{
	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	scratch_write(&scratch, "state/requests/2/000002.json", "", 0);
	lose_queues();
	store_close(scratch.store);
	scratch.store = scratch_open(&scratch);
	assert_memory_equal(
	    scratch_listed(scratch.store, UNFINISHED), "(2: request 2 is damaged: ", 26);
	assert_string_equal(queues_of("1"), "");
	/* whatever is listed, it is named */
	assert_string_equal(queues_of("2"), "not-started running pending failed");
	assert_memory_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_PENDING)),
	    "(2: request 2 is damaged: ", 26);
	/* and once it can be read, it is where it belongs */
	assert_int_equal(unlinkat(scratch.root_fd, "state/requests/2/000002.json", 0), 0);
	assert_int_equal(list_count(STATUS_BIT(REQUEST_PENDING)), 0);
	assert_string_equal(queues_of("2"), "not-started");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_request_is_in_the_queue_of_its_status),
	    TEST(an_event_that_changes_no_status_does_not_touch_the_queue),
	    TEST(a_wrong_queue_is_corrected_by_whoever_meets_it),
	    TEST(a_listing_of_all_corrects_too),
	    TEST(a_listing_of_several_queues_corrects_what_is_in_another_of_them),
	    TEST(whoever_loads_a_request_corrects_its_queue),
	    TEST(a_wrong_queue_is_left_alone_while_the_status_is_locked),
	    TEST(an_entry_without_its_request_goes),
	    TEST(a_cancelled_request_stays_until_the_outcome_of_its_call_is_there),
	    TEST(a_missing_entry_is_made_by_the_next_change),
	    TEST(lost_queues_are_made_anew_by_the_next_listing),
	    TEST(queues_that_are_lost_while_they_are_open_are_made_anew),
	    TEST(a_damaged_request_is_listed_when_the_queues_are_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
