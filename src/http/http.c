/* SPDX-License-Identifier: ISC */
#include "http/http.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "http/libcurl.h"
#include "http/response.h"
#include "http/syntax.h"

#define KEPT_MAX 64 /* handles, for calls to come */
/* libcurl judges by the clock alone, whatever lies in the socket: it comes in late, if ever. */
#define BACKSTOP_MS (24 * 3600 * 1000)
/* How many turns of the loop may read what had arrived when the time was over. */
#define LAST_TURNS 1000

struct http_client {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer; /* libcurl's: it has one for all calls */
	CURL *idle[KEPT_MAX];	 /* handles of calls that ended well */
	size_t idle_count;
	TAILQ_HEAD(http_calls, http_call) ended; /* calls whose done was not called yet */
	size_t call_count;
};

enum call_state {
	CALL_NEW,
	CALL_RUNNING,  /* the handle belongs to the multi handle */
	CALL_ENDED,    /* on the list of the ended */
	CALL_REPORTED, /* done was called */
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
	struct loop_timer deadline;
	int64_t timeout_ms;
	int64_t due;	     /* by loop_monotonic(), but for what the loop was busy since then */
	int64_t busy;	     /* loop_busy() at the beginning */
	unsigned last_turns; /* since the time was over */
	bool too_late;	     /* the time was over before anything was sent */
	bool connected;	     /* every handshake is done, a proxy's too */
	long before;	     /* bytes that were sent by then, to a proxy */
	CURLcode code;	     /* of the settings first, of the transfer then */
	const char *option;  /* the setting that gave it */
	struct http_receiver receiver;
};

/* Sets an option, unless one before it was refused. */
#define SET(call, name, value)                   \
	((call)->code != CURLE_OK                \
		? (void)0                        \
		: (void)((call)->option = #name, \
		      (call)->code = curl_easy_setopt((call)->easy, CURLOPT_##name, (value))))

/* The time is over: what is left of it, in ms, is not more than 0. */
static int64_t
time_left(const struct http_call *call)
{
	const struct loop *loop = call->client->loop;

	return call->due + loop_busy(loop) - call->busy - loop_monotonic(loop);
}

static void
end_call(struct http_call *call, CURLcode code)
{
	struct http_client *client = call->client;

	loop_timer_cancel(client->loop, &call->deadline);
	curl_multi_remove_handle(client->multi, call->easy);
	http_receiver_end(
	    &call->receiver, call->easy, code, http_call_sent(call), loop_wall(client->loop));
	call->code = code;
	call->state = CALL_ENDED;
	TAILQ_INSERT_TAIL(&client->ended, call, link);
}

static void
end_timed_out(struct http_call *call)
{
	snprintf(call->receiver.error, sizeof(call->receiver.error),
	    "%s timed out after %" PRId64 " milliseconds with %zu bytes received",
	    call->connected ? "operation" : "connection", call->timeout_ms,
	    call->receiver.response.body.len);
	end_call(call, CURLE_OPERATION_TIMEDOUT);
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
		if (call->too_late)
			end_timed_out(call);
		else
			end_call(call, code);
	}
}

/* The list shrinks from outside, too: done may free other calls that have ended. */
static void
report_ended(struct http_client *client)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(&client->ended)) != NULL) {
		TAILQ_REMOVE(&client->ended, call, link);
		call->state = CALL_REPORTED;
		call->done(call, &call->receiver.response, call->context);
	}
}

/*
 * Moves calls on.  Only here does libcurl work, always from the loop: none of its functions may be
 * called from inside its callbacks, and a call that ends is reported when it has returned.
 */
static void
act(struct http_client *client, curl_socket_t socket, int events)
{
	int running;
	CURLMcode code = curl_multi_socket_action(client->multi, socket, events, &running);

	if (code != CURLM_OK)
		loop_fail(client->loop, "cannot move HTTP calls on: %s", curl_multi_strerror(code));
	collect_ended(client);
	report_ended(client);
}

static void
socket_ready(void *client, int fd, unsigned ready)
{
	act(client, fd,
	    ((ready & LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((ready & LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
time_is_over(void *client)
{
	act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* Whether something has arrived that was not read yet. */
static bool
has_unread(const struct http_call *call)
{
	struct pollfd fd = {.fd = call->receiver.socket, .events = POLLIN};

	return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* The time of a call is over.  What has arrived by then is read first, in the turns that follow. */
static void
judge(void *context)
{
	struct http_call *call = context;
	struct loop *loop = call->client->loop;
	int64_t left = time_left(call);

	if (left <= 0 && (!has_unread(call) || call->last_turns++ == LAST_TURNS)) {
		end_timed_out(call);
		report_ended(call->client);
		return;
	}
	loop_timer(
	    loop, &call->deadline, loop_monotonic(loop) + (left > 0 ? left : 0), judge, call);
}

/* That of a call is the one that it waits for. */
static void
note_socket(CURL *easy, curl_socket_t socket, unsigned events)
{
	struct http_call *call = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
	if (call == NULL)
		return;
	if (events != 0)
		call->receiver.socket = socket;
	else if (call->receiver.socket == socket)
		call->receiver.socket = -1;
}

/* CURLMOPT_SOCKETFUNCTION.  The thread that resolves a name has a socket, too: it is done then. */
static int
watch_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *unused)
{
	struct http_client *client = context;
	struct strbuf err = STRBUF_INIT;
	unsigned events = what == CURL_POLL_IN	    ? LOOP_READ
			  : what == CURL_POLL_OUT   ? LOOP_WRITE
			  : what == CURL_POLL_INOUT ? LOOP_READ | LOOP_WRITE
						    : 0;
	int ret = 0;

	(void)unused;
	note_socket(easy, socket, events);
	if (events == 0)
		loop_fd_remove(client->loop, socket);
	else
		ret = loop_fd(client->loop, socket, events, socket_ready, client, &err);
	if (ret != 0)
		loop_fail(client->loop, "cannot move HTTP calls on: %s", err.buf);
	strbuf_release(&err);
	return ret;
}

/* CURLMOPT_TIMERFUNCTION.  A timer of 0 ms also fires in the next turn, not here. */
static int
set_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct http_client *client = context;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_cancel(client->loop, &client->timer);
	else
		loop_timer(client->loop, &client->timer, loop_monotonic(client->loop) + timeout_ms,
		    time_is_over, client);
	return 0;
}

struct http_client *
http_client_new(struct loop *loop, struct strbuf *err)
{
	struct http_client *client;

	if (libcurl_load(err) != 0)
		return NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fail(err, "cannot start libcurl");
		return NULL;
	}
	client = xcalloc(1, sizeof(*client));
	client->loop = loop;
	TAILQ_INIT(&client->ended);
	client->multi = curl_multi_init();
	if (curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer) != CURLM_OK ||
	    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) != CURLM_OK) {
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
	loop_timer_cancel(client->loop, &client->timer);
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

/* libcurl takes "Name: value", "Name;" for an empty value, and "Name:" to send none of its own. */
static void
set_headers(struct http_call *call, const struct http_request *request)
{
	struct strbuf line = STRBUF_INIT;

	call->option = "HTTPHEADER";
	add_header(call, "Expect:");
	if (!http_has_header(request, "Content-Type"))
		add_header(call, "Content-Type:");
	if (!http_has_header(request, "Accept-Encoding"))
		add_header(call, "Accept-Encoding:");
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];
		const char *value = header->value + strspn(header->value, " \t");

		strbuf_reset(&line);
		if (value[0] == '\0')
			strbuf_addf(&line, "%s;", header->name);
		else
			strbuf_addf(&line, "%s: %s", header->name, value);
		add_header(call, line.buf);
	}
	strbuf_release(&line);
	SET(call, HTTPHEADER, call->headers);
	SET(call, USERAGENT, HTTP_USER_AGENT); /* unless the list has one */
	/* Makes libcurl decode whatever it can; the list decides what is sent. */
	SET(call, ACCEPT_ENCODING, "");
}

/*
 * CURLOPT_PREREQFUNCTION: the connection is there, and the request is about to be sent; a second
 * time it is not, nor when its time is over: nobody would wait for the answer.
 */
static int /* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's own type */
begin_request(void *context, char *peer, char *local, int peer_port, int local_port)
{
	struct http_call *call = context;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	call->too_late = !call->connected && time_left(call) <= 0;
	if (call->connected || call->too_late)
		return CURL_PREREQFUNC_ABORT;
	call->connected = true;
	call->receiver.away = loop_busy(call->client->loop) - call->busy;
	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &call->before);
	return CURL_PREREQFUNC_OK;
}

static void
set_transfer(struct http_call *call)
{
	SET(call, NOSIGNAL, 1L);
	SET(call, QUICK_EXIT, 1L);
	SET(call, PRIVATE, call);
	SET(call, ERRORBUFFER, call->receiver.error);
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
	SET(call, PREREQFUNCTION, begin_request);
	SET(call, PREREQDATA, call);
}

/* libcurl takes no more than an int, and 0 for no limit at all. */
static long
timeout_of(int64_t ms)
{
	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static void
set_connection(struct http_call *call, const struct http_request *request)
{
	SET(call, TIMEOUT_MS, timeout_of(request->timeout_ms + BACKSTOP_MS));
	SET(call, CONNECTTIMEOUT_MS, timeout_of(request->connect_timeout_ms));
	SET(call, FRESH_CONNECT, 1L);
	SET(call, FORBID_REUSE, 1L);
}

/*
 * User and password go into the URL of the proxy, where every version of libcurl decodes them:
 * those of CURLOPT_PROXYUSERNAME some versions decode, and others do not.
 */
static void
set_proxy(struct http_call *call, const struct http_proxy *proxy)
{
	struct strbuf url = STRBUF_INIT;
	const char *separator = proxy->url == NULL ? NULL : strstr(proxy->url, "://"), *host;

	/* NULL: as the environment says */
	SET(call, NOPROXY, proxy->no_proxy != NULL || proxy->url == NULL ? proxy->no_proxy : "");
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

/* libcurl reads it where it is: it makes no copy, which nobody could wipe. */
static void
set_pem(struct http_call *call, const char *name, CURLoption option, const struct http_pem *pem)
{
	struct curl_blob blob = {.data = pem->text, .len = pem->len, .flags = CURL_BLOB_NOCOPY};

	if (pem->text == NULL || call->code != CURLE_OK)
		return;
	call->option = name;
	call->code = curl_easy_setopt(call->easy, option, &blob);
}

static void
set_tls(struct http_call *call, const struct http_request *request)
{
	SET(call, SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(call, PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(call, SSL_VERIFYPEER, request->insecure ? 0L : 1L);
	SET(call, SSL_VERIFYHOST, request->insecure ? 0L : 2L);
	if (request->ca.text != NULL) {
		/* both are the system's authorities, which would do as well */
		SET(call, CAINFO, NULL);
		SET(call, CAPATH, NULL);
	}
	set_pem(call, "CAINFO_BLOB", CURLOPT_CAINFO_BLOB, &request->ca);
	set_pem(call, "SSLCERT_BLOB", CURLOPT_SSLCERT_BLOB, &request->client_cert);
	set_pem(call, "SSLKEY_BLOB", CURLOPT_SSLKEY_BLOB, &request->client_key);
	/* An encrypted key is an error: without this OpenSSL would ask on the terminal. */
	SET(call, KEYPASSWD, "");
	if (call->code == CURLE_OK) {
		call->option = "SSL_CTX_FUNCTION";
		call->code = tls_watch_begin(&call->receiver.tls, call->easy);
	}
}

static void
set_method(struct http_call *call, const struct http_request *request)
{
	const char *body = request->body;
	size_t len = body == NULL ? 0 : request->body_len;

	if (body == NULL && http_method_has_length(request->method))
		body = "";
	if (strcmp(request->method, "HEAD") == 0)
		SET(call, NOBODY, 1L); /* there is no body in the answer either */
	else
		SET(call, HTTPGET, 1L);
	if (body != NULL) {
		SET(call, POSTFIELDSIZE_LARGE, (curl_off_t)len);
		SET(call, POSTFIELDS, body);
	}
	if (body != NULL || strcmp(request->method, "GET") != 0)
		SET(call, CUSTOMREQUEST, request->method);
}

/* libcurl sends the URL as http_url_split() has it: it leaves the path alone. */
static int
set_url(struct http_call *call, const char *url, struct strbuf *err)
{
	CURLUcode code;

	call->url = curl_url();
	code = curl_url_set(call->url, CURLUPART_URL, url, CURLU_PATH_AS_IS);
	if (code != CURLUE_OK)
		return fail(err, "the URL is malformed: %s", curl_url_strerror(code));
	return 0;
}

static int
prepare(struct http_call *call, const struct http_request *request, struct strbuf *err)
{
	struct http_client *client = call->client;
	CURLMcode code;

	if (http_request_check(request, err) != 0 || set_url(call, request->url, err) != 0)
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
	code = curl_multi_add_handle(client->multi, call->easy);
	if (code != CURLM_OK)
		return fail(err, "cannot start a call: %s", curl_multi_strerror(code));
	call->state = CALL_RUNNING;
	call->timeout_ms = request->timeout_ms < 1 ? 1 : request->timeout_ms;
	call->busy = loop_busy(client->loop);
	call->due = loop_monotonic(client->loop) + call->timeout_ms;
	loop_timer(client->loop, &call->deadline, call->due, judge, call);
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
	http_receiver_init(&call->receiver, request->max_response);
	if (prepare(call, request, err) != 0) {
		http_call_free(call);
		return NULL;
	}
	return call;
}

/* Nothing is reported meanwhile, so that the call is not freed. */
const struct http_response *
http_call_end(struct http_call *call)
{
	struct http_client *client = call->client;
	unsigned turns = 0;
	long status = 0;
	int running;

	while (call->state == CALL_RUNNING && has_unread(call) && turns++ < LAST_TURNS) {
		curl_multi_socket_action(
		    client->multi, call->receiver.socket, CURL_CSELECT_IN, &running);
		collect_ended(client);
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (call->state == CALL_RUNNING && status >= 200) {
		snprintf(call->receiver.error, sizeof(call->receiver.error),
		    "the program ended before the whole answer was there");
		end_call(call, CURLE_ABORTED_BY_CALLBACK);
	}
	return call->state == CALL_ENDED && call->receiver.response.status != 0
		   ? &call->receiver.response
		   : NULL;
}

void
http_call_free(struct http_call *call)
{
	struct http_client *client;
	bool clean;

	if (call == NULL)
		return;
	client = call->client;
	clean = call->state >= CALL_ENDED && call->code == CURLE_OK;
	loop_timer_cancel(client->loop, &call->deadline);
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

	if (!call->connected)
		return false;
	/* libcurl counts the first write here and, should that take nothing, the rest there. */
	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &head);
	curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &body);
	return head > call->before || body > 0;
}
