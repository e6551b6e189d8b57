/* SPDX-License-Identifier: ISC */
#include "http/response.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"

#include "http/retry-after.h"

#define HEADERS_MAX ((size_t)256 * 1024)
#define ENCODING    "Content-Encoding:"

/* What libcurl refuses before anything was sent.  Any other code is HTTP_TRANSPORT. */
static const struct {
	CURLcode code;
	enum http_outcome outcome;
} refusals[] = {{CURLE_UNSUPPORTED_PROTOCOL, HTTP_REFUSED}, {CURLE_URL_MALFORMAT, HTTP_REFUSED},
    {CURLE_NOT_BUILT_IN, HTTP_REFUSED}, {CURLE_SSL_CERTPROBLEM, HTTP_REFUSED},
    {CURLE_SSL_CACERT_BADFILE, HTTP_REFUSED}, {CURLE_SSL_CIPHER, HTTP_REFUSED},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS}, {CURLE_SSL_ISSUER_ERROR, HTTP_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, HTTP_TLS}, {CURLE_SSL_PINNEDPUBKEYNOTMATCH, HTTP_TLS}};

void
http_receiver_init(struct http_receiver *receiver, size_t max_body)
{
	memset(receiver, 0, sizeof(*receiver));
	strbuf_init(&receiver->response.headers);
	strbuf_init(&receiver->response.body);
	strbuf_init(&receiver->response.error);
	strbuf_init(&receiver->unknown_encoding);
	receiver->max_body = max_body;
	receiver->socket = -1;
}

void
http_receiver_release(struct http_receiver *receiver)
{
	strbuf_release(&receiver->unknown_encoding);
	strbuf_release(&receiver->response.headers);
	strbuf_release(&receiver->response.body);
	strbuf_release(&receiver->response.error);
}

/* The program may be late: the system knows when what is read has arrived. */
static void
note_arrival(struct http_receiver *receiver)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	int64_t now = clock_monotonic();

	if (receiver->noted == now)
		return; /* it is no later than what came in the same millisecond */
	receiver->noted = now;
	receiver->arrived = now;
	if (getsockopt(receiver->socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
		receiver->arrived -= info.tcpi_last_data_recv;
}

/* Whether another response follows the head that is there: 100, 103 and their like. */
static bool
is_interim(const struct strbuf *headers)
{
	const char *space = strchr(headers->buf, ' ');

	return space != NULL && space[1] == '1';
}

/* Whether it ends with its head, whatever the head says (RFC 9112, 6.3). */
static bool
is_bodiless(const struct strbuf *headers)
{
	const char *space = strchr(headers->buf, ' ');

	return space != NULL && (strncmp(space, " 204", 4) == 0 || strncmp(space, " 304", 4) == 0);
}

static bool
begins(const char *line, size_t len, const char *start)
{
	return len >= strlen(start) && strncasecmp(line, start, strlen(start)) == 0;
}

/* Adds a line.  One that begins with a blank continues the line before (RFC 9112, 5.2). */
static void
add_line(struct strbuf *headers, const char *line, size_t len)
{
	if (headers->len > 2 && (line[0] == ' ' || line[0] == '\t')) {
		strbuf_truncate(headers, headers->len - 2);
		while (len > 1 && (line[1] == ' ' || line[1] == '\t')) {
			line++;
			len--;
		}
	}
	strbuf_add(headers, line, len);
	strbuf_addstr(headers, "\r\n");
}

/* Whether libcurl decodes that Content-Encoding: its features say so. */
static bool
is_decoded(const char *name, size_t len)
{
	static const struct {
		const char *name;
		int feature; /* 0: there is nothing to be decoded */
	} encodings[] = {{"identity", 0}, {"none", 0}, {"gzip", CURL_VERSION_LIBZ},
	    {"x-gzip", CURL_VERSION_LIBZ}, {"deflate", CURL_VERSION_LIBZ},
	    {"br", CURL_VERSION_BROTLI}, {"zstd", CURL_VERSION_ZSTD}};
	int features = curl_version_info(CURLVERSION_NOW)->features;

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (strlen(encodings[i].name) == len &&
		    strncasecmp(encodings[i].name, name, len) == 0)
			return (encodings[i].feature & ~features) == 0;
	}
	return false;
}

/* Reads a list of encodings, and keeps the first of them that libcurl does not decode. */
static void
read_encodings(struct http_receiver *receiver, const char *list, size_t len)
{
	const char *end = list + len;

	while (list < end) {
		size_t name = 0;

		while (name < (size_t)(end - list) && strchr(", \t", list[name]) == NULL)
			name++;
		if (name > 0)
			receiver->encoded = true;
		if (name > 0 && receiver->unknown_encoding.len == 0 && !is_decoded(list, name))
			strbuf_add(&receiver->unknown_encoding, list, name);
		list += name < (size_t)(end - list) ? name + 1 : name;
	}
}

size_t
http_receive_header(char *line, size_t size, size_t count, void *context)
{
	struct http_receiver *receiver = context;
	struct strbuf *headers = &receiver->response.headers;
	size_t all = size * count;
	size_t len = all;

	note_arrival(receiver);
	receiver->header_bytes += all;
	if (receiver->header_bytes > HEADERS_MAX) {
		receiver->over_limit = "headers are";
		return 0;
	}
	if (receiver->headers_complete)
		return all;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len == 0) {
		receiver->headers_complete = !is_interim(headers);
		/* where the encoded text ends its decoder knows, and libcurl does not ask it */
		receiver->response.delimited =
		    is_bodiless(headers) || (receiver->delimited && !receiver->encoded);
		return all;
	}
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		strbuf_reset(headers);
		strbuf_reset(&receiver->unknown_encoding);
		receiver->delimited = receiver->encoded = false;
	}
	if (begins(line, len, "Content-Length:") || begins(line, len, "Transfer-Encoding:"))
		receiver->delimited = true;
	if (begins(line, len, ENCODING))
		read_encodings(receiver, line + strlen(ENCODING), len - strlen(ENCODING));
	add_line(headers, line, len);
	return all;
}

size_t
http_receive_body(char *data, size_t size, size_t count, void *context)
{
	struct http_receiver *receiver = context;
	struct strbuf *body = &receiver->response.body;
	size_t len = size * count;
	size_t left = receiver->max_body - body->len;

	note_arrival(receiver);
	strbuf_add(body, data, len < left ? len : left);
	if (len <= left)
		return len;
	receiver->over_limit = "body is";
	return 0;
}

/*
 * "Failed to connect to HOST port N after 0 ms: Couldn't connect to server", with the true
 * reason.
 */
static bool
describe_connect(struct strbuf *out, const char *curl_text, int os_error)
{
	static const char start[] = "Failed to connect to ";
	const char *end = strstr(curl_text, " after ");

	if (os_error == 0 || end == NULL || strncmp(curl_text, start, strlen(start)) != 0)
		return false;
	strbuf_addstr(out, "cannot connect to ");
	strbuf_add(out, curl_text + strlen(start), (size_t)(end - curl_text) - strlen(start));
	strbuf_addf(out, ": %s", strerror(os_error));
	return true;
}

/* "Empty reply" but neither "URL" nor "OpenSSL". */
static bool
begins_with_capital(const char *text)
{
	size_t rest = 1;

	if (!isupper((unsigned char)text[0]))
		return false;
	while (islower((unsigned char)text[rest]) || text[rest] == '\'')
		rest++;
	return rest > 1 && (text[rest] == ' ' || text[rest] == '\0');
}

/* One line.  libcurl's text is left out where it could quote a query or a password. */
static void
describe(struct strbuf *out, const char *text, CURL *easy, CURLcode code)
{
	struct strbuf line = STRBUF_INIT;
	long os_error = 0;

	if (text[0] == '\0' || strpbrk(text, "?@") != NULL || strstr(text, "://") != NULL)
		text = curl_easy_strerror(code);
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
	if (code == CURLE_COULDNT_CONNECT && describe_connect(out, text, (int)os_error))
		return;
	strbuf_addstr(&line, text);
	while (line.len > 0 && isspace((unsigned char)line.buf[line.len - 1]))
		strbuf_truncate(&line, line.len - 1);
	for (size_t i = 0; i < line.len; i++) {
		if (iscntrl((unsigned char)line.buf[i]))
			line.buf[i] = ' ';
	}
	if (begins_with_capital(line.buf))
		line.buf[0] = (char)tolower((unsigned char)line.buf[0]);
	strbuf_add(out, line.buf, line.len);
	strbuf_release(&line);
}

/* Whether a proxy's answer to CONNECT is a no for good: its 4xx, but those that pass by. */
static bool
is_refusal(long connect_status)
{
	return connect_status / 100 == 4 && connect_status != 408 && connect_status != 425 &&
	       connect_status != 429;
}

/* How a call ended of which nothing was sent. */
static enum http_outcome
outcome_unsent(const struct http_receiver *receiver, CURLcode code, long connect_status)
{
	if (receiver->tls.alert != 0)
		return HTTP_TLS;
	if (is_refusal(connect_status))
		return HTTP_PROXY;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].code == code)
			return refusals[i].outcome;
	}
	return HTTP_TRANSPORT;
}

/* How the call ended, by what was done and what arrived. */
static enum http_outcome
outcome_of(struct http_receiver *receiver, CURLcode code, long status, long connect_status)
{
	/* libcurl gives up a body that it cannot decode, which is there all the same. */
	if (code == CURLE_BAD_CONTENT_ENCODING && receiver->unknown_encoding.len > 0)
		return HTTP_ANSWERED;
	/* For libcurl a header line of more than 100 KiB is a lack of memory. */
	if (code == CURLE_OUT_OF_MEMORY && status != 0 && !receiver->headers_complete)
		receiver->over_limit = "headers are";
	if (receiver->over_limit != NULL)
		return HTTP_TOO_LARGE;
	if (code == CURLE_OK && status >= 200) /* 101: what follows is not HTTP */
		return HTTP_ANSWERED;
	if (!receiver->response.sent && code == CURLE_OPERATION_TIMEDOUT)
		return receiver->tls.alert != 0 ? HTTP_TLS : HTTP_TIMEOUT;
	if (!receiver->response.sent)
		return outcome_unsent(receiver, code, connect_status);
	/* With TLS 1.3 this alert comes after the handshake; the request was not looked at. */
	if (status == 0 && tls_alert_about_certificate(receiver->tls.alert))
		return HTTP_TLS;
	return code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMEOUT : HTTP_TRANSPORT;
}

/* One line for people.  What is known as a fact is said so. */
static void
describe_end(struct http_receiver *receiver, CURL *easy, CURLcode code, long status, long connect)
{
	struct strbuf *out = &receiver->response.error;

	if (receiver->over_limit != NULL)
		strbuf_addf(out, "the response %s too large", receiver->over_limit);
	else if (receiver->response.outcome == HTTP_TLS && receiver->tls.alert != 0)
		strbuf_addf(out, "the other side ended TLS: %s (alert %d)",
		    tls_alert_name(receiver->tls.alert), receiver->tls.alert);
	else if (!receiver->response.sent && connect != 0 && connect / 100 != 2)
		strbuf_addf(out, "the proxy answered %ld to CONNECT", connect);
	else if (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WRITE_ERROR)
		strbuf_addstr(out, "the body is not what its Content-Encoding says");
	else if (code == CURLE_OK)
		strbuf_addstr(out, status == 101 ? "the server switched protocols"
						 : "the server gave no final answer");
	else
		describe(out, receiver->error, easy, code);
}

/* The call's own time: without what the program did meanwhile before it sent or read anything. */
static int64_t
duration_of(const struct http_receiver *receiver, CURL *easy)
{
	curl_off_t all = 0, unsent = 0; /* microseconds */
	int64_t duration;

	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &all);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &unsent);
	duration = all / 1000;
	if (receiver->response.outcome != HTTP_ANSWERED || receiver->arrived == 0)
		return duration;
	duration -= receiver->away < unsent / 1000 ? receiver->away : unsent / 1000;
	duration -= clock_monotonic() - receiver->arrived;
	return duration < 0 ? 0 : duration;
}

void
http_receiver_end(struct http_receiver *receiver, CURL *easy, CURLcode code, bool sent, int64_t now)
{
	struct http_response *response = &receiver->response;
	char *redirect_url = NULL;
	long status = 0, connect_status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
	curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect_url);
	response->sent = sent;
	response->outcome = outcome_of(receiver, code, status, connect_status);
	response->status = !sent || status < 200 ? 0 : (int)status;
	response->redirect_url = redirect_url;
	response->duration_ms = duration_of(receiver, easy);
	response->retry_after_ms = retry_after_find(response->headers.buf, now);
	if (receiver->unknown_encoding.len > 0)
		response->unknown_encoding = receiver->unknown_encoding.buf;
	if (response->outcome != HTTP_ANSWERED)
		describe_end(receiver, easy, code, status, connect_status);
}
