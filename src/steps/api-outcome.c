/* SPDX-License-Identifier: ISC */
#include "steps/api-outcome.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/api-outputs.h"
#include "steps/api.h"
#include "model/request/request.h"
#include "steps/executor.h"
#include "steps/http-kinds.h"
#include "http/http.h"
#include "http/syntax.h"
#include "workspace/logs.h"

#define LOCATION_SHOWN 300 /* bytes */

/* Appends one header line, its value masked when it is a credential. */
static void
add_header_line(struct strbuf *out, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	char name[64];

	if (colon != NULL && (size_t)(colon - line) < sizeof(name)) {
		memcpy(name, line, (size_t)(colon - line));
		name[colon - line] = '\0';
		if (http_header_is_credential(name)) {
			strbuf_addf(out, "%s: ***\n", name);
			return;
		}
	}
	strbuf_add(out, line, len);
	strbuf_addch(out, '\n');
}

void
api_log_response(struct step_run *run, const struct http_response *response)
{
	struct strbuf block = STRBUF_INIT;
	const char *line = response->headers.buf;
	size_t body_len;

	while (*line != '\0') {
		size_t len = strcspn(line, "\r\n");

		if (len > 0)
			add_header_line(&block, line, len);
		line += len;
		line += strspn(line, "\r\n");
	}
	if (block.len > 0)
		log_text(run->log, LOG_INFO, "< ", block.buf, block.len);
	body_len = api_body_whole(run, response);
	if (body_len > 0)
		log_body(run->log, LOG_INFO, "< ", response->body.buf, body_len);
	if (response->outcome != HTTP_ANSWERED)
		log_line(run->log, LOG_ERROR, "%s", response->error.buf);
	strbuf_release(&block);
}

/*
 * Whether the server asks to come back, or failed for the moment (RFC 9110, 15.5.9 and 15.6; RFC
 * 6585).
 */
static bool
is_passing(int status)
{
	static const int passing[] = {408, 429, 500, 502, 503, 504};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (status == passing[i])
			return true;
	}
	return false;
}

/* A Location for a message, masked before it is cut. */
static const char *
shown_location(const struct step_run *run, const char *url)
{
	const char *masked = step_run_masked(run, url);
	size_t len = LOCATION_SHOWN;

	if (strlen(masked) <= len)
		return masked;
	while (len > 0 && ((unsigned char)masked[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(run->arena, "%.*s...", (int)len, masked);
}

/* The server answered with a status that is no success. */
static void
finish_status(struct step_run *run, const struct http_response *response)
{
	struct step_outcome outcome = {
	    .reason = REASON_HTTP_STATUS,
	    .message = arena_printf(run->arena, "the server answered %d", response->status),
	    .http_status = response->status,
	    .retry_after_ms = response->retry_after_ms,
	};

	if (response->redirect_url != NULL)
		outcome.message =
		    arena_printf(run->arena, "the server answered %d and points to %s",
			response->status, shown_location(run, response->redirect_url));
	if (response->status == 429) { /* turned away before anything was done */
		outcome.try_again = true;
	} else if (is_passing(response->status) && api_is_repeatable(run->parameters)) {
		outcome.try_again = true;
	} else if (is_passing(response->status)) {
		outcome.reason = REASON_OUTCOME_UNKNOWN;
		outcome.message = arena_printf(run->arena,
		    "the server answered %d: it may have acted all the same", response->status);
	}
	step_run_finish(run, &outcome);
}

/* There is no whole answer. */
static void
finish_broken(struct step_run *run, const struct http_response *response)
{
	bool repeatable = api_is_repeatable(run->parameters);
	struct step_outcome outcome = {
	    .reason = response->outcome == HTTP_TIMEOUT ? REASON_TIMEOUT : REASON_TRANSPORT,
	    .message = arena_strdup(run->arena, response->error.buf),
	    .http_status = response->status,
	    .try_again = !response->sent || repeatable,
	};

	switch (response->outcome) {
	case HTTP_REFUSED:
		outcome.reason = REASON_EXECUTOR;
		outcome.try_again = false;
		break;
	case HTTP_TLS:
		outcome.try_again = false;
		break;
	case HTTP_TOO_LARGE:
		outcome.reason = REASON_EXECUTOR;
		outcome.try_again = false;
		break;
	default:
		if (response->sent && !repeatable) {
			outcome.reason = REASON_OUTCOME_UNKNOWN;
			outcome.message = arena_printf(run->arena,
			    "the request was sent and no whole answer came (%s): the server may have acted",
			    response->error.buf);
		}
		break;
	}
	step_run_finish(run, &outcome);
}

/* The status is a success: the call has done its work, whatever becomes of the body. */
static void
finish_success(struct step_run *run, const struct http_response *response)
{
	const struct api_parameters *api = run->parameters;
	struct step_outcome outcome = {.completed = true, .http_status = response->status};
	struct strbuf err = STRBUF_INIT;

	if (api->outputs != NULL && api->outputs->count > 0 &&
	    api_outputs_take(run, response, &outcome.outputs, &err) != 0) {
		outcome.completed = false;
		outcome.reason = REASON_EXECUTOR;
		outcome.message = arena_printf(run->arena,
		    "the call succeeded (%d), but its outputs cannot be taken from the response: %s",
		    response->status, err.buf);
	} else if (response->outcome != HTTP_ANSWERED) {
		log_line(run->log, LOG_WARNING,
		    "the body is not whole; the call succeeded all the same (%d)",
		    response->status);
	}
	strbuf_release(&err);
	step_run_finish(run, &outcome);
}

bool
api_is_success(const struct step_run *run, int status)
{
	const struct api_parameters *api = run->parameters;

	return status_list_has(api->success_status, status);
}

void
api_finish(struct step_run *run, const struct http_response *response)
{
	if (response->status != 0 && api_is_success(run, response->status))
		finish_success(run, response);
	else if (response->outcome == HTTP_ANSWERED || response->status >= 300)
		finish_status(run, response); /* which says it all, be the body whole or not */
	else
		finish_broken(run, response);
}
