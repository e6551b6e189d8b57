/* SPDX-License-Identifier: ISC */
#include "run/this-process.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "model/request/event.h"

/* Of the fields of proc_pid_stat(5) after the name, which ends with the last ')'. */
#define FIELD_START 20

static const char *
boot(struct arena *arena)
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

/* In clock ticks since the boot; 0: nobody tells. */
static int64_t
start(void)
{
	struct strbuf text = STRBUF_INIT;
	const char *field = NULL;
	uint64_t ticks = 0;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && file_read_fd(fd, 4096, &text) == 0)
		field = strrchr(text.buf, ')');
	for (int i = 0; field != NULL && i < FIELD_START; i++) {
		field = strchr(field, ' ');
		if (field != NULL)
			field++;
	}
	if (field != NULL)
		number_read(field, INT64_MAX, &ticks);
	file_close_quietly(fd);
	strbuf_release(&text);
	return (int64_t)ticks;
}

void
this_process_add(struct arena *arena, struct event *event)
{
	struct utsname system;

	if (uname(&system) == 0 && system.nodename[0] != '\0')
		event->host = arena_strdup(arena, system.nodename);
	event->boot = boot(arena);
	event->process = getpid();
	event->process_start = start();
}
