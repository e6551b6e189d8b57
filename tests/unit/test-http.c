/* SPDX-License-Identifier: ISC */
/* The HTTP client against a server that misbehaves (tests/bad-server.py). */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <netinet/in.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/http.h"

#define MIB ((size_t)1024 * 1024)

/* A server process, which ends when its input closes. */
struct server {
	pid_t pid;
	int input;
	char base[64]; /* "http://127.0.0.1:1234" */
};

/* What done was told, copied. */
struct answer {
	int told; /* how often */
	struct http_response response;
};

static struct server server;
static struct server tls_server; /* base is empty where there is no openssl(1) */
static char scratch[] = "/tmp/test-http-XXXXXX";
static struct arena arena = ARENA_INIT;
static struct http_client *client;

static const char *
in_scratch(const char *name)
{
	return arena_printf(&arena, "%s/%s", scratch, name);
}

static void
start_server(struct server *s, const char *scheme, const char *pem)
{
	const char *dir = getenv("SVCREQ_TESTS_DIR");
	char *path = arena_printf(&arena, "%s/bad-server.py", dir == NULL ? "tests" : dir);
	char *argv[] = {(char[]){"python3"}, path, (char[]){"--tls"}, NULL, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	char port[16] = "";

	if (pem != NULL)
		argv[3] = arena_strdup(&arena, pem);
	else
		argv[2] = NULL;
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

static void
stop_server(struct server *s)
{
	if (s->base[0] == '\0')
		return;
	close(s->input);
	waitpid(s->pid, NULL, 0);
}

static bool
make_certificates(void)
{
	static const char script[] =
	    "cd %s && exec >/dev/null 2>&1 && "
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test "
	    "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem && "
	    "cat cert.pem key.pem >both.pem && "
	    "openssl rsa -aes128 -passout pass:secret -in key.pem -out locked.pem && "
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other "
	    "-addext subjectAltName=DNS:other.invalid -keyout key2.pem -out cert2.pem";

	return system(arena_printf(&arena, script, scratch)) == 0;
}

static int
set_up_all(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("no_proxy");
	assert_non_null(mkdtemp(scratch));
	start_server(&server, "http", NULL);
	if (make_certificates())
		start_server(&tls_server, "https", in_scratch("both.pem"));
	arena_release(&arena);
	return 0;
}

static int
tear_down_all(void **state)
{
	(void)state;
	stop_server(&server);
	stop_server(&tls_server);
	int rc = system(arena_printf(&arena, "rm -r %s", scratch));
	arena_release(&arena);
	return rc;
}

static int
set_up(void **state)
{
	struct strbuf err = STRBUF_INIT;

	(void)state;
	client = http_client_new(&err);
	assert_non_null(client);
	assert_string_equal(err.buf, "");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	http_client_free(client);
	client = NULL;
	arena_release(&arena);
	return 0;
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

static void
on_done(struct http_call *call, const struct http_response *response, void *context)
{
	struct answer *answer = context;

	assert_int_equal(http_call_sent(call), response->sent);
	answer->told++;
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

static struct http_request
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

static struct http_call *
start(const struct http_request *request, struct answer *answer)
{
	struct strbuf err = STRBUF_INIT;
	struct http_call *call = http_call_start(client, request, on_done, answer, &err);

	assert_string_equal(err.buf, "");
	assert_non_null(call);
	assert_int_equal(answer->told, 0);
	return call;
}

static void
turn(int64_t timeout_ms)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(http_client_run(client, NULL, 0, timeout_ms, &err), 0);
	assert_string_equal(err.buf, "");
}

static struct http_response
send_request(const struct http_request *request)
{
	struct answer answer = {0};

	start(request, &answer);
	for (int64_t until = clock_monotonic() + 60000; !answer.told;) {
		assert_true(clock_monotonic() < until);
		turn(1000);
	}
	return answer.response;
}

static struct http_response
send_to(const char *method, const char *path)
{
	struct http_request request = request_to(&server, method, path);

	return send_request(&request);
}

static void
reset_counts(void)
{
	assert_int_equal(send_to("POST", "/reset").status, 200);
}

/* How often the server got that request ("POST /ok"). */
static int
count_of(const char *request)
{
	struct http_response counts = send_to("GET", "/count");
	const char *at = strstr(counts.body.buf, arena_printf(&arena, "\"%s\": ", request));

	return at == NULL ? 0 : atoi(strchr(at, ':') + 1);
}

static void
assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		print_error("'%s' is not in '%s'\n", part, text);
		assert_true(false);
	}
}

static void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL) {
		print_error("'%s' is in '%s'\n", part, text);
		assert_true(false);
	}
}

/* What an ended call came to, in one go. */
static void
assert_result(
    const struct http_response *response, enum http_outcome outcome, bool sent, int status)
{
	if (response->outcome != outcome || response->sent != sent || response->status != status) {
		print_error("outcome %d, sent %d, status %d: %s\n", (int)response->outcome,
		    response->sent, response->status, response->error.buf);
		assert_true(false);
	}
}

static void
test_answer_is_told_whole(void **state)
{
	(void)state;
	struct http_response response = send_to("GET", "/ok");

	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_string_equal(response.body.buf, "ok");
	assert_int_equal(strncmp(response.headers.buf, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_contains(response.headers.buf, "\r\nContent-Type: text/plain\r\n");
	assert_lacks(response.headers.buf, "\r\n\r\n");
	assert_int_equal(response.retry_after_ms, 0);
	assert_null(response.redirect_url);
	assert_in_range(response.duration_ms, 0, 39999);
}

static void
test_any_status_is_an_answer(void **state)
{
	static const int statuses[] = {200, 201, 204, 301, 304, 400, 401, 404, 417, 500, 503};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct http_response response =
		    send_to("POST", arena_printf(&arena, "/status/%d", statuses[i]));
		assert_result(&response, HTTP_ANSWERED, true, statuses[i]);
	}
}

static void
test_own_headers_are_few(void **state)
{
	struct http_request request = request_to(&server, "POST", "/echo");
	char *body = arena_alloc(&arena, 2 * MIB);

	(void)state;
	memset(body, 'b', 2 * MIB);
	request.body = body;
	request.body_len = 2 * MIB;
	request.max_response = 4 * MIB;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_contains(response.body.buf, "[\"User-Agent\", \"svcreq/");
	assert_contains(response.body.buf, "[\"Content-Length\", \"2097152\"]");
	assert_lacks(response.body.buf, "Expect");
	assert_lacks(response.body.buf, "Content-Type");
	assert_lacks(response.body.buf, "Accept-Encoding");
}

static void
test_headers_go_out_as_given(void **state)
{
	static const struct http_header headers[] = {
	    {"Content-Type", "application/json"},
	    {"X-Empty", ""},
	    {"X-Blank", "  "},
	    {"X-Two", "1"},
	    {"x-two", "2"},
	    {"User-Agent", "me"},
	};
	struct http_request request = request_to(&server, "POST", "/echo");

	(void)state;
	request.headers = headers;
	request.header_count = sizeof(headers) / sizeof(headers[0]);
	request.body = "{\"a\": 1}";
	request.body_len = 8;
	struct http_response response = send_request(&request);
	assert_contains(response.body.buf, "[\"Content-Type\", \"application/json\"]");
	assert_contains(response.body.buf, "[\"X-Empty\", \"\"]");
	assert_contains(response.body.buf, "[\"X-Blank\", \"\"]");
	assert_contains(response.body.buf, "[\"X-Two\", \"1\"], [\"x-two\", \"2\"]");
	assert_contains(response.body.buf, "[\"User-Agent\", \"me\"]");
	assert_lacks(response.body.buf, "svcreq/");
	assert_contains(response.body.buf, "\"body\": \"{\\\"a\\\": 1}\"");
}

static void
test_methods_without_a_body(void **state)
{
	static const struct {
		const char *method;
		bool length; /* "Content-Length: 0" goes out */
	} methods[] = {{"GET", false}, {"POST", true}, {"PUT", true}, {"PATCH", true},
	    {"DELETE", false}, {"OPTIONS", false}, {"PURGE", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct http_response response = send_to(methods[i].method, "/echo");
		assert_result(&response, HTTP_ANSWERED, true, 200);
		assert_contains(response.body.buf,
		    arena_printf(&arena, "\"method\": \"%s\"", methods[i].method));
		assert_int_equal(strstr(response.body.buf, "[\"Content-Length\", \"0\"]") != NULL,
		    methods[i].length);
		assert_lacks(response.body.buf, "Transfer-Encoding");
		assert_lacks(response.body.buf, "Content-Type");
		assert_contains(response.body.buf, "\"body\": \"\"");
	}
}

static void
test_any_method_may_have_a_body(void **state)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct http_request request = request_to(&server, methods[i], "/echo");
		request.body = "a\0b";
		request.body_len = 3;
		struct http_response response = send_request(&request);
		assert_contains(
		    response.body.buf, arena_printf(&arena, "\"method\": \"%s\"", methods[i]));
		assert_contains(response.body.buf, "\"body\": \"a\\u0000b\"");
	}
}

static void
test_head_has_no_body_in_the_answer(void **state)
{
	struct http_request request = request_to(&server, "HEAD", "/echo");

	(void)state;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_contains(response.headers.buf, "Content-Length: ");
	assert_int_equal(response.body.len, 0);
}

static void
test_unrepeatable_call_is_received_once(void **state)
{
	struct http_request first = request_to(&server, "GET", "/keepalive-die");
	struct http_request post = request_to(&server, "POST", "/keepalive-die");

	(void)state;
	reset_counts();
	first.repeatable = true;
	post.body = "x";
	post.body_len = 1;
	for (int i = 0; i < 3; i++) {
		struct http_response response = send_request(&first);
		assert_result(&response, HTTP_ANSWERED, true, 200);
		response = send_request(&post);
		assert_result(&response, HTTP_ANSWERED, true, 200);
		assert_int_equal(count_of("POST /keepalive-die"), i + 1);
	}
}

/* What the test above would miss, were the server too kind. */
static void
test_repeatable_call_uses_a_kept_connection(void **state)
{
	struct http_request request = request_to(&server, "PUT", "/keepalive-die");

	(void)state;
	reset_counts();
	request.repeatable = true;
	for (int i = 0; i < 2; i++) {
		struct http_response response = send_request(&request);
		assert_result(&response, HTTP_ANSWERED, true, 200);
	}
	assert_int_equal(count_of("PUT /keepalive-die"), 3);
}

static void
test_unrepeatable_call_leaves_no_connection(void **state)
{
	struct http_request post = request_to(&server, "POST", "/keepalive-die");
	struct http_request next = request_to(&server, "DELETE", "/keepalive-die");

	(void)state;
	next.repeatable = true;
	assert_int_equal(send_request(&post).status, 200);
	assert_int_equal(send_request(&next).status, 200);
	assert_int_equal(count_of("DELETE /keepalive-die"), 1);
}

static int
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

static void
test_refused_connection_sent_nothing(void **state)
{
	struct http_request request = request_to(&server, "POST", "");
	int port;

	(void)state;
	close(listen_on(&port));
	request.url = arena_printf(&arena, "http://127.0.0.1:%d/a?token=hidden", port);
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, false, 0);
	assert_string_equal(response.error.buf,
	    arena_printf(&arena, "cannot connect to 127.0.0.1 port %d: Connection refused", port));
}

static void
test_unknown_host_sent_nothing(void **state)
{
	struct http_request request = request_to(&server, "POST", "");

	(void)state;
	request.url = "http://nosuch.invalid/a?token=hidden";
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, false, 0);
	assert_string_equal(response.error.buf, "could not resolve host: nosuch.invalid");
}

static void
test_server_that_stalls_is_a_timeout(void **state)
{
	static const char *const paths[] = {"/stall?token=hidden", "/trickle?token=hidden"};
	static const int statuses[] = {0, 200};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct http_request request = request_to(&server, "POST", paths[i]);
		request.timeout_ms = 1500;
		struct http_response response = send_request(&request);
		assert_result(&response, HTTP_TIMEOUT, true, statuses[i]);
		assert_in_range(response.duration_ms, 1400, 30000);
		assert_contains(response.error.buf, "operation timed out after ");
		assert_lacks(response.error.buf, "hidden");
	}
}

static void
test_server_that_hangs_up_was_sent_the_request(void **state)
{
	(void)state;
	reset_counts();
	struct http_response response = send_to("POST", "/close-after-read");
	assert_result(&response, HTTP_TRANSPORT, true, 0);
	assert_string_equal(response.error.buf, "empty reply from server");
	assert_int_equal(count_of("POST /close-after-read"), 1);
	response = send_to("POST", "/drop");
	assert_result(&response, HTTP_TRANSPORT, true, 0);
	assert_int_equal(count_of("POST /drop"), 1);
}

static void
test_answer_that_is_cut_keeps_its_status(void **state)
{
	(void)state;
	struct http_response response = send_to("POST", "/cut");
	assert_result(&response, HTTP_TRANSPORT, true, 200);
	assert_string_equal(response.body.buf, "0123456789");
	assert_contains(response.error.buf, "90 bytes remaining");
}

static void
test_answer_that_is_not_http(void **state)
{
	(void)state;
	struct http_response response = send_to("POST", "/garbage");
	assert_result(&response, HTTP_TRANSPORT, true, 0);
}

static void
test_body_up_to_the_limit(void **state)
{
	struct http_request request = request_to(&server, "GET", "/big/1000");

	(void)state;
	request.max_response = 1000;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_int_equal(response.body.len, 1000);
	request.max_response = 999;
	response = send_request(&request);
	assert_result(&response, HTTP_TOO_LARGE, true, 200);
	assert_int_equal(response.body.len, 999);
	assert_string_equal(response.error.buf, "the response body is too large");
	request.max_response = 0;
	response = send_request(&request);
	assert_result(&response, HTTP_TOO_LARGE, true, 200);
	request.url = arena_printf(&arena, "%s/empty", server.base);
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 204);
}

static void
test_compressed_bomb(void **state)
{
	static const struct http_header header = {"accept-encoding", "gzip"};
	struct http_request request = request_to(&server, "GET", "/gzip-bomb");

	(void)state;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200); /* not asked for: not decoded */
	assert_in_range(response.body.len, 1000, 200000);
	request.headers = &header;
	request.header_count = 1;
	response = send_request(&request);
	assert_result(&response, HTTP_TOO_LARGE, true, 200);
	assert_int_equal(response.body.len, MIB);
}

static void
test_headers_over_the_limit(void **state)
{
	static const char *const paths[] = {"/many-headers", "/long-header"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct http_response response = send_to("GET", paths[i]);
		assert_result(&response, HTTP_TOO_LARGE, true, 200);
		assert_string_equal(response.error.buf, "the response headers are too large");
	}
}

static void
test_headers_are_those_of_the_last_response(void **state)
{
	(void)state;
	struct http_response response = send_to("GET", "/interim");
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_int_equal(strncmp(response.headers.buf, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_lacks(response.headers.buf, "X-Interim");
	response = send_to("GET", "/trailers");
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_int_equal(strncmp(response.headers.buf, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_contains(response.headers.buf, "\r\nTrailer: X-Trailer\r\n");
	assert_lacks(response.headers.buf, "X-Trailer: 1");
	assert_string_equal(response.body.buf, "ok");
}

static void
test_redirect_is_not_followed(void **state)
{
	(void)state;
	reset_counts();
	struct http_response response = send_to("POST", "/redirect307?to=/ok");
	assert_result(&response, HTTP_ANSWERED, true, 307);
	assert_string_equal(response.redirect_url, arena_printf(&arena, "%s/ok", server.base));
	assert_int_equal(count_of("POST /ok"), 0);
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(send_to("GET", "/status/503?retry_after=7").retry_after_ms, 7000);
	assert_int_equal(send_to("GET", "/status/503?retry_after=nonsense").retry_after_ms, 0);
	struct http_response past =
	    send_to("GET", "/status/503?retry_after=Wed,%2021%20Oct%202015%2007:28:00%20GMT");
	assert_int_equal(past.retry_after_ms, 0);
	struct http_response huge = send_to("GET", "/status/503?retry_after=9223372036854775807");
	assert_int_equal(huge.retry_after_ms, INT64_MAX);
	assert_int_equal(send_to("GET", "/flaky/2/a?retry_after=1").retry_after_ms, 1000);
	assert_int_equal(send_to("GET", "/flaky/2/a?retry_after=1").status, 200);
}

static void
test_sixteen_calls_at_once(void **state)
{
	struct answer answers[16] = {0};
	int64_t start_ms = clock_monotonic();
	int told = 0;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct http_request request = request_to(&server, "GET", "/delay/0.5");
		request.repeatable = i % 2 == 0;
		start(&request, &answers[i]);
	}
	while (told < 16 && clock_monotonic() < start_ms + 60000) {
		turn(1000);
		told = 0;
		for (size_t i = 0; i < 16; i++)
			told += answers[i].told;
	}
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(answers[i].told, 1);
		assert_result(&answers[i].response, HTTP_ANSWERED, true, 200);
	}
	assert_in_range(clock_monotonic() - start_ms, 500, 7900);
}

static void
test_call_can_be_given_up(void **state)
{
	struct http_request request = request_to(&server, "POST", "/stall");
	struct answer answer = {0};
	struct http_call *call = start(&request, &answer);

	(void)state;
	assert_false(http_call_sent(call));
	for (int64_t until = clock_monotonic() + 60000; !http_call_sent(call);) {
		assert_true(clock_monotonic() < until);
		turn(100);
	}
	http_call_free(call);
	call = start(&request, &answer);
	http_call_free(call); /* before it had a chance */
	turn(50);
	assert_int_equal(answer.told, 0);
}

/* Calls that end in the same turn, of which the first to be told frees the other. */
struct pair {
	struct http_call *calls[2];
	int told;
	struct answer next;
};

static void
free_both_and_start(struct http_call *call, const struct http_response *response, void *context)
{
	struct pair *pair = context;
	struct http_request request = request_to(&server, "GET", "/ok");

	(void)call;
	assert_int_equal(response->outcome, HTTP_TRANSPORT);
	pair->told++;
	http_call_free(pair->calls[0]);
	http_call_free(pair->calls[1]);
	start(&request, &pair->next);
}

static void
test_done_may_free_and_start_calls(void **state)
{
	struct http_request request = request_to(&server, "POST", "");
	struct strbuf err = STRBUF_INIT;
	struct pair pair = {0};

	(void)state;
	request.url = "http://127.0.0.1:1/";
	for (size_t i = 0; i < 2; i++)
		pair.calls[i] = http_call_start(client, &request, free_both_and_start, &pair, &err);
	for (int64_t until = clock_monotonic() + 60000; !pair.next.told;) {
		assert_true(clock_monotonic() < until);
		turn(100);
	}
	assert_int_equal(pair.told, 1);
	assert_int_equal(pair.next.response.status, 200);
}

static void
test_run_wakes_for_a_descriptor(void **state)
{
	struct strbuf err = STRBUF_INIT;
	int64_t begin = clock_monotonic();
	int fds[2];

	(void)state;
	turn(200);
	assert_in_range(clock_monotonic() - begin, 190, 19000);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	begin = clock_monotonic();
	assert_int_equal(http_client_run(client, fds, 1, 20000, &err), 0);
	assert_in_range(clock_monotonic() - begin, 0, 19000);
	close(fds[0]);
	close(fds[1]);
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
test_run_wakes_for_a_signal(void **state)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {.it_value.tv_usec = 100000};
	int64_t begin = clock_monotonic();

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	turn(20000);
	assert_in_range(clock_monotonic() - begin, 50, 19000);
}

static void
assert_not_started(const struct http_request *request, const char *fault)
{
	struct strbuf err = STRBUF_INIT;

	assert_null(http_call_start(client, request, on_done, NULL, &err));
	assert_contains(err.buf, fault);
	strbuf_release(&err);
}

static void
test_request_that_cannot_be_sent(void **state)
{
	struct http_request request = request_to(&server, "POST\r\nX: y", "/ok");
	struct http_header header = {"X-A", "b\r\nX-Injected: c"};

	(void)state;
	reset_counts();
	assert_not_started(&request, "the method is not a word");
	request.method = "post";
	assert_not_started(&request, "the method is not a word");
	request.method = "POST";
	request.headers = &header;
	request.header_count = 1;
	assert_not_started(&request, "the value of a header has a control byte (0x0d)");
	header = (struct http_header){"X A:", "b"};
	assert_not_started(&request, "the name of a header has a byte that is not allowed");
	request.header_count = 0;
	request.method = "HEAD";
	request.body = "abc";
	assert_not_started(&request, "a HEAD request cannot have a body");
	request.body = NULL;
	request.url = "gopher://127.0.0.1/";
	assert_not_started(&request, "a URL begins with");
	assert_int_equal(count_of("POST /ok"), 0);
}

static void
test_proxy(void **state)
{
	struct http_request request = request_to(&server, "GET", "");

	(void)state;
	request.url = "http://nosuch.invalid/ok?token=hidden";
	request.proxy.url = server.base;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);

	setenv("http_proxy", server.base, 1);
	request.proxy.url = NULL;
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	request.proxy.url = "";
	response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, false, 0);
	unsetenv("http_proxy");

	request.proxy.url = "nonsense://me:hidden@127.0.0.1:1";
	response = send_request(&request);
	assert_int_not_equal(response.outcome, HTTP_ANSWERED);
	assert_lacks(response.error.buf, "hidden");
}

static void
test_proxy_that_makes_no_tunnel(void **state)
{
	struct http_request request = request_to(&server, "POST", "");

	(void)state;
	request.url = "https://nosuch.invalid/ok?token=hidden";
	request.proxy.url = server.base;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, false, 0);
	assert_string_equal(response.headers.buf, "");
	assert_string_equal(response.error.buf, "CONNECT tunnel failed, response 404");
}

static void
test_handshake_that_breaks(void **state)
{
	struct http_request request = request_to(&server, "POST", "");
	struct strbuf err = STRBUF_INIT;
	struct answer answer = {0};
	int port;
	int fd = listen_on(&port);

	(void)state;
	request.url = arena_printf(&arena, "https://127.0.0.1:%d/", port);
	start(&request, &answer);
	for (int64_t until = clock_monotonic() + 60000; !answer.told;) {
		assert_true(clock_monotonic() < until);
		assert_int_equal(http_client_run(client, &fd, 1, 1000, &err), 0);
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (peer >= 0)
			close(peer);
	}
	close(fd);
	assert_result(&answer.response, HTTP_TRANSPORT, false, 0);
	assert_contains(answer.response.error.buf, "SSL_connect: ");
}

static void
test_handshake_that_stalls(void **state)
{
	struct http_request request = request_to(&server, "POST", "");
	int port;
	int fd = listen_on(&port);

	(void)state;
	request.url = arena_printf(&arena, "https://127.0.0.1:%d/", port);
	request.timeout_ms = 300;
	struct http_response response = send_request(&request);
	close(fd);
	assert_result(&response, HTTP_TIMEOUT, false, 0);
}

static void
test_tls_against_a_plain_server(void **state)
{
	struct http_request request = request_to(&server, "POST", "");

	(void)state;
	request.url = arena_printf(&arena, "https%s/ok", server.base + strlen("http"));
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
}

static void
test_certificate_of_the_server(void **state)
{
	struct http_request request = request_to(&tls_server, "POST", "/ok?token=hidden");

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
	assert_contains(response.error.buf, "SSL certificate problem: self-signed certificate");
	request.insecure = true;
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	request.insecure = false;
	request.ca_file = in_scratch("cert.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	request.ca_file = in_scratch("cert2.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
	request.ca_file = in_scratch("missing.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_REFUSED, false, 0);
	assert_contains(response.error.buf, "missing.pem");
	request.ca_file = in_scratch("cert.pem");
	request.url = arena_printf(&arena, "https://localhost%s/ok", strrchr(tls_server.base, ':'));
	response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
}

static void
test_certificate_of_the_client(void **state)
{
	struct http_request request = request_to(&tls_server, "POST", "/ok");
	const char *const keys[] = {"missing.pem", "cert.pem", "key2.pem", "locked.pem"};

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	request.ca_file = request.client_cert = in_scratch("cert.pem");
	request.client_key = in_scratch("key.pem");
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		request.client_key = in_scratch(keys[i]);
		response = send_request(&request);
		assert_result(&response, HTTP_REFUSED, false, 0);
	}
}

static void
test_tls_server_that_hangs_up_was_sent_the_request(void **state)
{
	struct http_request request = request_to(&tls_server, "POST", "/close-after-read");

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	request.ca_file = in_scratch("cert.pem");
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, true, 0);
	request.repeatable = true;
	response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, true, 0);
}

static void
test_unrepeatable_call_over_tls_is_received_once(void **state)
{
	struct http_request first = request_to(&tls_server, "GET", "/keepalive-die");
	struct http_request post = request_to(&tls_server, "POST", "/keepalive-die");
	struct http_request counts = request_to(&tls_server, "GET", "/count");

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	first.repeatable = true;
	first.insecure = post.insecure = counts.insecure = true;
	assert_int_equal(send_request(&first).status, 200);
	assert_int_equal(send_request(&post).status, 200);
	assert_contains(send_request(&counts).body.buf, "\"POST /keepalive-die\": 1");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_answer_is_told_whole),
	    TEST(test_any_status_is_an_answer),
	    TEST(test_own_headers_are_few),
	    TEST(test_headers_go_out_as_given),
	    TEST(test_methods_without_a_body),
	    TEST(test_any_method_may_have_a_body),
	    TEST(test_head_has_no_body_in_the_answer),
	    TEST(test_unrepeatable_call_is_received_once),
	    TEST(test_repeatable_call_uses_a_kept_connection),
	    TEST(test_unrepeatable_call_leaves_no_connection),
	    TEST(test_refused_connection_sent_nothing),
	    TEST(test_unknown_host_sent_nothing),
	    TEST(test_server_that_stalls_is_a_timeout),
	    TEST(test_server_that_hangs_up_was_sent_the_request),
	    TEST(test_answer_that_is_cut_keeps_its_status),
	    TEST(test_answer_that_is_not_http),
	    TEST(test_body_up_to_the_limit),
	    TEST(test_compressed_bomb),
	    TEST(test_headers_over_the_limit),
	    TEST(test_headers_are_those_of_the_last_response),
	    TEST(test_redirect_is_not_followed),
	    TEST(test_retry_after),
	    TEST(test_sixteen_calls_at_once),
	    TEST(test_call_can_be_given_up),
	    TEST(test_done_may_free_and_start_calls),
	    TEST(test_run_wakes_for_a_descriptor),
	    TEST(test_run_wakes_for_a_signal),
	    TEST(test_request_that_cannot_be_sent),
	    TEST(test_proxy),
	    TEST(test_proxy_that_makes_no_tunnel),
	    TEST(test_handshake_that_breaks),
	    TEST(test_handshake_that_stalls),
	    TEST(test_tls_against_a_plain_server),
	    TEST(test_certificate_of_the_server),
	    TEST(test_certificate_of_the_client),
	    TEST(test_tls_server_that_hangs_up_was_sent_the_request),
	    TEST(test_unrepeatable_call_over_tls_is_received_once),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
