/* SPDX-License-Identifier: ISC */
/* A URL as libcurl understands it: the same for calling it and for showing the call. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

struct Curl_URL;
struct strbuf;

/*
 * Parses a URL that can be called: http or https, a host, no user or password.  Returns it, to be
 * freed with curl_url_cleanup(), or NULL with err.  The messages leave the URL out: it may hold
 * secrets.
 */
struct Curl_URL *http_url_parse(const char *text, struct strbuf *err);

/* What of a URL is sent, and to whom. */
struct http_target {
	const char *scheme; /* "http" or "https" */
	char *host;	    /* an IPv6 address in [] */
	char *authority;    /* the host, and the port where it is not the usual one */
	char *target;	    /* of the request line: the path and the query */
	char *absolute;	    /* the same where a proxy is asked: the whole URL */
};

/* Returns 0, or -1 with err and nothing in out. */
int http_target_of(const char *text, struct http_target *out, struct strbuf *err);
void http_target_release(struct http_target *);

#endif
