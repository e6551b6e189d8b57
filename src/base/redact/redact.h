/* SPDX-License-Identifier: ISC */
/*
 * Takes secrets out of text before it is kept or shown: writes "***" in place of each known secret,
 * and of each part of one that tells as much, in whichever notation it is written; svcreq-log(1)
 * lists parts and notations.  The text must be whole: a secret that the caller cuts in two is not
 * seen.
 *
 * Every function takes O(text + secrets), whatever they are.  The secrets take about 40 bytes for
 * each of theirs, once a text was searched, three times as much when they have escapes or are not
 * ASCII.  Searching a text takes 4 bytes for each of its own, or 8 with known texts, where a match
 * is, and 4 for each of the longest secret, until the function returns.  What holds secrets is
 * overwritten before it is freed.
 */
#ifndef BASE_REDACT_REDACT_H
#define BASE_REDACT_REDACT_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;
struct redactor;

struct redactor *redactor_new(void);
void redactor_free(struct redactor *);
/*
 * Adds a secret, and its parts of 8 bytes or more; copies them.  One of less than 4 bytes is masked
 * as a whole word only, and an empty one never.
 */
void redactor_add(struct redactor *, const char *secret);
/*
 * Adds a text that whoever reads has typed.  Where it stands, it is shown as it is, also if it is
 * or has a secret: a mask would tell that.
 */
void redactor_add_known(struct redactor *, const char *text);
/* Appends the text to out with every secret masked.  One of 4 GiB or more is masked as a whole. */
void redactor_apply(const struct redactor *, const char *text, size_t len, struct strbuf *out);
/* Whether a whole secret would be masked in the text, and not only a part of one. */
bool redactor_holds(const struct redactor *, const char *text, size_t len);
/*
 * Returns the length of a text that was cut off, without an end that may be the beginning of a
 * secret, which redactor_apply() would not see.
 */
size_t redactor_whole(const struct redactor *, const char *text, size_t len);

#endif
