/* SPDX-License-Identifier: ISC */
#include "store-scratch.h"

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
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
#include "store/files/file-store.h"
#include "steps/catalogue.h"

#define NOW INT64_C(1795000000000)

struct store *
scratch_open(const struct scratch *scratch)
{
	struct strbuf err = STRBUF_INIT;

	int state = openat(scratch->root_fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct store *store = file_store_open(state, steps_catalogue, &err);
	assert_string_equal(err.buf, "");
	assert_non_null(store);
	close(state);
	return store;
}

void
scratch_make(struct scratch *scratch)
{
	snprintf(scratch->path, sizeof(scratch->path), "/tmp/svcreq-store-XXXXXX");
	assert_non_null(mkdtemp(scratch->path));
	scratch->root_fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(scratch->root_fd, "state", 0700), 0);
	scratch_write(scratch, "state/format", "1\n", 2);
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

uint64_t
scratch_create(struct store *store, size_t steps, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;
	struct event *events;
	size_t count;
	uint64_t id = 0;

	make_pipeline(&arena, steps, &pipeline);
	struct value *form = value_new(&arena, VALUE_MAP);
	value_map_set(&arena, form, "what", value_string(&arena, "tea"));
	request_first_events(&arena, &pipeline, form, "alice", NULL, NOW, &events, &count);
	if (store_create(store, events, count, &id, err) != STORE_OK)
		id = 0;
	arena_release(&arena);
	return id;
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
scratch_event(
    const struct request *request, enum event_type type, int64_t not_before, struct event *out)
{
	struct strbuf err = STRBUF_INIT;
	const struct step_state *step = request_current_step(request);

	request_next_event(request, type, type == EVENT_CANCELLED ? NULL : step, "alice", NOW, out);
	out->not_before = not_before;
	if (type == EVENT_RUNNING)
		out->attempt = step->attempt + 1;
	if (type == EVENT_FAILED)
		out->reason = REASON_TRANSPORT;
	request_settle(request, out, &err);
	assert_string_equal(err.buf, "");
}

enum store_result
scratch_append(struct store *store, struct request *request, enum event_type type,
    int64_t not_before, struct strbuf *err)
{
	struct event event;

	scratch_event(request, type, not_before, &event);
	return store_append(store, request, &event, err);
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
