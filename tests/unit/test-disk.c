/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"

static char directory[] = "/tmp/test-disk.XXXXXX";
static int dir_fd = -1;

static int
make_directory(void **state)
{
	(void)state;
	umask(0077);
	if (mkdtemp(directory) == NULL)
		return -1;
	dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd == -1 ? -1 : 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	unlinkat(dir_fd, "file", 0);
	unlinkat(dir_fd, "link", 0);
	unlinkat(dir_fd, ".hidden", 0);
	unlinkat(dir_fd, "folder", AT_REMOVEDIR);
	close(dir_fd);
	return rmdir(directory);
}

static void
assert_mode(const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void
a_folder_is_made_once_with_its_exact_mode(void **state)
{
	bool made = false;
	int fd;

	(void)state;
	fd = disk_folder_make(dir_fd, "folder", 02770, &made);
	assert_true(fd != -1 && made);
	close(fd);
	assert_mode("folder", 02770);
	fd = disk_folder_make(dir_fd, "folder", 0700, &made);
	assert_true(fd != -1 && !made);
	close(fd);
	assert_mode("folder", 02770);
	assert_int_equal(disk_folder_new(dir_fd, "folder", 0700), -1);
	assert_int_equal(errno, EEXIST);
}

static void
a_file_is_made_when_it_is_missing_with_its_exact_mode(void **state)
{
	char text[4] = "";
	int fd = disk_file_make(dir_fd, "file", O_RDWR, 0660);

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(file_write_all(fd, "abc", 3), 0);
	assert_int_equal(disk_sync(fd), 0);
	close(fd);
	assert_mode("file", 0660);
	fd = disk_file_make(dir_fd, "file", O_RDONLY, 0600);
	assert_int_equal(read(fd, text, 3), 3);
	assert_string_equal(text, "abc");
	close(fd);
	assert_mode("file", 0660);
}

static void
no_symbolic_link_is_followed(void **state)
{
	(void)state;
	assert_int_equal(symlinkat(".", dir_fd, "link"), 0);
	assert_int_equal(disk_folder_open(dir_fd, "link"), -1);
	assert_int_equal(disk_folder_make(dir_fd, "link", 0700, NULL), -1);
	assert_int_equal(disk_file_make(dir_fd, "link", O_RDONLY, 0600), -1);
	assert_int_equal(errno, ELOOP);
}

static void
entries_are_those_that_are_not_hidden_each_time_from_the_start(void **state)
{
	int fd = disk_file_make(dir_fd, ".hidden", O_RDONLY, 0600);

	(void)state;
	close(fd);
	for (int i = 0; i < 2; i++) {
		DIR *dir = disk_entries(dir_fd);
		size_t count = 0;

		assert_non_null(dir);
		for (const char *name; (name = disk_next_entry(dir)) != NULL; count++)
			assert_true(name[0] != '.');
		assert_int_equal(errno, 0);
		assert_int_equal(count, 3);
		closedir(dir);
	}
	assert_int_equal(disk_sync_folder(dir_fd), 0);
}

static void
closing_quietly_keeps_errno(void **state)
{
	(void)state;
	errno = ENOSPC;
	assert_int_equal(file_close_quietly(dup(dir_fd)), -1);
	assert_int_equal(file_close_quietly(-1), -1);
	assert_int_equal(errno, ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_folder_is_made_once_with_its_exact_mode),
	    cmocka_unit_test(a_file_is_made_when_it_is_missing_with_its_exact_mode),
	    cmocka_unit_test(no_symbolic_link_is_followed),
	    cmocka_unit_test(entries_are_those_that_are_not_hidden_each_time_from_the_start),
	    cmocka_unit_test(closing_quietly_keeps_errno),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
