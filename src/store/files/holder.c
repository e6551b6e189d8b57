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
 * A line for each lock, "<byte> <process> <uid> <host>" and spaces.  Two locks may share one: then
 * the later holder is known.
 */
#define LINE_SIZE  128
#define HOST_SIZE  65
#define LINE_PAIRS 512

static off_t
place_of(uint64_t byte)
{
	uint64_t line = byte % LINE_PAIRS * 2 + (byte >= LOCK_TRANSACTION);

	return (off_t)(line * LINE_SIZE);
}

static void
own_host(char out[HOST_SIZE])
{
	if (gethostname(out, HOST_SIZE) != 0 || out[0] == '\0')
		snprintf(out, HOST_SIZE, "?");
	out[HOST_SIZE - 1] = '\0';
}

static void
write_line(int fd, uint64_t byte, const char *text)
{
	char line[LINE_SIZE + 1];

	snprintf(line, sizeof(line), "%-*.*s\n", LINE_SIZE - 1, LINE_SIZE - 1, text);
	(void)!pwrite(fd, line, LINE_SIZE, place_of(byte));
}

void
holder_write(int lock_fd, uint64_t byte)
{
	char text[LINE_SIZE], host[HOST_SIZE];

	own_host(host);
	snprintf(text, sizeof(text), "%" PRIu64 " %ld %lu %s", byte, (long)getpid(),
	    (unsigned long)getuid(), host);
	write_line(lock_fd, byte, text);
}

void
holder_clear(int lock_fd, uint64_t byte)
{
	write_line(lock_fd, byte, "");
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
