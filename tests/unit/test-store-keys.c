/* SPDX-License-Identifier: ISC */
/* The keys of the store in files: keys/<digest>, and what becomes of an entry that is wrong. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "store-scratch.h"

static struct scratch scratch;
static struct strbuf err;

static int
set_up(void **state)
{
	(void)state;
	strbuf_init(&err);
	scratch_make(&scratch);
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

/* "state/keys/<digest>" of alice's key, in a buffer that the next call overwrites. */
static const char *
entry(const char *key)
{
	static char path[128];
	char text[64], digest[DIGEST_SIZE];
	int len = snprintf(text, sizeof(text), "alice%c%s", '\0', key);

	digest_sha256(text, (size_t)len, digest);
	snprintf(path, sizeof(path), "state/keys/%s", digest);
	return path;
}

static enum store_result
create(const char *key, uint64_t *id)
{
	*id = 0;
	return scratch_create_key(scratch.store, "alice", key, id, &err);
}

static void
assert_creates(const char *key, enum store_result expected, uint64_t expected_id)
{
	uint64_t id;

	assert_int_equal(create(key, &id), expected);
	assert_string_equal(err.buf, "");
	assert_int_equal(id, expected_id);
}

static void
remove_entry(const char *path)
{
	assert_int_equal(unlinkat(scratch.root_fd, path, 0), 0);
}

/* Also what is not there at first: a workspace of an earlier version has no keys. */
static void
remove_keys(void)
{
	static const char *const keys[] = {"a", "b", "c"};

	for (size_t i = 0; i < 3; i++)
		unlinkat(scratch.root_fd, entry(keys[i]), 0);
	assert_int_equal(unlinkat(scratch.root_fd, "state/keys", AT_REMOVEDIR), 0);
	store_close(scratch.store);
	scratch.store = scratch_open(&scratch);
}

static void
an_entry_holds_the_id_of_its_request(void **state)
{
	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_false(scratch_has(&scratch, "state/keys"));
	assert_creates("a", STORE_OK, 2);
	assert_creates("b", STORE_OK, 3);
	assert_string_equal(scratch_read(&scratch, entry("a")), "2\n");
	assert_string_equal(scratch_read(&scratch, entry("b")), "3\n");
	assert_int_equal(scratch_count(&scratch, "state/keys"), 2);
	assert_int_equal(scratch_mode(&scratch, "state/keys"), 0700);
	assert_int_equal(scratch_mode(&scratch, entry("a")), 0600);
}

static void
shared_entries_have_shared_modes(void **state)
{
	mode_t before;

	(void)state;
	assert_int_equal(fchmodat(scratch.root_fd, "state", 02770, 0), 0);
	scratch_write(&scratch, "state/format", SHARED, strlen(SHARED));
	store_close(scratch.store);
	scratch.store = scratch_open(&scratch);
	before = umask(077);
	assert_creates("a", STORE_OK, 1);
	umask(before);
	assert_int_equal(scratch_mode(&scratch, "state/keys"), 02770);
	assert_int_equal(scratch_mode(&scratch, entry("a")), 0660);
}

/* Its program was killed before the request was there. */
static void
an_entry_without_its_request_is_taken_over(void **state)
{
	uint64_t id;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("b", STORE_OK, 2);
	scratch_write(&scratch, entry("a"), "3\n", 2);
	assert_int_equal(store_find_key(scratch.store, "alice", "a", &id, &err), STORE_NOT_FOUND);
	assert_creates("a", STORE_OK, 3);
	assert_string_equal(scratch_read(&scratch, entry("a")), "3\n");
}

static void
an_entry_whose_id_another_request_got_is_taken_over(void **state)
{
	static const char *const others[] = {"1\n", "2\n", "900\n"};
	uint64_t id = 2;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("b", STORE_OK, 2);
	for (size_t i = 0; i < 3; i++) {
		char key[] = {(char)('p' + i), '\0'};

		scratch_write(&scratch, entry(key), others[i], strlen(others[i]));
		assert_creates(key, STORE_OK, ++id);
		assert_creates(key, STORE_EXISTS, id);
	}
	assert_creates("b", STORE_EXISTS, 2);
}

/* Nothing that svcreq does makes such an entry: the request that it was for may be there. */
static void
an_entry_without_an_id_gives_nothing_away(void **state)
{
	static const char *const texts[] = {"", "1", "0\n", "x\n", "01\n", "1\n\n", "-1\n",
	    "99999999999999999999\n", "1111111111111111111111111111111111\n"};
	uint64_t id;

	(void)state;
	assert_creates("a", STORE_OK, 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		strbuf_reset(&err);
		scratch_write(&scratch, entry("a"), texts[i], strlen(texts[i]));
		assert_int_equal(create("a", &id), STORE_ERROR);
		assert_non_null(strstr(err.buf, entry("a")));
	}
	strbuf_reset(&err);
	assert_creates("b", STORE_OK, 2);
}

static void
the_keys_of_a_workspace_without_the_folder_are_found(void **state)
{
	uint64_t id = 0;

	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("a", STORE_OK, 2);
	assert_creates("b", STORE_OK, 3);
	remove_keys();
	assert_int_equal(store_find_key(scratch.store, "alice", "a", &id, &err), STORE_EXISTS);
	assert_int_equal(id, 2);
	assert_string_equal(scratch_read(&scratch, entry("b")), "3\n");
	assert_int_equal(scratch_count(&scratch, "state/keys"), 2);
	remove_keys();
	assert_creates("b", STORE_EXISTS, 3);
	assert_creates("c", STORE_OK, 4);
	assert_false(scratch_has(&scratch, "state/.new-keys"));
}

/* What a program left that was killed while it made the folder. */
static void
a_folder_that_was_half_made_is_made_anew(void **state)
{
	(void)state;
	assert_creates("a", STORE_OK, 1);
	remove_keys();
	assert_int_equal(mkdirat(scratch.root_fd, "state/.new-keys", 0700), 0);
	scratch_write(&scratch, "state/.new-keys/zz", "5\n", 2);
	assert_creates("a", STORE_EXISTS, 1);
	assert_int_equal(scratch_count(&scratch, "state/keys"), 1);
	assert_false(scratch_has(&scratch, "state/.new-keys"));
}

static void
a_damaged_request_stops_nobody_from_making_the_folder(void **state)
{
	(void)state;
	scratch_create_ok(scratch.store, 1);
	assert_creates("a", STORE_OK, 2);
	scratch_damage(&scratch, 1, 1, "{");
	remove_keys();
	assert_creates("a", STORE_EXISTS, 2);
	assert_creates("b", STORE_OK, 3);
}

/* As where entries were lost one by one. */
static void
of_two_requests_with_one_key_the_older_is_found(void **state)
{
	(void)state;
	assert_creates("a", STORE_OK, 1);
	remove_entry(entry("a"));
	assert_creates("a", STORE_OK, 2);
	assert_creates("a", STORE_EXISTS, 2);
	remove_keys();
	assert_creates("a", STORE_EXISTS, 1);
}

static void
a_folder_that_is_none_is_an_error(void **state)
{
	uint64_t id;

	(void)state;
	scratch_write(&scratch, "state/keys", "", 0);
	assert_int_equal(create("a", &id), STORE_ERROR);
	assert_string_equal(
	    err.buf, "'state/keys' is a file, not a directory: mv state/keys state/keys.away");
	scratch_create_ok(scratch.store, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(an_entry_holds_the_id_of_its_request),
	    TEST(shared_entries_have_shared_modes),
	    TEST(an_entry_without_its_request_is_taken_over),
	    TEST(an_entry_whose_id_another_request_got_is_taken_over),
	    TEST(an_entry_without_an_id_gives_nothing_away),
	    TEST(the_keys_of_a_workspace_without_the_folder_are_found),
	    TEST(a_folder_that_was_half_made_is_made_anew),
	    TEST(a_damaged_request_stops_nobody_from_making_the_folder),
	    TEST(of_two_requests_with_one_key_the_older_is_found),
	    TEST(a_folder_that_is_none_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
