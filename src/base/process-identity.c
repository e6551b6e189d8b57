/* SPDX-License-Identifier: ISC */
#include "base/process-identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/number.h"
#include "base/strbuf.h"

/* Of the fields of proc_pid_stat(5) after the name, which ends with the last ')'. */
#define FIELD_STATE 1
#define FIELD_START 20

static void
read_boot(char *out, size_t size)
{
	struct strbuf text = STRBUF_INIT;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	*out = '\0';
	if (fd >= 0 && file_read_fd(fd, 256, &text) == 0)
		snprintf(out, size, "%.*s", (int)strcspn(text.buf, "\n"), text.buf);
	file_close_quietly(fd);
	strbuf_release(&text);
}

static const char *
find_field(const char *stat, int number)
{
	const char *field = strrchr(stat, ')');

	for (int i = 0; field != NULL && i < number; i++) {
		field = strchr(field, ' ');
		if (field != NULL)
			field++;
	}
	return field;
}

/* Reads what the system tells of a process; false: nothing.  *start is 0: not that. */
static bool
read_stat(int64_t process, char *state, int64_t *start)
{
	struct strbuf text = STRBUF_INIT;
	const char *field;
	uint64_t ticks = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && file_read_fd(fd, 4096, &text) != 0)
		strbuf_reset(&text);
	field = find_field(text.buf, FIELD_STATE);
	*state = field == NULL ? '\0' : *field;
	field = find_field(text.buf, FIELD_START);
	if (field != NULL)
		number_read(field, INT64_MAX, &ticks);
	*start = (int64_t)ticks;
	file_close_quietly(fd);
	strbuf_release(&text);
	return *state != '\0';
}

/* This process, which does not change: it is asked for with each call. */
static struct {
	pid_t process; /* 0: not known yet */
	struct utsname system;
	char boot[64]; /* "": nobody tells */
	int64_t start;
} own;

static void
find_own(void)
{
	char state;

	if (uname(&own.system) != 0)
		own.system.nodename[0] = '\0';
	read_boot(own.boot, sizeof(own.boot));
	own.process = getpid();
	read_stat(own.process, &state, &own.start);
}

void
process_identify(struct arena *arena, struct process_identity *out)
{
	if (own.process != getpid())
		find_own();
	*out = (struct process_identity){.process = own.process, .start = own.start};
	if (own.boot[0] != '\0')
		out->boot = arena_strdup(arena, own.boot);
	if (own.system.nodename[0] != '\0')
		out->host = arena_strdup(arena, own.system.nodename);
}

static bool
is_same(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

enum process_sight
process_see(const struct process_identity *identity)
{
	struct arena arena = ARENA_INIT;
	struct process_identity self;
	bool here;
	char state;
	int64_t start;

	process_identify(&arena, &self);
	here = is_same(self.host, identity->host) && is_same(self.boot, identity->boot) &&
	       identity->process > 0 && identity->process <= INT32_MAX;
	arena_release(&arena);
	if (!here)
		return PROCESS_ELSEWHERE;
	if (kill((pid_t)identity->process, 0) != 0 && errno == ESRCH)
		return PROCESS_ENDED;
	/* where a user cannot look at the processes of others, all that is known is the number */
	if (!read_stat(identity->process, &state, &start))
		return PROCESS_LIVES;
	if (state == 'Z' || state == 'X')
		return PROCESS_ENDED; /* its parent has not noticed yet */
	return start == identity->start || start == 0 || identity->start == 0 ? PROCESS_LIVES
									      : PROCESS_ENDED;
}
