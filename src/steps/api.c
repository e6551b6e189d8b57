/* SPDX-License-Identifier: ISC */
#include "steps/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/placeholder.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "steps/api-proxy.h"
#include "steps/http-kinds.h"
#include "steps/http-url.h"

#define HOUR_MS 3600000

/* ---- the parameters */

static const char *const idempotency_words[] = {
    [IDEMPOTENCY_NONE] = "none",
    [IDEMPOTENCY_SENT] = "sent",
    [IDEMPOTENCY_HONOURED] = "honoured",
    NULL,
};

#define AT(member) offsetof(struct api_parameters, member)

static const struct parameter_field fields[] = {
    {.name = "method",
	.kind = &kind_method,
	.offset = AT(request.method),
	.fallback = "GET",
	.summary = "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
    {.name = "url",
	.kind = &kind_url,
	.offset = AT(request.url),
	.required = true,
	.summary = "Where the call goes, http or https."},
    {.name = "headers",
	.kind = &kind_headers,
	.offset = AT(headers),
	.summary = "Header fields: name and value."},
    {.name = "data", .kind = &kind_json, .offset = AT(data), .summary = "The body, sent as JSON."},
    {.name = "query",
	.kind = &kind_query,
	.offset = AT(query),
	.summary = "Added to the URL's query, encoded."},
    {.name = "success_status",
	.kind = &kind_statuses,
	.offset = AT(success_status),
	.fallback = "200",
	.summary = "The statuses that complete the step."},
    {.name = "timeout",
	.kind = &kind_duration,
	.offset = AT(request.timeout_ms),
	.fallback = "60s",
	.max = HOUR_MS,
	.summary = "For the whole call, the body included."},
    {.name = "connect_timeout",
	.kind = &kind_duration,
	.offset = AT(request.connect_timeout_ms),
	.fallback = "10s",
	.max = HOUR_MS,
	.summary = "For reaching the server, TLS included."},
    {.name = "retry",
	.kind = &kind_group,
	.offset = AT(retry),
	.members = retry_fields,
	.summary = "Whether and when a failed call is tried again."},
    {.name = "follow_redirects",
	.kind = &kind_count,
	.offset = AT(follow_redirects),
	.fallback = "0",
	.max = 20,
	.summary = "How many redirects a GET or HEAD follows, within the same origin."},
    {.name = "ca_file",
	.kind = &kind_text,
	.offset = AT(ca_file),
	.literal_only = true,
	.summary = "The certificates to trust, PEM."},
    {.name = "client_cert",
	.kind = &kind_text,
	.offset = AT(client_cert),
	.literal_only = true,
	.summary = "The certificate to show, PEM."},
    {.name = "client_key",
	.kind = &kind_text,
	.offset = AT(client_key),
	.literal_only = true,
	.summary = "Its private key, PEM."},
    {.name = "insecure",
	.kind = &kind_boolean,
	.offset = AT(request.insecure),
	.literal_only = true,
	.fallback = "false",
	.summary = "Do not verify the server's certificate; the log warns each time."},
    {.name = "proxy",
	.kind = &kind_proxy,
	.offset = AT(request.proxy),
	.summary = "The proxy to use, or none; without it the workspace's."},
    {.name = "max_response",
	.kind = &kind_size,
	.offset = AT(request.max_response),
	.fallback = "1MiB",
	.max = INT64_C(64) << 20,
	.summary = "The most bytes of a response."},
    {.name = "idempotency",
	.kind = &kind_word,
	.offset = AT(idempotency),
	.literal_only = true,
	.fallback = "none",
	.choices = idempotency_words,
	.summary = "Whether an Idempotency-Key is sent, and whether the server honours it."},
    {.name = "repeatable",
	.kind = &kind_boolean,
	.offset = AT(repeatable),
	.literal_only = true,
	.fallback = "false",
	.summary = "Sending it twice does no harm, whatever its method."},
    {.name = "outputs",
	.kind = &kind_pointers,
	.offset = AT(outputs),
	.literal_only = true,
	.gives_outputs = true,
	.summary = "What later steps may use: name and JSON Pointer into the response."},
    {.name = NULL},
};

static bool
is_one_of(const char *method, const char *one, const char *other)
{
	return strcmp(method, one) == 0 || strcmp(method, other) == 0;
}

/* Rules 1 made a body of no list or map that is empty. */
#define RULES_EMPTY_IS_SENT 2

/*
 * Whether a list or map that is empty is a body: of each method but those whose body means nothing
 * (RFC 9110).
 */
static bool
sends_empty(const char *method, int64_t rules)
{
	return rules >= RULES_EMPTY_IS_SENT && !is_one_of(method, "GET", "HEAD") &&
	       strcmp(method, "DELETE") != 0;
}

/* Whether data that was filled in by these rules is a body. */
static bool
is_body(const struct value *data, const char *method, int64_t rules)
{
	if (data == NULL || data->type == VALUE_NULL)
		return false;
	if (data->type == VALUE_STRING)
		return *data->text != '\0';
	if (data->type == VALUE_MAP || data->type == VALUE_LIST)
		return data->count > 0 || sends_empty(method, rules);
	return true;
}

/* What is tried again beside what always is: only where that does no harm. */
static void
check_retry_on(const struct api_parameters *api, const struct parameter_check *checking)
{
	const struct value *on = api->retry.on;

	if (on == NULL)
		return;
	if (http_method_known(api->request.method) && !api_is_repeatable(api))
		fault_add(checking->faults, on,
		    "'on' is for calls that are repeatable: a %s is tried again only when nothing was "
		    "sent ('repeatable: true' says that sending it twice does no harm)",
		    api->request.method);
	for (size_t i = 0; i < on->count; i++) {
		const struct value *item = on->items[i];
		const char *word = value_text(item);

		if (!parameter_is_open(checking, item) && !status_pattern_valid(item) &&
		    (word == NULL || strcmp(word, API_ON_OUTPUTS) != 0))
			fault_add(checking->faults, item,
			    "neither an HTTP status, such as 404 or \"4xx\", nor '%s'",
			    API_ON_OUTPUTS);
	}
}

static void
check(const void *parameters, const struct parameter_check *checking)
{
	const struct api_parameters *api = parameters;
	const char *method = api->request.method;

	/* by whichever rules: none makes a body of what is empty for a HEAD */
	if (strcmp(method, "HEAD") == 0 && is_body(api->data, method, PIPELINE_RULES) &&
	    !parameter_is_open(checking, api->data))
		parameter_fault(checking, &api->data, "a HEAD request cannot have a body ('data')");
	if (api->follow_redirects > 0 && http_method_known(method) &&
	    !is_one_of(method, "GET", "HEAD"))
		parameter_fault(checking, &api->follow_redirects,
		    "'follow_redirects' is for GET and HEAD, not for %s", method);
	if (api->client_key != NULL && api->client_cert == NULL)
		parameter_fault(checking, &api->client_key, "'client_key' needs 'client_cert'");
	check_retry_on(api, checking);
}

static const struct retry_policy *
retry(const void *parameters)
{
	return &((const struct api_parameters *)parameters)->retry;
}

/* Redirects come out of the same time. */
static int64_t
longest(const void *parameters)
{
	return ((const struct api_parameters *)parameters)->request.timeout_ms;
}

bool
api_is_repeatable(const struct api_parameters *parameters)
{
	return parameters->repeatable || http_method_idempotent(parameters->request.method) ||
	       parameters->idempotency == IDEMPOTENCY_HONOURED;
}

/* ---- the request */

static const char *
scalar_text(const struct value *value)
{
	switch (value->type) {
	case VALUE_STRING:
	case VALUE_NUMBER:
		return value->text;
	case VALUE_BOOLEAN:
		return value->boolean ? "true" : "false";
	default:
		return "";
	}
}

static void
add_query(struct strbuf *url, const char *name, const struct value *value)
{
	if (strchr(url->buf, '?') == NULL)
		strbuf_addch(url, '?');
	else if (strchr("?&", url->buf[url->len - 1]) == NULL)
		strbuf_addch(url, '&');
	http_url_add_encoded(url, name);
	strbuf_addch(url, '=');
	http_url_add_encoded(url, scalar_text(value));
}

/* A URL is ASCII (RFC 3986): the bytes of other characters are percent-encoded. */
static void
add_ascii(struct strbuf *url, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x80)
			strbuf_addch(url, text[i]);
		else
			strbuf_addf(url, "%%%02X", (unsigned char)text[i]);
	}
}

/* The URL with the query added before its fragment, which is not sent. */
static const char *
build_url(struct arena *arena, const struct api_parameters *api)
{
	const char *text = api->request.url;
	const struct value *query = api->query;
	struct strbuf url = STRBUF_INIT;

	add_ascii(&url, text, strcspn(text, "#"));
	for (size_t i = 0; query != NULL && i < query->count; i++) {
		const char *name = query->pairs[i].key->text;
		const struct value *item = query->pairs[i].value;

		if (item->type != VALUE_LIST)
			add_query(&url, name, item);
		for (size_t j = 0; item->type == VALUE_LIST && j < item->count; j++)
			add_query(&url, name, item->items[j]);
	}
	text = arena_strndup(arena, url.buf, url.len);
	strbuf_release(&url);
	return text;
}

/* Whether a part of a plan depends on what is not known: it would tell of a secret. */
static bool
is_unknown(const struct step_plan *plan, const char *text)
{
	return plan->stands_in && text != NULL && placeholder_stands_in(text);
}

static void
build_body(const struct step_plan *plan, struct http_request *out)
{
	const struct value *data = ((const struct api_parameters *)plan->parameters)->data;
	int64_t rules = plan->request->pipeline.rules;
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	if (!is_body(data, out->method, rules))
		return;
	json_writer_init(&writer, &text);
	if (is_unknown(plan, out->method) && !is_body(data, "GET", rules))
		strbuf_addstr(&text, PLACEHOLDER_STAND_IN); /* the method decides, and is secret */
	else
		json_value(&writer, data);
	out->body = arena_strndup(plan->arena, text.buf, text.len);
	out->body_len = text.len;
	strbuf_release(&text);
}

/* ---- the idempotency key */

/* The second event holds it; where that one was lost, the first is the latest. */
static const char *
first_digest(const struct request *request)
{
	return request->event_count > 1 ? request->events[1]->prev : request->head;
}

/*
 * The key of a call: the same for each attempt, another for each request and for each body: a
 * server takes a key with another body for a mistake, or for the same call, and neither is what
 * was meant.  The digest of the request's first event goes into it, so that two workspaces have
 * no key in common.  A key that was made before with the same body is recorded, and taken again.
 */
static const char *
choose_key(const struct step_plan *plan, const char *body_sha256)
{
	const struct event *before = plan->step->intent;
	const char *body = body_sha256 == NULL ? "" : body_sha256;
	struct strbuf text = STRBUF_INIT;
	char hex[DIGEST_SIZE];

	if (before != NULL && before->idempotency_key != NULL &&
	    strcmp(before->body_sha256 == NULL ? "" : before->body_sha256, body) == 0)
		return before->idempotency_key;
	strbuf_addf(&text, "%s %s %s", first_digest(plan->request), plan->step->step->name, body);
	digest_sha256(text.buf, text.len, hex);
	strbuf_release(&text);
	return arena_printf(
	    plan->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static void
choose_key_of(const struct step_plan *plan, struct api_call *call)
{
	const struct http_request *request = &call->request;
	char hex[DIGEST_SIZE];

	if (is_unknown(plan, request->body)) {
		call->key = call->body_sha256 = PLACEHOLDER_STAND_IN;
		return;
	}
	if (request->body != NULL) {
		digest_sha256(request->body, request->body_len, hex);
		call->body_sha256 = arena_strdup(plan->arena, hex);
	}
	call->key = choose_key(plan, call->body_sha256);
}

int
api_call_build(const struct step_plan *plan, struct api_call *out, struct strbuf *err)
{
	const struct api_parameters *api = plan->parameters;
	const struct value *given = api->headers;
	size_t count = given == NULL ? 0 : given->count;
	struct http_header *headers =
	    arena_calloc(plan->arena, count + 2, sizeof(struct http_header));
	struct http_request *request = &out->request;

	*out = (struct api_call){.request = api->request};
	request->url = build_url(plan->arena, api);
	request->headers = headers;
	build_body(plan, request);
	for (size_t i = 0; i < count; i++)
		headers[request->header_count++] = (struct http_header){
		    given->pairs[i].key->text, scalar_text(given->pairs[i].value)};
	if (request->body != NULL && !http_has_header(request, "Content-Type"))
		headers[request->header_count++] =
		    (struct http_header){"Content-Type", "application/json"};
	if (api->idempotency != IDEMPOTENCY_NONE) {
		choose_key_of(plan, out);
		if (!http_has_header(request, "Idempotency-Key"))
			headers[request->header_count++] =
			    (struct http_header){"Idempotency-Key", out->key};
	}
	return api_proxy_choose(plan->arena, plan->defaults, out, err);
}

/* ---- showing it */

/* Where it goes, which the message itself does not say. */
static void
add_way(struct strbuf *out, struct arena *arena, const struct api_call *call,
    const struct http_url *url)
{
	strbuf_addf(out, "# to %s://%s", url->scheme, url->authority);
	api_proxy_add(out, arena, call, strcmp(url->scheme, "https") == 0);
	if (call->request.insecure)
		strbuf_addstr(out, ", whose certificate is not verified (insecure: true)");
	strbuf_addch(out, '\n');
}

static void
add_header(struct strbuf *out, const char *name, const char *value)
{
	value += strspn(value, " \t");
	if (http_header_is_credential(name))
		value = "***";
	strbuf_addf(out, "%s:%s%s\n", name, *value == '\0' ? "" : " ", value);
}

static void
add_length(struct strbuf *out, const struct http_request *request)
{
	bool unknown =
	    placeholder_stands_in(request->body == NULL ? request->method : request->body);

	if (unknown)
		add_header(out, "Content-Length", PLACEHOLDER_STAND_IN);
	else if (request->body == NULL && !http_method_has_length(request->method))
		return;
	else
		strbuf_addf(out, "Content-Length: %zu\n", request->body_len);
}

/* The whole URL, which a proxy is asked for; libcurl leaves the "?" of an empty query out of it. */
static void
add_absolute(struct strbuf *out, const struct http_url *url)
{
	size_t len = strlen(url->target);

	if (strcspn(url->target, "?") + 1 == len)
		len--;
	strbuf_addf(out, "%s://%s%.*s", url->scheme, url->authority, (int)len, url->target);
}

/* through: a proxy is asked for the whole URL. */
static void
add_message(struct strbuf *out, const struct http_request *request, const struct http_url *url,
    bool through)
{
	strbuf_addf(out, "%s ", request->method);
	if (through)
		add_absolute(out, url);
	else
		add_ascii(out, url->target, strlen(url->target)); /* a redirect may not be */
	strbuf_addf(out, " HTTP/1.1\nHost: %s\n", url->authority);
	if (through && request->proxy.user != NULL)
		add_header(out, "Proxy-Authorization", "");
	if (!http_has_header(request, "User-Agent"))
		add_header(out, "User-Agent", HTTP_USER_AGENT);
	if (!http_has_header(request, "Accept"))
		add_header(out, "Accept", "*/*");
	if (through)
		add_header(out, "Proxy-Connection", "Keep-Alive");
	for (size_t i = 0; i < request->header_count; i++)
		add_header(out, request->headers[i].name, request->headers[i].value);
	add_length(out, request);
	strbuf_addch(out, '\n');
	if (request->body != NULL)
		strbuf_addf(out, "%s\n", request->body);
}

/*
 * Whether a proxy is asked for the whole URL, and not for a way.  Where it depends on the host
 * (no_proxy), as with the environment, libcurl decides.
 */
static bool
asks_proxy(const struct http_request *request, const struct http_url *url)
{
	const char *proxy = request->proxy.url;

	return proxy != NULL && *proxy != '\0' && request->proxy.no_proxy == NULL &&
	       strcmp(url->scheme, "http") == 0 && strncasecmp(proxy, "socks", 5) != 0;
}

int
api_call_show(const struct api_call *call, struct strbuf *out, struct strbuf *err)
{
	const struct http_request *request = &call->request;
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct http_url url;
	int ret = http_url_split(&arena, request->url, &url, err);

	if (ret == 0) {
		add_way(&text, &arena, call, &url);
		add_message(&text, request, &url, asks_proxy(request, &url));
		placeholder_add_shown(out, text.buf);
	}
	strbuf_release(&text);
	arena_release(&arena);
	return ret;
}

static int
show(const struct step_plan *plan, struct strbuf *out, struct strbuf *err)
{
	struct api_call call;

	if (api_call_build(plan, &call, err) != 0)
		return -1;
	return api_call_show(&call, out, err);
}

static void
files(const void *parameters, void (*each)(void *context, const char *path, bool is_secret),
    void *context)
{
	const struct api_parameters *api = parameters;

	if (api->ca_file != NULL)
		each(context, api->ca_file, false);
	if (api->client_cert != NULL)
		each(context, api->client_cert, false);
	if (api->client_key != NULL)
		each(context, api->client_key, true);
}

static void
describe(const void *parameters, struct strbuf *out)
{
	const struct api_parameters *api = parameters;

	if (api->request.url != NULL)
		strbuf_addf(out, "%s %s", api->request.method, api->request.url);
}

const struct step_type step_type_api = {
    .name = "API",
    .summary = "One HTTP call.",
    .fields = fields,
    .size = sizeof(struct api_parameters),
    .check = check,
    .pauses = PAUSE_NONE,
    .retry = retry,
    .longest = longest,
    .receivers = api_receivers,
    .files = files,
    .describe = describe,
    .show = show,
};
