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

static const char *
read_boot(struct arena *arena)
{
	struct strbuf text = STRBUF_INIT;
	const char *id = NULL;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && file_read_fd(fd, 256, &text) == 0 && strcspn(text.buf, "\n") > 0)
		id = arena_strndup(arena, text.buf, strcspn(text.buf, "\n"));
	file_close_quietly(fd);
	strbuf_release(&text);
	return id;
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

void
process_identify(struct arena *arena, struct process_identity *out)
{
	struct utsname system;
	char state;

	*out = (struct process_identity){.process = getpid(), .boot = read_boot(arena)};
	if (uname(&system) == 0 && system.nodename[0] != '\0')
		out->host = arena_strdup(arena, system.nodename);
	read_stat(out->process, &state, &out->start);
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
	struct process_identity own;
	bool here;
	char state;
	int64_t start;

	process_identify(&arena, &own);
	here = is_same(own.host, identity->host) && is_same(own.boot, identity->boot) &&
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
