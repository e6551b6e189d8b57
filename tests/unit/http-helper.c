/* SPDX-License-Identifier: ISC */
#include "http-helper.h"
#include "unit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

struct server server;
struct arena arena = ARENA_INIT;
struct loop *loop;
struct http_client *client;

void
no_proxies(void)
{
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("no_proxy");
}

void
start_server(struct server *s, const char *scheme, const char *pem, const char *client_ca)
{
	const char *dir = getenv("SVCREQ_TESTS_DIR");
	char *path = arena_printf(&arena, "%s/bad-server.py", dir == NULL ? "tests" : dir);
	char *argv[] = {(char[]){"python3"}, path, NULL, NULL, NULL, NULL, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	char port[16] = "";

	if (pem != NULL) {
		argv[2] = arena_strdup(&arena, "--tls");
		argv[3] = arena_strdup(&arena, pem);
	}
	if (client_ca != NULL) {
		argv[4] = arena_strdup(&arena, "--client-ca");
		argv[5] = arena_strdup(&arena, client_ca);
	}
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	assert_int_equal(
	    posix_spawn(&s->pid, "/usr/bin/python3", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	for (size_t len = 0; len < sizeof(port) - 1 && strchr(port, '\n') == NULL; len++)
		assert_int_equal(read(out[0], port + len, 1), 1);
	close(out[0]);
	s->input = in[1];
	snprintf(s->base, sizeof(s->base), "%s://127.0.0.1:%d", scheme, atoi(port));
}

void
stop_server(struct server *s)
{
	if (s->base[0] == '\0')
		return;
	close(s->input);
	waitpid(s->pid, NULL, 0);
}

int
set_up_client(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	loop = loop_new(NULL, &err);
	client = http_client_new(loop, &err);
	assert_non_null(client);
	assert_string_equal(err.buf, "");
	return 0;
}

int
tear_down_client(void **state)
{
	(void)state;
	http_client_free(client);
	loop_free(loop);
	arena_release(&arena);
	return 0;
}

struct http_request
request_to(const struct server *s, const char *method, const char *path)
{
	return (struct http_request){
	    .method = method,
	    .url = arena_printf(&arena, "%s%s", s->base, path),
	    .timeout_ms = 40000,
	    .connect_timeout_ms = 30000,
	    .max_response = MIB,
	};
}

/* A strbuf of the arena with the same text. */
static struct strbuf
keep(const struct strbuf *text)
{
	struct strbuf copy = STRBUF_INIT;

	copy.buf = arena_alloc(&arena, text->len + 1);
	copy.len = text->len;
	memcpy(copy.buf, text->buf, text->len);
	return copy;
}

void
on_done(struct http_call *call, const struct http_response *response, void *context)
{
	struct answer *answer = context;

	assert_int_equal(http_call_sent(call), response->sent);
	answer->calls++;
	answer->response = *response;
	answer->response.headers = keep(&response->headers);
	answer->response.body = keep(&response->body);
	answer->response.error = keep(&response->error);
	if (response->redirect_url != NULL)
		answer->response.redirect_url = arena_strdup(&arena, response->redirect_url);
	assert_int_equal(response->error.len == 0, response->outcome == HTTP_ANSWERED);
	assert_null(strchr(response->error.buf, '\n'));
	http_call_free(call);
}

struct http_call *
start_call(const struct http_request *request, struct answer *answer)
{
	struct strbuf err = STRBUF_INIT;
	struct http_call *call = http_call_start(client, request, on_done, answer, &err);

	assert_string_equal(err.buf, "");
	assert_non_null(call);
	assert_int_equal(answer->calls, 0);
	return call;
}

void
turn_loop(int64_t timeout_ms)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(loop_turn(loop, timeout_ms, &err), 0);
	assert_string_equal(err.buf, "");
}

struct http_response
send_request(const struct http_request *request)
{
	struct answer answer = {0};

	start_call(request, &answer);
	for (int64_t until = clock_monotonic() + 60000; !answer.calls;) {
		assert_true(clock_monotonic() < until);
		turn_loop(1000);
	}
	return answer.response;
}

struct http_response
send_to(const char *method, const char *path)
{
	struct http_request request = request_to(&server, method, path);

	return send_request(&request);
}

void
reset_counts(void)
{
	assert_int_equal(send_to("POST", "/reset").status, 200);
}

int
count_of(const char *request)
{
	struct http_response counts = send_to("GET", "/count");
	const char *at = strstr(counts.body.buf, arena_printf(&arena, "\"%s\": ", request));

	return at == NULL ? 0 : atoi(strchr(at, ':') + 1);
}

void
assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		print_error("'%s' is not in '%s'\n", part, text);
		assert_true(false);
	}
}

void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL) {
		print_error("'%s' is in '%s'\n", part, text);
		assert_true(false);
	}
}

void
assert_result(
    const struct http_response *response, enum http_outcome outcome, bool sent, int status)
{
	if (response->outcome != outcome || response->sent != sent || response->status != status) {
		print_error("outcome %d, sent %d, status %d: %s\n", (int)response->outcome,
		    response->sent, response->status, response->error.buf);
		assert_true(false);
	}
}

int
listen_on(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listen(fd, 1), 0);
	*port = ntohs(address.sin_port);
	return fd;
}
