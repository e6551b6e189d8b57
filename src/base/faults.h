/* SPDX-License-Identifier: ISC */
/*
 * The faults of one input, all of them: each becomes a line "file:line:column: message",
 * so that a person mends a file in one round and an editor can jump to each.
 */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct arena;
struct value;

struct fault {
	unsigned line; /* 0: no place in the file */
	unsigned column;
	size_t number; /* in the order in which they were added */
	char *message;
};

struct faults {
	const char *file; /* borrowed; NULL: the messages stand alone */
	struct fault *array;
	size_t count;
	size_t capacity;
	struct strbuf text; /* of faults_text() */
};

void faults_init(struct faults *, const char *file);
void faults_release(struct faults *);
/*
 * Adds a fault at the place where that value was read; NULL: no place in the file.
 * Control characters in the message are made visible, so that a fault is always one line.
 */
void fault_add(struct faults *, const struct value *where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void fault_add_at(struct faults *, size_t line, size_t column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void fault_vadd_at(struct faults *, size_t line, size_t column, const char *fmt, va_list)
    __attribute__((format(printf, 4, 0)));

/*
 * A fault for each key of a map that it has before, all of which are taken out; when strict only
 * one, and -1 is returned.  For the readers.
 */
int faults_of_keys(struct arena *, struct value *map, bool strict, struct faults *);

/*
 * Puts them in the order of the file, those of one place in the order in which they were added,
 * and those without a place last.  Without a file they stay as they are.
 */
void faults_sort(struct faults *);
/* Sorts them and gives them as text, a line for each; borrowed until the next call. */
const char *faults_text(struct faults *);
/*
 * For readers that stop at the first fault: adds it to err as "file:line:column: message"
 * ("line:column: message" when there is no file), and returns -1.
 */
int faults_fail(const struct faults *, struct strbuf *err);

#endif
