/* SPDX-License-Identifier: ISC */
#include "store-scratch.h"

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/faults.h"
#include "base/file.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "model/pipeline/pipeline.h"
#include "base/disk.h"
#include "base/trust.h"
#include "steps/catalogue.h"
#include "store/files/files.h"
#include "store/memory.h"

#define NOW INT64_C(1795000000000)

struct store *
scratch_open(const struct scratch *scratch)
{
	struct strbuf err = STRBUF_INIT;

	if (scratch->disk != NULL)
		return store_open_memory(scratch->disk, NULL, steps_catalogue);
	store_files_read_format(scratch->state_fd, scratch->trust, &err);
	assert_string_equal(err.buf, "");
	return store_open_files(
	    scratch->root_fd, scratch->state_fd, scratch->trust, steps_catalogue);
}

void
scratch_make(struct scratch *scratch)
{
	/* nothing here depends on a disk */
	*scratch = (struct scratch){.path = "/dev/shm/svcreq-store-XXXXXX"};
	if (mkdtemp(scratch->path) == NULL) {
		snprintf(scratch->path, sizeof(scratch->path), "/tmp/svcreq-store-XXXXXX");
		assert_non_null(mkdtemp(scratch->path));
	}
	scratch->root_fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(scratch->root_fd, "state", 0700), 0);
	scratch->state_fd = openat(scratch->root_fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_write(scratch, "state/format", "1\n", 2);
	scratch->trust = malloc(sizeof(*scratch->trust));
	assert_int_equal(trust_init(scratch->trust, NULL, scratch->state_fd), 0);
	scratch->store = scratch_open(scratch);
}

static int64_t
scratch_now(void *context)
{
	const struct scratch *scratch = context;

	return scratch->now;
}

void
scratch_make_memory(struct scratch *scratch, int64_t lease_ms)
{
	const struct memory_options options = {
	    .lease_ms = lease_ms, .now = scratch_now, .context = scratch};

	*scratch = (struct scratch){.disk = memory_disk_new(&options), .root_fd = -1};
	scratch->store = scratch_open(scratch);
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

void
scratch_remove(struct scratch *scratch)
{
	store_close(scratch->store);
	if (scratch->disk != NULL) {
		memory_disk_free(scratch->disk);
		return;
	}
	close(scratch->state_fd);
	trust_release(scratch->trust);
	free(scratch->trust);
	close(scratch->root_fd);
	nftw(scratch->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

bool
scratch_has(const struct scratch *scratch, const char *path)
{
	return faccessat(scratch->root_fd, path, F_OK, 0) == 0;
}

const char *
scratch_read(const struct scratch *scratch, const char *path)
{
	static char text[65536];
	struct strbuf buf = STRBUF_INIT;

	assert_int_equal(file_read(scratch->root_fd, path, sizeof(text) - 1, &buf), 0);
	memcpy(text, buf.buf, buf.len + 1);
	strbuf_release(&buf);
	return text;
}

void
scratch_write(const struct scratch *scratch, const char *path, const char *text, size_t len)
{
	int fd = openat(scratch->root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, len), 0);
	close(fd);
}

static const char *
event_path(uint64_t id, int64_t number)
{
	static char path[96];

	snprintf(path, sizeof(path), "state/requests/%" PRIu64 "/%06" PRId64 ".json", id, number);
	return path;
}

const char *
scratch_event_text(const struct scratch *scratch, uint64_t id, int64_t number)
{
	static char text[65536];
	const char *bytes;
	size_t len;

	if (scratch->disk == NULL)
		return scratch_read(scratch, event_path(id, number));
	bytes = memory_event(scratch->disk, id, number, &len);
	assert_non_null(bytes);
	assert_true(len < sizeof(text));
	memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

void
scratch_damage(const struct scratch *scratch, uint64_t id, int64_t number, const char *text)
{
	const char *path = event_path(id, number);

	if (scratch->disk != NULL)
		memory_damage(scratch->disk, id, number, text, text == NULL ? 0 : strlen(text));
	else if (text != NULL)
		scratch_write(scratch, path, text, strlen(text));
	else
		assert_int_equal(unlinkat(scratch->root_fd, path, 0), 0);
}

void
scratch_remove_log(const struct scratch *scratch, uint64_t id, const char *name)
{
	char path[128];

	if (scratch->disk != NULL) {
		memory_remove_log(scratch->disk, id, name);
		return;
	}
	snprintf(path, sizeof(path), "executor_logs/%" PRIu64 "/%s.log", id, name);
	assert_int_equal(unlinkat(scratch->root_fd, path, 0), 0);
}

struct found {
	char text[2048];
	size_t len;
	struct arena arena;
};

static bool
add_found(void *context, const struct store_latest *latest)
{
	struct found *found = context;

	found->len += (size_t)snprintf(found->text + found->len, sizeof(found->text) - found->len,
	    latest->event != NULL ? "%s%" PRIu64 : "%s(%" PRIu64 ": %s)", found->len > 0 ? " " : "",
	    latest->id, latest->why);
	assert_int_equal(latest->event != NULL, latest->result == STORE_OK);
	arena_release(&found->arena);
	return true;
}

const char *
scratch_listed(struct store *store, unsigned statuses)
{
	static struct found found;
	struct strbuf err = STRBUF_INIT;

	found = (struct found){.arena = ARENA_INIT};
	assert_int_equal(
	    store_latest(store, statuses, &found.arena, add_found, &found, &err), STORE_OK);
	assert_string_equal(err.buf, "");
	arena_release(&found.arena);
	return found.text;
}

unsigned
scratch_mode(const struct scratch *scratch, const char *path)
{
	struct stat status;

	assert_int_equal(fstatat(scratch->root_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
	return status.st_mode & 07777;
}

size_t
scratch_count(const struct scratch *scratch, const char *path)
{
	size_t count = 0;

	int fd = disk_folder_open(scratch->root_fd, path);
	if (fd < 0)
		return 0;
	DIR *dir = disk_entries(fd);
	assert_non_null(dir);
	while (disk_next_entry(dir))
		count++;
	closedir(dir);
	close(fd);
	return count;
}

static void
make_pipeline(struct arena *arena, size_t steps, struct pipeline *out)
{
	struct strbuf text = STRBUF_INIT;
	struct faults faults;
	struct strbuf err = STRBUF_INIT;
	struct value *document;

	strbuf_addstr(&text, "steps:\n");
	for (size_t i = 1; i <= steps; i++)
		strbuf_addf(&text,
		    "  - {step_name: Call %zu, step_type: API,\n"
		    "     parameters: {method: POST, url: 'http://127.0.0.1:1/post?q=${what}'}}\n",
		    i);
	assert_int_equal(yaml_read(arena, "p.yaml", text.buf, text.len, &document, &err), 0);
	faults_init(&faults, "p.yaml");
	pipeline_check(arena, document, "p", steps_catalogue, out, &faults);
	assert_string_equal(faults_text(&faults), "");
	faults_release(&faults);
	strbuf_release(&text);
	strbuf_release(&err);
}

/* key NULL: it has none. */
static enum store_result
create(struct store *store, size_t steps, const char *requester, const char *key, uint64_t *id,
    struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;
	struct event *events;
	size_t count;
	enum store_result result;

	make_pipeline(&arena, steps, &pipeline);
	struct value *form = value_new(&arena, VALUE_MAP);
	value_map_set(&arena, form, "what", value_string(&arena, "tea"));
	request_first_events(&arena, &pipeline, form, requester, NULL, NOW, &events, &count);
	events[0].key = key;
	result = store_create(store, events, count, id, err);
	arena_release(&arena);
	return result;
}

uint64_t
scratch_create(struct store *store, size_t steps, struct strbuf *err)
{
	uint64_t id = 0;

	return create(store, steps, "alice", NULL, &id, err) == STORE_OK ? id : 0;
}

enum store_result
scratch_create_key(
    struct store *store, const char *requester, const char *key, uint64_t *id, struct strbuf *err)
{
	return create(store, 1, requester, key, id, err);
}

uint64_t
scratch_create_ok(struct store *store, size_t steps)
{
	struct strbuf err = STRBUF_INIT;

	uint64_t id = scratch_create(store, steps, &err);
	assert_string_equal(err.buf, "");
	assert_true(id > 0);
	return id;
}

void
scratch_load(struct store *store, struct request *request, uint64_t id)
{
	struct strbuf err = STRBUF_INIT;

	request_init(request, id);
	enum store_result result = store_load(store, request, &err);
	assert_string_equal(err.buf, "");
	assert_int_equal(result, STORE_OK);
}

void
scratch_reload(struct store *store, struct request *request)
{
	uint64_t id = request->id;

	request_release(request);
	scratch_load(store, request, id);
}

void
scratch_event(
    const struct request *request, enum event_type type, int64_t not_before, struct event *out)
{
	const struct step_state *step = request_current_step(request);

	request_prepare_event(
	    request, type, type == EVENT_CANCELLED ? NULL : step, "alice", NOW, out);
	out->not_before = not_before;
	if (type == EVENT_RUNNING)
		out->attempt = step->attempt + 1;
	if (type == EVENT_FAILED)
		out->reason = REASON_TRANSPORT;
}

enum store_result
scratch_append(struct store *store, struct request *request, enum event_type type,
    int64_t not_before, struct strbuf *err)
{
	struct event event;

	scratch_event(request, type, not_before, &event);
	return store_append(store, request, &event, STORE_NO_LOCK, err);
}

void
scratch_append_ok(
    struct store *store, struct request *request, enum event_type type, int64_t not_before)
{
	struct strbuf err = STRBUF_INIT;

	enum store_result result = scratch_append(store, request, type, not_before, &err);
	assert_string_equal(err.buf, "");
	assert_int_equal(result, STORE_OK);
}
