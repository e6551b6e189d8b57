/* SPDX-License-Identifier: ISC */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"

#define READ_SIZE ((size_t)16384)

int
file_close_quietly(int fd)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
	return -1;
}

/*
 * Reads to the end, without allocating or reading again when the size is right that it is expected
 * to have; 0: nobody knows.
 */
static int
read_to_end(int fd, size_t max, size_t expected, struct strbuf *out)
{
	size_t before = out->len;

	strbuf_grow(out, expected > 0 ? expected + 1 : READ_SIZE);
	for (;;) {
		ssize_t got;
		size_t asked;

		if (out->size - out->len < 2)
			strbuf_grow(out, READ_SIZE);
		asked = out->size - out->len - 1;
		got = read(fd, out->buf + out->len, asked);
		if (got > 0) {
			out->len += (size_t)got;
			out->buf[out->len] = '\0';
			/* of a file, less than was asked for is what there is */
			if ((size_t)got < asked && out->len - before == expected)
				return 0;
			if (out->len - before <= max)
				continue;
			errno = EFBIG;
		}
		if (got == 0)
			return 0;
		if (got < 0 && errno == EINTR)
			continue;
		strbuf_truncate(out, before);
		return -1;
	}
}

int
file_read_status(int fd, const struct stat *status, size_t max, struct strbuf *out)
{
	if (!S_ISREG(status->st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if ((uintmax_t)status->st_size > max) {
		errno = EFBIG;
		return -1;
	}
	return read_to_end(fd, max, (size_t)status->st_size, out);
}

static int
open_and_read(int dirfd, const char *path, int flags, size_t max, struct strbuf *out)
{
	struct stat status;
	int fd, result;

	/* O_NONBLOCK: a FIFO without a writer must not make this program wait */
	fd = openat(dirfd, path, flags | O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return -1;
	result = fstat(fd, &status);
	if (result == 0)
		result = file_read_status(fd, &status, max, out);
	file_close_quietly(fd);
	return result;
}

int
file_read(int dirfd, const char *path, size_t max, struct strbuf *out)
{
	return open_and_read(dirfd, path, 0, max, out);
}

int
file_read_own(int dirfd, const char *path, size_t max, struct strbuf *out)
{
	return open_and_read(dirfd, path, O_NOFOLLOW, max, out);
}

int
file_read_fd(int fd, size_t max, struct strbuf *out)
{
	return read_to_end(fd, max, 0, out);
}

int
file_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t written = write(fd, at, len);

		if (written < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		at += written;
		len -= (size_t)written;
	}
	return 0;
}
