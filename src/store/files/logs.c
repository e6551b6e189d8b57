/* SPDX-License-Identifier: ISC */
/*
 * The logs of a request, executor_logs/<id>/<name>.log, and waiting for what happens to a request
 * and its logs.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"

#define LOGS_FOLDER "executor_logs"
#define SUFFIX	    ".log"
#define CHUNK	    ((size_t)64 * 1024)

/* ---- writing */

struct file_log {
	struct files *files;
	uint64_t id;
	char *name;
	int fd; /* -1: not opened yet */
};

/* The folder of all logs; borrowed.  -1 with errno. */
static int
logs_folder(struct files *files, bool make)
{
	if (files->logs_fd < 0)
		files->logs_fd =
		    make ? files_folder_make(files, files->root_fd, LOGS_FOLDER, LOGS_FOLDER)
			 : files_folder(files, files->root_fd, LOGS_FOLDER, LOGS_FOLDER);
	return files->logs_fd;
}

/* The folder of the request.  Only what we make gets its mode from us.  -1 with errno. */
static int
make_folder(struct files *files, uint64_t id)
{
	char name[ID_NAME_SIZE], shown[ID_NAME_SIZE + sizeof(LOGS_FOLDER "/")];
	bool made;
	int fd = -1, parent = logs_folder(files, true);

	if (parent < 0)
		return -1;
	id_name(id, name);
	made = mkdirat(parent, name, files->dir_mode & 0777) == 0;
	snprintf(shown, sizeof(shown), LOGS_FOLDER "/%s", name);
	/* as root makes it, it is not the owner's yet */
	if (made)
		fd = disk_folder_open(parent, name);
	else if (errno == EEXIST)
		fd = files_folder(files, parent, name, shown);
	if (fd >= 0 && made && disk_set_access(parent, fd, files->dir_mode) != 0) {
		file_close_quietly(fd);
		fd = -1;
	}
	return fd;
}

static bool
exists(int dir_fd, const char *name)
{
	struct stat status;

	return fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

int
logs_set_aside(struct files *files, uint64_t id, struct strbuf *err)
{
	char name[ID_NAME_SIZE], aside[2 * ID_NAME_SIZE];
	int parent = logs_folder(files, false);
	unsigned number = 0;

	id_name(id, name);
	/* where there is no such folder, or one that is not used, there is nothing to show */
	if (parent < 0 || !exists(parent, name))
		return 0;
	do
		snprintf(aside, sizeof(aside), "%s.before-%u", name, ++number);
	while (exists(parent, aside));
	if (renameat(parent, name, parent, aside) != 0 || disk_sync_folder(parent) != 0)
		return fail_errno(err,
		    "'" LOGS_FOLDER "/%s' is of another request, and cannot be moved away", name);
	return 0;
}

void *
files_log_open(void *self, uint64_t id, const char *name)
{
	struct file_log *log = xmalloc(sizeof(*log));

	*log = (struct file_log){.files = self, .id = id, .name = xstrdup(name), .fd = -1};
	return log;
}

static int
open_log(struct file_log *log)
{
	struct strbuf name = STRBUF_INIT, shown = STRBUF_INIT;
	int folder;

	if (strchr(log->name, '/') != NULL) {
		errno = EINVAL;
		return -1;
	}
	folder = make_folder(log->files, log->id);
	if (folder < 0)
		return -1;
	strbuf_addf(&name, "%s" SUFFIX, log->name);
	strbuf_addf(&shown, LOGS_FOLDER "/%" PRIu64 "/%s", log->id, name.buf);
	log->fd = files_file_make(log->files, folder, name.buf, O_WRONLY | O_APPEND, shown.buf);
	strbuf_release(&name);
	strbuf_release(&shown);
	file_close_quietly(folder);
	return log->fd < 0 ? -1 : 0;
}

int
files_log_append(void *self, const char *text, size_t len, struct strbuf *err)
{
	struct file_log *log = self;

	if ((log->fd < 0 && open_log(log) != 0) || file_write_all(log->fd, text, len) != 0)
		return fail(err, "%s",
		    errno == TRUST_ERRNO ? log->files->trust->fault.buf : strerror(errno));
	return 0;
}

int
files_log_close(void *self, struct strbuf *err)
{
	struct file_log *log = self;
	int result = 0;

	if (log->fd >= 0 && close(log->fd) != 0)
		result = fail(err, "%s", strerror(errno));
	free(log->name);
	free(log);
	return result;
}

/* ---- reading */

/* Opens the folder of a request's logs.  STORE_NOT_FOUND: there is none yet. */
static enum store_result
open_folder(struct files *files, uint64_t id, int *fd, struct strbuf *err)
{
	char name[ID_NAME_SIZE], shown[ID_NAME_SIZE + sizeof(LOGS_FOLDER "/")];
	int parent = logs_folder(files, false);

	id_name(id, name);
	snprintf(shown, sizeof(shown), LOGS_FOLDER "/%s", name);
	*fd = parent < 0 ? -1 : files_folder(files, parent, name, shown);
	if (*fd >= 0)
		return STORE_OK;
	if (errno == ENOENT)
		return STORE_NOT_FOUND;
	trust_fail(files->trust, err, "cannot open '%s'", shown);
	return STORE_ERROR;
}

static enum store_result
open_to_read(struct files *files, uint64_t id, const char *name, struct statx *status, int *fd,
    struct strbuf *err)
{
	struct strbuf file = STRBUF_INIT, shown = STRBUF_INIT;
	int folder;
	enum store_result result = open_folder(files, id, &folder, err);

	if (result != STORE_OK)
		return result;
	strbuf_addf(&file, "%s" SUFFIX, name);
	strbuf_addf(&shown, LOGS_FOLDER "/%" PRIu64 "/%s", id, file.buf);
	*fd = trust_open(files->trust, folder, file.buf, TRUST_TEAM_FILE, shown.buf);
	strbuf_release(&file);
	strbuf_release(&shown);
	file_close_quietly(folder);
	if (*fd < 0 && errno == ENOENT)
		return STORE_NOT_FOUND;
	if (*fd < 0) {
		trust_fail(files->trust, err, "cannot open the log of step '%s'", name);
		return STORE_ERROR;
	}
	if (statx(*fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, status) == 0)
		return STORE_OK;
	fail_errno(err, "cannot look at the log of step '%s'", name);
	close(*fd);
	return STORE_ERROR;
}

/* A number that a file of that name has to itself: a new file may get a former one's inode. */
static uint64_t
incarnation_of(const struct statx *status)
{
	uint64_t made =
	    (uint64_t)status->stx_btime.tv_sec * UINT64_C(1000000000) + status->stx_btime.tv_nsec;
	uint64_t number = made * UINT64_C(0x9e3779b97f4a7c15) + status->stx_ino;

	return number == 0 ? 1 : number;
}

enum store_result
files_log_read(void *self, uint64_t id, const char *name, struct store_log_place *place,
    struct strbuf *out, bool *anew, struct strbuf *err)
{
	struct statx status;
	uint64_t incarnation;
	char *chunk;
	ssize_t len;
	int fd;
	enum store_result result = open_to_read(self, id, name, &status, &fd, err);

	if (result != STORE_OK)
		return result;
	incarnation = incarnation_of(&status);
	if (place->incarnation != incarnation || place->offset > status.stx_size) {
		*anew = place->incarnation != 0;
		*place = (struct store_log_place){.incarnation = incarnation};
	}
	chunk = xmalloc(CHUNK);
	do
		len = pread(fd, chunk, CHUNK, (off_t)place->offset);
	while (len < 0 && errno == EINTR);
	if (len >= 0) {
		strbuf_add(out, chunk, (size_t)len);
		place->offset += (uint64_t)len;
	} else {
		fail_errno(err, "cannot read the log of step '%s'", name);
		result = STORE_ERROR;
	}
	free(chunk);
	close(fd);
	return result;
}

static int
compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The name of the log in a file of that name; its length, 0: it is none. */
static size_t
log_name_length(const char *file)
{
	size_t len = strlen(file), suffix = sizeof(SUFFIX) - 1;

	return len > suffix && strcmp(file + len - suffix, SUFFIX) == 0 ? len - suffix : 0;
}

enum store_result
files_logs(void *self, uint64_t id, struct arena *arena, const char *const **names, size_t *count,
    struct strbuf *err)
{
	const char **list = NULL;
	size_t found = 0, capacity = 0;
	const char *entry;
	int folder;
	DIR *dir;
	enum store_result result = open_folder(self, id, &folder, err);

	*names = NULL;
	*count = 0;
	if (result != STORE_OK)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	errno = 0;
	dir = disk_entries(folder);
	while (dir != NULL && (entry = disk_next_entry(dir)) != NULL) {
		size_t len = log_name_length(entry);

		if (len == 0)
			continue;
		ALLOC_GROW(list, found, capacity);
		list[found++] = arena_strndup(arena, entry, len);
	}
	if (errno != 0) {
		fail_errno(err, "cannot list the logs of request %" PRIu64, id);
		result = STORE_ERROR;
	} else if (found > 0) {
		const char **sorted = arena_calloc(arena, found, sizeof(*sorted));

		qsort(list, found, sizeof(*list), compare_names);
		memcpy(sorted, list, found * sizeof(*list));
		*names = sorted;
		*count = found;
	}
	free(list);
	if (dir != NULL)
		closedir(dir);
	close(folder);
	return result;
}

/* ---- watching */

struct file_watch {
	struct files *files;
	uint64_t id;
	int fd; /* -1: the system does not tell */
	bool wants_logs;
	bool has_logs; /* the folder of the logs is watched */
};

/* Adds a watch of a folder below an open one.  inotify takes a path: the descriptor has one. */
static int
add_watch(int fd, int folder_fd, const char *below, uint32_t events)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder_fd, below);
	return inotify_add_watch(fd, path, events | IN_ONLYDIR) < 0 ? -1 : 0;
}

/*
 * Until the folder of the logs is there, its parent tells when it comes.  To add a watch again
 * changes nothing.
 */
static int
watch_logs(struct file_watch *watch)
{
	char path[64];

	if (!watch->wants_logs || watch->has_logs)
		return 0;
	if (add_watch(watch->fd, watch->files->root_fd, LOGS_FOLDER, IN_CREATE | IN_MOVED_TO) != 0)
		return -1;
	snprintf(path, sizeof(path), LOGS_FOLDER "/%" PRIu64, watch->id);
	watch->has_logs = add_watch(watch->fd, watch->files->root_fd, path,
			      IN_CREATE | IN_MOVED_TO | IN_MODIFY) == 0;
	return watch->has_logs || errno == ENOENT ? 0 : -1;
}

/* What cannot be watched, whatever the reason, can be looked at. */
static void
stop_watching(struct file_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

void *
files_watch(void *self, uint64_t id, bool logs, struct strbuf *err)
{
	struct file_watch *watch;
	int request_fd = files_open_request(self, id);

	if (request_fd < 0) {
		fail_errno(err, "cannot watch request %" PRIu64, id);
		return NULL;
	}
	watch = xmalloc(sizeof(*watch));
	*watch = (struct file_watch){
	    .files = self,
	    .id = id,
	    .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
	    .wants_logs = logs,
	};
	if (watch->fd < 0 || add_watch(watch->fd, request_fd, ".", IN_CREATE | IN_MOVED_TO) != 0 ||
	    watch_logs(watch) != 0)
		stop_watching(watch);
	close(request_fd);
	return watch;
}

int
files_watch_fd(const void *self)
{
	const struct file_watch *watch = self;

	return watch->fd;
}

void
files_watch_clear(void *self)
{
	struct file_watch *watch = self;
	char notices[4096];

	if (watch->fd < 0)
		return;
	while (read(watch->fd, notices, sizeof(notices)) > 0)
		continue;
	if (watch_logs(watch) != 0)
		stop_watching(watch);
}

void
files_watch_end(void *self)
{
	stop_watching(self);
	free(self);
}
