/* SPDX-License-Identifier: ISC */
/*
 * JSON text to values (RFC 8259).  Stricter than the tokenizer behind it: one root,
 * no trailing commas, no duplicate keys, valid UTF-8, valid escapes, numbers of the
 * grammar, at most 64 levels.  "\u0000" is refused, since strings here have no NUL.
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
 * Parses len bytes (they need not end in NUL) into *out, in the arena; each value carries its
 * line and column (from 1; columns count characters, not bytes).  Returns 0, or -1 with err
 * "name:line:column: message" ("line:column: message" when name is NULL) and *out unchanged.
 */
int json_parse(struct arena *, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err);
/*
 * The same for what people write: all duplicate keys are faults, and the reading goes on, with
 * the first of them.  Returns 0, or -1 when it ended at another fault, which was added too.
 */
int
json_read_all(struct arena *, const char *text, size_t len, struct value **out, struct faults *);

/* Whether the whole text is a number of the JSON grammar. */
bool json_is_number(const char *text, size_t len);

#endif
