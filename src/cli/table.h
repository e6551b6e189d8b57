/* SPDX-License-Identifier: ISC */
/*
 * A table with columns that line up, also where characters are wide.  On a terminal, what does not
 * fit of a row's last cell goes on below, behind a mark.
 */
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
/* The next cell, as print_add_text() shows it: no text can look like two columns. */
void table_add(struct table *, enum colour, const char *text);
/* The same with what is shown text already. */
void table_add_shown(struct table *, enum colour, const char *shown);
void
table_addf(struct table *, enum colour, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Prints it on standard output, each row after the indentation. */
void table_print(const struct table *, const char *indent);

#endif
