/* SPDX-License-Identifier: ISC */
/* Requests whose files were damaged: each is named by its file, and harms no other. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store-scratch.h"
#include "store/seal.h"

static struct scratch scratch;

static int
set_up(void **state)
{
	struct request request;

	(void)state;
	scratch_make(&scratch);
	for (int i = 0; i < 2; i++) {
		scratch_load(scratch.store, &request, scratch_create_ok(scratch.store, 2));
		scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
		scratch_append_ok(scratch.store, &request, EVENT_COMPLETED, 0);
		request_release(&request);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scratch_remove(&scratch);
	return 0;
}

/* Request 1 is damaged, with a message that begins so; request 2 is not. */
static void
expect_damaged(const char *message)
{
	struct request request;
	struct strbuf err = STRBUF_INIT;
	const char *list;

	request_init(&request, 1);
	assert_int_equal(store_load(scratch.store, &request, &err), STORE_DAMAGED);
	strbuf_truncate(&err, err.len < strlen(message) ? err.len : strlen(message));
	assert_string_equal(err.buf, message);
	request_release(&request);
	scratch_load(scratch.store, &request, 2);
	assert_int_equal(request.event_count, 5);
	request_release(&request);
	list = scratch_listed(scratch.store, STATUS_BIT(REQUEST_RUNNING));
	assert_true(
	    strcmp(list, "2 1") == 0 || strncmp(list, "2 (1: request 1 is damaged: ", 28) == 0);
	strbuf_release(&err);
}

static void
remove_file(const char *path)
{
	assert_int_equal(unlinkat(scratch.root_fd, path, 0), 0);
}

/* The listing of it, and of request 2; message is "" when its latest event can be read. */
static void
expect_latest(const char *message)
{
	struct strbuf expected = STRBUF_INIT;

	if (*message == '\0')
		strbuf_addstr(&expected, "2 1");
	else
		strbuf_addf(&expected, "2 (1: %s)", message);
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), expected.buf);
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), expected.buf);
	strbuf_release(&expected);
}

static void
a_missing_event_is_named(void **state)
{
	(void)state;
	remove_file("state/requests/1/000003.json");
	expect_damaged("request 1 is damaged: state/requests/1/000003.json is missing");
	expect_latest("");
}

static void
a_missing_last_event_cannot_be_told_from_one_that_never_was(void **state)
{
	struct request request;

	(void)state;
	remove_file("state/requests/1/000005.json");
	scratch_load(scratch.store, &request, 1);
	assert_int_equal(request.event_count, 4);
	request_release(&request);
}

static void
a_truncated_event_is_named(void **state)
{
	(void)state;
	scratch_write(&scratch, "state/requests/1/000005.json", "{\"event_id\":5,", 14);
	expect_damaged("request 1 is damaged: state/requests/1/000005.json:1:15: ");
	scratch_write(&scratch, "state/requests/1/000005.json", "", 0);
	expect_damaged("request 1 is damaged: state/requests/1/000005.json:1:1: ");
}

/* Puts "bob" where it says "alice". */
static void
edit_event(const char *path)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, scratch_read(&scratch, path));
	char *name = strstr(text.buf, "\"alice\"");
	assert_non_null(name);
	memcpy(name, "\"bobby\"", 7);
	scratch_write(&scratch, path, text.buf, text.len);
	strbuf_release(&text);
}

/* Gives an edited event the check that fits. */
static void
seal_again(const char *path)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, scratch_read(&scratch, path));
	strbuf_truncate(&text, text.len - 78);
	strbuf_addstr(&text, "}\n");
	seal_add(&text);
	scratch_write(&scratch, path, text.buf, text.len);
	strbuf_release(&text);
}

static void
an_edited_event_notices_it(void **state)
{
	static const char changed[] =
	    "it was changed after it was written: its sha256 does not fit";
	struct strbuf message = STRBUF_INIT;

	(void)state;
	edit_event("state/requests/1/000005.json");
	strbuf_addf(&message, "request 1 is damaged: state/requests/1/000005.json: %s", changed);
	expect_damaged(message.buf);
	expect_latest(message.buf);
	seal_again("state/requests/1/000005.json");
	expect_latest("");
	edit_event("state/requests/1/000004.json");
	strbuf_reset(&message);
	strbuf_addf(&message, "request 1 is damaged: state/requests/1/000004.json: %s", changed);
	expect_damaged(message.buf);
	strbuf_release(&message);
}

static void
expect_some_damage(const char *text, size_t len)
{
	struct request request;

	scratch_write(&scratch, "state/requests/1/000005.json", text, len);
	request_init(&request, 1);
	assert_int_equal(store_load(scratch.store, &request, NULL), STORE_DAMAGED);
	request_release(&request);
}

static void
no_flipped_bit_and_no_lost_end_of_the_latest_event_is_overlooked(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, scratch_read(&scratch, "state/requests/1/000005.json"));
	for (size_t i = 0; i < text.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text.buf[i] ^= (char)(1 << bit);
			expect_some_damage(text.buf, text.len);
			text.buf[i] ^= (char)(1 << bit);
		}
		expect_some_damage(text.buf, i);
	}
	/* something after it, in it, and lost from it */
	strbuf_addch(&text, '\n');
	expect_some_damage(text.buf, text.len);
	strbuf_truncate(&text, text.len - 3);
	strbuf_addstr(&text, ",\"more\":1}\n");
	expect_some_damage(text.buf, text.len);
	strbuf_release(&text);
}

static void
an_event_without_a_check_is_read(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, scratch_read(&scratch, "state/requests/1/000005.json"));
	strbuf_truncate(&text, text.len - 78);
	strbuf_addstr(&text, "}\n");
	scratch_write(&scratch, "state/requests/1/000005.json", text.buf, text.len);
	expect_latest("");
	scratch_write(&scratch, "state/requests/1/000005.json", text.buf, text.len - 1);
	expect_latest("request 1 is damaged: state/requests/1/000005.json: it is cut off: the "
		      "newline at its end is missing");
	strbuf_release(&text);
}

static void
an_edited_event_breaks_the_chain(void **state)
{
	(void)state;
	edit_event("state/requests/1/000004.json");
	seal_again("state/requests/1/000004.json");
	expect_damaged(
	    "request 1 is damaged: state/requests/1/000005.json: the chain is broken: the event before "
	    "it was changed or replaced");
}

static void
an_event_of_another_request_is_refused(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, scratch_read(&scratch, "state/requests/2/000005.json"));
	scratch_write(&scratch, "state/requests/1/000005.json", text.buf, text.len);
	expect_damaged(
	    "request 1 is damaged: state/requests/1/000005.json: it belongs to request 2");
	expect_latest(
	    "request 1 is damaged: state/requests/1/000005.json: it belongs to request 2");
	strbuf_reset(&text);
	strbuf_addstr(&text, scratch_read(&scratch, "state/requests/1/000004.json"));
	scratch_write(&scratch, "state/requests/1/000005.json", text.buf, text.len);
	expect_damaged("request 1 is damaged: state/requests/1/000005.json: its event_id is 4");
	strbuf_release(&text);
}

static void
an_event_of_more_than_8_mib_is_refused(void **state)
{
	int fd = openat(scratch.root_fd, "state/requests/1/000005.json", O_WRONLY);

	(void)state;
	assert_int_equal(ftruncate(fd, 8 * 1024 * 1024 + 1), 0);
	close(fd);
	expect_damaged("request 1 is damaged: state/requests/1/000005.json: larger than 8 MiB");
}

static void
what_is_not_a_regular_file_is_refused(void **state)
{
	(void)state;
	remove_file("state/requests/1/000005.json");
	assert_int_equal(mkfifoat(scratch.root_fd, "state/requests/1/000005.json", 0600), 0);
	expect_damaged(
	    "request 1 is damaged: 'state/requests/1/000005.json' is a FIFO, not a regular "
	    "file: mv state/requests/1/000005.json state/requests/1/000005.json.away");
}

static void
a_request_without_events_is_damaged(void **state)
{
	(void)state;
	assert_int_equal(
	    renameat(scratch.root_fd, "state/requests/1", scratch.root_fd, "state/gone"), 0);
	assert_int_equal(mkdirat(scratch.root_fd, "state/requests/1", 0700), 0);
	expect_damaged("request 1 is damaged: it has no events");
	expect_latest("request 1 is damaged: it has no events");
	assert_int_equal(unlinkat(scratch.root_fd, "state/requests/1", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("../gone", scratch.root_fd, "state/requests/1"), 0);
	expect_damaged("request 1 is damaged: 'state/requests/1' is a symbolic link, not a "
		       "directory: links are not followed here; ");
	remove_file("state/requests/1");
	scratch_write(&scratch, "state/requests/1", "", 0);
	expect_damaged("request 1 is damaged: 'state/requests/1' is a file, not a directory: mv "
		       "state/requests/1 state/requests/1.away");
}

static void
other_files_are_left_alone(void **state)
{
	static const char *const names[] = {".000006.json.77.1", "6.json", "000006.json~",
	    "0000006.json", "000000.json", "000006", "notes.txt", "99999999999999999999999.json",
	    "-00006.json"};
	struct request request;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96];
		snprintf(path, sizeof(path), "state/requests/1/%s", names[i]);
		scratch_write(&scratch, path, "x", 1);
	}
	scratch_load(scratch.store, &request, 1);
	assert_int_equal(request.event_count, 5);
	scratch_append_ok(scratch.store, &request, EVENT_RUNNING, 0);
	expect_latest("");
	request_release(&request);
}

static void
a_number_far_away_is_a_gap(void **state)
{
	(void)state;
	scratch_write(&scratch, "state/requests/1/9223372036854775807.json", "x", 1);
	expect_damaged("request 1 is damaged: state/requests/1/000006.json is missing");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_missing_event_is_named),
	    TEST(a_missing_last_event_cannot_be_told_from_one_that_never_was),
	    TEST(a_truncated_event_is_named),
	    TEST(an_edited_event_notices_it),
	    TEST(no_flipped_bit_and_no_lost_end_of_the_latest_event_is_overlooked),
	    TEST(an_event_without_a_check_is_read),
	    TEST(an_edited_event_breaks_the_chain),
	    TEST(an_event_of_another_request_is_refused),
	    TEST(an_event_of_more_than_8_mib_is_refused),
	    TEST(what_is_not_a_regular_file_is_refused),
	    TEST(a_request_without_events_is_damaged),
	    TEST(other_files_are_left_alone),
	    TEST(a_number_far_away_is_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
