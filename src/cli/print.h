/* SPDX-License-Identifier: ISC */
/*
 * What is shown to people.  Text that came from users and servers is made safe for the
 * terminal (utf8_add_printable) by every function here that prints or appends it.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

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
/* In that colour when standard output is a terminal and NO_COLOR is not set. */
void print_coloured(enum colour, const char *text);
/* Each line of the text after the indentation, with a newline at the end. */
void print_lines(const char *indent, const char *text);
/* "3m ago", "just now". */
void print_add_age(struct strbuf *, int64_t then, int64_t now);
/* A value on one line: text as it is, anything else as JSON. */
void print_add_value(struct strbuf *, const struct value *);
/* The items of a list, each as print_add_value() has it: "S, M, L". */
void print_add_list(struct strbuf *, const struct value *list);
/* "2026-11-23T08:41:39.123Z". */
void print_add_time(struct strbuf *, int64_t ms);

#endif
