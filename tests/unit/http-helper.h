/* SPDX-License-Identifier: ISC */
/* Calls of the HTTP client to a server that misbehaves (tests/bad-server.py). */
#ifndef HTTP_HELPER_H
#define HTTP_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/loop.h"
#include "http/http.h"

#define MIB ((size_t)1024 * 1024)

/* A server process, which ends when its input closes. */
struct server {
	pid_t pid;
	int input;
	char base[64]; /* "http://127.0.0.1:1234" */
};

/* How a call ended: a copy, in the arena. */
struct answer {
	int calls; /* of done */
	struct http_response response;
};

/* The server that send_to() calls, and what every test gets from set_up_client(). */
extern struct server server;
extern struct arena arena;
extern struct loop *loop;
extern struct http_client *client;

/* No proxy of the environment stands between client and server. */
void no_proxies(void);
/*
 * pem: a file with certificate and key, for https; NULL: http.  client_ca: a file with the
 * authority of which it demands a certificate; NULL: of none.
 */
void start_server(struct server *, const char *scheme, const char *pem, const char *client_ca);
void stop_server(struct server *);
/* A listening socket of which nobody accepts. */
int listen_on(int *port);

int set_up_client(void **state);
int tear_down_client(void **state);

struct http_request request_to(const struct server *, const char *method, const char *path);
/* Copies the response into the struct answer that is its context, and frees the call. */
void on_done(struct http_call *, const struct http_response *, void *context);
struct http_call *start_call(const struct http_request *, struct answer *);
void turn_loop(int64_t timeout_ms);
/* Starts a call and waits for its end. */
struct http_response send_request(const struct http_request *);
struct http_response send_to(const char *method, const char *path);

void reset_counts(void);
/* How often the server got that request ("POST /ok"). */
int count_of(const char *request);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
void assert_result(const struct http_response *, enum http_outcome, bool sent, int status);

#endif
