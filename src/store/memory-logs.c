/* SPDX-License-Identifier: ISC */
/* The memory backend: watches and logs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "store/memory-internal.h"

/* ---- watching */

void *
memory_watch(void *self, uint64_t id, bool logs, struct strbuf *err)
{
	struct memory_process *process = self;
	struct memory_disk *disk = process->disk;
	struct memory_watch *watch;
	int fd;

	if (process->ended || memory_find(disk, id) == NULL) {
		fail(err, "cannot watch request %" PRIu64 ": there is none", id);
		return NULL;
	}
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0) {
		fail_errno(err, "cannot watch request %" PRIu64, id);
		return NULL;
	}
	watch = xmalloc(sizeof(*watch));
	*watch = (struct memory_watch){
	    .disk = disk, .id = id, .logs = logs, .fd = fd, .next = disk->watches};
	disk->watches = watch;
	return watch;
}

int
memory_watch_fd(const void *self)
{
	const struct memory_watch *watch = self;

	return watch->fd;
}

void
memory_watch_clear(void *self)
{
	const struct memory_watch *watch = self;
	eventfd_t ignored;

	eventfd_read(watch->fd, &ignored);
}

void
memory_watch_end(void *self)
{
	struct memory_watch *watch = self;
	struct memory_watch **at = &watch->disk->watches;

	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	close(watch->fd);
	free(watch);
}

/* ---- logs */

struct log_handle {
	struct memory_process *process;
	uint64_t id;
	char *name;
};

static struct memory_log *
find_log(const struct memory_request *request, const char *name)
{
	struct memory_log *log = request->logs;

	while (log != NULL && strcmp(log->name, name) != 0)
		log = log->next;
	return log;
}

static struct memory_log *
make_log(struct memory_disk *disk, struct memory_request *request, const char *name)
{
	struct memory_log *log = find_log(request, name);

	if (log == NULL) {
		log = xmalloc(sizeof(*log));
		*log = (struct memory_log){
		    .name = xstrdup(name), .text = STRBUF_INIT, .next = request->logs};
		request->logs = log;
	}
	if (!log->there)
		log->incarnation = ++disk->last_incarnation;
	log->there = true;
	return log;
}

void
memory_remove_log(struct memory_disk *disk, uint64_t id, const char *name)
{
	struct memory_log *log = find_log(memory_find_any(disk, id), name);

	if (log == NULL)
		return;
	strbuf_reset(&log->text);
	log->there = false;
}

void *
memory_log_open(void *self, uint64_t id, const char *name)
{
	struct log_handle *handle = xmalloc(sizeof(*handle));

	*handle = (struct log_handle){.process = self, .id = id, .name = xstrdup(name)};
	return handle;
}

int
memory_log_append(void *self, const char *text, size_t len, struct strbuf *err)
{
	struct log_handle *handle = self;
	struct memory_disk *disk = handle->process->disk;

	if (memory_meet_fault(handle->process, MEMORY_LOG, false, err) != 0)
		return -1;
	if (strchr(handle->name, '/') != NULL)
		return fail(err, "Invalid argument");
	strbuf_add(
	    &make_log(disk, memory_find_any(disk, handle->id), handle->name)->text, text, len);
	memory_notify(disk, handle->id, true);
	return memory_meet_fault(handle->process, MEMORY_LOG, true, err);
}

int
memory_log_close(void *self, struct strbuf *err)
{
	struct log_handle *handle = self;

	(void)err;
	free(handle->name);
	free(handle);
	return 0;
}

struct log_reader {
	struct memory_process *process;
	uint64_t id;
	char *name;
	uint64_t incarnation; /* which log was read; 0: none yet */
	size_t offset;
};

/* Nobody rotates a log in memory. */
void *
memory_log_reader_open(void *self, uint64_t id, const char *name, bool follows)
{
	struct log_reader *reader = xmalloc(sizeof(*reader));

	(void)follows;
	*reader = (struct log_reader){.process = self, .id = id, .name = xstrdup(name)};
	return reader;
}

enum store_result
memory_log_read(void *self, struct strbuf *out, bool *anew, struct strbuf *err)
{
	struct log_reader *reader = self;
	const struct memory_log *log =
	    find_log(memory_find_any(reader->process->disk, reader->id), reader->name);

	(void)err;
	if (log == NULL || !log->there)
		return STORE_NOT_FOUND;
	if (reader->incarnation != log->incarnation) {
		*anew = reader->incarnation != 0;
		reader->incarnation = log->incarnation;
		reader->offset = 0;
	}
	strbuf_add(out, log->text.buf + reader->offset, log->text.len - reader->offset);
	reader->offset = log->text.len;
	return STORE_OK;
}

void
memory_log_reader_close(void *self)
{
	struct log_reader *reader = self;

	free(reader->name);
	free(reader);
}

static int
compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

enum store_result
memory_logs(void *self, uint64_t id, struct arena *arena, const char *const **names, size_t *count,
    struct strbuf *err)
{
	struct memory_process *process = self;
	const struct memory_log *logs = memory_find_any(process->disk, id)->logs;
	const char **list;
	size_t total = 0;

	(void)err;
	for (const struct memory_log *log = logs; log != NULL; log = log->next)
		total++;
	list = arena_calloc(arena, total + 1, sizeof(*list));
	*count = 0;
	for (const struct memory_log *log = logs; log != NULL; log = log->next) {
		if (log->there)
			list[(*count)++] = arena_strdup(arena, log->name);
	}
	qsort(list, *count, sizeof(*list), compare_names);
	*names = list;
	return STORE_OK;
}
