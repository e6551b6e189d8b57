/* SPDX-License-Identifier: ISC */
/* What is particular to the store in files: what it writes, where, and with which modes. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "store-scratch.h"
#include "steps/catalogue.h"
#include "store/files/files.h"

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

static void
a_new_request_is_a_folder_with_its_events(void **state)
{
	static const char last_id[] =
	    "2\n53c234e5e8472b6ac51c1ae1cab3fe06fad053beb8ebfd8977b010655bfdd3c3\n";

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_create_ok(scratch.store, 2);
	assert_int_equal(scratch_count(&scratch, "state/requests/2"), 3);
	assert_true(scratch_has(&scratch, "state/requests/2/000003.json"));
	assert_true(scratch_has(&scratch, "state/queue/not-started/2"));
	assert_memory_equal(scratch_read(&scratch, "state/last-id"), last_id, strlen(last_id));
}

static void
nothing_is_written_before_something_is_recorded(void **state)
{
	struct request request;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_string_equal(scratch_listed(scratch.store, STATUSES_UNFINISHED), "");
	assert_string_equal(scratch_listed(scratch.store, STATUS_BIT(REQUEST_COMPLETED)), "");
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
	scratch_write(&scratch, "state/format", SHARED, strlen(SHARED));
	struct store *store = scratch_open(&scratch);
	mode_t before = umask(077);
	scratch_create_ok(store, 1);
	scratch_load(store, &request, 1);
	scratch_append_ok(store, &request, EVENT_RUNNING, 0);
	umask(before);
	assert_int_equal(scratch_mode(&scratch, "state/requests"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/requests/1/000003.json"), 0640);
	assert_int_equal(scratch_mode(&scratch, "state/queue"), 02770);
	assert_int_equal(scratch_mode(&scratch, "state/queue/running/1"), 0660);
	assert_int_equal(scratch_mode(&scratch, "state/lock"), 0660);
	request_release(&request);
	store_close(store);
}

static void
what_is_refused_leaves_nothing(void **state)
{
	struct request request;
	struct event event;
	struct strbuf err = STRBUF_INIT;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	scratch_load(scratch.store, &request, 1);
	scratch_event(&request, EVENT_COMPLETED, 0, &event);
	assert_int_equal(
	    store_append(scratch.store, &request, &event, STORE_NO_LOCK, &err), STORE_ERROR);
	scratch_event(&request, EVENT_RUNNING, 0, &event);
	assert_int_equal(store_append(scratch.store, &request, &event, 7, &err), STORE_LOCK_LOST);
	assert_int_equal(scratch_count(&scratch, "state/requests/1"), 2);
	assert_int_equal(scratch_count(&scratch, "state/queue/running"), 0);
	request_release(&request);
	strbuf_release(&err);
}

static void
of_a_group_of_40_none_harms_another(void **state)
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
	events[12].event_type = EVENT_APPROVED;
	store_append_group(scratch.store, appends, 40);
	for (int i = 0; i < 40; i++) {
		uint64_t id = appends[i].request->id;
		enum store_result expected = id == 5		   ? STORE_RACE_LOST
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
logs_have_modes_and_stay_where_they_are(void **state)
{
	struct store_log *log = store_log_open(scratch.store, 7, "Call it");
	struct strbuf err = STRBUF_INIT;

	(void)state;
	assert_false(scratch_has(&scratch, "executor_logs"));
	mode_t before = umask(077);
	assert_int_equal(store_log_append(log, "one\n", 4, &err), 0);
	umask(before);
	assert_int_equal(scratch_mode(&scratch, "executor_logs/7"), 0700);
	assert_int_equal(scratch_mode(&scratch, "executor_logs/7/Call it.log"), 0600);
	assert_string_equal(scratch_read(&scratch, "executor_logs/7/Call it.log"), "one\n");
	assert_int_equal(store_log_close(log, &err), 0);
	/* Neither a link nor a device is followed or read. */
	assert_int_equal(symlinkat("Call it.log", scratch.root_fd, "executor_logs/7/Link.log"), 0);
	assert_int_equal(mkfifoat(scratch.root_fd, "executor_logs/7/Pipe.log", 0600), 0);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "Link" : "Pipe";
		struct store_log_reader *reader =
		    store_log_reader_open(scratch.store, 7, name, false);
		struct strbuf out = STRBUF_INIT;
		bool anew;

		log = store_log_open(scratch.store, 7, name);
		assert_int_equal(store_log_append(log, "two\n", 4, &err), -1);
		assert_int_equal(store_log_close(log, &err), 0);
		assert_int_equal(store_log_read(reader, &out, &anew, &err), STORE_ERROR);
		assert_int_equal(out.len, 0);
		store_log_reader_close(reader);
	}
	assert_string_equal(err.buf,
	    "'executor_logs/7/Link.log' is a symbolic link, not a regular file: mv "
	    "executor_logs/7/Link.log executor_logs/7/Link.log.away"
	    "'executor_logs/7/Link.log' is a symbolic link, not a regular file: mv "
	    "executor_logs/7/Link.log executor_logs/7/Link.log.away"
	    "'executor_logs/7/Pipe.log' is a FIFO, not a regular file: mv "
	    "executor_logs/7/Pipe.log executor_logs/7/Pipe.log.away"
	    "'executor_logs/7/Pipe.log' is a FIFO, not a regular file: mv "
	    "executor_logs/7/Pipe.log executor_logs/7/Pipe.log.away");
	strbuf_release(&err);
}

static void
an_unknown_format_is_refused_by_its_name(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	scratch_write(&scratch, "state/format", "2\n", 2);
	assert_int_equal(store_files_read_format(scratch.state_fd, scratch.trust, &err), -1);
	assert_string_equal(
	    err.buf, "'state/format' has version '2', and this program knows only '1'");
	unlinkat(scratch.root_fd, "state/format", 0);
	strbuf_reset(&err);
	assert_int_equal(store_files_read_format(scratch.state_fd, scratch.trust, &err), -1);
	assert_string_equal(err.buf, "cannot read 'state/format': No such file or directory");
	strbuf_release(&err);
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
	assert_memory_equal(scratch_read(&scratch, "state/last-id"), "13\n", 3);
}

/* Writes last-id as a program would that gave that id. */
static void
note_id(const char *line)
{
	char digest[DIGEST_SIZE], text[128];

	digest_sha256(line, strlen(line), digest);
	snprintf(text, sizeof(text), "%s%s\n", line, digest);
	scratch_write(&scratch, "state/last-id", text, strlen(text));
}

static void
a_noted_id_that_cannot_be_is_not_believed(void **state)
{
	char *text;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	text = strdup(scratch_read(&scratch, "state/last-id"));
	strchr(strchr(text, '\n') + 1, '\n')[1] = '\0'; /* the lines that its check is for */
	for (size_t i = 0; text[i] != '\0'; i++) {
		text[i] ^= 2;
		scratch_write(&scratch, "state/last-id", text, strlen(text));
		text[i] ^= 2;
		assert_int_equal(scratch_create_ok(scratch.store, 1), i + 2);
	}
	free(text);
	note_id("1000\n");
	assert_int_equal(scratch_create_ok(scratch.store, 1), 69);
	note_id("4611686018427387902\n");
	assert_int_equal(scratch_create_ok(scratch.store, 1), 70);
	/* the newest ones may have been removed */
	note_id("75\n");
	assert_int_equal(scratch_create_ok(scratch.store, 1), 76);
}

/* All ids, the newest first. */
static const char *
all(void)
{
	return scratch_listed(scratch.store, STATUSES_ALL);
}

static void
whatever_last_id_says_every_request_is_listed(void **state)
{
	char *early, *late;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	early = strdup(scratch_read(&scratch, "state/last-id"));
	for (int i = 0; i < 4; i++)
		scratch_create_ok(scratch.store, 1);
	assert_string_equal(all(), "5 4 3 2 1");
	/* as a restore leaves it, and as programs do that were killed before they noted theirs */
	scratch_write(&scratch, "state/last-id", early, strlen(early));
	assert_string_equal(all(), "5 4 3 2 1");
	late = strdup(scratch_read(&scratch, "state/last-id"));
	assert_memory_equal(late, "5\n", 2);
	note_id("3\n");
	assert_string_equal(all(), "5 4 3 2 1");
	/* this one is right about the time, and wrong about the id */
	free(early);
	early = strdup(late);
	memcpy(early, "2\n", 2);
	digest_sha256("2\n", 2, early + 2);
	early[2 + DIGEST_SIZE - 1] = '\n'; /* it ends in a 0 */
	scratch_write(&scratch, "state/last-id", early, strlen(early));
	assert_string_equal(all(), "5 4 3 2 1");
	assert_memory_equal(scratch_read(&scratch, "state/last-id"), "5\n", 2);
	free(early);
	free(late);
}

static void
requests_that_are_gone_hide_no_others(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		scratch_create_ok(scratch.store, 1);
	assert_int_equal(renameat(scratch.root_fd, "state/requests/3", scratch.root_fd, "away"), 0);
	assert_string_equal(all(), "4 2 1");
	assert_string_equal(all(), "4 2 1"); /* by what the first has noted */
	assert_int_equal(renameat(scratch.root_fd, "away", scratch.root_fd, "state/requests/3"), 0);
	assert_int_equal(renameat(scratch.root_fd, "state/requests/4", scratch.root_fd, "away"), 0);
	assert_string_equal(all(), "3 2 1");
	assert_string_equal(all(), "3 2 1");
	assert_int_equal(scratch_create_ok(scratch.store, 1), 5);
	assert_string_equal(all(), "5 3 2 1");
}

static void
the_highest_id_is_named_when_there_can_be_no_other(void **state)
{
	const struct event events[2] = {0};
	struct strbuf err = STRBUF_INIT;
	uint64_t id = 0;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_int_equal(mkdirat(scratch.root_fd, "state/requests/4611686018427387903", 0700), 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/last-id", 0), 0);
	assert_int_equal(store_create(scratch.store, events, 1, &id, &err), STORE_ERROR);
	assert_string_equal(err.buf,
	    "no request can have a higher id than "
	    "'state/requests/4611686018427387903': if that is none, move it away");
	strbuf_release(&err);
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
	assert_string_equal(scratch_listed(scratch.store, STATUSES_ALL), "1");
	request_init(&request, 2);
	assert_int_equal(scratch_create_ok(scratch.store, 1), 2);
	scratch_load(scratch.store, &request, 2);
	assert_false(scratch_has(&scratch, "state/requests/.new-2"));
	request_release(&request);
}

static void
a_file_system_of_this_machine_is_told_from_one_that_others_reach(void **state)
{
	static const struct {
		uint32_t type;
		bool on_disk;
		const char *medium;
	} cases[] = {
	    {EXT4_SUPER_MAGIC, true, NULL},
	    {XFS_SUPER_MAGIC, true, NULL},
	    {TMPFS_MAGIC, false, NULL},
	    {OVERLAYFS_SUPER_MAGIC, false, NULL},
	    {BTRFS_SUPER_MAGIC, false, NULL},
	    {0x2fc12fc1, false, NULL}, /* ZFS */
	    {0x12345678, true, NULL},
	    {0x12345678, false, "a file system that svcreq does not know"},
	    {NFS_SUPER_MAGIC, false, "NFS"},
	    {SMB_SUPER_MAGIC, false, "SMB"},
	    {CIFS_SUPER_MAGIC, false, "SMB"},
	    {SMB2_SUPER_MAGIC, false, "SMB"},
	    {FUSE_SUPER_MAGIC, false, "FUSE"},
	    {FUSE_SUPER_MAGIC, true, "FUSE"}, /* fuseblk */
	    {V9FS_MAGIC, false, "9p"},
	    {AFS_SUPER_MAGIC, false, "AFS"},
	    {AFS_FS_MAGIC, false, "AFS"},
	    {CEPH_SUPER_MAGIC, false, "Ceph"},
	    {OCFS2_SUPER_MAGIC, true, "OCFS2"},
	    {0x01161970, true, "GFS2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *medium = file_system_medium(cases[i].type, cases[i].on_disk);

		if (cases[i].medium == NULL)
			assert_null(medium);
		else
			assert_string_equal(medium, cases[i].medium);
	}
	assert_string_equal(store_files_medium(-1), "a file system that tells nothing of itself");
}

/* Where the tests lie the lock decides, and no process is looked at. */
static void
a_running_step_is_seen_by_its_lock_alone_on_a_file_system_of_this_machine(void **state)
{
	struct event running = {.service_request_id = 7};
	struct store *other = scratch_open(&scratch);
	struct arena arena = ARENA_INIT;
	uint64_t token;

	(void)state;
	store_name_process(scratch.store, &arena, &running);
	assert_int_equal(running.process, getpid());
	assert_null(store_medium(scratch.store));
	assert_false(store_see_run(scratch.store, &running, STORE_NO_LOCK).locked);
	assert_int_equal(store_lock(other, 7, &token, NULL), STORE_OK);
	assert_true(store_see_run(scratch.store, &running, STORE_NO_LOCK).locked);
	assert_true(store_see_run(other, &running, STORE_NO_LOCK).locked);
	assert_false(store_see_run(other, &running, token).locked); /* by somebody else */
	store_close(other);
	arena_release(&arena);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_file_system_of_this_machine_is_told_from_one_that_others_reach),
	    TEST(a_running_step_is_seen_by_its_lock_alone_on_a_file_system_of_this_machine),
	    TEST(a_noted_id_that_cannot_be_is_not_believed),
	    TEST(whatever_last_id_says_every_request_is_listed),
	    TEST(requests_that_are_gone_hide_no_others),
	    TEST(the_highest_id_is_named_when_there_can_be_no_other),
	    TEST(a_new_request_is_a_folder_with_its_events),
	    TEST(nothing_is_written_before_something_is_recorded),
	    TEST(private_modes_do_not_depend_on_the_umask),
	    TEST(shared_modes_do_not_depend_on_the_umask),
	    TEST(what_is_refused_leaves_nothing),
	    TEST(of_a_group_of_40_none_harms_another),
	    TEST(logs_have_modes_and_stay_where_they_are),
	    TEST(an_unknown_format_is_refused_by_its_name),
	    TEST(a_lost_or_wrong_last_id_costs_a_look_and_nothing_else),
	    TEST(what_a_killed_creation_left_is_cleared_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
