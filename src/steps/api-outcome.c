/* SPDX-License-Identifier: ISC */
#include "steps/api-outcome.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/api-outputs.h"
#include "steps/api-said.h"
#include "steps/api.h"
#include "steps/call-end.h"
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
	if (body_len > 0 && response->unknown_encoding != NULL)
		log_line(run->log, LOG_INFO,
		    "< %zu bytes that are not shown: secrets cannot be seen in Content-Encoding '%s'",
		    body_len, response->unknown_encoding);
	else if (body_len > 0)
		log_body(run->log, LOG_INFO, "< ", response->body.buf, body_len);
	if (response->outcome != HTTP_ANSWERED)
		log_line(run->log, LOG_ERROR, "%s", response->error.buf);
	strbuf_release(&block);
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

/* ---- what is known of the call */

static enum call_break
break_of(const struct http_response *response)
{
	static const enum call_break breaks[] = {
	    [HTTP_ANSWERED] = CALL_ANSWERED,
	    [HTTP_REFUSED] = CALL_REFUSED,
	    [HTTP_TLS] = CALL_HOPELESS,
	    [HTTP_PROXY] = CALL_HOPELESS,
	    [HTTP_TRANSPORT] = CALL_BROKEN,
	    [HTTP_TIMEOUT] = CALL_TIMED_OUT,
	    [HTTP_TOO_LARGE] = CALL_BROKEN,
	};

	return breaks[response->outcome];
}

/* Takes the outputs of a success.  *err says why they are not there. */
static enum call_outputs
take_outputs(struct step_run *run, const struct http_response *response, const struct value **out,
    struct strbuf *err)
{
	const struct api_parameters *api = run->parameters;
	int ret;

	if (api->outputs == NULL || api->outputs->count == 0)
		return OUTPUTS_TAKEN;
	ret = api_outputs_take(run, response, out, err);
	if (ret == 0)
		return OUTPUTS_TAKEN;
	if (ret > 0)
		return OUTPUTS_CUT;
	return response->outcome == HTTP_ANSWERED || response->outcome == HTTP_TOO_LARGE
		   ? OUTPUTS_MISSING
		   : OUTPUTS_CUT;
}

/* Whether retry.on names how it ended. */
static bool
asks_again(const struct api_parameters *api, const struct call_facts *facts)
{
	const struct value *on = api->retry.on;
	bool outputs = facts->success && facts->outputs != OUTPUTS_TAKEN;

	if (on == NULL || facts->status == 0)
		return false;
	if (!facts->success)
		return status_list_has(on, facts->status);
	for (size_t i = 0; outputs && i < on->count; i++) {
		if (value_text(on->items[i]) != NULL &&
		    strcmp(on->items[i]->text, API_ON_OUTPUTS) == 0)
			return true;
	}
	return false;
}

/* ---- what is said of it */

/* "200, 2xx": success_status as it is written. */
static void
add_expected(const struct api_parameters *api, struct strbuf *out)
{
	for (size_t i = 0; i < api->success_status->count; i++)
		strbuf_addf(out, "%s%s", i == 0 ? ", expected " : ", ",
		    api->success_status->items[i]->text);
}

/* "404 Not Found" says nothing new. */
static bool
repeats_status(const char *said, int status)
{
	char *end;

	return strtol(said, &end, 10) == status && (*end == ' ' || *end == '\0');
}

/* The server answered with a status that is no success. */
static void
add_status(const struct step_run *run, const struct http_response *response, enum effect effect,
    struct strbuf *out)
{
	static const char *const effects[] = {
	    [EFFECT_NONE] = "",
	    [EFFECT_POSSIBLE] = "; it may have been carried out all the same",
	    [EFFECT_CERTAIN] = "; it was carried out",
	};

	const char *said = api_said(run, response);

	strbuf_addf(out, "the server answered %d", response->status);
	add_expected(run->parameters, out);
	if (response->redirect_url != NULL)
		strbuf_addf(out, ", and points to %s", shown_location(run, response->redirect_url));
	strbuf_addstr(out, effects[effect]);
	if (response->redirect_url == NULL && said != NULL &&
	    !repeats_status(said, response->status)) {
		strbuf_addstr(out, "; the server says ");
		quote_add(out, said);
	}
}

static const char *
message_of(const struct step_run *run, const struct http_response *response,
    const struct call_facts *facts, const struct call_end *end, const char *why)
{
	struct strbuf text = STRBUF_INIT;
	const char *message;

	if (facts->success)
		strbuf_addf(&text,
		    "the call succeeded (%d), but its outputs cannot be taken from the response: %s",
		    facts->status, why);
	else if (facts->status != 0)
		add_status(run, response, end->effect, &text);
	else if (end->effect != EFFECT_NONE)
		strbuf_addf(&text,
		    "the request was sent and no whole answer came (%s): the server may have acted",
		    response->error.buf);
	else
		strbuf_addstr(&text, response->error.buf);
	message = arena_strdup(run->arena, text.buf);
	strbuf_release(&text);
	return message;
}

bool
api_is_success(const struct step_run *run, int status)
{
	const struct api_parameters *api = run->parameters;

	return status_list_has(api->success_status, status);
}

bool
api_is_cut(struct step_run *run, const struct http_response *response)
{
	struct strbuf why = STRBUF_INIT;
	const struct value *outputs;
	bool cut = response->outcome != HTTP_ANSWERED && api_is_repeatable(run->parameters) &&
		   api_is_success(run, response->status) &&
		   take_outputs(run, response, &outputs, &why) == OUTPUTS_CUT;

	strbuf_release(&why);
	return cut;
}

void
api_finish(struct step_run *run, const struct http_response *response)
{
	const struct api_parameters *api = run->parameters;
	struct strbuf why = STRBUF_INIT;
	struct call_facts facts = {
	    .status = response->status,
	    .broke = break_of(response),
	    .sent = response->sent,
	    .success = response->status != 0 && api_is_success(run, response->status),
	    .repeatable = api_is_repeatable(api),
	};
	struct step_outcome outcome = {
	    .http_status = response->status,
	    .retry_after_ms = response->retry_after_ms,
	};
	struct call_end end;

	if (facts.success)
		facts.outputs = take_outputs(run, response, &outcome.outputs, &why);
	facts.ask_again = asks_again(api, &facts);
	end = call_end_of(&facts);
	outcome.completed = end.completed;
	outcome.try_again = end.try_again;
	outcome.reason = end.reason;
	outcome.effect = end.effect;
	if (!end.completed)
		outcome.message = message_of(run, response, &facts, &end, why.buf);
	else if (response->outcome != HTTP_ANSWERED)
		log_line(run->log, LOG_WARNING,
		    "the body is not whole; the call succeeded all the same (%d)",
		    response->status);
	strbuf_release(&why);
	step_run_finish(run, &outcome);
}
