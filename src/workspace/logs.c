/* SPDX-License-Identifier: ISC */
#include "workspace/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/request/request.h"
#include "workspace/workspace-internal.h"

#define BODY_SHOWN   ((size_t)64 * 1024)
#define BINARY_SHOWN ((size_t)256)
#define HEX_PER_LINE 32
#define READ_SIZE    ((size_t)64 * 1024)
#define LOGS_FOLDER  "executor_logs"

/* A log that is written to. */
struct log {
	const struct workspace *workspace;
	uint64_t request_id;
	char *step_name;
	const struct redactor *redactor;
	int fd;	   /* -1: not opened yet */
	int error; /* the errno of the first line that was lost; 0: none */
};

/* How far a log was read. */
struct place {
	dev_t device; /* of the file that was read, with inode; both 0: none yet */
	ino_t inode;
	off_t offset;
};

/* The log of one step that is read. */
struct step_reader {
	char *step_name;
	struct place place;
	struct strbuf rest; /* the last line, while it has no end */
};

struct log_reader {
	const struct workspace *workspace;
	uint64_t request_id;
	struct step_reader *steps; /* in the order of the steps */
	size_t count;
	int watch_fd; /* -1: not watched */
};

static int append_bytes(struct log *, const char *bytes, size_t len);
static int
find_log(const struct log_reader *, const char *step_name, bool *exists, struct strbuf *err);
static int read_bytes(const struct log_reader *, const char *step_name, struct place *,
    struct strbuf *out, bool *anew, struct strbuf *err);
static void watch_logs(const struct log_reader *);

/* ---- writing */

struct log *
log_open(const struct workspace *workspace, uint64_t request_id, const char *step_name,
    const struct redactor *redactor)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->workspace = workspace;
	log->request_id = request_id;
	log->step_name = xstrdup(step_name);
	log->redactor = redactor;
	log->fd = -1;
	return log;
}

int
log_close(struct log *log, struct strbuf *err)
{
	int ret = 0;

	if (log == NULL)
		return 0;
	if (log->fd >= 0 && close(log->fd) != 0 && log->error == 0)
		log->error = errno;
	if (log->error != 0) {
		errno = log->error;
		ret = fail_errno(err, "cannot write the log of step '%s' of request %" PRIu64,
		    log->step_name, log->request_id);
	}
	free(log->step_name);
	free(log);
	return ret;
}

static void
mask(const struct log *log, const char *text, size_t len, struct strbuf *out)
{
	if (log->redactor != NULL)
		redactor_apply(log->redactor, text, len, out);
	else
		strbuf_add(out, text, len);
}

/* Appends the lines at once, so that those of two writers do not mix. */
static void
write_lines(struct log *log, const struct strbuf *lines)
{
	if (lines->len > 0 && append_bytes(log, lines->buf, lines->len) != 0 && log->error == 0)
		log->error = errno;
}

/* What a line begins with: "2026-11-23T08:41:39.123Z INFO    > ". */
static void
add_start(struct strbuf *start, enum log_level level, const char *prefix)
{
	static const char *const names[] = {"INFO", "WARNING", "ERROR"};
	char stamp[TIMESTAMP_SIZE];

	timestamp_format(clock_now(), stamp);
	strbuf_addf(start, "%s %-7s %s", stamp, names[level], prefix);
}

static void
add_line(struct strbuf *lines, const struct strbuf *start, const char *text, size_t len)
{
	strbuf_add(lines, start->buf, start->len);
	utf8_add_printable(lines, text, len);
	strbuf_addch(lines, '\n');
}

/* Adds a line for each line of the text. */
static void
add_lines(struct strbuf *lines, const struct strbuf *start, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line = newline == NULL ? len : (size_t)(newline - text);
		size_t next = newline == NULL ? len : line + 1;

		if (newline != NULL && line > 0 && text[line - 1] == '\r')
			line--;
		add_line(lines, start, text, line);
		text += next;
		len -= next;
	}
}

void
log_line(struct log *log, enum log_level level, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT, masked = STRBUF_INIT;
	struct strbuf start = STRBUF_INIT, lines = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	mask(log, message.buf, message.len, &masked);
	add_start(&start, level, "");
	add_line(&lines, &start, masked.buf, masked.len);
	write_lines(log, &lines);
	strbuf_release(&message);
	strbuf_release(&masked);
	strbuf_release(&start);
	strbuf_release(&lines);
}

void
log_text(struct log *log, enum log_level level, const char *prefix, const char *text, size_t len)
{
	struct strbuf masked = STRBUF_INIT, start = STRBUF_INIT, lines = STRBUF_INIT;

	mask(log, text, len, &masked);
	add_start(&start, level, prefix);
	add_lines(&lines, &start, masked.buf, masked.len);
	write_lines(log, &lines);
	strbuf_release(&masked);
	strbuf_release(&start);
	strbuf_release(&lines);
}

/* A limit may have cut the body inside a character. */
static bool
is_text(const char *body, size_t len)
{
	return len == 0 ||
	       (memchr(body, '\0', len) == NULL && utf8_valid(body, utf8_cut(body, len)));
}

static void
add_text_body(struct strbuf *lines, const struct strbuf *start, const struct strbuf *masked)
{
	size_t shown = masked->len;

	if (shown > BODY_SHOWN)
		shown = utf8_cut(masked->buf, BODY_SHOWN);
	add_lines(lines, start, masked->buf, shown);
	if (shown < masked->len)
		strbuf_addf(lines, "%s... %zu bytes more\n", start->buf, masked->len - shown);
}

static void
add_binary_body(struct strbuf *lines, const struct strbuf *start, const struct strbuf *masked,
    const char *body, size_t len)
{
	size_t shown = masked->len < BINARY_SHOWN ? masked->len : BINARY_SHOWN;
	char digest[DIGEST_SIZE];

	digest_sha256(body, len, digest);
	strbuf_addf(lines, "%sbinary, %zu bytes, sha256 %s\n", start->buf, len, digest);
	for (size_t i = 0; i < shown; i++) {
		if (i % HEX_PER_LINE == 0)
			strbuf_addstr(lines, start->buf);
		strbuf_addf(lines, "%02x", (unsigned char)masked->buf[i]);
		strbuf_addch(
		    lines, i % HEX_PER_LINE == HEX_PER_LINE - 1 || i + 1 == shown ? '\n' : ' ');
	}
}

void
log_body(struct log *log, enum log_level level, const char *prefix, const char *body, size_t len)
{
	struct strbuf masked = STRBUF_INIT, start = STRBUF_INIT, lines = STRBUF_INIT;

	mask(log, body, len, &masked);
	add_start(&start, level, prefix);
	if (is_text(body, len))
		add_text_body(&lines, &start, &masked);
	else
		add_binary_body(&lines, &start, &masked, body, len);
	write_lines(log, &lines);
	strbuf_release(&masked);
	strbuf_release(&start);
	strbuf_release(&lines);
}

/* ---- reading */

struct log_reader *
log_reader_open(
    const struct workspace *workspace, const struct request *request, const char *step_name)
{
	size_t steps = request->pipeline.step_count;
	struct log_reader *reader = xcalloc(1, sizeof(*reader));

	reader->workspace = workspace;
	reader->request_id = request->id;
	reader->steps = xcalloc(steps, sizeof(*reader->steps));
	reader->watch_fd = -1;
	for (size_t i = 0; i < steps; i++) {
		const char *name = request->pipeline.steps[i].name;

		if (step_name == NULL || strcmp(step_name, name) == 0)
			reader->steps[reader->count++] =
			    (struct step_reader){.step_name = xstrdup(name), .rest = STRBUF_INIT};
	}
	return reader;
}

void
log_reader_close(struct log_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		free(reader->steps[i].step_name);
		strbuf_release(&reader->steps[i].rest);
	}
	if (reader->watch_fd >= 0)
		close(reader->watch_fd);
	free(reader->steps);
	free(reader);
}

int
log_reader_count(const struct log_reader *reader, struct strbuf *err)
{
	bool exists = false;
	int count = 0;

	for (size_t i = 0; i < reader->count; i++) {
		if (find_log(reader, reader->steps[i].step_name, &exists, err) != 0)
			return -1;
		count += exists;
	}
	return count;
}

/* Hands over the whole lines of a text that goes on where the step's last one ended. */
static void
take_lines(struct step_reader *step, const struct strbuf *text, log_line_fn *take, void *context)
{
	const char *at = text->buf, *end;

	while ((end = memchr(at, '\n', text->len - (size_t)(at - text->buf))) != NULL) {
		strbuf_add(&step->rest, at, (size_t)(end - at));
		take(context, step->step_name, step->rest.buf);
		strbuf_reset(&step->rest);
		at = end + 1;
	}
	strbuf_add(&step->rest, at, text->len - (size_t)(at - text->buf));
}

static int
read_step(const struct log_reader *reader, struct step_reader *step, log_line_fn *take,
    void *context, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	bool anew = false;
	int ret;

	do {
		strbuf_reset(&text);
		ret = read_bytes(reader, step->step_name, &step->place, &text, &anew, err);
		if (anew)
			strbuf_reset(&step->rest);
		take_lines(step, &text, take, context);
	} while (ret == 0 && text.len > 0);
	strbuf_release(&text);
	return ret;
}

int
log_read(struct log_reader *reader, log_line_fn *take, void *context, struct strbuf *err)
{
	if (reader->watch_fd >= 0)
		watch_logs(reader);
	for (size_t i = 0; i < reader->count; i++) {
		if (read_step(reader, &reader->steps[i], take, context, err) != 0)
			return -1;
	}
	return 0;
}

void
log_read_rest(struct log_reader *reader, log_line_fn *take, void *context)
{
	for (size_t i = 0; i < reader->count; i++) {
		struct step_reader *step = &reader->steps[i];

		if (step->rest.len > 0)
			take(context, step->step_name, step->rest.buf);
		strbuf_reset(&step->rest);
	}
}

int
log_reader_watch(struct log_reader *reader, struct strbuf *err)
{
	reader->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return reader->watch_fd >= 0 ? reader->watch_fd : fail_errno(err, "cannot watch the logs");
}

/* ---- the bytes */

/* Returns the open folder of a request's logs, or -1 with errno. */
static int
open_folder(const struct workspace *workspace, uint64_t request_id)
{
	int logs = disk_folder_open(workspace->root_fd, LOGS_FOLDER), folder;
	char name[24];

	if (logs < 0)
		return -1;
	snprintf(name, sizeof(name), "%" PRIu64, request_id);
	folder = disk_folder_open(logs, name);
	file_close_quietly(logs);
	return folder;
}

/* As open_folder(), but makes what is missing.  The disk is not waited for. */
static int
make_folder(const struct workspace *workspace, uint64_t request_id)
{
	mode_t mode = disk_folder_mode(workspace->shared);
	int logs = disk_folder_make(workspace->root_fd, LOGS_FOLDER, mode, NULL), folder;
	char name[24];

	if (logs < 0)
		return -1;
	snprintf(name, sizeof(name), "%" PRIu64, request_id);
	folder = disk_folder_open(logs, name);
	if (folder < 0 && errno == ENOENT) {
		folder = disk_folder_new(logs, name, mode);
		if (folder < 0 && errno == EEXIST)
			folder = disk_folder_open(logs, name);
	}
	file_close_quietly(logs);
	return folder;
}

/* Returns the open file of a step's log, made with the mode when flags have O_WRONLY. */
static int
open_file(int folder, const char *step_name, int flags, mode_t mode)
{
	struct strbuf name = STRBUF_INIT;
	struct stat status;
	int fd = -1;

	strbuf_addf(&name, "%s.log", step_name);
	if (strchr(step_name, '/') != NULL)
		errno = EINVAL;
	else if ((flags & O_WRONLY) != 0)
		fd = disk_file_make(folder, name.buf, flags | O_NONBLOCK | O_NOCTTY, mode);
	else
		fd = openat(
		    folder, name.buf, flags | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	strbuf_release(&name);
	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* Returns 0, or -1 with errno. */
static int
append_bytes(struct log *log, const char *bytes, size_t len)
{
	int folder;

	if (log->fd < 0) {
		folder = make_folder(log->workspace, log->request_id);
		if (folder < 0)
			return -1;
		log->fd = open_file(folder, log->step_name, O_WRONLY | O_APPEND,
		    disk_file_mode(log->workspace->shared));
		file_close_quietly(folder);
	}
	return log->fd < 0 ? -1 : file_write_all(log->fd, bytes, len);
}

/* Opens the log of a step: *fd is -1 when it does not exist.  Returns 0, or -1 with err. */
static int
open_for_reading(
    const struct log_reader *reader, const char *step_name, int *fd, struct strbuf *err)
{
	int folder = open_folder(reader->workspace, reader->request_id);

	*fd = folder < 0 ? -1 : open_file(folder, step_name, O_RDONLY, 0);
	if (folder >= 0)
		file_close_quietly(folder);
	if (*fd >= 0 || errno == ENOENT)
		return 0;
	if (folder < 0)
		return fail_errno(
		    err, "cannot open '" LOGS_FOLDER "/%" PRIu64 "'", reader->request_id);
	if (errno == EINVAL)
		return fail(err, "the log of step '%s' is not a regular file", step_name);
	return fail_errno(err, "cannot open the log of step '%s'", step_name);
}

/* Reports whether the log of a step exists.  Returns 0, or -1 with err. */
static int
find_log(const struct log_reader *reader, const char *step_name, bool *exists, struct strbuf *err)
{
	int fd;

	if (open_for_reading(reader, step_name, &fd, err) != 0)
		return -1;
	*exists = fd >= 0;
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Returns the bytes that were read from that place on, and moves it; or -1 with errno. */
static ssize_t
read_on(int fd, struct place *place, struct strbuf *out, bool *anew)
{
	struct stat status;
	ssize_t len;

	if (fstat(fd, &status) != 0)
		return -1;
	*anew = status.st_dev != place->device || status.st_ino != place->inode ||
		status.st_size < place->offset;
	if (*anew)
		*place = (struct place){.device = status.st_dev, .inode = status.st_ino};
	strbuf_grow(out, READ_SIZE);
	do
		len = pread(fd, out->buf + out->len, READ_SIZE, place->offset);
	while (len < 0 && errno == EINTR);
	if (len > 0) {
		place->offset += len;
		out->len += (size_t)len;
		out->buf[out->len] = '\0';
	}
	return len;
}

/*
 * Adds some of what the log has from that place on, and moves it; nothing is added at the end.
 * *anew: the log is another one than before, or was cut off, and is read from its beginning.
 * Returns 0, or -1 with err.
 */
static int
read_bytes(const struct log_reader *reader, const char *step_name, struct place *place,
    struct strbuf *out, bool *anew, struct strbuf *err)
{
	ssize_t len;
	int fd;

	*anew = false;
	if (open_for_reading(reader, step_name, &fd, err) != 0)
		return -1;
	if (fd < 0)
		return 0;
	len = read_on(fd, place, out, anew);
	file_close_quietly(fd);
	return len >= 0 ? 0 : fail_errno(err, "cannot read the log of step '%s'", step_name);
}

/* Empties the descriptor and watches what exists by now; a new folder is noticed by its parent. */
static void
watch_logs(const struct log_reader *reader)
{
	char path[96], notices[4096];
	int len;

	while (read(reader->watch_fd, notices, sizeof(notices)) > 0)
		continue;
	/* inotify takes no descriptor, but a path through one; what is watched already stays so */
	len = snprintf(
	    path, sizeof(path), "/proc/self/fd/%d/" LOGS_FOLDER, reader->workspace->root_fd);
	inotify_add_watch(reader->watch_fd, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	snprintf(path + len, sizeof(path) - (size_t)len, "/%" PRIu64, reader->request_id);
	inotify_add_watch(reader->watch_fd, path, IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_ONLYDIR);
}
