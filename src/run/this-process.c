/* SPDX-License-Identifier: ISC */
#include "run/this-process.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
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

/* What does not change while the program runs. */
static struct {
	bool known;
	struct utsname system;
	char boot[64]; /* "": nobody tells */
	int64_t start;
} self;

static void
read_boot(char *out, size_t size)
{
	struct strbuf text = STRBUF_INIT;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && file_read_fd(fd, 256, &text) == 0)
		snprintf(out, size, "%.*s", (int)strcspn(text.buf, "\n"), text.buf);
	file_close_quietly(fd);
	strbuf_release(&text);
}

/* In clock ticks since the boot; 0: nobody tells. */
static int64_t
read_start(void)
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

static void
find_self(void)
{
	if (uname(&self.system) != 0)
		self.system.nodename[0] = '\0';
	read_boot(self.boot, sizeof(self.boot));
	self.start = read_start();
	self.known = true;
}

void
this_process_add(struct arena *arena, struct event *event)
{
	if (!self.known)
		find_self();
	if (self.system.nodename[0] != '\0')
		event->host = arena_strdup(arena, self.system.nodename);
	if (self.boot[0] != '\0')
		event->boot = arena_strdup(arena, self.boot);
	event->process = getpid();
	event->process_start = self.start;
}
