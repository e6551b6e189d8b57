/* SPDX-License-Identifier: ISC */
/* What store.h promises, of every backend. */
#include "unit.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "store-scratch.h"
#include "store/seal.h"

#define LATER INT64_C(1800000000000)

static struct scratch scratch;
static struct strbuf err;

static int
set_up_files(void **state)
{
	(void)state;
	strbuf_init(&err);
	scratch_make(&scratch);
	return 0;
}

static int
set_up_memory(void **state)
{
	(void)state;
	strbuf_init(&err);
	scratch_make_memory(&scratch, 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scratch_remove(&scratch);
	strbuf_release(&err);
	return 0;
}

/* The error so far, which is then empty again. */
static const char *
take_error(void)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s", err.buf);
	strbuf_reset(&err);
	return text;
}

/* A request is exactly what its store says. */
static void
assert_as_loaded(const struct request *request)
{
	struct request again;

	scratch_load(scratch.store, &again, request->id);
	assert_int_equal(request->event_count, again.event_count);
	assert_string_equal(request->head, again.head);
	assert_int_equal(request->status, again.status);
	assert_int_equal(request->pipeline.step_count, again.pipeline.step_count);
	for (size_t i = 0; i < again.pipeline.step_count; i++) {
		assert_int_equal(request->steps[i].status, again.steps[i].status);
		assert_int_equal(request->steps[i].attempt, again.steps[i].attempt);
		assert_int_equal(request->steps[i].tries, again.steps[i].tries);
		assert_int_equal(request->steps[i].votes, again.steps[i].votes);
		assert_int_equal(request->steps[i].latest == NULL, again.steps[i].latest == NULL);
	}
	request_release(&again);
}

/* ---- creating and loading */

static void
a_new_request_has_the_next_id_and_its_first_events(void **state)
{
	struct request request;
	char digest[DIGEST_SIZE];
	const char *text;

	(void)state;
	assert_int_equal(scratch_create_ok(scratch.store, 1), 1);
	assert_int_equal(scratch_create_ok(scratch.store, 2), 2);
	assert_int_equal(scratch_create_ok(scratch.store, 20), 3);
	scratch_load(scratch.store, &request, 2);
	assert_int_equal(request.event_count, 3);
	assert_int_equal(request.status, REQUEST_NOT_STARTED);
	text = scratch_event_text(&scratch, 2, 3);
	digest_sha256(text, strlen(text), digest);
	assert_string_equal(request.head, digest);
	assert_string_equal(text + strlen(text) - 2, "}\n");
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "3 2 1");
	request_release(&request);
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const uint64_t ids[] = {
	    0, 7, (UINT64_C(1) << 62) - 1, UINT64_C(1) << 62, UINT64_MAX};

	(void)state;
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "");
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), "");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct request request;
		struct strbuf expected = STRBUF_INIT;

		request_init(&request, ids[i]);
		assert_int_equal(store_load(scratch.store, &request, &err), STORE_NOT_FOUND);
		strbuf_addf(&expected, "no such request: %" PRIu64, ids[i]);
		assert_string_equal(take_error(), expected.buf);
		assert_int_equal(store_load(scratch.store, &request, NULL), STORE_NOT_FOUND);
		assert_false(store_request_changed(scratch.store, &request));
		assert_false(store_is_locked(scratch.store, ids[i]));
		strbuf_release(&expected);
		request_release(&request);
	}
}

static void
a_request_that_could_not_be_loaded_is_not_made(void **state)
{
	struct request request;
	struct event first;
	uint64_t id = 77;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	first = *request.events[0];
	first.pipeline = NULL;
	assert_int_equal(store_create(scratch.store, &first, 1, &id, &err), STORE_ERROR);
	assert_string_equal(take_error(), "it has no 'pipeline' or no 'form_data'");
	assert_int_equal(store_create(scratch.store, request.events[1], 1, &id, &err), STORE_ERROR);
	assert_string_not_equal(take_error(), "");
	assert_int_equal(id, 77);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 2);
	request_release(&request);
}

static void
the_events_that_a_request_is_made_of_are_not_touched(void **state)
{
	struct request request;
	struct event events[2];
	uint64_t id;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	for (int i = 0; i < 2; i++) {
		events[i] = *request.events[i];
		events[i].event_id = 9;
		events[i].prev = "x";
	}
	assert_int_equal(store_create(scratch.store, events, 2, &id, &err), STORE_OK);
	assert_int_equal(id, 2);
	assert_int_equal(events[0].event_id, 9);
	assert_int_equal(events[1].service_request_id, 1);
	assert_string_equal(events[1].prev, "x");
	request_release(&request);
}

static void
a_loaded_request_is_brought_up_to_date(void **state)
{
	struct request old, request;

	(void)state;
	scratch_create_ok(scratch.store, 2);
	scratch_load(scratch.store, &old, 1);
	scratch_load(scratch.store, &request, 1);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	assert_true(store_request_changed(scratch.store, &old));
	assert_int_equal(store_load(scratch.store, &old, &err), STORE_OK);
	assert_as_loaded(&old);
	assert_false(store_request_changed(scratch.store, &old));
	assert_int_equal(store_load(scratch.store, &old, &err), STORE_OK);
	assert_int_equal(old.event_count, 5);
	request_release(&old);
	request_release(&request);
}

/* ---- keys */

static void
assert_key(struct store *store, const char *requester, const char *key, uint64_t expected)
{
	uint64_t id = 77;

	assert_int_equal(store_find_key(store, requester, key, &id, &err),
	    expected == 0 ? STORE_NOT_FOUND : STORE_EXISTS);
	assert_int_equal(id, expected == 0 ? 77 : expected);
	assert_string_equal(take_error(), "");
}

static void
assert_creates(const char *requester, const char *key, enum store_result result, uint64_t expected)
{
	uint64_t id = 0;

	assert_int_equal(scratch_create_key(scratch.store, requester, key, &id, &err), result);
	assert_int_equal(id, expected);
	assert_string_equal(take_error(), "");
}

static void
one_key_of_one_requester_is_one_request(void **state)
{
	struct request request;

	(void)state;
	assert_key(scratch.store, "alice", "k", 0);
	assert_creates("alice", "k", STORE_OK, 1);
	assert_key(scratch.store, "alice", "k", 1);
	assert_creates("alice", "k", STORE_EXISTS, 1);
	assert_creates("bob", "k", STORE_OK, 2);
	assert_creates("alice", "K", STORE_OK, 3);
	assert_creates("alice", "k", STORE_EXISTS, 1);
	assert_creates("bob", "k", STORE_EXISTS, 2);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 4);
	assert_key(scratch.store, "alice", "K", 3);
	assert_key(scratch.store, "alic", "ek", 0);
	scratch_load(scratch.store, &request, 1);
	assert_string_equal(request.events[0]->key, "k");
	assert_null(request.events[1]->key);
	request_release(&request);
}

static void
of_two_who_create_with_a_key_the_second_gets_the_request_of_the_first(void **state)
{
	struct store *other = scratch_open(&scratch);
	uint64_t id;

	(void)state;
	assert_key(scratch.store, "alice", "k", 0);
	assert_key(other, "alice", "k", 0);
	assert_int_equal(scratch_create_key(other, "alice", "k", &id, &err), STORE_OK);
	assert_creates("alice", "k", STORE_EXISTS, 1);
	assert_key(scratch.store, "alice", "k", 1);
	store_close(other);
}

/* Nor can it be found by looking at them: nobody looks. */
static void
a_key_is_found_whatever_the_other_requests_are(void **state)
{
	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("alice", "k", STORE_OK, 2);
	scratch_create_ok(scratch.store, 1);
	scratch_damage(&scratch, 1, 1, NULL);
	scratch_damage(&scratch, 3, 1, "{");
	assert_key(scratch.store, "alice", "k", 2);
	assert_creates("alice", "k", STORE_EXISTS, 2);
	assert_creates("alice", "l", STORE_OK, 4);
}

static void
the_key_of_a_damaged_request_is_not_given_away(void **state)
{
	(void)state;
	assert_creates("alice", "k", STORE_OK, 1);
	scratch_damage(&scratch, 1, 1, "{");
	assert_key(scratch.store, "alice", "k", 1);
	assert_creates("alice", "k", STORE_EXISTS, 1);
	scratch_damage(&scratch, 1, 1, NULL);
	assert_creates("alice", "k", STORE_EXISTS, 1);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 2);
}

static void
a_request_that_could_not_be_loaded_does_not_take_its_key(void **state)
{
	struct request request;
	struct event first;
	uint64_t id;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	first = *request.events[0];
	first.pipeline = NULL;
	first.key = "k";
	assert_int_equal(store_create(scratch.store, &first, 1, &id, &err), STORE_ERROR);
	assert_string_equal(take_error(), "it has no 'pipeline' or no 'form_data'");
	assert_key(scratch.store, "alice", "k", 0);
	assert_creates("alice", "k", STORE_OK, 2);
	request_release(&request);
}

/* ---- batches */

/* The first events of a loaded request, once more, under that key. */
static void
creation_of(const struct request *request, struct event *events, const char *key,
    struct store_creation *out)
{
	for (size_t i = 0; i < request->event_count; i++)
		events[i] = *request->events[i];
	events[0].key = key;
	*out = (struct store_creation){.events = events, .count = request->event_count};
}

static void
a_batch_is_requests_whose_ids_follow_each_other(void **state)
{
	struct store_creation creations[3];
	struct event events[3][2];
	struct request request, made;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	for (size_t i = 0; i < 3; i++)
		creation_of(&request, events[i], i == 1 ? "k" : NULL, &creations[i]);
	assert_int_equal(store_create_all(scratch.store, creations, 3, &err), STORE_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(creations[i].id, 2 + i);
		assert_false(creations[i].exists);
		scratch_load(scratch.store, &made, 2 + i);
		assert_int_equal(made.event_count, 2);
		request_release(&made);
	}
	assert_key(scratch.store, "alice", "k", 3);
	assert_string_equal(
	    scratch_listed(scratch.store, STATUS_BIT(REQUEST_NOT_STARTED)), "4 3 2 1");
	assert_int_equal(scratch_create_ok(scratch.store, 1), 5);
	assert_int_equal(store_create_all(scratch.store, NULL, 0, &err), STORE_OK);
	request_release(&request);
}

static void
of_a_batch_that_cannot_be_whole_nothing_is_recorded(void **state)
{
	struct store_creation creations[3];
	struct event events[3][2];
	struct request request;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("alice", "k", STORE_OK, 2);
	scratch_load(scratch.store, &request, 1);
	for (size_t i = 0; i < 3; i++)
		creation_of(&request, events[i], NULL, &creations[i]);
	events[1][0].key = "j";
	events[2][0].key = "k";
	assert_int_equal(store_create_all(scratch.store, creations, 3, &err), STORE_EXISTS);
	assert_string_equal(take_error(), "");
	assert_false(creations[1].exists);
	assert_true(creations[2].exists);
	assert_int_equal(creations[2].id, 2);
	events[2][0].key = NULL;
	events[2][0].pipeline = NULL;
	assert_int_equal(store_create_all(scratch.store, creations, 3, &err), STORE_ERROR);
	assert_string_equal(take_error(), "it has no 'pipeline' or no 'form_data'");
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), "2 1");
	assert_key(scratch.store, "alice", "j", 0);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 3);
	request_release(&request);
}

/* ---- appending */

static void
an_appended_event_is_in_the_request_as_if_it_was_loaded(void **state)
{
	struct request request;
	struct event event;
	char user[] = "bob";

	(void)state;
	scratch_create_ok(scratch.store, 2);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	event.created_by = user;
	assert_int_equal(
	    store_append(scratch.store, &request, &event, STORE_NO_LOCK, &err), STORE_OK);
	user[0] = 'X';
	assert_string_equal(request.events[3]->created_by, "bob");
	assert_int_equal(event.status, REQUEST_RUNNING);
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	assert_int_equal(request.event_count, 5);
	assert_as_loaded(&request);
	request_release(&request);
}

static void
number_chain_and_status_are_the_store_s(void **state)
{
	struct request request;
	struct event event;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	event.event_id = 1;
	event.service_request_id = 5;
	event.prev = NULL;
	event.status = REQUEST_COMPLETED;
	assert_int_equal(
	    store_append(scratch.store, &request, &event, STORE_NO_LOCK, &err), STORE_OK);
	assert_int_equal(request.status, REQUEST_RUNNING);
	assert_int_equal(event.event_id, 3);
	assert_int_equal(event.service_request_id, 1);
	assert_as_loaded(&request);
	request_release(&request);
}

static void
the_second_writer_of_an_event_loses_the_race(void **state)
{
	struct request mine, theirs;
	struct store *other = scratch_open(&scratch);

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &mine, 1);
	scratch_load(other, &theirs, 1);
	assert_false(store_request_changed(scratch.store, &mine));
	scratch_append_ok(other, &theirs, EVENT_RUNNING, 0);
	assert_true(store_request_changed(scratch.store, &mine));
	assert_int_equal(
	    scratch_append(scratch.store, &mine, EVENT_CANCELLED, 0, &err), STORE_RACE_LOST);
	assert_string_equal(take_error(), "");
	assert_int_equal(mine.event_count, 2);
	assert_int_equal(mine.status, REQUEST_NOT_STARTED);
	/* It is as it was, so that it can be brought up to date. */
	assert_int_equal(store_load(scratch.store, &mine, &err), STORE_OK);
	assert_as_loaded(&mine);
	scratch_append_ok(scratch.store, &mine, EVENT_CANCELLED, 0);
	assert_int_equal(mine.event_count, 4);
	assert_as_loaded(&mine);
	request_release(&mine);
	request_release(&theirs);
	store_close(other);
}

/* Two stores write by turns, each without knowing of the other; the loser loads and tries again. */
static void
two_stores_lose_nothing_and_double_nothing(void **state)
{
	struct store *stores[2] = {scratch.store, scratch_open(&scratch)};
	struct request requests[2];
	size_t lost = 0;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(stores[0], &requests[0], 1);
	scratch_load(stores[1], &requests[1], 1);
	for (int turn = 0; turn < 60; turn++) {
		int who = turn % 3 == 0;
		struct request *request = &requests[who];
		struct event event;
		enum store_result result;

		do {
			bool runs = request_current_step(request)->status == STEP_RUNNING;

			scratch_event(request, runs ? EVENT_FAILED : EVENT_RUNNING, LATER, &event);
			if (!runs)
				event.not_before = 0;
			event.created_by = who ? "one" : "zero";
			result = store_append(stores[who], request, &event, STORE_NO_LOCK, &err);
			if (result == STORE_RACE_LOST) {
				lost++;
				assert_int_equal(store_load(stores[who], request, &err), STORE_OK);
			}
		} while (result == STORE_RACE_LOST);
		assert_int_equal(result, STORE_OK);
	}
	assert_true(lost >= 20);
	assert_int_equal(store_load(stores[0], &requests[0], &err), STORE_OK);
	assert_int_equal(requests[0].event_count, 62);
	assert_as_loaded(&requests[0]);
	request_release(&requests[0]);
	request_release(&requests[1]);
	store_close(stores[1]);
}

static void
an_event_that_could_not_be_loaded_is_not_recorded(void **state)
{
	size_t size = 9 * 1024 * 1024;
	char *long_text = malloc(size);
	struct request request;
	struct event event;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_COMPLETED, 0, &event);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, STORE_NO_LOCK, &err), STORE_ERROR);
	assert_string_equal(take_error(),
	    "'Completed' of step 'Call 1' cannot follow while the request is Not Started");
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	memset(long_text, 'x', size - 1);
	long_text[size - 1] = '\0';
	event.remarks = long_text;
	assert_int_equal(
	    store_append(scratch.store, &request, &event, STORE_NO_LOCK, &err), STORE_ERROR);
	assert_string_equal(take_error(), "an event of more than 8 MiB cannot be recorded");
	assert_as_loaded(&request);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_int_equal(request.event_count, 3);
	free(long_text);
	request_release(&request);
}

/* ---- groups */

#define GROUP 40

/* Hands all over, and takes each back once. */
static void
append_beside(struct store *store, struct store_append *appends, size_t count)
{
	struct store_append *handed_over[GROUP];
	const struct store_append *one;
	size_t back = 0;

	assert_true(count <= GROUP);
	for (size_t i = 0; i < count; i++) {
		appends[i].context = &back;
		handed_over[i] = &appends[i];
	}
	store_append_begin(store, handed_over, count);
	while ((one = store_append_collect(store, true)) != NULL) {
		assert_true(one >= appends && one < appends + count);
		assert_ptr_equal(one->context, &back);
		handed_over[one - appends] = NULL;
		back++;
	}
	assert_int_equal(back, count);
	for (size_t i = 0; i < count; i++)
		assert_null(handed_over[i]);
}

typedef void append_fn(struct store *, struct store_append *, size_t count);

static void
append_forty(append_fn *append)
{
	static struct request requests[GROUP];
	static struct event events[GROUP];
	struct store_append appends[GROUP];
	struct request other;
	uint64_t token;

	for (uint64_t i = 0; i < GROUP; i++) {
		scratch_create_ok(scratch.store, 1);
		scratch_load(scratch.store, &requests[i], i + 1);
		scratch_event(&requests[i], EVENT_RUNNING, 0, &events[i]);
		appends[GROUP - 1 - i] = (struct store_append){
		    .request = &requests[i], .event = &events[i], .err = STRBUF_INIT};
	}
	/* Request 5 has moved on, the event of 13 cannot follow, the lock of 20 has ended. */
	scratch_load(scratch.store, &other, 5);
	scratch_append_ok(scratch.store, &other, EVENT_CANCELLED, 0);
	request_release(&other);
	events[12].event_type = EVENT_COMPLETED;
	assert_int_equal(store_lock(scratch.store, 20, &token, &err), STORE_OK);
	store_unlock(scratch.store, 20, token);
	appends[GROUP - 20].token = token;
	assert_int_equal(store_lock(scratch.store, 21, &token, &err), STORE_OK);
	appends[GROUP - 21].token = token;
	append(scratch.store, appends, GROUP);
	for (int i = 0; i < GROUP; i++) {
		uint64_t id = appends[i].request->id;
		enum store_result expected = id == 5	? STORE_RACE_LOST
					     : id == 13 ? STORE_ERROR
					     : id == 20 ? STORE_LOCK_LOST
							: STORE_OK;

		assert_int_equal(appends[i].result, expected);
		assert_string_equal(appends[i].err.buf,
		    id == 13   ? "'Completed' of step 'Call 1' cannot follow while the request is "
				 "Not Started"
		    : id == 20 ? "the lock of request 20 was lost"
			       : "");
		assert_int_equal(appends[i].request->event_count, expected == STORE_OK ? 3 : 2);
		if (id != 5)
			assert_as_loaded(appends[i].request);
		strbuf_release(&appends[i].err);
		request_release(appends[i].request);
	}
	scratch_load(scratch.store, &other, 40);
	assert_int_equal(other.status, REQUEST_RUNNING);
	request_release(&other);
	append(scratch.store, appends, 0);
}

static void
of_a_group_each_event_is_recorded_for_itself(void **state)
{
	(void)state;
	append_forty(store_append_group);
}

static void
so_is_each_that_is_appended_beside(void **state)
{
	(void)state;
	append_forty(append_beside);
}

#define ROUNDS 30

/* As many requests as there are, each of which goes on when its event is there. */
static void
what_is_appended_beside_goes_on_when_it_is_there(void **state)
{
	static struct request requests[GROUP];
	static struct event events[GROUP];
	static struct store_append appends[GROUP];
	struct store_append *all[GROUP], *one;
	size_t rounds[GROUP] = {0};
	size_t recorded = 0;

	(void)state;
	for (uint64_t i = 0; i < GROUP; i++) {
		scratch_create_ok(scratch.store, 1);
		scratch_load(scratch.store, &requests[i], i + 1);
		scratch_event(&requests[i], EVENT_RUNNING, 0, &events[i]);
		appends[i] = (struct store_append){.request = &requests[i], .event = &events[i]};
		assert_int_equal(
		    store_lock(scratch.store, i + 1, &appends[i].token, &err), STORE_OK);
		all[i] = &appends[i];
	}
	store_append_begin(scratch.store, all, GROUP);
	while ((one = store_append_collect(scratch.store, true)) != NULL) {
		size_t i = (size_t)(one - appends);

		assert_int_equal(one->result, STORE_OK);
		assert_int_equal(requests[i].event_count, 3 + rounds[i]);
		assert_true(store_request_changed(scratch.store, &requests[i]) == false);
		recorded++;
		if (++rounds[i] == ROUNDS)
			continue;
		scratch_event(&requests[i], rounds[i] % 2 == 1 ? EVENT_FAILED : EVENT_RUNNING,
		    rounds[i] % 2 == 1 ? LATER : 0, &events[i]);
		store_append_begin(scratch.store, &one, 1);
	}
	assert_int_equal(recorded, GROUP * ROUNDS);
	for (size_t i = 0; i < GROUP; i++) {
		assert_as_loaded(&requests[i]);
		request_release(&requests[i]);
	}
}

/* Wherever results are not there at once, a descriptor tells of them. */
static void
a_descriptor_tells_of_what_was_appended_beside(void **state)
{
	struct store_append append = {.err = STRBUF_INIT}, *all[] = {&append};
	struct request request;
	struct event event;

	(void)state;
	assert_null(store_append_collect(scratch.store, true));
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	for (int i = 0; i < 3; i++) {
		scratch_event(
		    &request, i == 1 ? EVENT_FAILED : EVENT_RUNNING, i == 1 ? LATER : 0, &event);
		append.request = &request;
		append.event = &event;
		store_append_begin(scratch.store, all, 1);
		if (store_append_fd(scratch.store) >= 0) {
			struct pollfd fd = {.fd = store_append_fd(scratch.store), .events = POLLIN};

			assert_int_equal(poll(&fd, 1, -1), 1);
			assert_ptr_equal(store_append_collect(scratch.store, false), &append);
			assert_int_equal(poll(&fd, 1, 0), 0);
		} else {
			assert_ptr_equal(store_append_collect(scratch.store, false), &append);
		}
		assert_int_equal(append.result, STORE_OK);
		assert_null(store_append_collect(scratch.store, false));
	}
	assert_as_loaded(&request);
	request_release(&request);
}

/* ---- transactions */

/* Requests 1 and 2, with two steps each. */
static struct request one, two;

static void
make_two(void)
{
	scratch_create_ok(scratch.store, 2);
	scratch_create_ok(scratch.store, 2);
	scratch_load(scratch.store, &one, 1);
	scratch_load(scratch.store, &two, 2);
}

static void
release_two(void)
{
	request_release(&one);
	request_release(&two);
}

/* Request 1 starts and completes its step, request 2 starts. */
static void
fill_transaction(struct event events[3], struct store_append appends[3])
{
	static struct request *const requests[] = {&one, &two, &one};
	static const enum event_type types[] = {EVENT_RUNNING, EVENT_RUNNING, EVENT_COMPLETED};

	for (int i = 0; i < 3; i++) {
		scratch_event(requests[i], types[i], 0, &events[i]);
		appends[i] = (struct store_append){.request = requests[i], .event = &events[i]};
	}
}

static void
a_transaction_records_all_its_events(void **state)
{
	struct event events[3];
	struct store_append appends[3];

	(void)state;
	make_two();
	fill_transaction(events, appends);
	assert_int_equal(store_append_all(scratch.store, appends, 3, &err), STORE_OK);
	assert_string_equal(take_error(), "");
	assert_int_equal(one.event_count, 5);
	assert_int_equal(one.steps[0].status, STEP_COMPLETED);
	assert_int_equal(two.event_count, 4);
	assert_as_loaded(&one);
	assert_as_loaded(&two);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_RUNNING)), "2 1");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_NOT_STARTED)), "");
	/* They go on as ever. */
	scratch_append_ok(scratch.store, &one, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &two, EVENT_FAILED, 0);
	fill_transaction(events, appends);
	assert_int_equal(store_append_all(scratch.store, appends, 0, &err), STORE_OK);
	events[1].event_type = EVENT_NOT_STARTED;
	assert_int_equal(store_append_all(scratch.store, appends + 1, 1, &err), STORE_OK);
	assert_int_equal(two.status, REQUEST_RUNNING);
	assert_as_loaded(&two);
	release_two();
}

/* The transaction has that result, with that message, and nothing has changed. */
static void
assert_nothing_recorded(struct store_append appends[3], enum store_result expected,
    const char *message, size_t count_of_two)
{
	assert_int_equal(store_append_all(scratch.store, appends, 3, &err), expected);
	assert_string_equal(take_error(), message);
	for (int i = 0; i < 3; i++)
		assert_int_equal(appends[i].result, expected);
	assert_int_equal(one.event_count, 3);
	assert_int_equal(two.event_count, 3);
	assert_as_loaded(&one);
	assert_int_equal(store_load(scratch.store, &two, &err), STORE_OK);
	assert_int_equal(two.event_count, count_of_two);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_NOT_STARTED)),
	    count_of_two == 3 ? "2 1" : "1");
}

static void
a_transaction_that_loses_one_race_records_nothing(void **state)
{
	struct event events[3];
	struct store_append appends[3];
	struct request other;

	(void)state;
	make_two();
	fill_transaction(events, appends);
	scratch_load(scratch.store, &other, 2);
	scratch_append_ok(scratch.store, &other, EVENT_CANCELLED, 0);
	request_release(&other);
	assert_nothing_recorded(appends, STORE_RACE_LOST, "", 4);
	release_two();
}

static void
a_transaction_with_an_event_that_cannot_follow_records_nothing(void **state)
{
	struct event events[3];
	struct store_append appends[3];

	(void)state;
	make_two();
	fill_transaction(events, appends);
	events[2].event_type = EVENT_APPROVED;
	assert_nothing_recorded(appends, STORE_ERROR,
	    "'Approved' of step 'Call 1' cannot follow while the request is Running", 3);
	/* Not even that of a request that is gone may be recorded in part. */
	fill_transaction(events, appends);
	assert_int_equal(store_append_all(scratch.store, appends, 3, &err), STORE_OK);
	release_two();
}

static void
a_transaction_under_a_lock_that_ended_records_nothing(void **state)
{
	struct event events[3];
	struct store_append appends[3];
	uint64_t first, second;

	(void)state;
	make_two();
	assert_int_equal(store_lock(scratch.store, 1, &first, &err), STORE_OK);
	assert_int_equal(store_lock(scratch.store, 2, &second, &err), STORE_OK);
	store_unlock(scratch.store, 2, second);
	fill_transaction(events, appends);
	appends[0].token = appends[2].token = first;
	appends[1].token = second;
	assert_nothing_recorded(appends, STORE_LOCK_LOST, "the lock of request 2 was lost", 3);
	assert_int_equal(store_lock(scratch.store, 2, &appends[1].token, &err), STORE_OK);
	assert_int_equal(store_append_all(scratch.store, appends, 3, &err), STORE_OK);
	release_two();
}

/* ---- locks */

static void
a_lock_is_seen_by_everyone_and_held_by_one(void **state)
{
	struct store *other = scratch_open(&scratch);
	uint64_t large = (UINT64_C(1) << 62) - 1, first = 0, second = 0, third = 99;

	(void)state;
	assert_int_equal(store_lock(scratch.store, 7, &first, &err), STORE_OK);
	assert_int_not_equal(first, STORE_NO_LOCK);
	assert_int_equal(store_lock(scratch.store, large, &second, &err), STORE_OK);
	assert_int_not_equal(first, second);
	assert_int_equal(store_lock(other, 7, &third, &err), STORE_BUSY);
	assert_int_equal(store_lock(other, large, &third, &err), STORE_BUSY);
	assert_int_equal(store_lock(scratch.store, 7, &third, &err), STORE_BUSY);
	assert_int_equal(third, 99);
	assert_int_equal(store_lock(other, 8, &third, &err), STORE_OK);
	assert_true(store_is_locked(other, 7));
	assert_true(store_is_locked(scratch.store, 7));
	assert_true(store_is_locked(scratch.store, 8));
	assert_true(store_is_locked(other, large));
	assert_false(store_is_locked(other, 6));
	assert_string_equal(take_error(), "");
	store_unlock(scratch.store, 7, first);
	assert_false(store_is_locked(other, 7));
	assert_int_equal(store_lock(other, 7, &third, &err), STORE_OK);
	store_close(other);
	assert_false(store_is_locked(scratch.store, 7));
	assert_false(store_is_locked(scratch.store, 8));
	assert_int_equal(store_lock(scratch.store, 7, &first, &err), STORE_OK);
}

static void
what_can_be_no_id_cannot_be_locked(void **state)
{
	uint64_t token = 99;

	(void)state;
	assert_int_equal(store_lock(scratch.store, 0, &token, &err), STORE_NOT_FOUND);
	assert_string_equal(take_error(), "no such request: 0");
	assert_int_equal(
	    store_lock(scratch.store, UINT64_C(1) << 62, &token, &err), STORE_NOT_FOUND);
	assert_string_equal(take_error(), "no such request: 4611686018427387904");
	assert_int_equal(token, 99);
	store_unlock(scratch.store, 0, 99);
	assert_int_equal(store_renew(scratch.store, 0, 99, &err), STORE_LOCK_LOST);
}

static void
an_append_carries_the_token_of_a_lock_that_is_held(void **state)
{
	struct store *other = scratch_open(&scratch);
	struct request request;
	struct event event;
	uint64_t token, second;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	assert_int_equal(store_lock(scratch.store, 1, &token, &err), STORE_OK);
	assert_int_equal(store_lock(scratch.store, 2, &second, &err), STORE_OK);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, second, &err), STORE_LOCK_LOST);
	assert_string_equal(take_error(), "the lock of request 1 was lost");
	assert_int_equal(store_append(scratch.store, &request, &event, token, &err), STORE_OK);
	/* Whoever holds it keeps nobody else from appending without a lock. */
	scratch_append_ok(other, &request, EVENT_CANCELLED, 0);
	scratch_event(&request, EVENT_FAILED, 0, &event);
	store_unlock(scratch.store, 1, token);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, token, &err), STORE_LOCK_LOST);
	assert_string_equal(take_error(), "the lock of request 1 was lost");
	/* A new lock of the same request makes the old token no better. */
	assert_int_equal(store_lock(scratch.store, 1, &second, &err), STORE_OK);
	assert_int_not_equal(second, token);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, token, &err), STORE_LOCK_LOST);
	store_unlock(scratch.store, 1, token);
	assert_true(store_is_locked(other, 1));
	assert_int_equal(store_append(scratch.store, &request, &event, second, &err), STORE_OK);
	assert_int_equal(request.event_count, 5);
	assert_as_loaded(&request);
	request_release(&request);
	store_close(other);
}

static void
a_lock_is_renewed_while_it_is_held(void **state)
{
	uint64_t token;

	(void)state;
	assert_int_equal(store_lease_ms(scratch.store), 0);
	assert_int_equal(store_lock(scratch.store, 7, &token, &err), STORE_OK);
	assert_int_equal(store_renew(scratch.store, 7, token, &err), STORE_OK);
	assert_string_equal(take_error(), "");
	assert_int_equal(store_renew(scratch.store, 8, token, &err), STORE_LOCK_LOST);
	assert_string_equal(take_error(), "the lock of request 8 was lost");
	assert_int_equal(store_renew(scratch.store, 7, STORE_NO_LOCK, &err), STORE_LOCK_LOST);
	store_unlock(scratch.store, 7, token);
	assert_int_equal(store_renew(scratch.store, 7, token, &err), STORE_LOCK_LOST);
}

/* ---- listing */

static void
a_request_is_listed_by_its_status(void **state)
{
	struct request request;

	(void)state;
	for (int i = 0; i < 3; i++)
		scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 2);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_RUNNING)), "2");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_NOT_STARTED)), "3 1");
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "3 2 1");
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "3 1");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_FAILED)), "2");
	scratch_append_ok(scratch.store, &request, EVENT_NOT_STARTED, 0);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_COMPLETED)), "2");
	assert_string_equal(
	    scratch_listed(scratch.store, STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED)), "3 1");
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), "3 2 1");
	assert_string_equal(scratch_listed(scratch.store, 0), "");
	request_release(&request);
}

static void
a_cancelled_request_is_looked_after_until_its_call_has_an_outcome(void **state)
{
	struct request request;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 2);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	request_release(&request);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT_UNRECORDED), "");
	scratch_load(scratch.store, &request, 1);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(scratch_listed(scratch.store, STATUS_BIT_UNRECORDED), "1");
		assert_string_equal(
		    scratch_listed(scratch.store, STATUSES_UNFINISHED | STATUS_BIT_UNRECORDED),
		    "1");
		assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "");
		assert_string_equal(
		    scratch_listed(scratch.store, STATUS_BIT(REQUEST_CANCELLED)), "2 1");
	}
	scratch_append_ok(scratch.store, &request, EVENT_FAILED, 0);
	assert_int_equal(request.status, REQUEST_CANCELLED);
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT_UNRECORDED), "");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT_UNRESOLVED), "");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_CANCELLED)), "2 1");
	request_release(&request);
}

static void
append_failed(struct request *request, enum reason reason)
{
	struct event event;

	scratch_event(request, EVENT_FAILED, 0, &event);
	event.reason = reason;
	assert_int_equal(
	    store_append(scratch.store, request, &event, STORE_NO_LOCK, &err), STORE_OK);
}

static void
a_cancelled_request_whose_outcome_is_unknown_is_listed_until_it_is_resolved(void **state)
{
	struct request request;

	(void)state;
	/* cancelled before that was recorded, and after */
	for (uint64_t id = 1; id <= 2; id++) {
		scratch_create_ok(scratch.store, 1);
		scratch_load(scratch.store, &request, id);
		scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
		if (id == 1)
			scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
		append_failed(&request, REASON_OUTCOME_UNKNOWN);
		if (id == 2)
			scratch_append_ok(scratch.store, &request, EVENT_CANCELLED, 0);
		assert_int_equal(request.status, REQUEST_CANCELLED);
		assert_string_equal(
		    scratch_listed(scratch.store, STATUS_BIT_UNRESOLVED), id == 1 ? "1" : "2");
		assert_string_equal(
		    scratch_listed(scratch.store,
			STATUSES_UNFINISHED | STATUS_BIT_UNRECORDED | STATUS_BIT(REQUEST_FAILED)),
		    "");
		append_failed(&request, REASON_EXECUTOR);
		assert_int_equal(request.status, REQUEST_CANCELLED);
		assert_string_equal(scratch_listed(scratch.store, STATUS_BIT_UNRESOLVED), "");
		request_release(&request);
	}
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_CANCELLED)), "2 1");
}

struct walk {
	struct arena arena;
	uint64_t last;
	size_t seen;
	size_t most;
};

static bool
step_on(void *context, const struct store_latest *latest)
{
	struct walk *walk = context;

	assert_true(latest->id < walk->last);
	walk->last = latest->id;
	assert_non_null(latest->event);
	assert_int_equal(latest->event->event_id, 2);
	assert_int_equal(latest->event->service_request_id, latest->id);
	assert_string_equal(latest->event->requested_by, "alice");
	return ++walk->seen < walk->most;
}

static void
a_listing_ends_when_it_has_enough(void **state)
{
	struct walk walk = {.arena = ARENA_INIT, .last = UINT64_MAX, .most = 3};

	(void)state;
	for (int i = 0; i < 8; i++)
		scratch_create_ok(scratch.store, 1);
	assert_int_equal(
	    store_latest(scratch.store, STATUSES_UNFINISHED, &walk.arena, step_on, &walk, &err),
	    STORE_OK);
	assert_int_equal(walk.seen, 3);
	assert_int_equal(walk.last, 6);
	walk = (struct walk){.arena = walk.arena, .last = UINT64_MAX, .most = 100};
	assert_int_equal(
	    store_latest(scratch.store, STATUSES_ALL, &walk.arena, step_on, &walk, &err), STORE_OK);
	assert_int_equal(walk.seen, 8);
	arena_release(&walk.arena);
}

/* ---- damage */

/* Three requests of five events each, Running; the second is to be damaged. */
static void
make_three(void)
{
	for (int i = 0; i < 3; i++) {
		struct request request;

		scratch_load(scratch.store, &request, scratch_create_ok(scratch.store, 2));
		scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
		scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
		request_release(&request);
	}
}

/* Request 2 is damaged, with these words in the message, and holds so many events. */
static void
assert_damaged(const char *words, size_t count)
{
	struct request request;
	const char *message;

	request_init(&request, 2);
	assert_int_equal(store_load(scratch.store, &request, &err), STORE_DAMAGED);
	message = take_error();
	assert_memory_equal(message, "request 2 is damaged: ", 22);
	if (strstr(message, words) == NULL)
		assert_string_equal(message, words);
	assert_int_equal(request.event_count, count);
	request_release(&request);
	for (uint64_t id = 1; id <= 3; id += 2) {
		scratch_load(scratch.store, &request, id);
		assert_int_equal(request.event_count, 5);
		request_release(&request);
	}
}

/* The listing that names request 2, whose latest event cannot be read. */
static void
assert_listed_as_damaged(void)
{
	static const unsigned sets[] = {
	    STATUSES_ALL, STATUSES_UNFINISHED, STATUS_BIT(REQUEST_RUNNING)};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const char *list = scratch_listed(scratch.store, sets[i]);

		assert_memory_equal(list, "3 (2: request 2 is damaged: ", 28);
		assert_string_equal(list + strlen(list) - 3, ") 1");
	}
}

static void
a_missing_event_is_noticed(void **state)
{
	(void)state;
	make_three();
	scratch_damage(&scratch, 2, 3, NULL);
	assert_damaged(" is missing", 2);
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), "3 2 1");
}

static void
a_missing_last_event_cannot_be_told_from_one_that_never_was(void **state)
{
	struct request request;

	(void)state;
	make_three();
	scratch_damage(&scratch, 2, 5, NULL);
	scratch_load(scratch.store, &request, 2);
	assert_int_equal(request.event_count, 4);
	request_release(&request);
}

static void
an_event_that_is_cut_off_is_noticed(void **state)
{
	(void)state;
	make_three();
	scratch_damage(&scratch, 2, 5, "{\"event_id\":5,");
	assert_damaged(":1:15: ", 4);
	assert_listed_as_damaged();
	scratch_damage(&scratch, 2, 5, "");
	assert_damaged(":1:1: ", 4);
	assert_listed_as_damaged();
}

static void
an_edited_event_breaks_the_chain(void **state)
{
	struct strbuf text = STRBUF_INIT;
	char *name;

	(void)state;
	make_three();
	strbuf_addstr(&text, scratch_event_text(&scratch, 2, 4));
	name = strstr(text.buf, "\"alice\"");
	assert_non_null(name);
	memcpy(name, "\"bobby\"", 7);
	scratch_damage(&scratch, 2, 4, text.buf);
	assert_damaged(": it was changed after it was written: its sha256 does not fit", 3);
	/* with a check that fits, as somebody writes it who means to */
	strbuf_truncate(&text, text.len - 78);
	strbuf_addstr(&text, "}\n");
	seal_add(&text);
	scratch_damage(&scratch, 2, 4, text.buf);
	assert_damaged(": the chain is broken: the event before it was changed or replaced", 4);
	strbuf_release(&text);
}

static void
an_event_of_another_place_is_noticed(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	make_three();
	strbuf_addstr(&text, scratch_event_text(&scratch, 1, 5));
	scratch_damage(&scratch, 2, 5, text.buf);
	assert_damaged(": it belongs to request 1", 4);
	assert_listed_as_damaged();
	strbuf_reset(&text);
	strbuf_addstr(&text, scratch_event_text(&scratch, 2, 4));
	scratch_damage(&scratch, 2, 5, text.buf);
	assert_damaged(": its event_id is 4", 4);
	assert_listed_as_damaged();
	strbuf_release(&text);
}

static void
a_request_without_events_is_damaged(void **state)
{
	(void)state;
	make_three();
	for (int64_t number = 1; number <= 5; number++)
		scratch_damage(&scratch, 2, number, NULL);
	assert_damaged("it has no events", 0);
	assert_listed_as_damaged();
}

static void
a_damaged_request_is_not_appended_to(void **state)
{
	struct request request;

	(void)state;
	make_three();
	scratch_damage(&scratch, 2, 4, "{}\n");
	request_init(&request, 2);
	assert_int_equal(store_load(scratch.store, &request, &err), STORE_DAMAGED);
	assert_int_equal(request.event_count, 3);
	assert_int_equal(
	    scratch_append(scratch.store, &request, EVENT_CANCELLED, 0, &err), STORE_RACE_LOST);
	request_release(&request);
}

static void
note_check(void *context, uint64_t id, enum store_result result, const char *why)
{
	struct strbuf *out = context;

	strbuf_addf(out, "%" PRIu64 "%s%s\n", id, result == STORE_OK ? "" : ": ",
	    result == STORE_OK ? "" : strrchr(why, ':'));
	assert_int_equal(result == STORE_OK, *why == '\0');
}

static void
a_check_reports_on_each_request(void **state)
{
	struct strbuf report = STRBUF_INIT;

	(void)state;
	assert_int_equal(store_check(scratch.store, note_check, &report, &err), STORE_OK);
	assert_string_equal(report.buf, "");
	make_three();
	scratch_damage(&scratch, 2, 2, "[]\n");
	assert_int_equal(store_check(scratch.store, note_check, &report, &err), STORE_OK);
	assert_string_equal(report.buf, "3\n2: : an event is a JSON object, not a list\n1\n");
	strbuf_release(&report);
}

/* ---- watching */

static bool
is_readable(const struct store_watch *watch)
{
	struct pollfd fd = {.fd = store_watch_fd(watch), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void
a_watch_notices_the_events_of_its_request(void **state)
{
	struct store *other = scratch_open(&scratch);
	struct store_watch *watch;

	(void)state;
	make_two();
	watch = store_watch(scratch.store, 1, false, &err);
	assert_non_null(watch);
	assert_false(is_readable(watch));
	scratch_append_ok(other, &two, EVENT_RUNNING, 0);
	assert_false(is_readable(watch));
	for (int i = 0; i < 2; i++) {
		scratch_append_ok(other, &one, i == 0 ? EVENT_RUNNING : EVENT_FAILED, 0);
		assert_true(is_readable(watch));
		assert_true(is_readable(watch));
		store_watch_clear(watch);
		assert_false(is_readable(watch));
		store_watch_clear(watch);
	}
	store_watch_end(watch);
	store_watch_end(NULL);
	assert_null(store_watch(scratch.store, 7, false, &err));
	assert_memory_equal(take_error(), "cannot watch request 7: ", 24);
	assert_null(store_watch(scratch.store, 0, false, &err));
	release_two();
	store_close(other);
}

static void
append_log(uint64_t id, const char *name, const char *text)
{
	struct store_log *log = store_log_open(scratch.store, id, name);

	assert_int_equal(store_log_append(log, text, strlen(text), &err), 0);
	assert_int_equal(store_log_close(log, &err), 0);
	assert_string_equal(take_error(), "");
}

static void
a_watch_notices_logs_if_it_was_asked_to(void **state)
{
	struct store_watch *plain, *watch;

	(void)state;
	make_two();
	append_log(2, "Call 1", "other\n");
	plain = store_watch(scratch.store, 1, false, &err);
	watch = store_watch(scratch.store, 1, true, &err);
	/* The first bytes, the next ones, and another log. */
	for (int i = 0; i < 3; i++) {
		append_log(1, i < 2 ? "Call 1" : "Call 2", "line\n");
		assert_true(is_readable(watch));
		store_watch_clear(watch);
		assert_false(is_readable(watch));
	}
	append_log(2, "Call 1", "other\n");
	assert_false(is_readable(watch));
	assert_false(is_readable(plain));
	scratch_append_ok(scratch.store, &one, EVENT_RUNNING, 0);
	assert_true(is_readable(watch));
	assert_true(is_readable(plain));
	store_watch_end(watch);
	store_watch_end(plain);
	release_two();
}

/* ---- logs */

/* All that is new in the log of request 1. */
static const char *
read_log(struct store_log_reader *reader, bool *anew)
{
	static char text[256];
	struct strbuf out = STRBUF_INIT;
	size_t before;

	*anew = false;
	do {
		bool now_anew;

		before = out.len;
		assert_int_equal(store_log_read(reader, &out, &now_anew, &err), STORE_OK);
		*anew = *anew || now_anew;
	} while (out.len > before);
	snprintf(text, sizeof(text), "%s", out.buf);
	strbuf_release(&out);
	return text;
}

static void
a_log_is_read_as_far_as_it_goes(void **state)
{
	struct store_log_reader *reader, *again;
	struct strbuf out = STRBUF_INIT;
	struct store_log *log;
	bool anew;

	(void)state;
	make_two();
	reader = store_log_reader_open(scratch.store, 1, "Call 1", true);
	again = store_log_reader_open(scratch.store, 1, "Call 1", false);
	assert_int_equal(store_log_read(reader, &out, &anew, &err), STORE_NOT_FOUND);
	log = store_log_open(scratch.store, 1, "Call 1");
	assert_int_equal(store_log_append(log, "", 0, &err), 0);
	/* It appears with its first bytes. */
	assert_int_equal(store_log_read(reader, &out, &anew, &err), STORE_NOT_FOUND);
	assert_string_equal(take_error(), "");
	assert_int_equal(store_log_append(log, "one\n", 4, &err), 0);
	assert_string_equal(read_log(reader, &anew), "one\n");
	assert_string_equal(read_log(reader, &anew), "");
	assert_int_equal(store_log_append(log, "two\nthr", 7, &err), 0);
	append_log(1, "Call 1", "ee\n");
	assert_string_equal(read_log(reader, &anew), "two\nthree\n");
	assert_false(anew);
	assert_string_equal(read_log(again, &anew), "one\ntwo\nthree\n");
	assert_false(anew);
	assert_int_equal(store_log_close(log, &err), 0);
	store_log_reader_close(reader);
	store_log_reader_close(again);
	strbuf_release(&out);
	release_two();
}

static void
notice_that_it_began_anew(bool follows)
{
	struct store_log_reader *reader;
	struct strbuf out = STRBUF_INIT;
	bool anew;

	make_two();
	reader = store_log_reader_open(scratch.store, 1, "Call 1", follows);
	append_log(1, "Call 1", "before\n");
	append_log(1, "Call 2", "keeps the folder\n");
	assert_string_equal(read_log(reader, &anew), "before\n");
	scratch_remove_log(&scratch, 1, "Call 1");
	assert_int_equal(store_log_read(reader, &out, &anew, &err), STORE_NOT_FOUND);
	append_log(1, "Call 1", "new and longer\n");
	assert_string_equal(read_log(reader, &anew), "new and longer\n");
	assert_true(anew);
	append_log(1, "Call 1", "more\n");
	assert_string_equal(read_log(reader, &anew), "more\n");
	assert_false(anew);
	store_log_reader_close(reader);
	strbuf_release(&out);
	release_two();
}

static void
a_log_that_began_anew_is_noticed(void **state)
{
	(void)state;
	notice_that_it_began_anew(true);
}

static void
also_by_one_that_does_not_follow(void **state)
{
	(void)state;
	notice_that_it_began_anew(false);
}

static void
the_logs_of_a_request_have_names(void **state)
{
	struct arena arena = ARENA_INIT;
	const char *const *names;
	struct store_log *log;
	size_t count = 9;

	(void)state;
	make_two();
	assert_int_equal(store_logs(scratch.store, 1, &arena, &names, &count, &err), STORE_OK);
	assert_int_equal(count, 0);
	append_log(1, "Order", "x");
	append_log(1, "Call it", "x");
	append_log(2, "Other", "x");
	assert_int_equal(store_logs(scratch.store, 1, &arena, &names, &count, &err), STORE_OK);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "Call it");
	assert_string_equal(names[1], "Order");
	/* A name is no path. */
	log = store_log_open(scratch.store, 1, "../2/Other");
	assert_int_equal(store_log_append(log, "x", 1, &err), -1);
	assert_string_equal(take_error(), "Invalid argument");
	assert_int_equal(store_log_close(log, &err), 0);
	arena_release(&arena);
	release_two();
}

int
main(void)
{
#define TEST(name)                                                      \
	{#name " (files)", name, set_up_files, tear_down, NULL},        \
	{                                                               \
#name " (memory)", name, set_up_memory, tear_down, NULL \
	}
	const struct CMUnitTest tests[] = {
	    TEST(a_new_request_has_the_next_id_and_its_first_events),
	    TEST(what_is_not_there_is_not_found),
	    TEST(a_request_that_could_not_be_loaded_is_not_made),
	    TEST(the_events_that_a_request_is_made_of_are_not_touched),
	    TEST(a_loaded_request_is_brought_up_to_date),
	    TEST(one_key_of_one_requester_is_one_request),
	    TEST(of_two_who_create_with_a_key_the_second_gets_the_request_of_the_first),
	    TEST(a_key_is_found_whatever_the_other_requests_are),
	    TEST(the_key_of_a_damaged_request_is_not_given_away),
	    TEST(a_request_that_could_not_be_loaded_does_not_take_its_key),
	    TEST(a_batch_is_requests_whose_ids_follow_each_other),
	    TEST(of_a_batch_that_cannot_be_whole_nothing_is_recorded),
	    TEST(an_appended_event_is_in_the_request_as_if_it_was_loaded),
	    TEST(number_chain_and_status_are_the_store_s),
	    TEST(the_second_writer_of_an_event_loses_the_race),
	    TEST(two_stores_lose_nothing_and_double_nothing),
	    TEST(an_event_that_could_not_be_loaded_is_not_recorded),
	    TEST(of_a_group_each_event_is_recorded_for_itself),
	    TEST(so_is_each_that_is_appended_beside),
	    TEST(what_is_appended_beside_goes_on_when_it_is_there),
	    TEST(a_descriptor_tells_of_what_was_appended_beside),
	    TEST(a_transaction_records_all_its_events),
	    TEST(a_transaction_that_loses_one_race_records_nothing),
	    TEST(a_transaction_with_an_event_that_cannot_follow_records_nothing),
	    TEST(a_transaction_under_a_lock_that_ended_records_nothing),
	    TEST(a_lock_is_seen_by_everyone_and_held_by_one),
	    TEST(what_can_be_no_id_cannot_be_locked),
	    TEST(an_append_carries_the_token_of_a_lock_that_is_held),
	    TEST(a_lock_is_renewed_while_it_is_held),
	    TEST(a_request_is_listed_by_its_status),
	    TEST(a_cancelled_request_is_looked_after_until_its_call_has_an_outcome),
	    TEST(a_cancelled_request_whose_outcome_is_unknown_is_listed_until_it_is_resolved),
	    TEST(a_listing_ends_when_it_has_enough),
	    TEST(a_missing_event_is_noticed),
	    TEST(a_missing_last_event_cannot_be_told_from_one_that_never_was),
	    TEST(an_event_that_is_cut_off_is_noticed),
	    TEST(an_edited_event_breaks_the_chain),
	    TEST(an_event_of_another_place_is_noticed),
	    TEST(a_request_without_events_is_damaged),
	    TEST(a_damaged_request_is_not_appended_to),
	    TEST(a_check_reports_on_each_request),
	    TEST(a_watch_notices_the_events_of_its_request),
	    TEST(a_watch_notices_logs_if_it_was_asked_to),
	    TEST(a_log_is_read_as_far_as_it_goes),
	    TEST(a_log_that_began_anew_is_noticed),
	    TEST(also_by_one_that_does_not_follow),
	    TEST(the_logs_of_a_request_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
