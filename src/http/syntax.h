/* SPDX-License-Identifier: ISC */
/*
 * The syntax of HTTP requests, their URLs and their proxies, without a library: the same for
 * checking, for showing and for sending.  No message has a URL or a proxy in it, which may hold
 * secrets.
 */
#ifndef HTTP_SYNTAX_H
#define HTTP_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_USER_AGENT "svcreq/" SVCREQ_VERSION

struct arena;
struct http_proxy;
struct strbuf;

/* GET HEAD POST PUT PATCH DELETE OPTIONS. */
bool http_method_known(const char *method);
/* Returns whether sending it twice is the same as sending it once (RFC 9110, 9.2.2). */
bool http_method_idempotent(const char *method);
/* Returns whether its request says how long the body is even if there is none. */
bool http_method_has_length(const char *method);

/* The name of a header, a token of RFC 9110.  0, or -1 with err. */
int http_token_check(const char *name, struct strbuf *err);
/* A token of RFC 9110, and not a header that belongs to the connection.  0, or -1 with err. */
int http_header_name_check(const char *name, struct strbuf *err);
/* Returns the first byte that no value of a header can have: a control byte but the tab; or 0. */
int http_header_control_byte(const char *value);
/* No control bytes but the tab.  0, or -1 with err. */
int http_header_value_check(const char *value, struct strbuf *err);
/* Returns whether the header's value is a credential, which is never shown. */
bool http_header_is_credential(const char *name);

/*
 * http:// or https://, a host, no user, no space or control byte, no "%" that is no escape, no
 * "." or ".." in the path.  0, or -1 with err.
 */
int http_url_check(const char *url, struct strbuf *err);

/* A URL as it is sent: to whom, and what of it. */
struct http_url {
	const char *scheme;    /* "http" or "https" */
	const char *authority; /* the host, and the port unless it is the usual one */
	const char *target;    /* the path and the query */
};

/*
 * Takes a URL apart, into the arena; numbers that are an address are written as one.  0, or -1
 * with err: http_url_check() does not hold, or no host can have that name.
 */
int http_url_split(struct arena *, const char *url, struct http_url *out, struct strbuf *err);
/* Returns whether both URLs call the same server (RFC 6454). */
bool http_url_same_origin(const char *left, const char *right);
/*
 * Returns whether a path segment of a URL leads to another place when what it holds is decoded
 * none, one or two times: split at "/" and "\", a part of it is ".", ".." or begins with "..;".
 */
bool http_segment_moves(const char *segment, size_t len);
/* Appends the text percent-encoded (RFC 3986): all but the unreserved characters. */
void http_url_add_encoded(struct strbuf *, const char *text);

/*
 * "none", or [http|https|socks4|socks4a|socks5|socks5h://][user:password@]host[:port], where user
 * and password are percent-encoded.  0 with *out in the arena, or -1 with err.
 */
int http_proxy_parse(struct arena *, const char *text, struct http_proxy *out, struct strbuf *err);

/* Returns the origin of a proxy, with the port that libcurl takes, in the arena; NULL with err. */
const char *http_proxy_origin(struct arena *, const struct http_proxy *, struct strbuf *err);

#endif
