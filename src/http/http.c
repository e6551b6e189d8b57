/* SPDX-License-Identifier: ISC */
#include "http/http.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "http/http-receive.h"
#include "http/syntax.h"

#define METHOD_MAX     16
#define KEPT_MAX       64  /* handles and connections, for calls to come */
#define CONNECTION_AGE 30L /* seconds: servers drop idle connections soon after */

struct http_client {
	CURLM *multi;
	CURL *idle[KEPT_MAX]; /* handles of calls that ended well */
	size_t idle_count;
	struct curl_waitfd *waits;
	size_t wait_room;
	TAILQ_HEAD(http_calls, http_call) ended; /* calls whose done has not been told yet */
	size_t call_count;
};

enum call_state {
	CALL_NEW,
	CALL_RUNNING, /* the handle belongs to the multi handle */
	CALL_ENDED,   /* on the list of the ended */
	CALL_TOLD,
};

struct http_call {
	struct http_client *client;
	enum call_state state;
	TAILQ_ENTRY(http_call) link;
	http_done *done;
	void *context;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	bool own_tls;	    /* TLS, on a connection that no other call uses */
	CURLcode code;	    /* of the settings first, of the transfer then */
	const char *option; /* the setting that gave it */
	struct http_receiver receiver;
	char error[CURL_ERROR_SIZE];
};

/* Sets an option, unless one before it was refused. */
#define SET(call, name, value)                   \
	((call)->code != CURLE_OK                \
		? (void)0                        \
		: (void)((call)->option = #name, \
		      (call)->code = curl_easy_setopt((call)->easy, CURLOPT_##name, (value))))

/* What is not here is HTTP_TRANSPORT. */
static const struct {
	CURLcode code;
	enum http_outcome outcome;
} outcomes[] = {{CURLE_OK, HTTP_ANSWERED}, {CURLE_UNSUPPORTED_PROTOCOL, HTTP_REFUSED},
    {CURLE_URL_MALFORMAT, HTTP_REFUSED}, {CURLE_NOT_BUILT_IN, HTTP_REFUSED},
    {CURLE_SSL_CERTPROBLEM, HTTP_REFUSED}, {CURLE_SSL_CACERT_BADFILE, HTTP_REFUSED},
    {CURLE_SSL_CIPHER, HTTP_REFUSED}, {CURLE_SSL_CONNECT_ERROR, HTTP_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS}, {CURLE_SSL_ISSUER_ERROR, HTTP_TLS},
    {CURLE_SSL_CLIENTCERT, HTTP_TLS}, {CURLE_OPERATION_TIMEDOUT, HTTP_TIMEOUT},
    {CURLE_OUT_OF_MEMORY, HTTP_TOO_LARGE}};

struct http_client *
http_client_new(struct strbuf *err)
{
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
	if (code != CURLE_OK) {
		fail(err, "cannot start libcurl: %s", curl_easy_strerror(code));
		return NULL;
	}
	struct http_client *client = xcalloc(1, sizeof(*client));
	TAILQ_INIT(&client->ended);
	client->multi = curl_multi_init();
	if (curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_MAX) != CURLM_OK) {
		fail(err, "cannot start libcurl: no memory");
		http_client_free(client);
		return NULL;
	}
	return client;
}

void
http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	assert(client->call_count == 0);
	for (size_t i = 0; i < client->idle_count; i++)
		curl_easy_cleanup(client->idle[i]);
	curl_multi_cleanup(client->multi);
	free(client->waits);
	free(client);
	curl_global_cleanup();
}

static void
add_header(struct http_call *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->headers, line);

	if (list == NULL)
		call->code = CURLE_OUT_OF_MEMORY;
	else
		call->headers = list;
}

/* As libcurl wants a header: "Name: value", or "Name;" for an empty one. */
static void
add_header_line(struct http_call *call, const struct http_header *header)
{
	const char *value = header->value + strspn(header->value, " \t");
	struct strbuf line = STRBUF_INIT;

	strbuf_addf(&line, "%s%s%s", header->name, *value == '\0' ? ";" : ": ", value);
	add_header(call, line.buf);
	strbuf_release(&line);
}

/* A line "Name:" keeps libcurl from sending its own. */
static void
set_headers(struct http_call *call, const struct http_request *request)
{
	call->option = "HTTPHEADER";
	add_header(call, "Expect:");
	if (!http_has_header(request, "Content-Type"))
		add_header(call, "Content-Type:");
	for (size_t i = 0; i < request->header_count; i++)
		add_header_line(call, &request->headers[i]);
	SET(call, HTTPHEADER, call->headers);
	SET(call, USERAGENT, HTTP_USER_AGENT); /* unless the list has one */
	/* The list's header is the one that is sent; this makes libcurl decode the answer. */
	SET(call, ACCEPT_ENCODING, http_has_header(request, "Accept-Encoding") ? "" : NULL);
}

static void
set_transfer(struct http_call *call)
{
	SET(call, NOSIGNAL, 1L);
	SET(call, QUICK_EXIT, 1L);
	SET(call, PRIVATE, call);
	SET(call, ERRORBUFFER, call->error);
	SET(call, PROTOCOLS_STR, "http,https");
	SET(call, REDIR_PROTOCOLS_STR, "http,https");
	SET(call, FOLLOWLOCATION, 0L);
	SET(call, UNRESTRICTED_AUTH, 0L);
	SET(call, HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(call, CURLU, call->url);
	SET(call, SUPPRESS_CONNECT_HEADERS, 1L);
	SET(call, HEADERFUNCTION, http_receive_header);
	SET(call, HEADERDATA, &call->receiver);
	SET(call, WRITEFUNCTION, http_receive_body);
	SET(call, WRITEDATA, &call->receiver);
}

/* A span for libcurl, which takes no more than an int and for which 0 is no limit at all. */
static long
timeout(int64_t ms)
{
	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static void
set_connection(struct http_call *call, const struct http_request *request)
{
	long fresh = request->repeatable ? 0 : 1;

	SET(call, TIMEOUT_MS, timeout(request->timeout_ms));
	SET(call, CONNECTTIMEOUT_MS, timeout(request->connect_timeout_ms));
	SET(call, MAXAGE_CONN, CONNECTION_AGE);
	SET(call, FRESH_CONNECT, fresh);
	SET(call, FORBID_REUSE, fresh);
}

/*
 * User and password go into the URL of the proxy, where every version of libcurl decodes them:
 * those of CURLOPT_PROXYUSERNAME some decode, and some do not.
 */
static void
set_proxy(struct http_call *call, const struct http_proxy *proxy)
{
	struct strbuf url = STRBUF_INIT;
	const char *separator = proxy->url == NULL ? NULL : strstr(proxy->url, "://"), *host;

	SET(call, NOPROXY, proxy->url != NULL ? "" : NULL); /* NULL: as the environment says */
	if (proxy->user == NULL) {
		SET(call, PROXY, proxy->url);
		return;
	}
	host = separator == NULL ? proxy->url : separator + 3;
	strbuf_add(&url, proxy->url, (size_t)(host - proxy->url));
	http_url_add_encoded(&url, proxy->user);
	if (proxy->password != NULL) {
		strbuf_addch(&url, ':');
		http_url_add_encoded(&url, proxy->password);
	}
	strbuf_addf(&url, "@%s", host);
	SET(call, PROXY, url.buf);
	explicit_bzero(url.buf, url.len);
	strbuf_release(&url);
}

static void
set_tls(struct http_call *call, const struct http_request *request)
{
	SET(call, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(call, PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(call, SSL_VERIFYPEER, request->insecure ? 0L : 1L);
	SET(call, SSL_VERIFYHOST, request->insecure ? 0L : 2L);
	if (request->ca_file != NULL) {
		SET(call, CAINFO, request->ca_file);
		SET(call, CAPATH, NULL); /* else the system's authorities would do as well */
	}
	SET(call, SSLCERT, request->client_cert);
	SET(call, SSLKEY, request->client_key);
	/* An encrypted key is an error: without this OpenSSL would ask on the terminal. */
	SET(call, KEYPASSWD, "");
}

static void
set_method(struct http_call *call, const struct http_request *request)
{
	const char *body = request->body;

	if (body == NULL && http_method_has_length(request->method))
		body = "";
	if (strcmp(request->method, "HEAD") == 0)
		SET(call, NOBODY, 1L); /* there is no body in the answer either */
	else
		SET(call, HTTPGET, 1L);
	if (body != NULL) {
		SET(call, POSTFIELDSIZE_LARGE,
		    (curl_off_t)(request->body == NULL ? 0 : request->body_len));
		SET(call, POSTFIELDS, body);
	}
	if (body != NULL || strcmp(request->method, "GET") != 0)
		SET(call, CUSTOMREQUEST, request->method);
}

/*
 * libcurl sends whatever it is given: a line break in a header or in the method would be a second
 * request.
 */
static int
check_request(const struct http_request *request, struct strbuf *err)
{
	size_t len = strlen(request->method);

	if (len == 0 || len > METHOD_MAX ||
	    strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
		return fail(
		    err, "the method is not a word of 1 to %d upper-case letters", METHOD_MAX);
	if (request->body != NULL && strcmp(request->method, "HEAD") == 0)
		return fail(err, "a HEAD request cannot have a body"); /* libcurl drops it */
	for (size_t i = 0; i < request->header_count; i++) {
		if (http_header_name_check(request->headers[i].name, err) != 0 ||
		    http_header_value_check(request->headers[i].value, err) != 0)
			return -1;
	}
	return http_url_check(request->url, err);
}

/* The URL as http_url_split() has it: libcurl leaves the path alone. */
static int
set_url(struct http_call *call, const char *url, struct strbuf *err)
{
	CURLUcode code;

	call->url = curl_url();
	code = curl_url_set(call->url, CURLUPART_URL, url, CURLU_PATH_AS_IS);
	return code == CURLUE_OK ? 0
				 : fail(err, "the URL is malformed: %s", curl_url_strerror(code));
}

static int
prepare(struct http_call *call, const struct http_request *request, struct strbuf *err)
{
	struct http_client *client = call->client;

	if (check_request(request, err) != 0 || set_url(call, request->url, err) != 0)
		return -1;
	call->easy = client->idle_count > 0 ? client->idle[--client->idle_count] : curl_easy_init();
	set_transfer(call);
	set_headers(call, request);
	set_connection(call, request);
	set_proxy(call, &request->proxy);
	set_tls(call, request);
	set_method(call, request);
	if (call->code != CURLE_OK)
		return fail(err, "libcurl refuses the setting %s: %s", call->option,
		    curl_easy_strerror(call->code));
	CURLMcode code = curl_multi_add_handle(client->multi, call->easy);
	if (code != CURLM_OK)
		return fail(err, "cannot start a call: %s", curl_multi_strerror(code));
	call->state = CALL_RUNNING;
	return 0;
}

struct http_call *
http_call_start(struct http_client *client, const struct http_request *request, http_done *done,
    void *context, struct strbuf *err)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	client->call_count++;
	call->client = client;
	call->done = done;
	call->context = context;
	call->own_tls = !request->repeatable && strncasecmp(request->url, "https:", 6) == 0;
	http_receiver_init(&call->receiver, request->max_response);
	if (prepare(call, request, err) != 0) {
		http_call_free(call);
		return NULL;
	}
	return call;
}

void
http_call_free(struct http_call *call)
{
	if (call == NULL)
		return;
	struct http_client *client = call->client;
	bool clean = call->state >= CALL_ENDED && call->code == CURLE_OK;

	if (call->state == CALL_RUNNING)
		curl_multi_remove_handle(client->multi, call->easy);
	if (call->state == CALL_ENDED)
		TAILQ_REMOVE(&client->ended, call, link);
	if (clean && client->idle_count < KEPT_MAX) {
		curl_easy_reset(call->easy);
		client->idle[client->idle_count++] = call->easy;
	} else {
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	curl_url_cleanup(call->url);
	http_receiver_release(&call->receiver);
	free(call);
	client->call_count--;
}

bool
http_call_sent(const struct http_call *call)
{
	long head = 0;
	curl_off_t body = 0;
	curl_off_t handshake = 0; /* when it was done */

	/* What a proxy is told to make a tunnel is counted as well, but comes before TLS. */
	curl_easy_getinfo(call->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
	if (call->own_tls && handshake == 0)
		return false;
	/* libcurl counts the first write here and, should that take nothing, the rest there. */
	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &head);
	curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &body);
	return head > 0 || body > 0;
}

static void
end_call(struct http_call *call, CURLcode code)
{
	struct http_ending ending = {.outcome = HTTP_TRANSPORT, .text = call->error};

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (outcomes[i].code == code)
			ending.outcome = outcomes[i].outcome;
	}
	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &ending.os_error);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &ending.status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &ending.retry_after);
	curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &ending.redirect_url);
	curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &ending.duration);
	ending.name = curl_easy_strerror(code);
	ending.sent = http_call_sent(call);
	http_receiver_end(&call->receiver, &ending);
	call->code = code;
	call->state = CALL_ENDED;
}

static void
collect_ended(struct http_client *client)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct http_call *call = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		curl_multi_remove_handle(client->multi, call->easy);
		end_call(call, code);
		TAILQ_INSERT_TAIL(&client->ended, call, link);
	}
}

/* The list shrinks from outside, too: a done may free calls that have not been told. */
static void
tell_ended(struct http_client *client)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(&client->ended)) != NULL) {
		TAILQ_REMOVE(&client->ended, call, link);
		call->state = CALL_TOLD;
		call->done(call, &call->receiver.response, call->context);
	}
}

int
http_client_run(struct http_client *client, const int *fds, size_t fd_count, int64_t timeout_ms,
    struct strbuf *err)
{
	int timeout = timeout_ms < 0 || timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	int running;

	if (fd_count > client->wait_room) {
		client->waits = xreallocarray(client->waits, fd_count, sizeof(*client->waits));
		client->wait_room = fd_count;
	}
	for (size_t i = 0; i < fd_count; i++)
		client->waits[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
	CURLMcode code =
	    curl_multi_poll(client->multi, client->waits, (unsigned)fd_count, timeout, NULL);
	if (code == CURLM_OK)
		code = curl_multi_perform(client->multi, &running);
	if (code != CURLM_OK)
		return fail(err, "cannot move HTTP calls on: %s", curl_multi_strerror(code));
	collect_ended(client);
	tell_ended(client);
	return 0;
}
