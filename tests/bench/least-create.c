/* SPDX-License-Identifier: ISC */
/*
 * least-create <folder> <events>
 *
 * What "svcreq create" is measured against: the least that writes the same files as durably.  No
 * form, no lock, no id: the process has the number.  <folder> has "requests" and "queue".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static void
write_file(int folder, const char *name, const char *text, size_t len)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	check(fd >= 0, name);
	check(write(fd, text, len) == (ssize_t)len, "write");
	check(fsync(fd) == 0, "fsync");
	close(fd);
}

static int
open_folder(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	check(fd >= 0, name);
	return fd;
}

int
main(int argc, char **argv)
{
	char hidden[32], name[32], event[400], file[32];
	int root, requests, queue, fd;

	check(argc == 3, "usage: least-create <folder> <events>");
	memset(event, 'x', sizeof(event));
	root = open_folder(AT_FDCWD, argv[1]);
	requests = open_folder(root, "requests");
	queue = open_folder(root, "queue");
	snprintf(name, sizeof(name), "%ld", (long)getpid());
	snprintf(hidden, sizeof(hidden), ".new-%s", name);
	check(mkdirat(requests, hidden, 0700) == 0, "mkdir");
	fd = open_folder(requests, hidden);
	for (int i = 1; i <= atoi(argv[2]); i++) {
		snprintf(file, sizeof(file), "%06d.json", i);
		write_file(fd, file, event, sizeof(event));
	}
	check(fsync(fd) == 0, "fsync");
	write_file(queue, name, "", 0);
	check(fsync(queue) == 0, "fsync");
	check(renameat(requests, hidden, requests, name) == 0, "rename");
	check(fsync(requests) == 0, "fsync");
	return printf("%s\n", name) < 0;
}
