/* SPDX-License-Identifier: ISC */
/* The HTTP client against a server that misbehaves. */
#include "http-helper.h"
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"

static int
set_up_all(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	no_proxies();
	start_server(&server, "http", NULL, NULL);
	return 0;
}

static int
tear_down_all(void **state)
{
	(void)state;
	stop_server(&server);
	return 0;
}

static void
test_answer_is_reported_whole(void **state)
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

/* The server answers the first request on a connection and hangs up on the second. */
static void
test_call_is_received_once(void **state)
{
	static const char *const methods[] = {
	    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

	(void)state;
	reset_counts();
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct http_request request = request_to(&server, methods[i], "/keepalive-die");
		const char *counted = arena_printf(&arena, "%s /keepalive-die", methods[i]);

		for (int n = 1; n <= 3; n++) {
			struct http_response response = send_request(&request);

			assert_result(&response, HTTP_ANSWERED, true, 200);
			assert_int_equal(count_of(counted), n);
		}
	}
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

/* Its resolver runs in a thread, and wakes the loop through a socket. */
static void
test_host_name_is_resolved(void **state)
{
	struct http_request request = request_to(&server, "GET", "");

	(void)state;
	request.url = arena_printf(&arena, "http://localhost%s/ok", strrchr(server.base, ':'));
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	assert_string_equal(response.body.buf, "ok");
}

/* Were a descriptor watched for what nobody reads, the loop would not wait at all. */
static void
test_loop_waits_while_a_server_thinks(void **state)
{
	struct http_request request = request_to(&server, "GET", "/delay/0.5");
	struct answer answer = {0};
	int turns = 0;

	(void)state;
	for (start_call(&request, &answer); answer.calls == 0; turns++)
		turn_loop(60000);
	assert_result(&answer.response, HTTP_ANSWERED, true, 200);
	assert_in_range(turns, 1, 100);
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
test_answer_that_came_in_time_is_read_late(void **state)
{
	struct http_request request = request_to(&server, "POST", "/ok");
	struct answer answer = {0};
	struct http_call *call;

	(void)state;
	request.timeout_ms = 1000;
	call = start_call(&request, &answer);
	while (!http_call_sent(call))
		turn_loop(60000);
	reset_counts(); /* another call of that server: it has answered this one */
	usleep(2000000);
	while (answer.calls == 0)
		turn_loop(60000);
	assert_result(&answer.response, HTTP_ANSWERED, true, 200);
	assert_in_range(answer.response.duration_ms, 0, 1500);
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
	assert_true(response.delimited); /* by its status */
}

static void
test_compressed_bomb(void **state)
{
	static const struct http_header header = {"accept-encoding", "gzip"};
	struct http_request request = request_to(&server, "GET", "/gzip-bomb");

	(void)state;
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TOO_LARGE, true, 200); /* not asked for: decoded as well */
	assert_int_equal(response.body.len, MIB);
	request.headers = &header;
	request.header_count = 1;
	response = send_request(&request);
	assert_result(&response, HTTP_TOO_LARGE, true, 200);
	assert_int_equal(response.body.len, MIB);
}

/* As if the body were what it is without them, however many there are. */
static void
test_encodings_are_decoded(void **state)
{
	static const char *const encodings[] = {"gzip", "x-gzip", "deflate", "raw", "br", "zstd",
	    "identity", "GZIP", "gzip,br", "br,gzip", "identity,zstd,deflate", "gzip,gzip,gzip"};

	(void)state;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		const char *path = arena_printf(&arena, "/encoded/%s", encodings[i]);
		struct http_response response = send_to("GET", path);

		assert_result(&response, HTTP_ANSWERED, true, 200);
		assert_string_equal(response.body.buf, "{\"id\": \"vm-1\"}");
		assert_null(response.unknown_encoding);
		assert_false(response.delimited); /* nobody knows whether it has been cut off */
		response = send_to("HEAD", path);
		assert_result(&response, HTTP_ANSWERED, true, 200);
	}
}

static void
test_an_encoding_that_libcurl_does_not_know(void **state)
{
	static const char *const encodings[][2] = {{"odd", "odd"}, {"gzip,odd", "odd"},
	    {"odd,gzip", "odd"}, {"one,two", "one"}, {"%1b[31m", "\x1b[31m"}};

	(void)state;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		const char *path = arena_printf(&arena, "/encoded/%s?status=503", encodings[i][0]);
		struct http_response response = send_to("GET", path);

		assert_result(&response, HTTP_ANSWERED, true, 503);
		assert_string_equal(response.unknown_encoding, encodings[i][1]);
		assert_string_equal(response.body.buf, "");
	}
	struct http_response response = send_to("HEAD", "/encoded/odd");
	assert_result(&response, HTTP_ANSWERED, true, 200);
}

static void
test_a_body_that_is_not_as_it_is_encoded(void **state)
{
	static const char *const paths[] = {"gzip/plain", "br/plain", "zstd/plain", "gzip/more",
	    "gzip,br/plain", "br/more", "zstd/more", "gzip,gzip,gzip,gzip,gzip,gzip,gzip"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct http_response response =
		    send_to("GET", arena_printf(&arena, "/encoded/%s", paths[i]));

		assert_result(&response, HTTP_TRANSPORT, true, 200);
		assert_string_equal(
		    response.error.buf, "the body is not what its Content-Encoding says");
	}
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
	int ended = 0;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct http_request request = request_to(&server, "GET", "/delay/0.5");
		start_call(&request, &answers[i]);
	}
	while (ended < 16 && clock_monotonic() < start_ms + 60000) {
		turn_loop(1000);
		ended = 0;
		for (size_t i = 0; i < 16; i++)
			ended += answers[i].calls;
	}
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(answers[i].calls, 1);
		assert_result(&answers[i].response, HTTP_ANSWERED, true, 200);
	}
	assert_in_range(clock_monotonic() - start_ms, 500, 7900);
}

static void
test_call_can_be_given_up(void **state)
{
	struct http_request request = request_to(&server, "POST", "/stall");
	struct answer answer = {0};
	struct http_call *call = start_call(&request, &answer);

	(void)state;
	assert_false(http_call_sent(call));
	for (int64_t until = clock_monotonic() + 60000; !http_call_sent(call);) {
		assert_true(clock_monotonic() < until);
		turn_loop(100);
	}
	http_call_free(call);
	call = start_call(&request, &answer);
	http_call_free(call); /* before it had a chance */
	turn_loop(50);
	assert_int_equal(answer.calls, 0);
}

/* Calls that end in the same turn, of which the first to be reported frees the other. */
struct pair {
	struct http_call *calls[2];
	int count;
	struct answer next;
};

static void
free_both_and_start(struct http_call *call, const struct http_response *response, void *context)
{
	struct pair *pair = context;
	struct http_request request = request_to(&server, "GET", "/ok");

	(void)call;
	assert_int_equal(response->outcome, HTTP_TRANSPORT);
	pair->count++;
	http_call_free(pair->calls[0]);
	http_call_free(pair->calls[1]);
	start_call(&request, &pair->next);
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
	for (int64_t until = clock_monotonic() + 60000; !pair.next.calls;) {
		assert_true(clock_monotonic() < until);
		turn_loop(100);
	}
	assert_int_equal(pair.count, 1);
	assert_int_equal(pair.next.response.status, 200);
}

static void
test_url_that_cannot_be_called(void **state)
{
	static const struct {
		const char *url;
		const char *fault; /* NULL: none */
	} urls[] = {
	    {"http://example.com", NULL},
	    {"https://example.com:8443/a/b?c=d#e", NULL},
	    {"HTTP://[::1]/", NULL},
	    {"ftp://example.com/", "a URL begins with 'http://' or 'https://'"},
	    {"file:///etc/passwd", "a URL begins with 'http://' or 'https://'"},
	    {"example.com", "a URL begins with 'http://' or 'https://'"},
	    {"http:/example.com/", "a URL begins with 'http://' or 'https://'"},
	    {"", "a URL begins with 'http://' or 'https://'"},
	    {"http:///example.com/", "the URL has no host"},
	    {"http://", "the URL has no host"},
	    {"http://?a=b", "the URL has no host"},
	    {"http://example.com:99999/", "the port in the URL is not"},
	    {"http://exa mple.com/", "the URL has a space or control byte"},
	    {"http://example.com/a b", "the URL has a space or control byte"},
	    {"http://example.com/a\r\nX: y", "the URL has a space or control byte"},
	    {"http://hidden@example.com/", "a URL cannot hold a user or password"},
	    {"http://me:hidden@example.com/", "a URL cannot hold a user or password"},
	};
	struct http_request request = request_to(&server, "GET", "");

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct strbuf err = STRBUF_INIT;
		struct http_call *call;

		request.url = urls[i].url;
		call = http_call_start(client, &request, on_done, NULL, &err);
		assert_int_equal(call != NULL, urls[i].fault == NULL);
		if (urls[i].fault == NULL)
			assert_string_equal(err.buf, "");
		else
			assert_int_equal(strncmp(err.buf, urls[i].fault, strlen(urls[i].fault)), 0);
		assert_lacks(err.buf, "hidden");
		strbuf_release(&err);
		http_call_free(call);
	}
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

/* The server takes the status to answer CONNECT with from the name of the host. */
static void
test_proxy_that_makes_no_tunnel(void **state)
{
	static const int for_now[] = {300, 302, 408, 425, 429, 500, 502, 503, 504, 599, 600, 999};
	static const int for_good[] = {400, 401, 403, 404, 405, 407, 421, 451, 499};
	struct http_request request = request_to(&server, "POST", "");

	(void)state;
	request.proxy.url = server.base;
	for (size_t i = 0; i < sizeof(for_now) / sizeof(for_now[0]); i++) {
		request.url =
		    arena_printf(&arena, "https://status-%d.invalid/ok?token=hidden", for_now[i]);
		struct http_response response = send_request(&request);
		assert_result(&response, HTTP_TRANSPORT, false, 0);
		assert_string_equal(response.headers.buf, "");
		assert_string_equal(response.error.buf,
		    arena_printf(&arena, "the proxy answered %d to CONNECT", for_now[i]));
	}
	for (size_t i = 0; i < sizeof(for_good) / sizeof(for_good[0]); i++) {
		request.url = arena_printf(&arena, "https://status-%d.invalid/", for_good[i]);
		struct http_response response = send_request(&request);
		assert_result(&response, HTTP_PROXY, false, 0);
		assert_string_equal(response.error.buf,
		    arena_printf(&arena, "the proxy answered %d to CONNECT", for_good[i]));
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_client, tear_down_client)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_answer_is_reported_whole),
	    TEST(test_any_status_is_an_answer),
	    TEST(test_own_headers_are_few),
	    TEST(test_headers_go_out_as_given),
	    TEST(test_methods_without_a_body),
	    TEST(test_any_method_may_have_a_body),
	    TEST(test_head_has_no_body_in_the_answer),
	    TEST(test_call_is_received_once),
	    TEST(test_refused_connection_sent_nothing),
	    TEST(test_unknown_host_sent_nothing),
	    TEST(test_host_name_is_resolved),
	    TEST(test_loop_waits_while_a_server_thinks),
	    TEST(test_server_that_stalls_is_a_timeout),
	    TEST(test_answer_that_came_in_time_is_read_late),
	    TEST(test_server_that_hangs_up_was_sent_the_request),
	    TEST(test_answer_that_is_cut_keeps_its_status),
	    TEST(test_answer_that_is_not_http),
	    TEST(test_body_up_to_the_limit),
	    TEST(test_compressed_bomb),
	    TEST(test_encodings_are_decoded),
	    TEST(test_an_encoding_that_libcurl_does_not_know),
	    TEST(test_a_body_that_is_not_as_it_is_encoded),
	    TEST(test_headers_over_the_limit),
	    TEST(test_headers_are_those_of_the_last_response),
	    TEST(test_redirect_is_not_followed),
	    TEST(test_retry_after),
	    TEST(test_sixteen_calls_at_once),
	    TEST(test_call_can_be_given_up),
	    TEST(test_done_may_free_and_start_calls),
	    TEST(test_url_that_cannot_be_called),
	    TEST(test_request_that_cannot_be_sent),
	    TEST(test_proxy),
	    TEST(test_proxy_that_makes_no_tunnel),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
