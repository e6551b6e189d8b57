/* SPDX-License-Identifier: ISC */
#include "workspace/logs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/redact/redact.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "store/store.h"

#define BODY_SHOWN   ((size_t)64 * 1024)
#define BINARY_SHOWN ((size_t)256)
#define HELD_MAX     ((size_t)16 * 1024)
#define HEX_PER_LINE 32

/* A log that is written to. */
struct log {
	struct store_log *bytes;
	uint64_t request_id;
	char *step_name;
	const struct redactor *redactor;
	bool holds;
	struct strbuf held;
	struct strbuf why; /* why the first line that was lost could not be written; "": none was */
};

/* The log of one step that is read. */
struct step_reader {
	char *step_name;
	struct store_log_reader *bytes;
	struct strbuf rest; /* the last line, while it has no end */
};

struct log_reader {
	struct store *store;
	uint64_t request_id;
	struct step_reader *steps; /* in the order of the steps */
	size_t count;
};

/* ---- writing */

struct log *
log_open(struct store *store, uint64_t request_id, const char *step_name,
    const struct redactor *redactor)
{
	struct log *log = xmalloc(sizeof(*log));

	*log = (struct log){
	    .bytes = store_log_open(store, request_id, step_name),
	    .request_id = request_id,
	    .step_name = xstrdup(step_name),
	    .redactor = redactor,
	    .held = STRBUF_INIT,
	    .why = STRBUF_INIT,
	};
	return log;
}

/* Appends the lines at once, so that those of two writers do not mix. */
static void
append(struct log *log, const struct strbuf *lines)
{
	store_log_append(log->bytes, lines->buf, lines->len, log->why.len == 0 ? &log->why : NULL);
}

void
log_hold(struct log *log)
{
	log->holds = true;
}

void
log_flush(struct log *log)
{
	if (log->held.len > 0)
		append(log, &log->held);
	strbuf_reset(&log->held);
}

int
log_close(struct log *log, struct strbuf *err)
{
	int ret = 0;

	if (log == NULL)
		return 0;
	log_flush(log);
	store_log_close(log->bytes, log->why.len == 0 ? &log->why : NULL);
	if (log->why.len > 0)
		ret = fail(err, "cannot write the log of step '%s' of request %" PRIu64 ": %s",
		    log->step_name, log->request_id, log->why.buf);
	strbuf_release(&log->held);
	strbuf_release(&log->why);
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

static void
write_lines(struct log *log, const struct strbuf *lines)
{
	if (!log->holds || log->held.len + lines->len > HELD_MAX)
		log_flush(log);
	if (log->holds && lines->len <= HELD_MAX)
		strbuf_add(&log->held, lines->buf, lines->len);
	else if (lines->len > 0)
		append(log, lines);
}

/* Appends the beginning of a line: "2026-11-23T08:41:39.123Z INFO    > ". */
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
	shown_add(lines, text, len);
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

/* Whether it begins as what programs compress: no secret can be seen in that, but unpacked. */
static bool
is_compressed(const char *body, size_t len)
{
	/* gzip, compress, bzip2, xz, zstd, lz4, zip */
	static const char *const beginnings[] = {"\x1f\x8b", "\x1f\x9d", "BZh", "\xfd\x37zXZ",
	    "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "PK\x03\x04"};

	/* zlib: its method, and a number that is divisible by 31 */
	if (len > 2 && (body[0] & 0x0f) == 8 &&
	    ((unsigned char)body[0] << 8 | (unsigned char)body[1]) % 31 == 0)
		return true;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		size_t beginning = strlen(beginnings[i]);

		if (len >= beginning && memcmp(body, beginnings[i], beginning) == 0)
			return true;
	}
	return false;
}

static void
add_binary_body(struct strbuf *lines, const struct strbuf *start, const struct strbuf *masked,
    const char *body, size_t len)
{
	size_t shown = masked->len < BINARY_SHOWN ? masked->len : BINARY_SHOWN;
	char digest[DIGEST_SIZE];

	digest_sha256(body, len, digest);
	strbuf_addf(lines, "%sbinary, %zu bytes, sha256 %s\n", start->buf, len, digest);
	if (is_compressed(body, len))
		return;
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
    struct store *store, const struct request *request, const char *step_name, bool follows)
{
	struct log_reader *reader = xcalloc(1, sizeof(*reader));
	struct arena arena = ARENA_INIT;
	size_t count;
	const char **names = snapshot_step_names(&arena, request, &count);

	reader->store = store;
	reader->request_id = request->id;
	reader->steps = xcalloc(count, sizeof(*reader->steps));
	for (size_t i = 0; i < count; i++) {
		if (step_name == NULL || strcmp(step_name, names[i]) == 0)
			reader->steps[reader->count++] = (struct step_reader){
			    .step_name = xstrdup(names[i]),
			    .bytes = store_log_reader_open(store, request->id, names[i], follows),
			    .rest = STRBUF_INIT,
			};
	}
	arena_release(&arena);
	return reader;
}

void
log_reader_close(struct log_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		free(reader->steps[i].step_name);
		store_log_reader_close(reader->steps[i].bytes);
		strbuf_release(&reader->steps[i].rest);
	}
	free(reader->steps);
	free(reader);
}

static bool
has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

int
log_reader_count(const struct log_reader *reader, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	const char *const *names;
	size_t name_count;
	int count = -1;

	if (store_logs(reader->store, reader->request_id, &arena, &names, &name_count, err) ==
	    STORE_OK) {
		count = 0;
		for (size_t i = 0; i < reader->count; i++)
			count += has_name(names, name_count, reader->steps[i].step_name);
	}
	arena_release(&arena);
	return count;
}

/* Hands over the whole lines of a text that continues the last one of the step. */
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

/* Hands over the last line, if it has no end. */
static void
take_rest(struct step_reader *step, log_line_fn *take, void *context)
{
	if (step->rest.len > 0)
		take(context, step->step_name, step->rest.buf);
	strbuf_reset(&step->rest);
}

static int
read_step(struct step_reader *step, log_line_fn *take, void *context, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	enum store_result result;
	bool anew;

	do {
		anew = false;
		strbuf_reset(&text);
		result = store_log_read(step->bytes, &text, &anew, err);
		if (anew)
			take_rest(step, take, context);
		take_lines(step, &text, take, context);
	} while (result == STORE_OK && text.len > 0);
	strbuf_release(&text);
	return result == STORE_OK || result == STORE_NOT_FOUND ? 0 : -1;
}

int
log_read(struct log_reader *reader, log_line_fn *take, void *context, struct strbuf *err)
{
	for (size_t i = 0; i < reader->count; i++) {
		if (read_step(&reader->steps[i], take, context, err) != 0)
			return -1;
	}
	return 0;
}

void
log_read_rest(struct log_reader *reader, log_line_fn *take, void *context)
{
	for (size_t i = 0; i < reader->count; i++)
		take_rest(&reader->steps[i], take, context);
}
