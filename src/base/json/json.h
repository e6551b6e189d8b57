/* SPDX-License-Identifier: ISC */
/*
 * JSON text to values (RFC 8259), strictly: one root, no trailing commas, no duplicate keys, valid
 * UTF-8, valid escapes, numbers of the grammar, at most 64 levels.  "\u0000" is refused, since
 * strings here have no NUL.
 */
#ifndef BASE_JSON_JSON_H
#define BASE_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct faults;
struct strbuf;
struct value;

#define JSON_MAX_DEPTH 64

/*
 * Parses len bytes (they need not end in NUL) into *out, in the arena; each value has its line and
 * column (from 1; columns count characters, not bytes).  Returns 0, or -1 with err
 * "name:line:column: message" ("line:column: message" when name is NULL) and *out unchanged.
 */
int json_parse(struct arena *, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err);
/*
 * Does the same for callers that report all faults.  Duplicate keys are faults that do not end the
 * reading; the first of them is kept.  Returns 0, or -1 after another fault, with *out unchanged.
 */
int
json_read_all(struct arena *, const char *text, size_t len, struct value **out, struct faults *);

/* Whether the whole text is a number of the JSON grammar. */
bool json_is_number(const char *text, size_t len);
/*
 * Returns the code point of the escape at text, which begins with a backslash, and in *used how
 * many bytes it has, 12 for a surrogate pair; -1: it is none.
 */
long json_read_escape(const char *text, size_t len, size_t *used);

#endif
