/* SPDX-License-Identifier: ISC */
/*
 * The log of one step, for people: executor_logs/<id>/<step name>.log.  Each line has
 * the time, the level and a message with its control bytes escaped and its secrets
 * masked.  The file appears with the first line: a step that has not started has none.
 * What a log says is never read back; a log that cannot be written does not stop a step.
 */
#ifndef WORKSPACE_STEP_LOG_H
#define WORKSPACE_STEP_LOG_H

#include <stddef.h>
#include <stdint.h>

struct redactor;
struct step_log;

enum log_level {
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR,
};

/*
 * logs_fd is executor_logs/, borrowed, as is redactor (NULL: nothing is masked); modes are for
 * new folders and files.
 */
struct step_log *step_log_new(int logs_fd, uint64_t request_id, const char *step_name,
    unsigned dir_mode, unsigned file_mode, const struct redactor *);
/* Reports on standard error, once, when a line could not be written. */
void step_log_free(struct step_log *);

/* One line. */
void step_log(struct step_log *, enum log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * A block of text, a line of the log for each line of it, each with the prefix ("> ", "< ", "| ")
 * before it.  The secrets are looked for in the whole block, then it is split.
 */
void
step_log_text(struct step_log *, enum log_level, const char *prefix, const char *text, size_t len);
/*
 * A body: as step_log_text() when it is UTF-8 without NUL (the first 64 KiB; then
 * "... N bytes more"), else "binary, N bytes, sha256 ..." and the first 256 bytes in hexadecimal.
 */
void
step_log_body(struct step_log *, enum log_level, const char *prefix, const char *body, size_t len);

#endif
