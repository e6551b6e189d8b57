/* SPDX-License-Identifier: ISC */
/*
 * The faults of one input, all of them: each becomes a line "file:line:column: message", so that a
 * person mends a file in one round and an editor can jump to each.
 */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

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
	bool first_only;    /* drop every fault but the first */
	struct strbuf text; /* of faults_text() */
};

void faults_init(struct faults *, const char *file);
void faults_release(struct faults *);
/* Drops all but the first count of those that were added; they are not sorted yet. */
void faults_truncate(struct faults *, size_t count);
/*
 * Adds a fault at the place where that value was read; NULL: no place in the file.
 */
void fault_add(struct faults *, const struct value *where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* For readers, which have a place and no value yet; returns -1. */
int fault_add_at(struct faults *, size_t line, size_t column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/*
 * For readers, when a map is complete: adds a fault for each key that stands before it in the map
 * too, and removes those pairs.
 */
void faults_of_keys(struct arena *, struct value *map, struct faults *);

/*
 * Sorts by the places in the file; faults of one place stay in the order in which they were added,
 * and those without a place come last.  Without a file nothing is sorted.
 */
void faults_sort(struct faults *);
/* Sorts, and returns the text, a line for each fault, which is borrowed until the next call. */
const char *faults_text(struct faults *);
/*
 * For callers that report one fault: adds the one that was found first to err as
 * "file:line:column: message" ("line:column: message" when there is no file), and returns -1.
 */
int faults_fail(const struct faults *, struct strbuf *err);

#endif
