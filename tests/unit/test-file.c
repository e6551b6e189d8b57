/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strbuf.h"

static char directory[] = "/tmp/test-file.XXXXXX";
static int dirfd = -1;

static int
make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd == -1 ? -1 : 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	unlinkat(dirfd, "file", 0);
	unlinkat(dirfd, "fifo", 0);
	unlinkat(dirfd, "sub", AT_REMOVEDIR);
	close(dirfd);
	return rmdir(directory);
}

static void
write_file(size_t size)
{
	char *data = malloc(size + 1);
	int fd = openat(dirfd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_non_null(data);
	assert_true(fd != -1);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 7 % 251);
	assert_int_equal(file_write_all(fd, data, size), 0);
	assert_int_equal(close(fd), 0);
	free(data);
}

static void
a_file_of_any_size_is_read_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 16384, 100000, 1000000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct strbuf sb = STRBUF_INIT;

		write_file(sizes[i]);
		strbuf_addstr(&sb, "before");
		assert_int_equal(file_read(dirfd, "file", sizes[i], &sb), 0);
		assert_int_equal(sb.len, 6 + sizes[i]);
		assert_int_equal(sb.buf[sb.len], '\0');
		if (sizes[i] > 100)
			assert_int_equal((unsigned char)sb.buf[6 + 100], 700 % 251);
		strbuf_release(&sb);
	}
}

static void
assert_refused(const char *path, size_t max, int reason)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_addstr(&sb, "before");
	errno = 0;
	assert_int_equal(file_read(dirfd, path, max, &sb), -1);
	assert_int_equal(errno, reason);
	assert_string_equal(sb.buf, "before");
	strbuf_release(&sb);
}

static void
what_cannot_be_read_leaves_the_buffer_as_it_was(void **state)
{
	(void)state;
	write_file(1000);
	assert_int_equal(mkdirat(dirfd, "sub", 0700), 0);
	assert_int_equal(mkfifoat(dirfd, "fifo", 0600), 0);
	assert_refused("file", 999, EFBIG);
	assert_refused("file", 0, EFBIG);
	assert_refused("missing", 1000, ENOENT);
	assert_refused("sub", 1000, EINVAL);
	assert_refused("fifo", 1000, EINVAL);
}

static void
a_file_without_a_size_is_read_to_its_end(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/limits", 100000, &sb), 0);
	assert_true(sb.len > 100);
	strbuf_reset(&sb);
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/limits", 100, &sb), -1);
	assert_int_equal(errno, EFBIG);
	strbuf_release(&sb);
}

#define PIPE_SIZE 300000

static void *
fill_pipe(void *fd)
{
	static char data[PIPE_SIZE];

	memset(data, 'x', sizeof(data));
	assert_int_equal(file_write_all(*(int *)fd, data, sizeof(data)), 0);
	close(*(int *)fd);
	return NULL;
}

static void
a_pipe_is_read_and_written_in_pieces(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	pthread_t writer;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pthread_create(&writer, NULL, fill_pipe, &fds[1]), 0);
	assert_int_equal(file_read_fd(fds[0], PIPE_SIZE, &sb), 0);
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(sb.len, PIPE_SIZE);
	close(fds[0]);
	strbuf_release(&sb);
}

static void
a_descriptor_that_gives_too_much_is_refused(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(file_read_fd(fd, 100000, &sb), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(sb.len, 0);
	close(fd);
	assert_int_equal(file_read_fd(-1, 10, &sb), -1);
	assert_int_equal(errno, EBADF);
	strbuf_release(&sb);
}

static void
a_full_disk_is_reported(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(file_write_all(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(file_write_all(fd, "", 0), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_of_any_size_is_read_whole),
	    cmocka_unit_test(what_cannot_be_read_leaves_the_buffer_as_it_was),
	    cmocka_unit_test(a_file_without_a_size_is_read_to_its_end),
	    cmocka_unit_test(a_pipe_is_read_and_written_in_pieces),
	    cmocka_unit_test(a_descriptor_that_gives_too_much_is_refused),
	    cmocka_unit_test(a_full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
