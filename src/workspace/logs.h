/* SPDX-License-Identifier: ISC */
/*
 * The logs of the steps, for people: svcreq-state(5).  A step's log has the step's name; the store
 * keeps its bytes.
 *
 * Each line has the time, the level and a message as it is shown (base/shown.h), with its secrets
 * masked.  A log appears with its first line: a step that has not started has none.  No decision
 * is ever taken from what a log says, and a log that cannot be written does not stop a step.
 */
#ifndef WORKSPACE_LOGS_H
#define WORKSPACE_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct log_reader;
struct redactor;
struct request;
struct store;
struct strbuf;

enum log_level {
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR,
};

/*
 * Opens the log of a step for appending; nothing is made before the first line.  Never NULL.  The
 * store and the redactor (NULL: nothing is masked) are borrowed, the name is copied.
 */
struct log *
log_open(struct store *, uint64_t request_id, const char *step_name, const struct redactor *);
/*
 * Frees it.  Returns 0, or -1 with err when a line could not be written; the lines after that one
 * were written all the same, if they could be.  NULL is allowed.
 */
int log_close(struct log *, struct strbuf *err);

/*
 * What is written from now on is kept until log_flush(), and written at once then, or when it is
 * much: a call of the system for several lines.
 */
void log_hold(struct log *);
void log_flush(struct log *);

/* Writes one line. */
void
log_line(struct log *, enum log_level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * Writes a block of text: a line of the log for each line of it, each with the prefix ("> ", "< ",
 * "| ") before it.  The secrets are searched for in the whole block, before it is split.
 */
void log_text(struct log *, enum log_level, const char *prefix, const char *text, size_t len);
/*
 * Writes a body: like log_text() when it is UTF-8 without NUL (its first 64 KiB, then "... N bytes
 * more"), else "binary, N bytes, sha256 ..." and its first 256 bytes in hexadecimal.
 */
void log_body(struct log *, enum log_level, const char *prefix, const char *body, size_t len);

/*
 * Opens the logs of the steps that a request has, or had, for reading; of one step when step_name
 * is not NULL.  follows: also what is written later, whoever rotates them.  Never NULL.  The store
 * is borrowed, the names are copied.
 */
struct log_reader *
log_reader_open(struct store *, const struct request *, const char *step_name, bool follows);
void log_reader_close(struct log_reader *);
/* Returns how many of these logs exist by now, or -1 with err. */
int log_reader_count(const struct log_reader *, struct strbuf *err);

/* Is handed a line of a step's log, without its newline, and the reader's copy of the name. */
typedef void log_line_fn(void *context, const char *step_name, const char *line);
/*
 * Hands over the whole lines that were not read before, step by step.  A log that was replaced or
 * cut off is read from its beginning.  Returns 0, or -1 with err when a log cannot be read.
 */
int log_read(struct log_reader *, log_line_fn *take, void *context, struct strbuf *err);
/* Hands over the last lines, where they have no end. */
void log_read_rest(struct log_reader *, log_line_fn *, void *context);

#endif
