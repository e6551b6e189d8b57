/* SPDX-License-Identifier: ISC */
/* The HTTP client and TLS: certificates, and handshakes that do not come to an end. */
#include "http-helper.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

static struct server strict_server; /* it demands a certificate, too */
static struct server tls_server;    /* base is empty where there is no openssl(1) */
static char scratch[] = "/tmp/test-http-XXXXXX";

static const char *
in_scratch(const char *name)
{
	return arena_printf(&arena, "%s/%s", scratch, name);
}

static struct http_pem
read_pem(const char *name)
{
	struct strbuf text = STRBUF_INIT;
	struct http_pem pem;

	assert_int_equal(file_read(AT_FDCWD, in_scratch(name), MIB, &text), 0);
	pem = (struct http_pem){arena_strndup(&arena, text.buf, text.len), text.len};
	strbuf_release(&text);
	return pem;
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
	no_proxies();
	assert_non_null(mkdtemp(scratch));
	start_server(&server, "http", NULL, NULL);
	if (make_certificates()) {
		start_server(&tls_server, "https", in_scratch("both.pem"), NULL);
		start_server(
		    &strict_server, "https", in_scratch("both.pem"), in_scratch("cert.pem"));
	}
	arena_release(&arena);
	return 0;
}

static int
tear_down_all(void **state)
{
	int ret = system(arena_printf(&arena, "rm -r %s", scratch));

	(void)state;
	stop_server(&server);
	stop_server(&tls_server);
	stop_server(&strict_server);
	arena_release(&arena);
	return ret;
}

/* How a server ends a handshake, or a proxy's tunnel in which there is one. */
enum breaking {
	BREAKS_AT_ONCE, /* the ClientHello is not read: a reset */
	BREAKS_WITH_FIN,
	BREAKS_WITH_RESET,
	BREAKS_WITH_ALERT,
};

/* Reads what has come so far, and the whole of it when it ends with a blank line. */
static void
read_all(int fd, bool head)
{
	char data[4096];
	ssize_t len = recv(fd, data, sizeof(data) - 1, 0);

	while (head && len > 0 && memmem(data, (size_t)len, "\r\n\r\n", 4) == NULL) {
		ssize_t more = recv(fd, data + len, sizeof(data) - 1 - (size_t)len, 0);

		assert_true(more > 0);
		len += more;
	}
}

static void
break_handshake(int peer, enum breaking how, int alert, bool through_proxy)
{
	static const char way[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	static const struct linger hard = {1, 0};
	const char message[] = {0x15, 3, 3, 0, 2, 2, (char)alert};

	if (through_proxy) {
		read_all(peer, true);
		assert_int_equal(send(peer, way, strlen(way), 0), strlen(way));
	}
	if (how != BREAKS_AT_ONCE)
		read_all(peer, false);
	if (how == BREAKS_WITH_ALERT)
		assert_int_equal(send(peer, message, sizeof(message), 0), sizeof(message));
	if (how == BREAKS_WITH_RESET)
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
}

static struct http_response
send_to_breaker(enum breaking how, int alert, bool through_proxy)
{
	struct http_request request = request_to(&server, "POST", "");
	struct answer answer = {0};
	int port;
	int fd = listen_on(&port);

	request.url = arena_printf(&arena, "https://127.0.0.1:%d/", port);
	if (through_proxy) {
		request.proxy.url = arena_printf(&arena, "http://127.0.0.1:%d", port);
		request.url = "https://nosuch.invalid/";
	}
	start_call(&request, &answer);
	for (int64_t until = clock_monotonic() + 60000; !answer.calls;) {
		pid_t child;
		int peer;

		assert_true(clock_monotonic() < until);
		turn_loop(20);
		peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (peer == -1)
			continue;
		child = fork(); /* it waits for what this loop sends */
		if (child == 0) {
			break_handshake(peer, how, alert, through_proxy);
			_exit(0);
		}
		close(peer);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	close(fd);
	return answer.response;
}

/* Nothing was sent, whatever the words of libcurl: a call of any method may be tried again. */
static void
test_handshake_that_breaks(void **state)
{
	static const enum breaking ways[] = {BREAKS_AT_ONCE, BREAKS_WITH_FIN, BREAKS_WITH_RESET};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		for (int through = 0; through < 2; through++) {
			struct http_response response = send_to_breaker(ways[i], 0, through != 0);

			assert_result(&response, HTTP_TRANSPORT, false, 0);
			assert_string_not_equal(response.error.buf, "");
		}
	}
}

/* Every alert is a no, but those that only announce the end. */
static void
test_handshake_that_ends_with_an_alert(void **state)
{
	static const int alerts[] = {10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71,
	    80, 86, 109, 110, 112, 113, 115, 116, 120};

	(void)state;
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		struct http_response response =
		    send_to_breaker(BREAKS_WITH_ALERT, alerts[i], i % 2 != 0);

		assert_result(&response, HTTP_TLS, false, 0);
		assert_contains(
		    response.error.buf, arena_printf(&arena, "the other side ended TLS: "));
		assert_contains(response.error.buf, arena_printf(&arena, "(alert %d)", alerts[i]));
	}
	struct http_response response = send_to_breaker(BREAKS_WITH_ALERT, 0, false);
	assert_result(&response, HTTP_TRANSPORT, false, 0);
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
	assert_result(&response, HTTP_TRANSPORT, false, 0);
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
	request.ca = read_pem("cert.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	request.ca = read_pem("cert2.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
	request.ca = (struct http_pem){"not PEM", 7};
	response = send_request(&request);
	assert_result(&response, HTTP_REFUSED, false, 0);
	request.ca = (struct http_pem){"", 0};
	response = send_request(&request);
	assert_result(&response, HTTP_REFUSED, false, 0);
	request.ca = read_pem("cert.pem");
	request.url = arena_printf(&arena, "https://localhost%s/ok", strrchr(tls_server.base, ':'));
	response = send_request(&request);
	assert_result(&response, HTTP_TLS, false, 0);
}

static void
test_certificate_of_the_client(void **state)
{
	struct http_request request = request_to(&tls_server, "POST", "/ok");
	const char *const keys[] = {"cert.pem", "key2.pem", "locked.pem"};

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	request.ca = request.client_cert = read_pem("cert.pem");
	request.client_key = read_pem("key.pem");
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		request.client_key = read_pem(keys[i]);
		response = send_request(&request);
		assert_result(&response, HTTP_REFUSED, false, 0);
	}
}

/*
 * With TLS 1.3 the request is sent before the server says no, and what libcurl says of that depends
 * on who is faster.
 */
static void
test_server_that_refuses_our_certificate(void **state)
{
	struct http_request request = request_to(&strict_server, "POST", "/ok");

	(void)state;
	if (strict_server.base[0] == '\0')
		skip();
	request.ca = read_pem("cert.pem");
	for (int i = 0; i < 20; i++) {
		struct http_response response = send_request(&request);

		assert_int_equal(response.outcome, HTTP_TLS);
		assert_int_equal(response.status, 0);
		assert_contains(response.error.buf, "certificate required (alert 116)");
	}
	request.client_cert = read_pem("cert2.pem");
	request.client_key = read_pem("key2.pem");
	struct http_response response = send_request(&request);
	assert_int_equal(response.outcome, HTTP_TLS);
	request.client_cert = read_pem("cert.pem");
	request.client_key = read_pem("key.pem");
	response = send_request(&request);
	assert_result(&response, HTTP_ANSWERED, true, 200);
}

static void
test_tls_server_that_hangs_up_was_sent_the_request(void **state)
{
	struct http_request request = request_to(&tls_server, "POST", "/close-after-read");

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	request.ca = read_pem("cert.pem");
	struct http_response response = send_request(&request);
	assert_result(&response, HTTP_TRANSPORT, true, 0);
}

static void
test_call_over_tls_is_received_once(void **state)
{
	struct http_request first = request_to(&tls_server, "GET", "/keepalive-die");
	struct http_request post = request_to(&tls_server, "POST", "/keepalive-die");
	struct http_request counts = request_to(&tls_server, "GET", "/count");

	(void)state;
	if (tls_server.base[0] == '\0')
		skip();
	first.insecure = post.insecure = counts.insecure = true;
	assert_int_equal(send_request(&first).status, 200);
	assert_int_equal(send_request(&post).status, 200);
	assert_contains(send_request(&counts).body.buf, "\"POST /keepalive-die\": 1");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_client, tear_down_client)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_handshake_that_breaks),
	    TEST(test_handshake_that_ends_with_an_alert),
	    TEST(test_handshake_that_stalls),
	    TEST(test_tls_against_a_plain_server),
	    TEST(test_certificate_of_the_server),
	    TEST(test_certificate_of_the_client),
	    TEST(test_server_that_refuses_our_certificate),
	    TEST(test_tls_server_that_hangs_up_was_sent_the_request),
	    TEST(test_call_over_tls_is_received_once),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
