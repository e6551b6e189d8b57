/* SPDX-License-Identifier: ISC */
/*
 * Questions at the terminal: asked on standard error, answered on standard input.
 *
 * From terminal_begin() to terminal_end() no signal that would end or stop the process does so
 * before the terminal is as it was found.  One that is ignored stays ignored.  After a stop
 * (Ctrl-Z, fg) what was typed of the answer is forgotten, and the question is printed again.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum terminal_result {
	TERMINAL_ANSWER,
	TERMINAL_TOO_LONG, /* the line was read and is forgotten */
	TERMINAL_END,	   /* Ctrl-D, or the terminal cannot be used (any more) */
	TERMINAL_SIGNAL,   /* one that ends the process came */
};

/* Whether there is somebody to ask: standard input and standard error are terminals. */
bool terminal_is_there(void);
void terminal_begin(void);
/*
 * Prints the question and reads a line, which with hidden is not shown while it is typed.
 * *answer is the line without its end, of *len bytes and a NUL byte; it is overwritten by the next
 * question and wiped by terminal_end().
 */
enum terminal_result
terminal_ask(const char *question, bool hidden, const char **answer, size_t *len);
/*
 * Puts everything as it was.  Returns the signal that ended the questions, which the caller raises
 * so that its parent sees it, or 0.
 */
int terminal_end(void);

#endif
