/* SPDX-License-Identifier: ISC */
/*
 * Bytes as what a server sends, handed over as libcurl does: heads line by line, then a body in
 * pieces.  The limits hold while it arrives, the response says what was received, and what is made
 * of it (outputs, the server's own words) shows no secret.
 *
 * The first bytes choose how libcurl says that the transfer ended, and the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "http/libcurl.h"
#include "http/response.h"
#include "steps/api-outputs.h"
#include "steps/api-said.h"
#include "steps/api.h"
#include "steps/executor.h"

#define CHOICES	    4
#define HEADERS_MAX ((size_t)256 * 1024)
#define SECRET	    "s3cr3t-k3y"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const CURLcode codes[] = {CURLE_OK, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_GOT_NOTHING,
    CURLE_OPERATION_TIMEDOUT, CURLE_OUT_OF_MEMORY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR,
    CURLE_COULDNT_CONNECT, CURLE_SSL_CERTPROBLEM, CURLE_PEER_FAILED_VERIFICATION};

static void
check(int holds)
{
	if (!holds)
		abort();
}

int /* NOLINTNEXTLINE(readability-non-const-parameter): libFuzzer's own type */
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check(libcurl_load(NULL) == 0);
	return 0;
}

/* Hands over the lines up to the empty one of a last head.  Returns what is left. */
static size_t
give_heads(struct http_receiver *receiver, char *text, size_t len)
{
	size_t at = 0;

	while (at < len && !receiver->headers_complete) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t line = newline == NULL ? len - at : (size_t)(newline - text) - at + 1;
		size_t taken = http_receive_header(text + at, 1, line, receiver);

		check(taken == line || (taken == 0 && receiver->over_limit != NULL));
		check(receiver->response.headers.len <= 2 * HEADERS_MAX);
		if (taken == 0)
			return len;
		at += line;
	}
	return at;
}

/* Returns how much the receiver took: a body over the limit ends the transfer. */
static size_t
give_body(struct http_receiver *receiver, char *text, size_t len, size_t piece)
{
	size_t given = 0;

	while (given < len) {
		size_t now = len - given < piece ? len - given : piece;
		size_t taken = http_receive_body(text + given, 1, now, receiver);

		given += now;
		check(receiver->response.body.len <= receiver->max_body);
		check((taken == now) == (given <= receiver->max_body));
		if (taken != now)
			break;
	}
	check(receiver->response.body.len ==
	      (given < receiver->max_body ? given : receiver->max_body));
	check(memcmp(receiver->response.body.buf, text, receiver->response.body.len) == 0);
	return given;
}

/* What is said of the end agrees with itself. */
static void
check_end(const struct http_receiver *receiver, bool sent)
{
	const struct http_response *response = &receiver->response;

	check(response->sent == sent);
	check((response->outcome == HTTP_ANSWERED) == (response->error.len == 0));
	check(strpbrk(response->error.buf, "\r\n") == NULL);
	check(receiver->over_limit == NULL || response->outcome == HTTP_TOO_LARGE ||
	      response->outcome == HTTP_ANSWERED);
	check(response->retry_after_ms >= 0);
	check(response->status == 0 || (sent && response->status >= 200));
	check(response->unknown_encoding == NULL || response->unknown_encoding[0] != '\0');
	check(
	    response->headers.len == 0 || response->headers.buf[response->headers.len - 1] == '\n');
}

static void
check_said(const char *text, bool secretly)
{
	if (text == NULL)
		return;
	check(!secretly || strstr(text, SECRET) == NULL);
	check(utf8_valid(text, strlen(text)) && strpbrk(text, "\r\n") == NULL);
}

/* To make one, and to mask with one that has a secret, takes longer than all the rest. */
static struct redactor *
choose_redactor(bool knows)
{
	static struct redactor *redactors[2];

	if (redactors[knows] == NULL) {
		redactors[knows] = redactor_new();
		if (knows)
			redactor_add(redactors[knows], SECRET);
	}
	return redactors[knows];
}

static void
use_response(const struct http_response *response, bool secretly)
{
	static struct value names[] = {{.type = VALUE_STRING, .text = "all"},
	    {.type = VALUE_STRING, .text = "a"}, {.type = VALUE_STRING, .text = "first"}};
	static struct value pointers[] = {{.type = VALUE_STRING, .text = ""},
	    {.type = VALUE_STRING, .text = "/a"}, {.type = VALUE_STRING, .text = "/a/0"}};
	static struct value_pair pairs[] = {
	    {&names[0], &pointers[0]}, {&names[1], &pointers[1]}, {&names[2], &pointers[2]}};
	const struct value outputs = {.type = VALUE_MAP, .pairs = pairs, .count = 3};
	struct api_parameters api = {.request.method = "POST", .outputs = &outputs};
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct value *taken = NULL;
	struct step_run run = {.parameters = &api, .arena = &arena};
	int result;

	run.redactor = choose_redactor(secretly);
	check(api_body_whole(&run, response) <= response->body.len);
	result = api_outputs_take(&run, response, &taken, &err);
	check((result == 0) == (err.len == 0) && (result == 0) == (taken != NULL));
	check(!secretly || result == 0 || strstr(err.buf, SECRET) == NULL);
	check_said(api_said(&run, response), secretly);
	strbuf_release(&err);
	arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static CURL *easy; /* has made no transfer: what it says of one is 0 */
	struct http_receiver receiver;
	CURLcode code;
	char *text;
	size_t len, heads;
	bool sent;

	if (size < CHOICES)
		return 0;
	if (easy == NULL)
		easy = curl_easy_init();
	code = codes[data[0] % (sizeof(codes) / sizeof(codes[0]))];
	sent = (data[1] & 1) != 0;
	len = size - CHOICES;
	text = malloc(len + 1); /* so that a byte too many is noticed */
	check(text != NULL);
	memcpy(text, data + CHOICES, len);
	http_receiver_init(&receiver, (size_t)data[2] * 64);
	heads = give_heads(&receiver, text, len);
	if (receiver.over_limit == NULL)
		give_body(&receiver, text + heads, len - heads, (size_t)data[3] + 1);
	if (receiver.over_limit != NULL)
		code = CURLE_WRITE_ERROR;
	http_receiver_end(&receiver, easy, code, sent, INT64_C(1767225600000));
	check_end(&receiver, sent);
	use_response(&receiver.response, false);
	/* as of a transfer that has ended well, which this handle has not made */
	receiver.response.outcome = HTTP_ANSWERED;
	receiver.response.status = 500;
	use_response(&receiver.response, (data[1] & 14) == 14);
	http_receiver_release(&receiver);
	free(text);
	return 0;
}
