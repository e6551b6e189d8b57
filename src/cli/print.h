/* SPDX-License-Identifier: ISC */
/*
 * What is shown to people.  A text is what somebody wrote: the functions here show it
 * (base/shown.h).  A line is composed of shown texts and of words of the program: what composes
 * one adds texts to it with print_add_text(), print_add_quoted() or print_add_value().
 *
 * A line that is too long for the terminal goes on behind a mark, "| ", as what people wrote
 * begins with one where it has lines of its own: nothing of it looks like a line of the program.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/request/status.h"

struct faults;
struct strbuf;
struct value;

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_FAINT,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_BLUE,
};

enum colour colour_of_request(enum request_status);
enum colour colour_of_step(enum step_status);

/* The faults of a pipeline, a line each. */
void print_faults(struct faults *);

void print_text(const char *text);
/* Prints shown text in that colour when standard output is a terminal and NO_COLOR is not set. */
void print_coloured(enum colour, const char *shown);
/* Prints a line, with its newline. */
void print_line(const char *line);
/* Prints each of these lines after the indentation; a long one is not broken: it can be copied. */
void print_lines(const char *indent, const char *lines);
/* Prints each line of a text after the indentation and the mark. */
void print_marked(const char *indent, const char *text);
/* Prints JSON, so that a terminal can show it, and a newline. */
void print_json(const char *json);

/* Appends a text, so that it is one line and nothing in it can pass for more than one text. */
void print_add_text(struct strbuf *, const char *text);
/* The same in double quotes, for texts that have words of the program beside them. */
void print_add_quoted(struct strbuf *, const char *text);
/* Appends a line of a text, with the mark before it.  It has len bytes. */
void print_add_marked(struct strbuf *, const char *text, size_t len);
/* "3m ago", "just now", or "2h in the future": a clock was ahead, or this one is behind. */
void print_add_age(struct strbuf *, int64_t then, int64_t now);
/* A value on one line: text as print_add_text() has it, anything else as JSON. */
void print_add_value(struct strbuf *, const struct value *);
/* The same among words of the program: text is quoted unless it is one plain word. */
void print_add_value_quoted(struct strbuf *, const struct value *);
/* The items of a list, each as print_add_value() has it: "S, M, L". */
void print_add_list(struct strbuf *, const struct value *list);
/* "2026-11-23T08:41:39.123Z". */
void print_add_time(struct strbuf *, int64_t ms);

#endif
