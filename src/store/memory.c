/* SPDX-License-Identifier: ISC */
/* The memory backend: the disk, its processes and their faults, and events to read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/alloc.h"
#include "store/memory-internal.h"

/* ---- the disk */

struct memory_disk *
memory_disk_new(const struct memory_options *options)
{
	struct memory_disk *disk = xcalloc(1, sizeof(*disk));

	disk->options = *options;
	return disk;
}

static void
request_free(struct memory_request *request)
{
	while (request->logs != NULL) {
		struct memory_log *next = request->logs->next;

		strbuf_release(&request->logs->text);
		free(request->logs->name);
		free(request->logs);
		request->logs = next;
	}
	for (size_t i = 0; i < request->count; i++)
		strbuf_release(&request->events[i].text);
	free(request->events);
	free(request);
}

void
memory_disk_free(struct memory_disk *disk)
{
	for (size_t i = 0; i < disk->count; i++)
		request_free(disk->requests[i]);
	for (size_t i = 0; i < disk->other_count; i++)
		request_free(disk->others[i]);
	free(disk->requests);
	free(disk->others);
	free(disk);
}

/* NULL: there is no such request. */
struct memory_request *
memory_find(const struct memory_disk *disk, uint64_t id)
{
	return id > 0 && id <= disk->count ? disk->requests[id - 1] : NULL;
}

/* Whoever is asked for by a lock or a log: a request, or what stands for one. */
struct memory_request *
memory_find_any(struct memory_disk *disk, uint64_t id)
{
	struct memory_request *request = memory_find(disk, id);

	if (request != NULL)
		return request;
	for (size_t i = 0; i < disk->other_count; i++) {
		if (disk->others[i]->id == id)
			return disk->others[i];
	}
	request = xcalloc(1, sizeof(*request));
	request->id = id;
	disk->others =
	    xreallocarray(disk->others, disk->other_count + 1, sizeof(struct memory_request *));
	disk->others[disk->other_count++] = request;
	return request;
}

/* Makes the request after the last; what stood for it becomes it. */
struct memory_request *
memory_add_request(struct memory_disk *disk)
{
	struct memory_request *request = memory_find_any(disk, disk->count + 1);

	for (size_t i = 0; i < disk->other_count; i++) {
		if (disk->others[i] == request)
			disk->others[i] = disk->others[--disk->other_count];
	}
	if (disk->count == disk->capacity) {
		disk->capacity = disk->capacity == 0 ? 16 : disk->capacity * 2;
		disk->requests =
		    xreallocarray(disk->requests, disk->capacity, sizeof(struct memory_request *));
	}
	disk->requests[disk->count++] = request;
	return request;
}

void
memory_put_event(struct memory_request *request, int64_t number, const char *text, size_t len)
{
	struct memory_event *event;

	while (request->count < (size_t)number) {
		ALLOC_GROW(request->events, request->count, request->capacity);
		request->events[request->count++] = (struct memory_event){.text = STRBUF_INIT};
	}
	event = &request->events[number - 1];
	event->there = true;
	strbuf_reset(&event->text);
	strbuf_add(&event->text, text, len);
}

/* The highest number; 0: the request has no event. */
static int64_t
highest_event(const struct memory_request *request)
{
	size_t highest = request->count;

	while (highest > 0 && !request->events[highest - 1].there)
		highest--;
	return (int64_t)highest;
}

const struct memory_event *
memory_find_event(const struct memory_request *request, int64_t number)
{
	if (request == NULL || number < 1 || (size_t)number > request->count ||
	    !request->events[number - 1].there)
		return NULL;
	return &request->events[number - 1];
}

int64_t
memory_event_count(const struct memory_disk *disk, uint64_t id)
{
	const struct memory_request *request = memory_find(disk, id);

	return request == NULL ? 0 : highest_event(request);
}

const char *
memory_event(const struct memory_disk *disk, uint64_t id, int64_t number, size_t *len)
{
	const struct memory_event *event = memory_find_event(memory_find(disk, id), number);

	if (event == NULL)
		return NULL;
	*len = event->text.len;
	return event->text.buf;
}

void
memory_damage(struct memory_disk *disk, uint64_t id, int64_t number, const char *text, size_t len)
{
	struct memory_request *request = memory_find(disk, id);

	if (text != NULL)
		memory_put_event(request, number, text, len);
	else
		request->events[number - 1].there = false;
}

void
memory_notify(const struct memory_disk *disk, uint64_t id, bool by_log)
{
	for (struct memory_watch *watch = disk->watches; watch != NULL; watch = watch->next) {
		if (watch->id == id && (watch->logs || !by_log))
			eventfd_write(watch->fd, 1);
	}
}

/* ---- processes and their faults */

static void
end_process(struct memory_process *process)
{
	struct memory_disk *disk = process->disk;

	process->ended = true;
	for (size_t i = 0; i < disk->count; i++)
		memory_end_locks(process, disk->requests[i]);
	for (size_t i = 0; i < disk->other_count; i++)
		memory_end_locks(process, disk->others[i]);
}

void
memory_kill(struct memory_disk *disk, const void *who)
{
	for (struct memory_process *process = disk->processes; process != NULL;
	     process = process->next) {
		if (process->who == who)
			end_process(process);
	}
}

/* What is to happen to the process there.  Returns 0, or -1: the operation fails. */
int
memory_meet_fault(
    struct memory_process *process, enum memory_operation operation, bool after, struct strbuf *err)
{
	const struct memory_options *options = &process->disk->options;
	enum memory_fault fault = MEMORY_GO_ON;

	if (!process->ended && options->fault != NULL)
		fault = options->fault(options->context, process->who, operation, after);
	if (fault == MEMORY_KILL)
		end_process(process);
	if (process->ended)
		return fail(err, "the process has ended");
	return fault == MEMORY_GO_ON ? 0 : fail(err, "the disk has failed");
}

static void
memory_close(void *self)
{
	struct memory_process *process = self;
	struct memory_process **at = &process->disk->processes;

	end_process(process);
	free(process->handed_over);
	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	free(process);
}

/* ---- events */

static void
memory_describe(const void *self, uint64_t id, int64_t number, struct strbuf *out)
{
	(void)self;
	strbuf_addf(out, "event %" PRId64 " of request %" PRIu64, number, id);
}

static enum store_result
read_events(const struct memory_process *process, uint64_t id, int64_t from, backend_read_fn *each,
    void *context, struct strbuf *err)
{
	const struct memory_request *request = memory_find(process->disk, id);
	int64_t highest = request == NULL ? 0 : highest_event(request);
	enum store_result result = STORE_OK;

	if (request == NULL)
		return STORE_NOT_FOUND;
	if (highest == 0) {
		fail(err, "it has no events");
		return STORE_DAMAGED;
	}
	for (int64_t number = from == BACKEND_LATEST ? highest : from;
	     number <= highest && result == STORE_OK; number++) {
		const struct memory_event *event = memory_find_event(request, number);

		if (event == NULL) {
			memory_describe(process, id, number, err);
			fail(err, " is missing");
			result = STORE_DAMAGED;
		} else {
			result = each(context, number, event->text.buf, event->text.len, 0);
		}
	}
	return result;
}

static enum store_result
memory_read(
    void *self, uint64_t id, int64_t from, backend_read_fn *each, void *context, struct strbuf *err)
{
	enum store_result result;

	if (memory_meet_fault(self, MEMORY_READ, false, err) != 0)
		return STORE_ERROR;
	result = read_events(self, id, from, each, context, err);
	return memory_meet_fault(self, MEMORY_READ, true, err) == 0 ? result : STORE_ERROR;
}

static bool
memory_has(void *self, uint64_t id, int64_t number)
{
	const struct memory_process *process = self;

	return !process->ended && memory_find_event(memory_find(process->disk, id), number) != NULL;
}

/* ---- listing */

struct found {
	const struct backend_reader *reader;
	uint64_t id;
	enum request_status place;
	bool more;
};

static enum store_result
hand_over(void *context, int64_t number, const char *text, size_t len, uid_t writer)
{
	struct found *found = context;
	const struct backend_latest latest = {
	    .id = found->id, .number = number, .text = text, .len = len};

	(void)writer;
	found->more = found->reader->entry(found->reader->context, &latest, &found->place);
	return STORE_OK;
}

/* Returns whether to go on. */
static bool
list_request(struct memory_process *process, uint64_t id, const struct backend_reader *reader)
{
	enum request_status *place = &memory_find(process->disk, id)->place;
	struct strbuf why = STRBUF_INIT;
	struct found found = {.reader = reader, .id = id, .place = *place, .more = true};
	enum store_result result =
	    read_events(process, id, BACKEND_LATEST, hand_over, &found, &why);
	const struct backend_latest unreadable = {.id = id, .result = result, .why = why.buf};

	if (result != STORE_OK)
		found.more = reader->entry(reader->context, &unreadable, &found.place);
	if (found.place != *place)
		reader->place(reader->store, id, place);
	strbuf_release(&why);
	return found.more;
}

static enum store_result
memory_latest(void *self, unsigned places, const struct backend_reader *reader, struct strbuf *err)
{
	struct memory_process *process = self;
	bool all = false, more = true;

	if (memory_meet_fault(process, MEMORY_LIST, false, err) != 0)
		return STORE_ERROR;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		if ((places & STATUS_BIT(i)) != 0 && !place_is_indexed((enum request_status)i))
			all = true;
	}
	for (uint64_t id = process->disk->count; id > 0 && more && !process->ended; id--) {
		enum request_status place = process->disk->requests[id - 1]->place;

		if (all || (places & STATUS_BIT(place)) != 0)
			more = list_request(process, id, reader);
	}
	return memory_meet_fault(process, MEMORY_LIST, true, err) == 0 ? STORE_OK : STORE_ERROR;
}

static const struct store_backend memory_backend = {
    .close = memory_close,
    .create = memory_create,
    .create_all = memory_create_all,
    .find_key = memory_find_key,
    .read = memory_read,
    .has = memory_has,
    .append_group = memory_append_group,
    .append_begin = memory_append_begin,
    .append_collect = memory_append_collect,
    .append_all = memory_append_all,
    .latest = memory_latest,
    .describe = memory_describe,
    .lock = memory_lock,
    .renew = memory_renew,
    .unlock = memory_unlock,
    .is_locked = memory_is_locked,
    .medium = memory_medium,
    .identify = memory_identify,
    .see = memory_see,
    .lease_ms = memory_lease_ms,
    .watch = memory_watch,
    .watch_fd = memory_watch_fd,
    .watch_clear = memory_watch_clear,
    .watch_end = memory_watch_end,
    .log_open = memory_log_open,
    .log_append = memory_log_append,
    .log_close = memory_log_close,
    .log_reader_open = memory_log_reader_open,
    .log_read = memory_log_read,
    .log_reader_close = memory_log_reader_close,
    .logs = memory_logs,
};

struct store *
store_open_memory(struct memory_disk *disk, void *who, const struct step_type *const *types)
{
	struct memory_process *process = xmalloc(sizeof(*process));

	*process = (struct memory_process){
	    .disk = disk, .who = who, .number = ++disk->last_process, .next = disk->processes};
	if (disk->options.boot != NULL)
		process->boot = disk->options.boot(disk->options.context, who) % MEMORY_BOOTS;
	disk->processes = process;
	return store_new(&memory_backend, process, types);
}
