/* SPDX-License-Identifier: ISC */
/* One HTTP call. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/api.h"
#include "model/request/request.h"
#include "model/step-type.h"
#include "steps/url-origin.h"
#include "steps/api-call.h"
#include "steps/api-outcome.h"
#include "steps/executor.h"
#include "http/http.h"
#include "run/runner.h"
#include "workspace/logs.h"

struct api_state {
	struct api_request request;
	struct http_header *headers;
	struct http_call *call;
	int64_t redirects; /* how many may still be followed */
	int64_t deadline;  /* of the call and what it is redirected to, monotonic ms */
};

static const struct parameter_type *
table(const struct step_run *run)
{
	return run->step->step->type->parameters;
}

static bool
flag(const struct step_run *run, const char *name)
{
	const struct value *value = value_map_get(run->parameters, name);

	return value != NULL && value->type == VALUE_BOOLEAN && value->boolean;
}

static const char *
text(const struct step_run *run, const char *name)
{
	return value_text(value_map_get(run->parameters, name));
}

static int64_t
number(const struct step_run *run, const char *name)
{
	return parameter_number(table(run), run->parameters, name);
}

static void
log_request(struct step_run *run, const struct api_request *request)
{
	struct strbuf block = STRBUF_INIT;

	strbuf_addf(&block, "%s %s\n", request->method, request->url);
	for (size_t i = 0; i < request->header_count; i++)
		strbuf_addf(&block, "%s: %s\n", request->headers[i].name,
		    api_header_is_credential(request->headers[i].name) ? "***"
								       : request->headers[i].value);
	log_text(run->log, LOG_INFO, "> ", block.buf, block.len);
	if (request->body != NULL)
		log_body(run->log, LOG_INFO, "> ", request->body, request->body_len);
	strbuf_release(&block);
}

/* For libcurl a file that is not there is one that is wrong, and it does not say which. */
static int
check_files(const struct step_run *run, struct strbuf *err)
{
	static const char *const names[] = {"ca_file", "client_cert", "client_key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = text(run, names[i]);
		int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (path != NULL && fd < 0)
			return fail_errno(err, "cannot open '%s' (%s)", path, names[i]);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static void api_done(struct http_call *, const struct http_response *, void *context);

/* Sends the request, or ends the run when it cannot be sent. */
static void
send_request(struct step_run *run)
{
	struct api_state *state = run->state;
	struct strbuf err = STRBUF_INIT;
	struct http_client *http = runner_http(run->runner, &err);
	const struct http_request request = {
	    .method = state->request.method,
	    .url = state->request.url,
	    .headers = state->headers,
	    .header_count = state->request.header_count,
	    .body = state->request.body,
	    .body_len = state->request.body_len,
	    .timeout_ms = state->deadline - clock_monotonic(),
	    .connect_timeout_ms = number(run, "connect_timeout"),
	    .max_response = (size_t)number(run, "max_response"),
	    .repeatable = api_request_repeatable(run->parameters),
	    .insecure = flag(run, "insecure"),
	    .ca_file = text(run, "ca_file"),
	    .client_cert = text(run, "client_cert"),
	    .client_key = text(run, "client_key"),
	    .proxy = text(run, "proxy"),
	};

	log_request(run, &state->request);
	if (request.insecure)
		log_line(run->log, LOG_WARNING,
		    "the server's certificate is not verified (insecure: true)");
	if (http != NULL && check_files(run, &err) == 0 && http_check_url(request.url, &err) == 0)
		state->call = http_call_start(http, &request, api_done, run, &err);
	if (state->call == NULL)
		step_run_fail(run, REASON_EXECUTOR, "the call cannot be sent: %s", err.buf);
	strbuf_release(&err);
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool
may_follow(const struct step_run *run, const struct http_response *response)
{
	const struct api_state *state = run->state;

	return response->outcome == HTTP_ANSWERED && is_redirect(response->status) &&
	       !api_is_success(run, response->status) && response->redirect_url != NULL &&
	       state->redirects > 0 &&
	       (strcmp(state->request.method, "GET") == 0 ||
		   strcmp(state->request.method, "HEAD") == 0) &&
	       url_same_origin(state->request.url, response->redirect_url);
}

static void
api_done(struct http_call *call, const struct http_response *response, void *context)
{
	struct step_run *run = context;
	struct api_state *state = run->state;

	api_log_response(run, response);
	if (may_follow(run, response)) {
		state->redirects--;
		state->request.url = arena_strdup(run->arena, response->redirect_url);
		state->call = NULL;
		send_request(run);
	} else {
		api_finish(run, response);
		state->call = NULL;
	}
	http_call_free(call);
}

static bool
api_repeatable(const struct step_run *run)
{
	return api_request_repeatable(run->parameters);
}

static int
api_intend(struct step_run *run, struct event *intent, struct strbuf *err)
{
	struct api_state *state = arena_alloc(run->arena, sizeof(*state));

	*state = (struct api_state){.redirects = number(run, "follow_redirects")};
	api_call_build(run, &state->request);
	run->state = state;
	return api_call_intend(run, &state->request, intent, err);
}

static void
api_start(struct step_run *run)
{
	struct api_state *state = run->state;

	state->headers =
	    arena_calloc(run->arena, state->request.header_count + 1, sizeof(*state->headers));
	for (size_t i = 0; i < state->request.header_count; i++)
		state->headers[i] = (struct http_header){
		    state->request.headers[i].name, state->request.headers[i].value};
	state->deadline = clock_monotonic() + number(run, "timeout");
	send_request(run);
}

static void
api_stop(struct step_run *run)
{
	struct api_state *state = run->state;

	if (state == NULL || state->call == NULL)
		return;
	log_line(run->log, LOG_WARNING, "given up: the program ends%s",
	    http_call_sent(state->call) ? "; the server may have acted" : "; nothing was sent");
	http_call_free(state->call);
	state->call = NULL;
}

const struct step_executor executor_api = {
    .step_type = "API",
    .repeatable = api_repeatable,
    .intend = api_intend,
    .start = api_start,
    .stop = api_stop,
};
