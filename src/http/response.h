/* SPDX-License-Identifier: ISC */
/*
 * Fills a struct http_response from what arrives, within the limits, and says how the call ended.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "http/http.h"
#include "http/tls.h"

struct http_receiver {
	struct http_response response;
	struct tls_watch tls;
	size_t max_body;
	size_t header_bytes;		/* of every response, trailers too */
	bool headers_complete;		/* what comes now are trailers */
	bool delimited;			/* there is a Content-Length or Transfer-Encoding */
	bool encoded;			/* there is a Content-Encoding */
	struct strbuf unknown_encoding; /* that libcurl does not decode; empty: none */
	const char *over_limit;		/* what was too large; NULL: nothing */
	int socket;			/* on which it comes; -1: none yet, or none any more */
	int64_t away;			/* ms before it was sent in which nobody served the call */
	int64_t arrived;	     /* when the last of it did, by clock_monotonic(); 0: nothing */
	int64_t noted;		     /* when that was asked for */
	char error[CURL_ERROR_SIZE]; /* libcurl writes there what went wrong */
};

void http_receiver_init(struct http_receiver *, size_t max_body);
void http_receiver_release(struct http_receiver *);

/*
 * CURLOPT_HEADERFUNCTION, with the receiver as its context.  A status line begins the headers anew;
 * what comes over the limit ends the call.
 */
size_t http_receive_header(char *line, size_t size, size_t count, void *context);
/* CURLOPT_WRITEFUNCTION, likewise.  Keeps the bytes up to the limit. */
size_t http_receive_body(char *data, size_t size, size_t count, void *context);

/*
 * Completes the response when the transfer has ended with that code.  now: ms since 1970, for a
 * server that says when to come back.
 */
void http_receiver_end(struct http_receiver *, CURL *, CURLcode, bool sent, int64_t now);

#endif
