/* SPDX-License-Identifier: ISC */
/* The store: creating, appending, loading, listing. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "store-scratch.h"
#include "store/files/file-store.h"
#include "steps/catalogue.h"

#define LATER INT64_C(1800000000000)
#define RUNNABLE                                                         \
	(STATUS_BIT(REQUEST_NOT_STARTED) | STATUS_BIT(REQUEST_RUNNING) | \
	    STATUS_BIT(REQUEST_PENDING))

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

/* The ids that the store lists for those statuses, as "1 2 5". */
static const char *
listed(struct store *store, unsigned statuses)
{
	static char text[1024];
	struct id_list list;
	struct strbuf err = STRBUF_INIT;
	size_t len = 0;

	assert_int_equal(store_list(store, statuses, &list, &err), STORE_OK);
	text[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu", i ? " " : "",
		    (unsigned long long)list.ids[i]);
	free(list.ids);
	return text;
}

static void
a_new_request_has_the_next_id_and_its_first_events(void **state)
{
	struct request request;
	char digest[DIGEST_SIZE];

	(void)state;
	assert_int_equal(scratch_create_ok(scratch.store, 1), 1);
	assert_int_equal(scratch_create_ok(scratch.store, 2), 2);
	assert_int_equal(scratch_create_ok(scratch.store, 20), 3);
	scratch_load(scratch.store, &request, 2);
	assert_int_equal(request.event_count, 3);
	assert_int_equal(request.status, REQUEST_NOT_STARTED);
	const char *text = scratch_read(&scratch, "state/requests/2/000003.json");
	digest_sha256(text, strlen(text), digest);
	assert_string_equal(request.head, digest);
	assert_string_equal(text + strlen(text) - 2, "}\n");
	assert_true(scratch_has(&scratch, "state/queue/not-started/2"));
	assert_string_equal(scratch_read(&scratch, "state/last-id"), "3\n");
	assert_string_equal(listed(scratch.store, RUNNABLE), "1 2 3");
	request_release(&request);
}

static void
nothing_is_written_before_something_is_recorded(void **state)
{
	struct request request;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_string_equal(listed(scratch.store, RUNNABLE), "");
	assert_string_equal(listed(scratch.store, STATUS_BIT(REQUEST_COMPLETED)), "");
	request_init(&request, 7);
	assert_int_equal(store_load(scratch.store, &request, &err), STORE_NOT_FOUND);
	assert_string_equal(err.buf, "no such request: 7");
	assert_false(store_request_changed(scratch.store, &request));
	assert_false(store_is_locked(scratch.store, 7));
	assert_int_equal(scratch_count(&scratch, "state"), 1);
	strbuf_release(&err);
}

static void
private_modes_do_not_depend_on_the_umask(void **state)
{
	(void)state;
	mode_t before = umask(0);
	scratch_create_ok(scratch.store, 1);
	umask(before);
	assert_int_equal(scratch_mode(&scratch, "state/requests"), 0700);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1"), 0700);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1/000001.json"), 0600);
	assert_int_equal(scratch_mode(&scratch, "state/queue/not-started"), 0700);
	assert_int_equal(scratch_mode(&scratch, "state/queue/not-started/1"), 0600);
	assert_int_equal(scratch_mode(&scratch, "state/lock"), 0600);
	assert_int_equal(scratch_mode(&scratch, "state/last-id"), 0600);
}

static void
shared_modes_do_not_depend_on_the_umask(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(fchmodat(scratch.root_fd, "state", 02770, 0), 0);
	struct store *store = scratch_open(&scratch);
	mode_t before = umask(077);
	scratch_create_ok(store, 1);
	scratch_load(store, &request, 1);
	scratch_append_ok(store, &request, EVENT_RUNNING, 0);
	umask(before);
	assert_int_equal(scratch_mode(&scratch, "state/requests"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1/000003.json"), 0660);
	assert_int_equal(scratch_mode(&scratch, "state/queue"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/queue/running/1"), 0660);
	assert_int_equal(scratch_mode(&scratch, "state/lock"), 0660);
	request_release(&request);
	store_close(store);
}

static void
an_appended_event_is_in_the_request_as_if_it_was_loaded(void **state)
{
	struct request request, again;
	struct event latest;
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	char user[] = "bob";

	(void)state;
	scratch_create_ok(scratch.store, 2);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_RUNNING, 0, &latest);
	latest.created_by = user;
	assert_int_equal(store_append(scratch.store, &request, &latest, &err), STORE_OK);
	user[0] = 'X';
	assert_string_equal(request.events[3]->created_by, "bob");
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	scratch_load(scratch.store, &again, 1);
	assert_int_equal(again.event_count, 5);
	assert_int_equal(request.event_count, 5);
	assert_string_equal(again.head, request.head);
	assert_int_equal(again.status, request.status);
	assert_int_equal(store_load_latest(scratch.store, 1, &arena, &latest, &err), STORE_OK);
	assert_int_equal(latest.event_id, 5);
	assert_int_equal(latest.event_type, EVENT_COMPLETED);
	arena_release(&arena);
	request_release(&request);
	request_release(&again);
}

static void
the_second_writer_of_an_event_is_told_so(void **state)
{
	struct request mine, theirs;
	struct strbuf err = STRBUF_INIT;
	struct store *other = scratch_open(&scratch);

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &mine, 1);
	scratch_load(other, &theirs, 1);
	assert_false(store_request_changed(scratch.store, &mine));
	scratch_append_ok(other, &theirs, EVENT_RUNNING, 0);
	assert_true(store_request_changed(scratch.store, &mine));
	assert_int_equal(
	    scratch_append(scratch.store, &mine, EVENT_CANCELLED, 0, &err), STORE_EXISTS);
	assert_int_equal(mine.event_count, 2);
	request_release(&mine);
	scratch_load(scratch.store, &mine, 1);
	scratch_append_ok(scratch.store, &mine, EVENT_CANCELLED, 0);
	assert_int_equal(scratch_count(&scratch, "state/requests/1"), 4);
	request_release(&mine);
	request_release(&theirs);
	strbuf_release(&err);
	store_close(other);
}

static void
an_event_that_cannot_be_loaded_is_not_recorded(void **state)
{
	struct request request;
	struct event event;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	event.status = REQUEST_COMPLETED;
	assert_int_equal(store_append(scratch.store, &request, &event, &err), STORE_ERROR);
	assert_string_equal(err.buf, "the event does not fit request 1");
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	char *long_text = malloc(9 * 1024 * 1024);
	memset(long_text, 'x', 9 * 1024 * 1024 - 1);
	long_text[9 * 1024 * 1024 - 1] = '\0';
	event.remarks = long_text;
	strbuf_reset(&err);
	assert_int_equal(store_append(scratch.store, &request, &event, &err), STORE_ERROR);
	assert_string_equal(err.buf, "an event of more than 8 MiB cannot be recorded");
	assert_int_equal(scratch_count(&scratch, "state/requests/1"), 2);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	free(long_text);
	request_release(&request);
	strbuf_release(&err);
}

static void
a_batch_of_40_is_recorded_and_none_harms_another(void **state)
{
	static struct request requests[40];
	static struct event events[40];
	static struct store_append appends[40];
	struct request other;

	(void)state;
	for (uint64_t i = 0; i < 40; i++) {
		scratch_create_ok(scratch.store, 1);
		scratch_load(scratch.store, &requests[i], i + 1);
		scratch_event(&requests[i], EVENT_RUNNING, 0, &events[i]);
		appends[39 - i] =
		    (struct store_append){.request = &requests[i], .event = &events[i]};
		strbuf_init(&appends[39 - i].err);
	}
	/* Request 5 moved on, request 9 is gone, the event of request 13 is wrong. */
	scratch_load(scratch.store, &other, 5);
	scratch_append_ok(scratch.store, &other, EVENT_CANCELLED, 0);
	assert_int_equal(renameat(scratch.root_fd, "state/requests/9", scratch.root_fd, "gone"), 0);
	events[12].prev = "0";
	events[12].status = REQUEST_PENDING;
	store_append_batch(scratch.store, appends, 40);
	for (int i = 0; i < 40; i++) {
		uint64_t id = appends[i].request->id;
		enum store_result expected = id == 5		   ? STORE_EXISTS
					     : id == 9 || id == 13 ? STORE_ERROR
								   : STORE_OK;
		assert_int_equal(appends[i].result, expected);
		assert_int_equal(appends[i].err.len > 0, expected == STORE_ERROR);
		if (expected == STORE_OK) {
			struct request again;
			scratch_load(scratch.store, &again, id);
			assert_int_equal(again.status, REQUEST_RUNNING);
			assert_string_equal(again.head, appends[i].request->head);
			request_release(&again);
		}
		strbuf_release(&appends[i].err);
	}
	/* 37, and request 5 until somebody looks. */
	assert_int_equal(scratch_count(&scratch, "state/queue/running"), 38);
	assert_int_equal(scratch_count(&scratch, "state/queue/not-started"), 2);
	for (int i = 0; i < 40; i++)
		request_release(&requests[i]);
	request_release(&other);
}

static void
a_lock_is_seen_by_everyone_and_held_by_one(void **state)
{
	struct strbuf err = STRBUF_INIT;
	struct store *other = scratch_open(&scratch);
	uint64_t large = (UINT64_C(1) << 62) - 1;

	(void)state;
	assert_int_equal(store_lock(scratch.store, 7, &err), STORE_OK);
	assert_int_equal(store_lock(scratch.store, large, &err), STORE_OK);
	assert_int_equal(store_lock(scratch.store, 0, &err), STORE_NOT_FOUND);
	assert_int_equal(store_lock(scratch.store, large + 1, &err), STORE_NOT_FOUND);
	assert_string_equal(err.buf, "no such request: 0no such request: 4611686018427387904");
	strbuf_release(&err);
	assert_false(store_is_locked(other, large + 1));
	assert_int_equal(store_lock(other, 7, &err), STORE_BUSY);
	assert_int_equal(store_lock(other, large, &err), STORE_BUSY);
	assert_int_equal(store_lock(other, 8, &err), STORE_OK);
	assert_true(store_is_locked(other, 7));
	assert_true(store_is_locked(scratch.store, 7));
	assert_true(store_is_locked(other, large));
	assert_false(store_is_locked(other, 6));
	store_unlock(scratch.store, 7);
	assert_int_equal(store_lock(other, 7, &err), STORE_OK);
	store_close(other);
	assert_false(store_is_locked(scratch.store, 7));
	assert_string_equal(err.buf, "");
}

static void
an_unknown_format_is_refused_by_its_name(void **state)
{
	struct strbuf err = STRBUF_INIT;
	int fd = openat(scratch.root_fd, "state", O_RDONLY | O_DIRECTORY);

	(void)state;
	scratch_write(&scratch, "state/format", "2\n", 2);
	assert_null(file_store_open(fd, steps_catalogue, &err));
	assert_string_equal(
	    err.buf, "'state/format' has version '2', and this program knows only '1'");
	unlinkat(scratch.root_fd, "state/format", 0);
	strbuf_reset(&err);
	assert_null(file_store_open(fd, steps_catalogue, &err));
	assert_string_equal(err.buf, "cannot read 'state/format': No such file or directory");
	strbuf_release(&err);
	close(fd);
}

static void
a_lost_or_wrong_last_id_costs_a_look_and_nothing_else(void **state)
{
	static const char *const hints[] = {"", "garbage\n", "1\n", "0\n", "-4\n", "2", "02\n",
	    "99999999999999999999999\n", "4611686018427387903\n", "\n"};
	uint64_t expected = 3;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_create_ok(scratch.store, 1);
	assert_int_equal(unlinkat(scratch.root_fd, "state/last-id", 0), 0);
	assert_int_equal(scratch_create_ok(scratch.store, 1), expected++);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		scratch_write(&scratch, "state/last-id", hints[i], strlen(hints[i]));
		assert_int_equal(scratch_create_ok(scratch.store, 1), expected++);
	}
	assert_string_equal(scratch_read(&scratch, "state/last-id"), "13\n");
}

static void
what_a_killed_creation_left_is_cleared_by_the_next(void **state)
{
	struct request request;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_int_equal(mkdirat(scratch.root_fd, "state/requests/.new-2", 0700), 0);
	scratch_write(&scratch, "state/requests/.new-2/000001.json", "{", 1);
	scratch_write(&scratch, "state/requests/.new-2/.000002.json.1.1", "", 0);
	scratch_write(&scratch, "state/queue/not-started/2", "", 0);
	assert_string_equal(listed(scratch.store, STATUS_BIT(REQUEST_COMPLETED)), "1");
	request_init(&request, 2);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 2);
	scratch_load(scratch.store, &request, 2);
	assert_false(scratch_has(&scratch, "state/requests/.new-2"));
	request_release(&request);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_new_request_has_the_next_id_and_its_first_events),
	    TEST(nothing_is_written_before_something_is_recorded),
	    TEST(private_modes_do_not_depend_on_the_umask),
	    TEST(shared_modes_do_not_depend_on_the_umask),
	    TEST(an_appended_event_is_in_the_request_as_if_it_was_loaded),
	    TEST(the_second_writer_of_an_event_is_told_so),
	    TEST(an_event_that_cannot_be_loaded_is_not_recorded),
	    TEST(a_batch_of_40_is_recorded_and_none_harms_another),
	    TEST(a_lock_is_seen_by_everyone_and_held_by_one),
	    TEST(an_unknown_format_is_refused_by_its_name),
	    TEST(a_lost_or_wrong_last_id_costs_a_look_and_nothing_else),
	    TEST(what_a_killed_creation_left_is_cleared_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
