/* SPDX-License-Identifier: ISC */
/*
 * The faults of one input, all of them: each becomes a line "file:line:column: message",
 * so that a person mends a file in one round and an editor can jump to each.
 */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

#include <stddef.h>

#include "base/strbuf.h"

struct value;

struct faults {
	const char *file;   /* borrowed; NULL: the messages stand alone */
	struct strbuf text; /* one line a fault, each with its newline */
	size_t count;
};

void faults_init(struct faults *, const char *file);
void faults_release(struct faults *);
/*
 * Adds a fault at the place where that value was read; NULL: no place in the file.
 * Control characters in the message are made visible, so that a fault is always one line.
 */
void fault_add(struct faults *, const struct value *where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * For readers that stop at the first fault: adds "name:line:column: message" to err
 * ("line:column: message" when name is NULL), made visible as above, and returns -1.
 */
int fail_at(struct strbuf *err, const char *name, size_t line, size_t column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
