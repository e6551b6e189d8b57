/* SPDX-License-Identifier: ISC */
/*
 * What a request must be before it is handed to libcurl, which sends whatever it is
 * given: a line break in a header or in the method would be a second request.
 */
#ifndef HTTP_HTTP_CHECK_H
#define HTTP_HTTP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header;
struct http_request;
struct strbuf;

/* The method, the headers and the body, not the URL.  Returns 0, or -1 with err. */
int http_check_request(const struct http_request *, struct strbuf *err);
/* Whether the URL begins as one must that every program understands alike.  As above. */
int http_check_url_start(const char *url, struct strbuf *err);
/* A span for libcurl, which takes no more than an int and for which 0 is no limit at all. */
long http_timeout(int64_t ms);
/* Whether the request gives that header, in whatever case. */
bool http_has_header(const struct http_request *, const char *name);
/* Appends the header as libcurl wants it: "Name: value", or "Name;" for an empty one. */
void http_add_header_line(struct strbuf *, const struct http_header *);
/* The body to send: an empty one, not none, where the method calls for a length.  NULL: none. */
const char *http_body(const struct http_request *, size_t *len);

#endif
