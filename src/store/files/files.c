/* SPDX-License-Identifier: ISC */
/* Opening the file backend, its folders, and the names in them. */
#include "store/files/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/trust.h"
#include "store/backend.h"
#include "store/files/internal.h"

#define EVENT_SUFFIX ".json"
#define EVENT_DIGITS 6
#define PATIENCE_MS  10000

int
store_files_read_format(int state_fd, struct trust *trust, struct strbuf *err)
{
	struct strbuf format = STRBUF_INIT;
	int result = 0;

	if (trust_read(trust, state_fd, "format", TRUST_OWN_FILE, "state/format", 4096, &format) !=
	    0) {
		result = trust_fail(trust, err, "cannot read 'state/format'");
	} else if (strcmp(format.buf, STORE_FORMAT_SHARED) == 0) {
		trust->shared = true;
	} else if (strcmp(format.buf, STORE_FORMAT) != 0) {
		size_t len = strcspn(format.buf, "\n");

		result =
		    fail(err, "'state/format' has version '%.*s', and this program knows only '1'",
			(int)(len < 40 ? len : 40), format.buf);
	}
	strbuf_release(&format);
	return result;
}

static void
close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
files_close(void *self)
{
	struct files *files = self;

	committer_free(files->committer);
	queue_close(files);
	rooms_free(files);
	close_if_open(files->lock_fd);
	close_if_open(files->look_fd);
	close_if_open(files->logs_fd);
	close_if_open(files->requests_fd);
	close_if_open(files->keys_fd);
	for (size_t i = 0; i < files->held_count; i++)
		close_if_open(files->held[i].request_fd);
	free(files->held);
	free(files);
}

/* A lock of a file does not run out. */
static int64_t
files_lease_ms(const void *self)
{
	(void)self;
	return 0;
}

static void
files_never_wait(void *self)
{
	struct files *files = self;

	files->patience_ms = 0;
	/* whoever needs them says what is wrong with them */
	lock_file_open(files, NULL);
	files_requests_folder(files, false);
	queues_open(files, NULL);
}

static const char *
files_medium(void *self)
{
	struct files *files = self;

	if (!files->medium_known)
		files->medium = store_files_medium(files->state_fd);
	files->medium_known = true;
	return files->medium;
}

static const char *
files_notice(const void *self)
{
	const struct files *files = self;

	return files->notice;
}

/* The lock is a file that can be opened, or is not there yet. */
static int
files_check_locks(void *self, struct strbuf *err)
{
	struct files *files = self;
	int fd = trust_open(files->trust, files->state_fd, "lock", TRUST_TEAM_FILE, "state/lock");

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || errno == ENOENT)
		return 0;
	return trust_fail(files->trust, err, "cannot open 'state/lock'");
}

static const struct store_backend files_backend = {
    .close = files_close,
    .create = files_create,
    .create_all = files_create_all,
    .find_key = files_find_key,
    .read = files_read,
    .has = files_has,
    .append_group = files_append_group,
    .append_begin = files_append_begin,
    .append_collect = files_append_collect,
    .append_fd = files_append_fd,
    .append_all = files_append_all,
    .latest = files_latest,
    .settle = files_settle,
    .describe = files_describe,
    .lock = files_lock,
    .renew = files_renew,
    .unlock = files_unlock,
    .is_locked = files_is_locked,
    .notice = files_notice,
    .medium = files_medium,
    .never_wait = files_never_wait,
    .reserve = files_reserve,
    .check_locks = files_check_locks,
    .lease_ms = files_lease_ms,
    .watch = files_watch,
    .watch_fd = files_watch_fd,
    .watch_clear = files_watch_clear,
    .watch_end = files_watch_end,
    .log_open = files_log_open,
    .log_append = files_log_append,
    .log_close = files_log_close,
    .log_reader_open = files_log_reader_open,
    .log_read = files_log_read,
    .log_reader_close = files_log_reader_close,
    .logs = files_logs,
};

static struct files *
files_new(int root_fd, int state_fd, struct trust *trust)
{
	struct files *files = xmalloc(sizeof(*files));

	*files = (struct files){
	    .root_fd = root_fd,
	    .state_fd = state_fd,
	    .trust = trust,
	    .requests_fd = -1,
	    .lock_fd = -1,
	    .look_fd = -1,
	    .logs_fd = -1,
	    .keys_fd = -1,
	    .queue_fd = -1,
	    .patience_ms = PATIENCE_MS,
	    .dir_mode = disk_folder_mode(trust->shared),
	    .file_mode = disk_file_mode(trust->shared),
	    .event_mode = disk_file_mode(trust->shared) & ~(mode_t)S_IWGRP,
	};
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		files->queue_fds[i] = -1;
	return files;
}

struct store *
store_open_files(
    int root_fd, int state_fd, struct trust *trust, const struct step_type *const *types)
{
	return store_new(&files_backend, files_new(root_fd, state_fd, trust), types);
}

struct files *
files_twin(const struct files *files, struct trust *trust)
{
	struct files *twin = files_new(files->root_fd, files->state_fd, trust);

	files_never_wait(twin);
	return twin;
}

int
files_folder(struct files *files, int parent_fd, const char *name, const char *shown)
{
	return trust_open(files->trust, parent_fd, name, TRUST_TEAM_FOLDER, shown);
}

int
files_folder_make(struct files *files, int parent_fd, const char *name, const char *shown)
{
	int fd = files_folder(files, parent_fd, name, shown);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = disk_folder_make(parent_fd, name, files->dir_mode, NULL);
	if (fd >= 0 && trust_check(files->trust, fd, TRUST_TEAM_FOLDER, shown) != 0)
		return file_close_quietly(fd);
	return fd;
}

int
files_text(struct files *files, int dir_fd, const char *name, const char *shown, size_t max,
    struct strbuf *out)
{
	return trust_read(files->trust, dir_fd, name, TRUST_TEAM_FILE, shown, max, out);
}

int
files_file_make(struct files *files, int dir_fd, const char *name, int flags, const char *shown)
{
	int fd = disk_file_make(dir_fd, name, flags | O_NONBLOCK | O_NOCTTY, files->file_mode);

	if (fd < 0)
		return trust_explain_open(files->trust, dir_fd, name, TRUST_TEAM_FILE, shown);
	if (trust_check(files->trust, fd, TRUST_TEAM_FILE, shown) != 0)
		return file_close_quietly(fd);
	return fd;
}

int
files_requests_folder(struct files *files, bool make)
{
	static const char shown[] = "state/requests";

	if (files->requests_fd < 0)
		files->requests_fd =
		    make ? files_folder_make(files, files->state_fd, "requests", shown)
			 : files_folder(files, files->state_fd, "requests", shown);
	return files->requests_fd;
}

int
files_open_request(struct files *files, uint64_t id)
{
	static const char folder[] = "state/requests/";
	char name[ID_NAME_SIZE], shown[ID_NAME_SIZE + sizeof(folder)];
	int requests = files_requests_folder(files, false);

	if (requests < 0)
		return -1;
	id_name(id, name);
	memcpy(shown, folder, sizeof(folder) - 1);
	memcpy(shown + sizeof(folder) - 1, name, sizeof(name));
	return files_folder(files, requests, name, shown);
}

/* The number at the start of text and, in *used, its digits; 0: none, or one above max. */
static uint64_t
parse_number(const char *text, uint64_t max, size_t *used)
{
	uint64_t number = 0;

	*used = 0;
	for (; *text >= '0' && *text <= '9'; text++, (*used)++) {
		uint64_t digit = (uint64_t)(*text - '0');
		if (number > (max - digit) / 10)
			return 0;
		number = number * 10 + digit;
	}
	return number;
}

/*
 * Writes a number with at least that many digits, and returns its end.  Listings name events by the
 * ten thousand: printf() would take as long as reading them.
 */
static char *
write_number(char *out, uint64_t number, size_t at_least)
{
	char digits[20];
	size_t count = 0;

	for (; number > 0 || count < at_least; number /= 10)
		digits[count++] = (char)('0' + number % 10);
	while (count > 0)
		*out++ = digits[--count];
	*out = '\0';
	return out;
}

void
id_name(uint64_t id, char out[ID_NAME_SIZE])
{
	write_number(out, id, 1);
}

uint64_t
id_parse(const char *name)
{
	size_t used;
	uint64_t id = parse_number(name, STORE_ID_MAX, &used);

	return name[0] == '0' || name[used] != '\0' ? 0 : id;
}

void
event_name(int64_t number, char out[EVENT_NAME_SIZE])
{
	memcpy(
	    write_number(out, (uint64_t)number, EVENT_DIGITS), EVENT_SUFFIX, sizeof(EVENT_SUFFIX));
}

int64_t
event_name_parse(const char *name)
{
	size_t used;
	uint64_t number = parse_number(name, INT64_MAX, &used);

	if (used < EVENT_DIGITS || (used > EVENT_DIGITS && name[0] == '0') ||
	    strcmp(name + used, EVENT_SUFFIX) != 0)
		return 0;
	return (int64_t)number;
}

/* depth: of how many folders below it may have something in them. */
static int
remove_folder(int parent_fd, const char *name, int depth)
{
	const struct dirent *entry;
	int fd = disk_folder_open(parent_fd, name);
	DIR *dir;

	if (fd < 0 && errno == ENOENT)
		return 0;
	/* whatever else has that name is none of ours, and stands in the way */
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return unlinkat(parent_fd, name, 0);
	dir = fd < 0 ? NULL : disk_entries(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *inner = entry->d_name;

		if (strcmp(inner, ".") == 0 || strcmp(inner, "..") == 0)
			continue;
		if (unlinkat(fd, inner, 0) == 0 || errno != EISDIR)
			continue;
		if (unlinkat(fd, inner, AT_REMOVEDIR) != 0 && errno == ENOTEMPTY && depth > 0)
			remove_folder(fd, inner, depth - 1);
	}
	if (dir != NULL)
		closedir(dir);
	if (fd >= 0)
		close(fd);
	return unlinkat(parent_fd, name, AT_REMOVEDIR);
}

int
files_remove_folder(int parent_fd, const char *name)
{
	return remove_folder(parent_fd, name, 1);
}

int
id_list_read(struct id_list *list, int dir_fd)
{
	const char *name;
	DIR *dir = disk_entries(dir_fd);
	int reason;

	if (dir == NULL)
		return -1;
	while ((name = disk_next_entry(dir)) != NULL) {
		uint64_t id = id_parse(name);
		if (id != 0)
			id_list_add(list, id);
	}
	reason = errno;
	closedir(dir);
	errno = reason;
	return reason == 0 ? 0 : -1;
}
