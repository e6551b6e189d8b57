/* SPDX-License-Identifier: ISC */
/* The HTTP client and TLS: certificates, and handshakes that do not come to an end. */
#include "http-helper.h"
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

static struct server tls_server; /* base is empty where there is no openssl(1) */
static char scratch[] = "/tmp/test-http-XXXXXX";

static const char *
in_scratch(const char *name)
{
	return arena_printf(&arena, "%s/%s", scratch, name);
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
	start_server(&server, "http", NULL);
	if (make_certificates())
		start_server(&tls_server, "https", in_scratch("both.pem"));
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
	arena_release(&arena);
	return ret;
}

static void
test_handshake_that_breaks(void **state)
{
	struct http_request request = request_to(&server, "POST", "");
	struct answer answer = {0};
	int port;
	int fd = listen_on(&port);

	(void)state;
	request.url = arena_printf(&arena, "https://127.0.0.1:%d/", port);
	start_call(&request, &answer);
	for (int64_t until = clock_monotonic() + 60000; !answer.calls;) {
		assert_true(clock_monotonic() < until);
		turn_loop(20);
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up_client, tear_down_client)

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
