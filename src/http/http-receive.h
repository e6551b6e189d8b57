/* SPDX-License-Identifier: ISC */
/*
 * Fills a struct http_response from what arrives, within the limits, and puts what went
 * wrong into words.  Of libcurl it knows only the texts of its errors.
 */
#ifndef HTTP_HTTP_RECEIVE_H
#define HTTP_HTTP_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http.h"

struct http_receiver {
	struct http_response response;
	size_t max_body;
	size_t header_bytes;	/* of every response, trailers too */
	bool headers_complete;	/* what comes now are trailers */
	const char *over_limit; /* what was too large; NULL: nothing */
};

void http_receiver_init(struct http_receiver *, size_t max_body);
void http_receiver_release(struct http_receiver *);

/*
 * What libcurl hands a line of a head or a trailer to, which is counted and dropped, with
 * the receiver as context.  A status line begins the headers anew.  Returns all bytes, or
 * 0 when they are over the limit, which ends the call.
 */
size_t http_receive_header(char *line, size_t size, size_t count, void *context);
/* The same for a piece of the body, of which what is within the limit is kept. */
size_t http_receive_body(char *data, size_t size, size_t count, void *context);

/* How a call ended, in libcurl's words. */
struct http_ending {
	enum http_outcome outcome; /* as its code has it */
	const char *name;	   /* of that code */
	const char *text;	   /* what it said, perhaps nothing */
	long os_error;		   /* the errno behind it, or 0 */
	bool sent;
	long status;
	int64_t retry_after; /* seconds */
	char *redirect_url;  /* NULL: none */
	int64_t duration;    /* microseconds */
};

/* Completes the response. */
void http_receiver_end(struct http_receiver *, const struct http_ending *);

#endif
