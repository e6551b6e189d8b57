/* SPDX-License-Identifier: ISC */
/*
 * What both programs print on standard error.  Nothing else prints there, but for usage texts,
 * which are printed to a FILE that the caller chooses.
 *
 * Names and messages come from files and servers, so each function shows them (base/shown.h):
 * nothing can drive the reader's terminal.
 * What waits in the buffer of standard output is written first, so that the two keep their order.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prints one line, composed of text that is not shown yet. */
void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * The same with what servers and other people wrote in it: where a terminal has no room for it,
 * the lines that follow are marked.
 */
void message_of_others(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints a line that is shown text already. */
void message_shown(const char *text);
/* Prints shown text that a person answers on the same line: no newline follows. */
void message_prompt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints a newline: after a prompt whose answer the terminal did not show. */
void message_end_prompt(void);
/*
 * Writes text to standard error as it is, through short writes and whatever may pass, such as a
 * full disk: that for no longer than patience_ms without success in all, or for ever when it is
 * less than 0.  Returns false when the rest was given up.
 */
bool message_write(const char *text, size_t len, int64_t patience_ms);
/*
 * Hands every text to that function from now on, instead of printing it; NULL: it is printed again.
 * Returns whether there was one before.
 */
bool message_redirect(void (*)(const char *text, size_t len));
/* Prints a literal line; allocates nothing. */
void message_literal(const char *line);

#endif
