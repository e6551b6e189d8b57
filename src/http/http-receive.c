/* SPDX-License-Identifier: ISC */
#include "http/http-receive.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define HEADERS_MAX ((size_t)256 * 1024)

void
http_receiver_init(struct http_receiver *receiver, size_t max_body)
{
	memset(receiver, 0, sizeof(*receiver));
	strbuf_init(&receiver->response.headers);
	strbuf_init(&receiver->response.body);
	strbuf_init(&receiver->response.error);
	receiver->max_body = max_body;
}

void
http_receiver_release(struct http_receiver *receiver)
{
	strbuf_release(&receiver->response.headers);
	strbuf_release(&receiver->response.body);
	strbuf_release(&receiver->response.error);
}

/* Whether another response follows the head that is there: 100, 103 and their like. */
static bool
is_interim(const struct strbuf *headers)
{
	const char *space = strchr(headers->buf, ' ');

	return space != NULL && space[1] == '1';
}

static bool
begins(const char *line, size_t len, const char *start)
{
	return len >= strlen(start) && strncasecmp(line, start, strlen(start)) == 0;
}

/* Adds a line.  One that begins with a blank goes on with the one before (RFC 9112, 5.2). */
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

size_t
http_receive_header(char *line, size_t size, size_t count, void *context)
{
	struct http_receiver *receiver = context;
	struct strbuf *headers = &receiver->response.headers;
	size_t all = size * count;
	size_t len = all;

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
		return all;
	}
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		strbuf_reset(headers);
		receiver->response.delimited = false;
	}
	if (begins(line, len, "Content-Length:") || begins(line, len, "Transfer-Encoding:"))
		receiver->response.delimited = true;
	add_line(headers, line, len);
	return all;
}

size_t
http_receive_body(char *data, size_t size, size_t count, void *context)
{
	struct http_receiver *receiver = context;
	struct strbuf *body = &receiver->response.body;
	size_t len = size * count;
	size_t room = receiver->max_body - body->len;

	strbuf_add(body, data, len < room ? len : room);
	if (len <= room)
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
describe(struct strbuf *out, const struct http_ending *ending)
{
	const char *text = ending->text;
	struct strbuf line = STRBUF_INIT;

	if (text[0] == '\0' || strpbrk(text, "?@") != NULL || strstr(text, "://") != NULL)
		text = ending->name;
	if (ending->outcome == HTTP_TRANSPORT && describe_connect(out, text, (int)ending->os_error))
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
	utf8_add_printable(out, line.buf, line.len); /* it may be cut, and a server's word */
	strbuf_release(&line);
}

/*
 * Whether the server ended TLS because of our certificate, or for want of one.  With TLS 1.3 that
 * comes after the handshake, as a fault of the connection; the request was not looked at.
 */
static bool
refuses_certificate(const char *text)
{
	static const char *const alerts[] = {"alert certificate required", "alert bad certificate",
	    "alert unsupported certificate", "alert certificate revoked",
	    "alert certificate expired", "alert certificate unknown", "alert unknown ca",
	    "alert access denied"};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (strstr(text, alerts[i]) != NULL)
			return true;
	}
	return false;
}

/* What the code alone does not tell. */
static enum http_outcome
true_outcome(const struct http_receiver *receiver, const struct http_ending *ending)
{
	bool broke = strstr(ending->text, "SSL_connect: ") != NULL ||
		     strstr(ending->text, "unexpected eof") != NULL;

	if (receiver->over_limit != NULL)
		return HTTP_TOO_LARGE;
	if (ending->outcome == HTTP_ANSWERED && ending->status < 200)
		return HTTP_TRANSPORT; /* 101: what follows is not HTTP */
	if (ending->outcome == HTTP_TRANSPORT && refuses_certificate(ending->text))
		return HTTP_TLS;
	/* Some codes stand for a request that is wrong and for an answer that is not HTTP. */
	if (ending->outcome == HTTP_REFUSED && ending->sent)
		return HTTP_TRANSPORT;
	/* A handshake in which the connection broke may succeed the next time. */
	if (ending->outcome == HTTP_TLS && broke)
		return HTTP_TRANSPORT;
	return ending->outcome == HTTP_TOO_LARGE ? HTTP_TRANSPORT : ending->outcome;
}

void
http_receiver_end(struct http_receiver *receiver, const struct http_ending *ending)
{
	struct http_response *response = &receiver->response;

	/* For libcurl a header line of more than 100 KiB is a lack of memory. */
	if (ending->outcome == HTTP_TOO_LARGE && ending->status != 0 && !receiver->headers_complete)
		receiver->over_limit = "headers are";
	response->outcome = true_outcome(receiver, ending);
	response->sent = ending->sent;
	response->status = ending->status < 200 ? 0 : (int)ending->status;
	response->redirect_url = ending->redirect_url;
	response->duration_ms = ending->duration / 1000;
	if (ending->retry_after >= INT64_MAX / 1000)
		response->retry_after_ms = INT64_MAX;
	else if (ending->retry_after > 0)
		response->retry_after_ms = ending->retry_after * 1000;
	if (receiver->over_limit != NULL)
		strbuf_addf(&response->error, "the response %s too large", receiver->over_limit);
	else if (ending->outcome == HTTP_ANSWERED && response->outcome != HTTP_ANSWERED)
		strbuf_addstr(&response->error, ending->status == 101
						    ? "the server switched protocols"
						    : "the server gave no final answer");
	else if (response->outcome != HTTP_ANSWERED)
		describe(&response->error, ending);
}
