/* SPDX-License-Identifier: ISC */
/*
 * The logs of a request, executor_logs/<id>/<name>.log.  Others may rotate them at any time, by a
 * new name or by a copy: who writes goes on in the file that has the name, and who follows reads
 * the former one to its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"

#define SUFFIX ".log"
#define CHUNK  ((size_t)64 * 1024)
#define TAIL   256 /* lines have a time: two logs do not end alike at the same place */

/* ---- writing */

struct file_log {
	struct files *files;
	uint64_t id;
	char *name;
	int fd;		    /* -1: not opened yet */
	struct stat opened; /* what it was then */
};

/* Whether a file or folder that was opened is no longer that of the path below the workspace. */
static bool
was_moved(const struct files *files, const struct stat *opened, const char *path)
{
	struct stat named;

	if (fstatat(files->root_fd, path, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return opened->st_dev != named.st_dev || opened->st_ino != named.st_ino;
}

/* The folder of all logs; borrowed until the next call.  -1 with errno. */
static int
logs_folder(struct files *files, bool make)
{
	if (files->logs_fd >= 0 && was_moved(files, &files->logs, LOGS_FOLDER)) {
		close(files->logs_fd);
		files->logs_fd = -1;
	}
	if (files->logs_fd >= 0)
		return files->logs_fd;
	files->logs_fd = make ? files_folder_make(files, files->root_fd, LOGS_FOLDER, LOGS_FOLDER)
			      : files_folder(files, files->root_fd, LOGS_FOLDER, LOGS_FOLDER);
	if (files->logs_fd >= 0 && fstat(files->logs_fd, &files->logs) != 0)
		files->logs = (struct stat){0}; /* as if it was moved */
	return files->logs_fd;
}

/* The folder of the request.  Only what we make gets its mode from us.  -1 with errno. */
static int
make_folder(struct files *files, uint64_t id, bool *is_new)
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
	*is_new = made;
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

/* Opens the file of that name, made when it is missing.  -1 with errno. */
static int
open_log(const struct file_log *log)
{
	static const int flags = O_WRONLY | O_APPEND;
	struct strbuf name = STRBUF_INIT, shown = STRBUF_INIT;
	int folder, fd = -1;
	bool is_new;

	if (strchr(log->name, '/') != NULL) {
		errno = EINVAL;
		return -1;
	}
	folder = make_folder(log->files, log->id, &is_new);
	if (folder < 0)
		return -1;
	strbuf_addf(&name, "%s" SUFFIX, log->name);
	strbuf_addf(&shown, LOGS_FOLDER "/%" PRIu64 "/%s", log->id, name.buf);
	if (is_new)
		fd = disk_file_new(folder, name.buf, flags, log->files->file_mode);
	if (fd < 0)
		fd = files_file_make(log->files, folder, name.buf, flags, shown.buf);
	strbuf_release(&name);
	strbuf_release(&shown);
	file_close_quietly(folder);
	return fd;
}

static bool
has_its_name(const struct file_log *log)
{
	struct strbuf path = STRBUF_INIT;
	bool moved;

	strbuf_addf(&path, LOGS_FOLDER "/%" PRIu64 "/%s" SUFFIX, log->id, log->name);
	moved = was_moved(log->files, &log->opened, path.buf);
	strbuf_release(&path);
	return !moved;
}

/* Has the file of that name open; if it cannot be had, a former one will do.  -1 with errno. */
static int
prepare_log(struct file_log *log)
{
	int fd;

	if (log->fd >= 0 && has_its_name(log))
		return 0;
	fd = open_log(log);
	if (fd < 0)
		return log->fd < 0 ? -1 : 0;
	if (log->fd >= 0)
		close(log->fd);
	log->fd = fd;
	return fstat(fd, &log->opened);
}

int
files_log_append(void *self, const char *text, size_t len, struct strbuf *err)
{
	struct file_log *log = self;

	if (prepare_log(log) != 0 || file_write_all(log->fd, text, len) != 0)
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

/* A log from some place on. */
struct place {
	int fd; /* -1: it is not held open */
	off_t offset;
	char tail[TAIL]; /* the bytes before that place */
	size_t tail_len;
};

struct file_log_reader {
	struct files *files;
	uint64_t id;
	char *name;
	bool follows;
	struct place place;
	struct place former; /* whoever had it open when it was moved may still write to it */
};

static void
release_place(struct place *place)
{
	if (place->fd >= 0)
		close(place->fd);
	*place = (struct place){.fd = -1};
}

void *
files_log_reader_open(void *self, uint64_t id, const char *name, bool follows)
{
	struct file_log_reader *reader = xmalloc(sizeof(*reader));

	*reader = (struct file_log_reader){
	    .files = self,
	    .id = id,
	    .name = xstrdup(name),
	    .follows = follows,
	    .place = {.fd = -1},
	    .former = {.fd = -1},
	};
	return reader;
}

void
files_log_reader_close(void *self)
{
	struct file_log_reader *reader = self;

	release_place(&reader->place);
	release_place(&reader->former);
	free(reader->name);
	free(reader);
}

/* Opens the file that has the name now. */
static enum store_result
open_to_read(const struct file_log_reader *reader, int *fd, struct strbuf *err)
{
	struct strbuf file = STRBUF_INIT, shown = STRBUF_INIT;
	int folder;
	enum store_result result = open_folder(reader->files, reader->id, &folder, err);

	if (result != STORE_OK)
		return result;
	strbuf_addf(&file, "%s" SUFFIX, reader->name);
	strbuf_addf(&shown, LOGS_FOLDER "/%" PRIu64 "/%s", reader->id, file.buf);
	*fd = trust_open(reader->files->trust, folder, file.buf, TRUST_TEAM_FILE, shown.buf);
	strbuf_release(&file);
	strbuf_release(&shown);
	file_close_quietly(folder);
	if (*fd >= 0)
		return STORE_OK;
	if (errno == ENOENT)
		return STORE_NOT_FOUND;
	trust_fail(reader->files->trust, err, "cannot open the log of step '%s'", reader->name);
	return STORE_ERROR;
}

static ssize_t
read_at(int fd, char *buf, size_t len, off_t offset)
{
	ssize_t got;

	do
		got = pread(fd, buf, len, offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/*
 * Whether a file has what was read last where it was read: whatever its inode says, it is the same
 * log, and was not cut off.
 */
static bool
continues(const struct place *place, int fd)
{
	char tail[TAIL];
	size_t len = place->tail_len;

	return fd >= 0 && read_at(fd, tail, len, place->offset - (off_t)len) == (ssize_t)len &&
	       memcmp(tail, place->tail, len) == 0;
}

/* Keeps the end of the tail and of the text after it. */
static void
move_tail(struct place *place, const char *text, size_t len)
{
	size_t added = len < TAIL ? len : TAIL;
	size_t kept = place->tail_len + added > TAIL ? TAIL - added : place->tail_len;

	memmove(place->tail, place->tail + place->tail_len - kept, kept);
	memcpy(place->tail + kept, text + len - added, added);
	place->tail_len = kept + added;
}

/* Adds what comes next to out, and moves the place.  Returns how much; -1 with errno. */
static ssize_t
read_chunk(struct place *place, int fd, struct strbuf *out)
{
	char *chunk = xmalloc(CHUNK);
	ssize_t len = read_at(fd, chunk, CHUNK, place->offset);

	if (len > 0) {
		strbuf_add(out, chunk, (size_t)len);
		move_tail(place, chunk, (size_t)len);
		place->offset += len;
	}
	free(chunk);
	return len;
}

/* The log of that name is another one than it was, or begins anew. */
static void
begin_anew(struct file_log_reader *reader)
{
	release_place(&reader->former);
	reader->former = reader->place;
	reader->place = (struct place){.fd = -1};
}

/* Reads on in the file, which is the reader's from now on. */
static enum store_result
read_named(struct file_log_reader *reader, int fd, struct strbuf *out, struct strbuf *err)
{
	struct place *place = &reader->place;
	enum store_result result = STORE_OK;

	if (read_chunk(place, fd, out) < 0) {
		fail_errno(err, "cannot read the log of step '%s'", reader->name);
		result = STORE_ERROR;
	}
	if (place->fd >= 0)
		close(place->fd);
	place->fd = reader->follows ? fd : -1;
	if (!reader->follows)
		close(fd);
	return result;
}

/*
 * The file is opened by its name each time: an overlay leaves what is open as it was.  What the
 * name stood for before is read to its end first, and looked at from then on.
 */
enum store_result
files_log_read(void *self, struct strbuf *out, bool *anew, struct strbuf *err)
{
	struct file_log_reader *reader = self;
	struct place *place = &reader->place, *former = &reader->former;
	enum store_result result;
	int fd = -1;

	if (continues(former, former->fd) && read_chunk(former, former->fd, out) > 0)
		return STORE_OK;
	result = open_to_read(reader, &fd, err);
	if (result == STORE_ERROR || continues(place, fd))
		return result == STORE_ERROR ? result : read_named(reader, fd, out, err);
	if (continues(place, place->fd) && read_chunk(place, place->fd, out) > 0) {
		file_close_quietly(fd);
		return STORE_OK;
	}
	if (result != STORE_OK)
		return result;
	*anew = true;
	begin_anew(reader);
	return read_named(reader, fd, out, err);
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
