/* SPDX-License-Identifier: ISC */
#include "store/files/holder.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/user-group.h"
#include "store/files/internal.h"

/*
 * A line for each lock, "<byte> <process> <uid> <host>" and spaces; those of the statuses follow
 * those of the others.  Two locks may share one: then the later holder is known.
 */
#define LINE_SIZE 128
#define HOST_SIZE 65
#define LINES	  512 /* of each kind */
#define TOGETHER  64  /* lines in one write */

static uint64_t
line_of(uint64_t byte)
{
	return byte % LINES + (byte >= LOCK_TRANSACTION ? LINES : 0);
}

static off_t
place_of(uint64_t byte)
{
	return (off_t)(line_of(byte) * LINE_SIZE);
}

static void
own_host(char out[HOST_SIZE])
{
	if (gethostname(out, HOST_SIZE) != 0 || out[0] == '\0')
		snprintf(out, HOST_SIZE, "?");
	out[HOST_SIZE - 1] = '\0';
}

/* "" for a lock that is nobody's. */
static void
put_line(char line[LINE_SIZE], uint64_t byte, const char *holder)
{
	char text[LINE_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64 " %s", byte, holder);
	memset(line, ' ', LINE_SIZE);
	if (*holder != '\0')
		memcpy(line, text, strlen(text));
	line[LINE_SIZE - 1] = '\n';
}

/* Those of neighbours, which have neighbouring lines but for the last and the first one. */
static void
write_lines(int fd, uint64_t byte, uint64_t count, const char *holder)
{
	char lines[TOGETHER * LINE_SIZE];

	while (count > 0) {
		uint64_t left = LINES - byte % LINES, at_once = count < left ? count : left;

		at_once = at_once < TOGETHER ? at_once : TOGETHER;
		for (uint64_t i = 0; i < at_once; i++)
			put_line(lines + i * LINE_SIZE, byte + i, holder);
		(void)!pwrite(fd, lines, at_once * LINE_SIZE, place_of(byte));
		byte += at_once;
		count -= at_once;
	}
}

void
holder_write(int lock_fd, uint64_t byte, uint64_t count)
{
	char text[LINE_SIZE], host[HOST_SIZE];

	own_host(host);
	snprintf(text, sizeof(text), "%ld %lu %s", (long)getpid(), (unsigned long)getuid(), host);
	write_lines(lock_fd, byte, count, text);
}

void
holder_clear(int lock_fd, uint64_t byte, uint64_t count)
{
	write_lines(lock_fd, byte, count, "");
}

struct holder {
	long pid;
	unsigned long uid;
	char host[HOST_SIZE];
};

/* Returns false when nobody has said who it is, or who did is gone. */
static bool
find(int fd, uint64_t byte, struct holder *out)
{
	char line[LINE_SIZE], host[HOST_SIZE];
	uint64_t of = 0;

	if (pread(fd, line, LINE_SIZE, place_of(byte)) != LINE_SIZE)
		return false;
	line[LINE_SIZE - 1] = '\0';
	if (sscanf(line, "%" SCNu64 " %ld %lu %64s", &of, &out->pid, &out->uid, out->host) != 4 ||
	    of != byte || out->pid <= 0)
		return false;
	own_host(host);
	return strcmp(host, out->host) != 0 || kill((pid_t)out->pid, 0) == 0 || errno != ESRCH;
}

void
holder_describe(int lock_fd, uint64_t byte, struct strbuf *out)
{
	struct holder holder;

	if (out == NULL)
		return;
	if (find(lock_fd, byte, &holder)) {
		strbuf_addf(out, "process %ld of ", holder.pid);
		user_add_name(out, (uid_t)holder.uid);
		strbuf_addf(out, " on host %s", holder.host);
	} else {
		strbuf_addstr(out, "another process, of which nothing is known,");
	}
	if (byte == LOCK_ALLOCATION)
		strbuf_addstr(out, " is making a request");
	else if (byte == LOCK_TRANSACTION)
		strbuf_addstr(out, " is changing several requests");
	else if (byte > LOCK_TRANSACTION)
		strbuf_addf(out, " is changing request %" PRIu64, byte - LOCK_TRANSACTION);
	else
		strbuf_addf(out, " is running request %" PRIu64, byte);
	strbuf_addstr(out, ", and does not come to an end");
}
