/* SPDX-License-Identifier: ISC */
/*
 * Takes secrets out of text before it is kept or shown: each known secret is replaced by
 * "***" wherever it stands raw, percent-encoded, JSON-escaped or in base64 (also as
 * the password of "user:password" in base64, at each of the three alignments, over
 * several lines too).  What it
 * is given must be whole: a secret that is cut in two by the caller is not seen.
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
 * Adds a secret and its encoded forms.  Copies it.  One of less than 4 bytes is matched
 * whole-word only; an empty one is left out.
 */
void redactor_add(struct redactor *, const char *secret);
/* Appends the text to out with every secret masked, longest match first. */
void redactor_apply(const struct redactor *, const char *text, size_t len, struct strbuf *out);
/*
 * The length of a text that was cut off somewhere, without an end that may be the beginning of
 * a secret: such an end is not seen by redactor_apply().
 */
size_t redactor_whole(const struct redactor *, const char *text, size_t len);

#endif
