/* SPDX-License-Identifier: ISC */
/*
 * Takes secrets out of text before it is kept or shown: writes "***" in place of each known secret,
 * raw, percent-encoded, JSON-escaped or in base64 (also as the password of "user:password", at each
 * of the three alignments, over several lines too).  The text must be whole: a secret that the
 * caller cuts in two is not seen.
 */
#ifndef BASE_REDACT_REDACT_H
#define BASE_REDACT_REDACT_H

#include <stddef.h>

struct strbuf;
struct redactor;

struct redactor *redactor_new(void);
/* Overwrites the secrets in memory. */
void redactor_free(struct redactor *);
/*
 * Adds a secret and its encoded forms; copies it.  One of less than 4 bytes is masked as a whole
 * word only, and an empty one never.
 */
void redactor_add(struct redactor *, const char *secret);
/* Appends the text to out with every secret masked. */
void redactor_apply(const struct redactor *, const char *text, size_t len, struct strbuf *out);
/*
 * Returns the length of a text that was cut off, without an end that may be the beginning of a
 * secret, which redactor_apply() would not see.
 */
size_t redactor_whole(const struct redactor *, const char *text, size_t len);

#endif
