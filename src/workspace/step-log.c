/* SPDX-License-Identifier: ISC */
#include "workspace/step-log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/message.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/redact/redact.h"
#include "base/disk.h"

#define BODY_SHOWN   ((size_t)64 * 1024)
#define BINARY_SHOWN ((size_t)256)
#define HEX_PER_LINE 32

struct step_log {
	int logs_fd;
	uint64_t request_id;
	char *step_name;
	mode_t dir_mode;
	mode_t file_mode;
	const struct redactor *redactor;
	int fd;	   /* -1: not opened yet */
	int error; /* the errno of the first line that was lost; 0: none */
};

struct step_log *
step_log_new(int logs_fd, uint64_t request_id, const char *step_name, unsigned dir_mode,
    unsigned file_mode, const struct redactor *redactor)
{
	struct step_log *log = xcalloc(1, sizeof(*log));

	log->logs_fd = logs_fd;
	log->request_id = request_id;
	log->step_name = xstrdup(step_name);
	log->dir_mode = (mode_t)dir_mode;
	log->file_mode = (mode_t)file_mode;
	log->redactor = redactor;
	log->fd = -1;
	return log;
}

void
step_log_free(struct step_log *log)
{
	if (log == NULL)
		return;
	if (log->fd >= 0 && close(log->fd) != 0 && log->error == 0)
		log->error = errno;
	if (log->error != 0)
		message("svcreq: cannot write the log of step '%s' of request %" PRIu64 ": %s",
		    log->step_name, log->request_id, strerror(log->error));
	free(log->step_name);
	free(log);
}

/* The folder of the request.  Only what we make gets its mode from us. */
static int
open_folder(const struct step_log *log)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRIu64, log->request_id);
	bool created = mkdirat(log->logs_fd, id, log->dir_mode) == 0;
	if (!created && errno != EEXIST)
		return -1;
	int fd = openat(log->logs_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && created && disk_set_access(log->logs_fd, fd, log->dir_mode) != 0) {
		file_close_quietly(fd);
		return -1;
	}
	return fd;
}

static int
open_file(int folder, const char *name, mode_t mode)
{
	int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	bool created = true;
	int fd = openat(folder, name, flags | O_CREAT | O_EXCL, mode);
	struct stat st;

	if (fd < 0 && errno == EEXIST) {
		created = false;
		fd = openat(folder, name, flags);
	}
	if (fd < 0)
		return -1;
	if (created ? disk_set_access(folder, fd, mode) != 0 : fstat(fd, &st) != 0) {
		file_close_quietly(fd);
		return -1;
	}
	if (!created && !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static int
open_log(struct step_log *log)
{
	struct strbuf name = STRBUF_INIT;

	if (strchr(log->step_name, '/') != NULL) {
		errno = EINVAL;
		return -1;
	}
	int folder = open_folder(log);
	if (folder < 0)
		return -1;
	strbuf_addf(&name, "%s.log", log->step_name);
	log->fd = open_file(folder, name.buf, log->file_mode);
	strbuf_release(&name);
	file_close_quietly(folder);
	return log->fd < 0 ? -1 : 0;
}

/* One write, so that the lines of two writers do not mix. */
static void
write_lines(struct step_log *log, const struct strbuf *lines)
{
	if (lines->len == 0)
		return;
	if ((log->fd < 0 && open_log(log) != 0) ||
	    file_write_all(log->fd, lines->buf, lines->len) != 0) {
		if (log->error == 0)
			log->error = errno;
	}
}

static void
mask(const struct step_log *log, const char *text, size_t len, struct strbuf *out)
{
	if (log->redactor != NULL)
		redactor_apply(log->redactor, text, len, out);
	else
		strbuf_add(out, text, len);
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
step_log(struct step_log *log, enum log_level level, const char *fmt, ...)
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
step_log_text(
    struct step_log *log, enum log_level level, const char *prefix, const char *text, size_t len)
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

static bool
is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The length without a last character that is cut in two: so does a limit leave a body. */
static size_t
whole_characters(const char *text, size_t len)
{
	size_t tail = 0; /* bytes of the last character */

	while (tail < 4 && tail < len) {
		unsigned char lead = (unsigned char)text[len - ++tail];
		if (is_continuation((char)lead))
			continue;
		size_t needed = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		return lead <= 0xf4 && tail < needed ? len - tail : len;
	}
	return len;
}

static bool
is_text(const char *body, size_t len)
{
	return len == 0 ||
	       (memchr(body, '\0', len) == NULL && utf8_valid(body, whole_characters(body, len)));
}

static void
add_text_body(struct strbuf *lines, const struct strbuf *start, const struct strbuf *masked)
{
	size_t shown = masked->len;

	if (shown > BODY_SHOWN) {
		shown = BODY_SHOWN;
		while (shown > 0 && is_continuation(masked->buf[shown]))
			shown--;
	}
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
step_log_body(
    struct step_log *log, enum log_level level, const char *prefix, const char *body, size_t len)
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
