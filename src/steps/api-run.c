/* SPDX-License-Identifier: ISC */
/* One HTTP call, and the redirects that it may follow. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "http/syntax.h"
#include "model/request/event.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "steps/api-outcome.h"
#include "steps/api-proxy.h"
#include "steps/api.h"
#include "steps/call-end.h"
#include "steps/executor.h"
#include "workspace/certificates.h"
#include "workspace/logs.h"

/* A shorter credential occurs in too many texts by chance to be masked in each. */
#define CREDENTIAL_MIN_BYTES 8

struct api_state {
	struct http_pem ca;
	struct http_pem client_cert;
	struct http_pem client_key;
	struct api_call call;
	struct api_call shown; /* the same with stand-ins */
	struct http_call *under_way;
	int64_t redirects; /* how many may still be followed */
	int64_t deadline;  /* of the call and what it is redirected to, monotonic ms */
};

static const struct api_parameters *
parameters_of(const struct step_run *run)
{
	return run->parameters;
}

/* ---- credentials that are no secrets of svcreq's */

static void
mask_part(const struct step_run *run, const char *text, size_t len)
{
	if (len >= CREDENTIAL_MIN_BYTES)
		redactor_add(run->redactor, arena_strndup(run->arena, text, len));
}

/* The values in "a=value; b=value". */
static void
mask_cookies(const struct step_run *run, const char *text)
{
	while (*text != '\0') {
		size_t pair = strcspn(text, ";"), name = strcspn(text, "=;");

		if (name < pair)
			mask_part(run, text + name + 1, pair - name - 1);
		text += pair;
		text += strspn(text, "; ");
	}
}

/* What a server could tell of a credential: the whole of it, or what it was looking for in it. */
static void
mask_credential(const struct step_run *run, const struct http_header *header)
{
	const char *value = header->value + strspn(header->value, " \t");
	size_t len = strlen(value), scheme = strcspn(value, " \t");

	while (len > 0 && strchr(" \t", value[len - 1]) != NULL)
		len--;
	mask_part(run, value, len);
	if (strcasecmp(header->name, "Cookie") == 0) {
		mask_cookies(run, value);
	} else if (scheme < len) { /* "Bearer abc" */
		scheme += strspn(value + scheme, " \t");
		mask_part(run, value + scheme, len - scheme);
	}
}

/* A proxy receives them, and could echo them. */
static void
mask_proxy(const struct step_run *run, const struct http_proxy *proxy)
{
	const char *both;

	if (proxy->user == NULL || proxy->password == NULL)
		return;
	both = arena_printf(run->arena, "%s:%s", proxy->user, proxy->password);
	mask_part(run, both, strlen(both));
	mask_part(run, proxy->password, strlen(proxy->password));
}

static void
mask_credentials(const struct step_run *run, const struct http_request *request)
{
	struct http_proxy proxy;

	mask_proxy(run, &request->proxy);
	for (const char *const *name = api_proxy_variables; *name != NULL; name++) {
		const char *value = getenv(*name);

		if (value != NULL && http_proxy_parse(run->arena, value, &proxy, NULL) == 0)
			mask_proxy(run, &proxy);
	}
	for (size_t i = 0; i < request->header_count; i++) {
		if (http_header_is_credential(request->headers[i].name))
			mask_credential(run, &request->headers[i]);
	}
}

/* ---- certificates */

static int
read_pem(struct step_run *run, const struct workspace *workspace, const char *path,
    enum certificate_kind kind, const char *what, struct http_pem *out, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	int ret = 0;

	if (path != NULL)
		ret = certificate_read(workspace, path, kind, what, &text, err);
	if (ret != 0)
		step_run_note_unread(run, errno);
	if (path != NULL && ret == 0) {
		out->text = arena_strndup(run->arena, text.buf, text.len);
		out->len = text.len;
	}
	explicit_bzero(text.buf, text.len);
	strbuf_release(&text);
	return ret;
}

static int
api_prepare(struct step_run *run, const struct workspace *workspace, struct strbuf *err)
{
	const struct api_parameters *api = parameters_of(run);
	struct api_state *state = arena_alloc(run->arena, sizeof(*state));
	const struct {
		const char *name;
		const char *path;
		enum certificate_kind kind;
		struct http_pem *out;
	} files[] = {
	    {"ca_file", api->ca_file, CERTIFICATE_PUBLIC, &state->ca},
	    {"client_cert", api->client_cert, CERTIFICATE_PUBLIC, &state->client_cert},
	    {"client_key", api->client_key, CERTIFICATE_KEY, &state->client_key},
	};

	state->redirects = api->follow_redirects;
	run->state = state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (read_pem(run, workspace, files[i].path, files[i].kind, files[i].name,
			files[i].out, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- the intent */

/* Builds the call, and the same with stand-ins for what is secret.  Returns 0, or -1 with err. */
static int
build_calls(struct step_run *run, struct api_state *state, struct strbuf *err)
{
	struct request_scope scope = {.request = run->request};
	struct step_plan plan = {.request = run->request,
	    .step = run->step,
	    .parameters = run->parameters,
	    .defaults = &run->defaults,
	    .arena = run->arena};
	struct api_call shown;

	if (api_call_build(&plan, &state->call, err) != 0)
		return -1;
	state->call.request.ca = state->ca;
	state->call.request.client_cert = state->client_cert;
	state->call.request.client_key = state->client_key;
	mask_credentials(run, &state->call.request);
	state->shown = state->call; /* the log masks what it knows */
	if (step_plan_fill(run->arena, &scope, run->step, &plan, NULL) == 0) {
		plan.defaults = &run->defaults;
		if (api_call_build(&plan, &shown, NULL) == 0)
			state->shown = shown;
	}
	return 0;
}

static bool
is_same_body(const struct event *before, const char *body_sha256)
{
	if (before->body_sha256 == NULL || body_sha256 == NULL)
		return before->body_sha256 == body_sha256;
	return strcmp(before->body_sha256, body_sha256) == 0;
}

/*
 * The key that is recorded.  One that we have made is recorded as it is, whatever secret it may
 * look like: the next attempt sends what is recorded.  One that the pipeline gives may hold a
 * secret; the next attempt makes it anew from the pipeline.
 */
static const char *
recorded_key(const struct step_run *run, const struct api_call *call)
{
	for (size_t i = 0; i < call->request.header_count; i++) {
		const struct http_header *header = &call->request.headers[i];

		if (strcasecmp(header->name, "Idempotency-Key") == 0 && header->value != call->key)
			return step_run_masked(run, header->value);
	}
	return call->key;
}

/* Whether only its key makes it harmless to send the call again: with the same body, then. */
static bool
relies_on_key(const struct api_parameters *api)
{
	return api->idempotency == IDEMPOTENCY_HONOURED && !api->repeatable &&
	       !http_method_idempotent(api->request.method);
}

/* The latest event that says how an attempt ended; NULL: none does. */
static const struct event *
latest_failure(const struct step_run *run)
{
	const struct event *latest = NULL;

	for (size_t i = 0; i < run->request->event_count; i++) {
		const struct event *event = run->request->events[i];

		if (event->event_type == EVENT_FAILED && event->step_name != NULL &&
		    strcmp(event->step_name, run->step->step->name) == 0)
			latest = event;
	}
	return latest;
}

/*
 * Whether an attempt before may have been carried out, and nobody has said that it may be done
 * once more (retry --again) or was not done (resolve --failed).  The event of a call with a key
 * has no effect: what it would be without follows from the status.
 */
static bool
may_be_done(const struct step_run *run)
{
	const struct event *failure = latest_failure(run);
	struct call_facts facts = {.sent = true, .broke = CALL_BROKEN};

	if (run->step->latest->effect != EFFECT_NONE || failure == NULL ||
	    (failure->remarks != NULL && failure->reason != REASON_OUTCOME_UNKNOWN))
		return false;
	facts.status = (int)failure->http_status;
	facts.success = facts.status != 0 && api_is_success(run, facts.status);
	return call_end_of(&facts).effect != EFFECT_NONE;
}

/* Adds the key and the digest of the body to the event that announces the call. */
static int
add_key(const struct step_run *run, const struct api_call *call, struct event *intent,
    struct strbuf *err)
{
	const struct event *before = run->step->intent;

	if (call->key == NULL)
		return 0;
	intent->idempotency_key = recorded_key(run, call);
	intent->body_sha256 = call->body_sha256;
	if (before == NULL || before->idempotency_key == NULL ||
	    is_same_body(before, call->body_sha256))
		return 0;
	if (run->step->tries > 0)
		return fail(err,
		    "the call was sent before, and cannot be sent again under its idempotency key: "
		    "the body would be another (has a secret changed?)");
	if (relies_on_key(parameters_of(run)) && may_be_done(run))
		return fail(err,
		    "the call was sent before and may have been carried out; its body is another now, "
		    "which needs another idempotency key: it could be done twice");
	log_line(run->log, LOG_WARNING,
	    "the body is not the one that was sent before: it goes under a key of its own");
	return 0;
}

static int
api_intend(struct step_run *run, struct event *intent, struct strbuf *err)
{
	struct api_state *state = run->state;

	if (build_calls(run, state, err) != 0)
		return -1;
	return add_key(run, &state->call, intent, err);
}

/* The libraries that make calls. */
static int
api_load(struct step_run *run, struct strbuf *err)
{
	return step_run_http(run, err) != NULL ? 0 : -1;
}

/* ---- the call */

static void
log_call(const struct step_run *run, const struct api_call *call)
{
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;

	if (api_call_show(call, &text, &err) == 0)
		log_body(run->log, LOG_INFO, "> ", text.buf, text.len);
	else
		log_line(run->log, LOG_WARNING, "the call cannot be shown: %s", err.buf);
	strbuf_release(&text);
	strbuf_release(&err);
}

static void api_done(struct http_call *, const struct http_response *, void *context);

/* Sends the request, or ends the run when it cannot be sent. */
static void
send_request(struct step_run *run)
{
	struct api_state *state = run->state;
	struct http_request *request = &state->call.request;
	struct strbuf err = STRBUF_INIT;
	struct http_client *http = step_run_http(run, &err);

	request->timeout_ms = state->deadline - clock_monotonic();
	log_call(run, &state->shown);
	if (request->insecure)
		log_line(run->log, LOG_WARNING,
		    "the server's certificate is not verified (insecure: true)");
	if (http != NULL)
		state->under_way = http_call_start(http, request, api_done, run, &err);
	if (state->under_way == NULL)
		step_run_fail(run, REASON_EXECUTOR, "the call cannot be sent: %s", err.buf);
	strbuf_release(&err);
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Whether it is a redirect of the kind that the step follows; where to is known at its end. */
static bool
leads_on(const struct step_run *run, const struct http_response *response)
{
	const struct api_state *state = run->state;
	const char *method = state->call.request.method;

	return is_redirect(response->status) && !api_is_success(run, response->status) &&
	       state->redirects > 0 && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

static bool
may_follow(const struct step_run *run, const struct http_response *response)
{
	const struct api_state *state = run->state;

	return response->outcome == HTTP_ANSWERED && leads_on(run, response) &&
	       response->redirect_url != NULL &&
	       http_url_same_origin(state->call.request.url, response->redirect_url);
}

/* Notes in the log, and in the run's time, what was answered. */
static void
note_response(struct step_run *run, const struct http_response *response)
{
	api_log_response(run, response);
	run->took_ms += response->duration_ms < 1 ? 1 : response->duration_ms;
}

static void
api_done(struct http_call *call, const struct http_response *response, void *context)
{
	struct step_run *run = context;
	struct api_state *state = run->state;

	note_response(run, response);
	if (may_follow(run, response)) {
		state->redirects--;
		state->call.request.url = arena_strdup(run->arena, response->redirect_url);
		state->shown.request.url = state->call.request.url;
		state->under_way = NULL;
		send_request(run);
	} else {
		api_finish(run, response);
		state->under_way = NULL;
	}
	http_call_free(call);
}

static bool
api_repeatable(const struct step_run *run)
{
	return api_is_repeatable(parameters_of(run));
}

static void
api_start(struct step_run *run)
{
	struct api_state *state = run->state;

	state->deadline = clock_monotonic() + parameters_of(run)->request.timeout_ms;
	send_request(run);
}

/*
 * The program ends.  A status that has come decides, whatever is missing behind it; but what leads
 * on, or lacks outputs, and is repeatable anyway, the next run does again.
 */
static void
api_stop(struct step_run *run)
{
	struct api_state *state = run->state;
	const struct http_response *response;

	if (state == NULL || state->under_way == NULL)
		return;
	response = http_call_end(state->under_way);
	if (response != NULL && !leads_on(run, response) && !api_is_cut(run, response)) {
		note_response(run, response);
		api_finish(run, response);
	} else {
		log_line(run->log, LOG_WARNING, "given up: the program ends%s",
		    http_call_sent(state->under_way) ? "; the server may have acted"
						     : "; nothing was sent");
	}
	http_call_free(state->under_way);
	state->under_way = NULL;
}

const struct step_executor executor_api = {
    .step_type = "API",
    .repeatable = api_repeatable,
    .prepare = api_prepare,
    .load = api_load,
    .intend = api_intend,
    .start = api_start,
    .stop = api_stop,
};
