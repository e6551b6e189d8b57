/* SPDX-License-Identifier: ISC */
/* Bytes as text, and text as it may stand in a URL. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stddef.h>

struct strbuf;

/* Appends the bytes in base64 (RFC 4648), padded. */
void encode_base64(struct strbuf *, const void *data, size_t len);
/* Appends them in the alphabet that is safe in URLs and in names of files, not padded. */
void encode_base64url(struct strbuf *, const void *data, size_t len);
/* Appends the text percent-encoded: all but the unreserved characters of RFC 3986. */
void encode_percent(struct strbuf *, const char *text);

#endif
