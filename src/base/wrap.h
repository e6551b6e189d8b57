/* SPDX-License-Identifier: ISC */
/*
 * Lines on a terminal.  It goes on at its left edge with a line that is too long, where a text of
 * somebody else's would look like another line: such lines are broken here, and marked.
 */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stddef.h>

struct strbuf;

/* Returns how many columns of the terminal fd are used; 0: it is none, and nothing is broken. */
size_t wrap_columns(int fd);
/*
 * Appends a shown text that begins in column at.  What does not fit into so many columns (0: there
 * is no limit) follows on lines that begin with the mark.
 */
void wrap_add(struct strbuf *, const char *text, size_t at, size_t columns, const char *mark);

#endif
