/* SPDX-License-Identifier: ISC */
/* What is particular to the store in memory: leases that run out, faults, processes that end. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "steps/catalogue.h"
#include "store-scratch.h"
#include "store/memory.h"

#define LEASE_MS 1000

static struct scratch scratch;
static struct request request;
static struct event event;
static struct strbuf err;

static int
set_up(void **state)
{
	(void)state;
	strbuf_init(&err);
	scratch_make_memory(&scratch, LEASE_MS);
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	request_release(&request);
	scratch_remove(&scratch);
	strbuf_release(&err);
	return 0;
}

/* ---- leases */

static void
a_lock_ends_when_it_is_not_renewed(void **state)
{
	struct store *other = scratch_open(&scratch);
	uint64_t mine, theirs;

	(void)state;
	assert_int_equal(store_lease_ms(scratch.store), LEASE_MS);
	assert_int_equal(store_lock(scratch.store, 1, &mine, &err), STORE_OK);
	scratch.now += LEASE_MS - 1;
	assert_true(store_is_locked(other, 1));
	assert_int_equal(store_lock(other, 1, &theirs, &err), STORE_BUSY);
	assert_int_equal(store_renew(scratch.store, 1, mine, &err), STORE_OK);
	scratch.now += LEASE_MS - 1;
	assert_true(store_is_locked(other, 1));
	scratch.now += 1;
	assert_false(store_is_locked(other, 1));
	assert_int_equal(store_renew(scratch.store, 1, mine, &err), STORE_LOCK_LOST);
	assert_string_equal(err.buf, "the lock of request 1 was lost");
	assert_int_equal(store_lock(other, 1, &theirs, &err), STORE_OK);
	assert_true(theirs > mine);
	/* Whoever lost it does not end the lock of another. */
	store_unlock(scratch.store, 1, mine);
	assert_true(store_is_locked(scratch.store, 1));
	store_close(other);
	assert_false(store_is_locked(scratch.store, 1));
}

static void
nothing_is_appended_under_a_lock_that_was_lost(void **state)
{
	struct store *other = scratch_open(&scratch);
	struct request theirs;
	uint64_t token, their_token;

	(void)state;
	assert_int_equal(store_lock(scratch.store, 1, &token, &err), STORE_OK);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	assert_int_equal(store_append(scratch.store, &request, &event, token, &err), STORE_OK);
	scratch.now += LEASE_MS;
	scratch_event(&request, EVENT_FAILED, 0, &event);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, token, &err), STORE_LOCK_LOST);
	assert_int_equal(store_lock(other, 1, &their_token, &err), STORE_OK);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, token, &err), STORE_LOCK_LOST);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, their_token, &err), STORE_LOCK_LOST);
	assert_int_equal(request.event_count, 3);
	scratch_load(other, &theirs, 1);
	assert_int_equal(theirs.event_count, 3);
	scratch_event(&theirs, EVENT_FAILED, 0, &event);
	assert_int_equal(store_append(other, &theirs, &event, their_token, &err), STORE_OK);
	request_release(&theirs);
	store_close(other);
}

/* ---- faults */

/* What the next operation of that kind of the process "it" meets. */
struct plan {
	enum memory_operation operation;
	bool after;
	enum memory_fault fault;
	int asked; /* how often "it" did something */
};

static int it, another;

static enum memory_fault
follow_plan(void *context, void *who, enum memory_operation operation, bool after)
{
	struct plan *plan = context;
	enum memory_fault fault = plan->fault;

	plan->asked += who == &it;
	if (who != &it || operation != plan->operation || after != plan->after)
		return MEMORY_GO_ON;
	plan->fault = MEMORY_GO_ON;
	return fault;
}

/* A disk with two processes and the plan. */
struct broken {
	struct plan plan;
	struct memory_disk *disk;
	struct store *store; /* of "it" */
	struct store *other;
	struct request request; /* 1, loaded by "it" */
};

static void
broken_init(struct broken *broken)
{
	const struct memory_options options = {.fault = follow_plan, .context = &broken->plan};

	*broken = (struct broken){.plan = {.fault = MEMORY_GO_ON}};
	broken->disk = memory_disk_new(&options);
	broken->store = store_open_memory(broken->disk, &it, steps_catalogue);
	broken->other = store_open_memory(broken->disk, &another, steps_catalogue);
	assert_int_equal(scratch_create_ok(broken->other, 2), 1);
	scratch_load(broken->store, &broken->request, 1);
}

static void
broken_release(struct broken *broken)
{
	request_release(&broken->request);
	store_close(broken->store);
	store_close(broken->other);
	memory_disk_free(broken->disk);
}

static void
an_operation_that_fails_before_has_no_effect(void **state)
{
	struct broken broken;
	uint64_t token = 0;

	(void)state;
	broken_init(&broken);
	broken.plan = (struct plan){.operation = MEMORY_APPEND, .fault = MEMORY_FAIL};
	scratch_event(&broken.request, EVENT_RUNNING, 0, &event);
	assert_int_equal(
	    store_append(broken.store, &broken.request, &event, STORE_NO_LOCK, &err), STORE_ERROR);
	assert_string_equal(err.buf, "the disk has failed");
	assert_int_equal(memory_event_count(broken.disk, 1), 3);
	assert_int_equal(
	    store_append(broken.store, &broken.request, &event, STORE_NO_LOCK, &err), STORE_OK);
	broken.plan = (struct plan){.operation = MEMORY_LOCK, .after = true, .fault = MEMORY_FAIL};
	assert_int_equal(store_lock(broken.store, 1, &token, &err), STORE_ERROR);
	assert_false(store_is_locked(broken.other, 1));
	broken.plan = (struct plan){.operation = MEMORY_READ, .fault = MEMORY_FAIL};
	request_reset(&broken.request);
	assert_int_equal(store_load(broken.store, &broken.request, &err), STORE_ERROR);
	assert_int_equal(store_load(broken.store, &broken.request, &err), STORE_OK);
	broken_release(&broken);
}

static void
an_operation_that_fails_after_has_happened(void **state)
{
	struct broken broken;

	(void)state;
	broken_init(&broken);
	broken.plan =
	    (struct plan){.operation = MEMORY_APPEND, .after = true, .fault = MEMORY_FAIL};
	scratch_event(&broken.request, EVENT_RUNNING, 0, &event);
	assert_int_equal(
	    store_append(broken.store, &broken.request, &event, STORE_NO_LOCK, &err), STORE_ERROR);
	assert_int_equal(memory_event_count(broken.disk, 1), 4);
	assert_int_equal(broken.request.event_count, 3);
	assert_int_equal(store_append(broken.store, &broken.request, &event, STORE_NO_LOCK, &err),
	    STORE_RACE_LOST);
	broken_release(&broken);
}

/* What a process does that has ended. */
static void
assert_ended(struct broken *broken)
{
	int64_t count = memory_event_count(broken->disk, 1);
	int asked = broken->plan.asked;
	struct store_log *log = store_log_open(broken->store, 1, "x");
	struct store_append append = {.request = &broken->request, .event = &event};
	uint64_t token = 0, id = 0;
	struct arena arena = ARENA_INIT;

	scratch_event(&broken->request, EVENT_CANCELLED, 0, &event);
	assert_int_equal(store_append(broken->store, &broken->request, &event, STORE_NO_LOCK, NULL),
	    STORE_ERROR);
	assert_int_equal(store_append_all(broken->store, &append, 1, NULL), STORE_ERROR);
	assert_int_equal(
	    store_create(broken->store, broken->request.events[0], 1, &id, NULL), STORE_ERROR);
	assert_int_equal(store_lock(broken->store, 1, &token, NULL), STORE_ERROR);
	assert_int_equal(store_log_append(log, "x", 1, NULL), -1);
	store_log_close(log, NULL);
	assert_int_equal(
	    store_latest(broken->store, STATUSES_ALL, &arena, NULL, NULL, NULL), STORE_ERROR);
	request_reset(&broken->request);
	assert_int_equal(store_load(broken->store, &broken->request, NULL), STORE_ERROR);
	assert_false(store_request_changed(broken->store, &broken->request));
	assert_int_equal(memory_event_count(broken->disk, 1), count);
	assert_int_equal(memory_event_count(broken->disk, 2), 0);
	assert_int_equal(broken->plan.asked, asked);
	assert_false(store_is_locked(broken->other, 1));
	assert_string_equal(scratch_listed(broken->other, STATUSES_ALL), "1");
}

static void
a_process_can_end_before_and_after_what_it_does(void **state)
{
	(void)state;
	for (int after = 0; after < 2; after++) {
		struct broken broken;
		uint64_t token;

		broken_init(&broken);
		assert_int_equal(store_lock(broken.store, 1, &token, &err), STORE_OK);
		assert_true(store_is_locked(broken.other, 1));
		broken.plan =
		    (struct plan){.operation = MEMORY_APPEND, .after = after, .fault = MEMORY_KILL};
		scratch_event(&broken.request, EVENT_RUNNING, 0, &event);
		assert_int_equal(
		    store_append(broken.store, &broken.request, &event, token, &err), STORE_ERROR);
		assert_string_equal(err.buf, "the process has ended");
		strbuf_reset(&err);
		assert_int_equal(memory_event_count(broken.disk, 1), after ? 4 : 3);
		assert_ended(&broken);
		broken_release(&broken);
	}
}

static void
a_transaction_happens_or_does_not_wherever_its_process_ends(void **state)
{
	(void)state;
	for (int after = 0; after < 2; after++) {
		struct broken broken;
		struct event events[2];
		struct store_append appends[2];

		broken_init(&broken);
		broken.plan = (struct plan){
		    .operation = MEMORY_APPEND_ALL, .after = after, .fault = MEMORY_KILL};
		for (int i = 0; i < 2; i++) {
			scratch_event(
			    &broken.request, i == 0 ? EVENT_RUNNING : EVENT_FAILED, 0, &events[i]);
			appends[i] =
			    (struct store_append){.request = &broken.request, .event = &events[i]};
		}
		assert_int_equal(store_append_all(broken.store, appends, 2, &err), STORE_ERROR);
		assert_int_equal(broken.request.event_count, 3);
		assert_int_equal(memory_event_count(broken.disk, 1), after ? 5 : 3);
		assert_ended(&broken);
		broken_release(&broken);
	}
}

static void
a_key_is_taken_or_free_wherever_its_process_ends(void **state)
{
	(void)state;
	for (int after = 0; after < 2; after++) {
		struct broken broken;
		uint64_t id = 0;

		broken_init(&broken);
		broken.plan =
		    (struct plan){.operation = MEMORY_CREATE, .after = after, .fault = MEMORY_KILL};
		assert_int_equal(
		    scratch_create_key(broken.store, "alice", "k", &id, NULL), STORE_ERROR);
		assert_int_equal(
		    store_find_key(broken.store, "alice", "k", &id, NULL), STORE_ERROR);
		assert_int_equal(store_find_key(broken.other, "alice", "k", &id, &err),
		    after ? STORE_EXISTS : STORE_NOT_FOUND);
		assert_int_equal(scratch_create_key(broken.other, "alice", "k", &id, &err),
		    after ? STORE_EXISTS : STORE_OK);
		assert_int_equal(id, 2);
		assert_int_equal(memory_event_count(broken.disk, 3), 0);
		broken_release(&broken);
	}
}

static void
a_process_can_be_killed_at_any_time(void **state)
{
	struct broken broken;
	uint64_t token;

	(void)state;
	broken_init(&broken);
	assert_int_equal(store_lock(broken.store, 1, &token, &err), STORE_OK);
	memory_kill(broken.disk, &another);
	assert_true(store_is_locked(broken.store, 1));
	assert_int_equal(store_load(broken.other, &broken.request, &err), STORE_ERROR);
	store_close(broken.other);
	broken.other = store_open_memory(broken.disk, &another, steps_catalogue);
	memory_kill(broken.disk, &it);
	assert_false(store_is_locked(broken.other, 1));
	assert_ended(&broken);
	broken_release(&broken);
}

/* ---- what is seen by processes of another boot */

static unsigned
boot_of(void *context, void *who)
{
	(void)context;
	return who == NULL ? 0 : 1;
}

static void
a_lock_is_seen_by_processes_of_the_same_boot_alone_where_locks_may_be_unseen(void **state)
{
	const struct memory_options options = {.medium = "a net", .boot = boot_of};
	struct memory_disk *disk = memory_disk_new(&options);
	struct store *one = store_open_memory(disk, NULL, steps_catalogue),
		     *same = store_open_memory(disk, NULL, steps_catalogue),
		     *far = store_open_memory(disk, &scratch, steps_catalogue);
	struct event running = {.service_request_id = 1};
	struct arena arena = ARENA_INIT;
	uint64_t token, far_token;

	(void)state;
	assert_string_equal(store_medium(one), "a net");
	assert_int_equal(store_lock(one, 1, &token, &err), STORE_OK);
	store_name_process(one, &arena, &running);
	assert_true(store_is_locked(same, 1));
	assert_false(store_is_locked(far, 1));
	assert_int_equal(store_see_run(same, &running, STORE_NO_LOCK).process, PROCESS_LIVES);
	assert_int_equal(store_see_run(far, &running, STORE_NO_LOCK).process, PROCESS_ELSEWHERE);
	/* each has its own */
	assert_int_equal(store_lock(far, 1, &far_token, &err), STORE_OK);
	store_unlock(far, 1, far_token);
	assert_true(store_is_locked(same, 1));
	store_close(one);
	assert_false(store_is_locked(same, 1));
	assert_int_equal(store_see_run(same, &running, STORE_NO_LOCK).process, PROCESS_ENDED);
	assert_int_equal(store_see_run(far, &running, STORE_NO_LOCK).process, PROCESS_ELSEWHERE);
	store_close(same);
	store_close(far);
	memory_disk_free(disk);
	arena_release(&arena);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_lock_ends_when_it_is_not_renewed),
	    TEST(nothing_is_appended_under_a_lock_that_was_lost),
	    TEST(an_operation_that_fails_before_has_no_effect),
	    TEST(an_operation_that_fails_after_has_happened),
	    TEST(a_process_can_end_before_and_after_what_it_does),
	    TEST(a_transaction_happens_or_does_not_wherever_its_process_ends),
	    TEST(a_key_is_taken_or_free_wherever_its_process_ends),
	    TEST(a_process_can_be_killed_at_any_time),
	    TEST(a_lock_is_seen_by_processes_of_the_same_boot_alone_where_locks_may_be_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
