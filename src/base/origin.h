/* SPDX-License-Identifier: ISC */
/*
 * Whom a URL calls: scheme, host and port (RFC 6454).  No message quotes any of it: there may be a
 * secret in it.
 */
#ifndef BASE_ORIGIN_H
#define BASE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct strbuf;

/*
 * Returns the origin of a URL in the arena, in the one spelling by which origins are compared:
 * "https://api.example.org", "http://[::1]:8080".  Lower case, without the usual port and without a
 * dot at the end of the host; an address as it is usually written.  The scheme is one of HTTP or of
 * a proxy.  Returns NULL with err for what has no origin.
 */
const char *origin_of(struct arena *, const char *url, struct strbuf *err);
/* Whether a text is an origin and nothing more.  Returns 0, or -1 with err. */
int origin_check(const char *text, struct strbuf *err);

/*
 * What a URL has between "//" and its path: "host", "host:port" or "[address]:port", len bytes.
 * Returns 0, or -1 with err.
 */
int origin_authority_check(const char *text, size_t len, struct strbuf *err);
/* Returns how long its host is, [] included; ":port", ":" or nothing follows. */
size_t origin_host_length(const char *text, size_t len);
/* Whether a host that is no [address] has only characters that one can have. */
bool origin_host_valid(const char *host);
/* Appends a host as libcurl writes it: 127.1 as 127.0.0.1. */
void origin_add_host(struct strbuf *, const char *host);

#endif
