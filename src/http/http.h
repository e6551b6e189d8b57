/* SPDX-License-Identifier: ISC */
/*
 * HTTP calls, many at a time, on the thread of an event loop: a client waits for nothing itself,
 * but has the loop watch its connections and its timer.  Only this folder knows libcurl.
 *
 * A call is sent once: each goes out on a connection of its own, because libcurl re-sends on a
 * reused connection that dies.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct http_client;
struct http_call;
struct loop;

struct http_header {
	const char *name;
	const char *value;
};

/* The way to take. */
struct http_proxy {
	const char *url; /* [scheme://]host[:port]; "": no proxy; NULL: what the environment says */
	const char *user; /* NULL: none, and no password */
	const char *password;
	const char
	    *no_proxy; /* the hosts that are called without it, as in $no_proxy; NULL: none */
};

/* Certificates or a private key, PEM. */
struct http_pem {
	char *text; /* not changed; NULL: none */
	size_t len;
};

/* What to send.  Everything is borrowed until the call is freed; NULL: not given. */
struct http_request {
	const char *method; /* upper case */
	const char *url;
	const struct http_header *headers;
	size_t header_count;
	const char *body; /* NULL: no body; HEAD cannot have one */
	size_t body_len;
	/*
	 * Of the whole call, the body too; less than 1 is 1, here and below.  It counts while
	 * the loop turns, and is over when nothing that has arrived is left to be read.
	 */
	int64_t timeout_ms;
	int64_t connect_timeout_ms;
	size_t max_response; /* decoded bytes of the body */
	bool insecure;	     /* do not verify the server's certificate */
	struct http_pem ca;  /* instead of the system's authorities */
	struct http_pem client_cert;
	struct http_pem client_key; /* none: client_cert has it, too */
	struct http_proxy proxy;
};

enum http_outcome {
	HTTP_ANSWERED, /* a whole response, whatever its status */
	HTTP_REFUSED,  /* the request cannot be sent as it is: bad URL, bad certificate */
	/*
	 * A certificate does not verify, or the other side ended TLS with an alert before the
	 * request was sent, or because of our certificate: trying again is no use.
	 */
	HTTP_TLS,
	HTTP_PROXY,	/* a proxy refuses to make a way: likewise */
	HTTP_TRANSPORT, /* no connection, or it broke */
	HTTP_TIMEOUT,
	HTTP_TOO_LARGE, /* more than max_response, a header block over 256 KiB or a line over 100 */
};

struct http_response {
	enum http_outcome outcome;
	bool delimited; /* it said where it would end: the body has not been cut off unnoticed */
	/* an encoding that libcurl does not decode, so that there is no body; NULL: none */
	const char *unknown_encoding;
	bool sent;  /* at least one byte of the request left: the server may have acted */
	int status; /* the last one received, 1xx left out; 0: none */
	struct strbuf headers;	  /* the last response's status and header lines, each with CRLF */
	struct strbuf body;	  /* what was received, decoded and cut at max_response */
	struct strbuf error;	  /* one line for people; empty when HTTP_ANSWERED */
	int64_t retry_after_ms;	  /* the server asked for that long a pause; 0: it did not */
	const char *redirect_url; /* where a 3xx points, made absolute; NULL: nowhere */
	int64_t duration_ms;	  /* until the last of it arrived, whenever it was read */
};

/*
 * Called once, from loop_turn(): the call has ended.  It may start and free calls, its own too.
 * The response lives until its call is freed.
 */
typedef void http_done(struct http_call *, const struct http_response *, void *context);

/* Loads and starts libcurl.  The loop must outlive the client.  Returns NULL with err. */
struct http_client *http_client_new(struct loop *, struct strbuf *err);
/* Every call must have been freed. */
void http_client_free(struct http_client *);

/*
 * Starts a call.  done is called later, never from inside this function.  Returns NULL with err
 * when the URL (http or https, a host, no user or password), the method, a header or a setting
 * cannot be sent as it is; nothing was sent then.  The messages leave the URL out: it may hold
 * secrets.
 */
struct http_call *http_call_start(struct http_client *, const struct http_request *,
    http_done *done, void *context, struct strbuf *err);
/*
 * Ends a call that runs, as if its connection broke now; what has arrived is read before.  Returns
 * its response, which lives until the call is freed; NULL: no final status has come, and the call
 * can only be freed.  done is not called.
 */
const struct http_response *http_call_end(struct http_call *);
/* Gives up a call that runs (done is not called) or releases one that has ended. */
void http_call_free(struct http_call *);
/* Returns whether any byte of the request has left so far. */
bool http_call_sent(const struct http_call *);

/*
 * Whether a request can be sent as it is: libcurl sends whatever it is given, and a line break in a
 * header or in the method would be a second request.  Returns 0, or -1 with err.
 */
int http_request_check(const struct http_request *, struct strbuf *err);
/* Returns whether the request gives that header, in whatever case. */
bool http_has_header(const struct http_request *, const char *name);

#endif
