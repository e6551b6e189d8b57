/* SPDX-License-Identifier: ISC */
/* A table with columns that line up, also where characters are wide. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include "cli/print.h"

struct table_cell {
	char *text;
	enum colour colour;
};

struct table {
	size_t columns;
	struct table_cell *cells; /* row by row */
	size_t count;
	size_t capacity;
};

void table_init(struct table *, size_t columns);
void table_release(struct table *);
/* A row of headings; names ends in NULL and has as many as there are columns. */
void table_headings(struct table *, const char *const *names);
/* The next cell, made safe for the terminal. */
void table_add(struct table *, enum colour, const char *text);
void
table_addf(struct table *, enum colour, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Prints it on standard output, each row after the indentation. */
void table_print(const struct table *, const char *indent);

#endif
