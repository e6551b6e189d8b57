/* SPDX-License-Identifier: ISC */
#include "steps/api-call.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/api.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "run/attempt.h"
#include "steps/executor.h"
#include "base/redact/redact.h"
#include "workspace/logs.h"

/* A shorter credential stands in too many texts by chance to be masked in each. */
#define CREDENTIAL_MIN_BYTES 8

/* NULL: there is no body. */
static const char *
body_digest(const struct step_run *run, const struct api_request *request)
{
	char hex[DIGEST_SIZE];

	if (request->body == NULL)
		return NULL;
	digest_sha256(request->body, request->body_len, hex);
	return arena_strdup(run->arena, hex);
}

static bool
is_other_body(const struct event *before, const char *digest)
{
	return (digest == NULL) != (before->body_sha256 == NULL) ||
	       (digest != NULL && strcmp(digest, before->body_sha256) != 0);
}

/* The latest attempt that went under a key; NULL: there is none. */
static const struct event *
keyed_attempt(const struct step_run *run)
{
	const struct event *before = run->step->intent;

	return before != NULL && before->idempotency_key != NULL ? before : NULL;
}

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
 * no key in common.
 */
static const char *
choose_key(const struct step_run *run, const char *body)
{
	const struct event *before = keyed_attempt(run);
	struct strbuf text = STRBUF_INIT;
	char hex[DIGEST_SIZE];

	if (before != NULL && !is_other_body(before, body))
		return before->idempotency_key;
	strbuf_addf(&text, "%s %s %s", first_digest(run->request), run->step->step->name,
	    body == NULL ? "" : body);
	digest_sha256(text.buf, text.len, hex);
	strbuf_release(&text);
	return arena_printf(
	    run->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

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
mask_credential(const struct step_run *run, const struct api_header *header)
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

/* What a proxy is told, and could tell again: its user and password, as libcurl decodes them. */
static void
mask_proxy(const struct step_run *run, const char *proxy)
{
	const char *start = proxy == NULL ? NULL : strstr(proxy, "://");
	const char *at, *colon;
	struct strbuf decoded = STRBUF_INIT;

	start = start == NULL ? proxy : start + 3;
	at = start == NULL ? NULL : strchr(start, '@');
	for (; at != NULL && start < at; start++) {
		unsigned byte;

		if (*start == '%' && sscanf(start + 1, "%2x", &byte) == 1) {
			strbuf_addch(&decoded, (char)byte);
			start += 2;
		} else {
			strbuf_addch(&decoded, *start);
		}
	}
	mask_part(run, decoded.buf, decoded.len);
	colon = strchr(decoded.buf, ':');
	if (colon != NULL)
		mask_part(run, colon + 1, strlen(colon + 1));
	explicit_bzero(decoded.buf, decoded.len);
	strbuf_release(&decoded);
}

/* The proxy of the step, or any that libcurl may take from the environment. */
static void
mask_proxies(const struct step_run *run)
{
	static const char *const names[] = {
	    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	mask_proxy(run, value_text(value_map_get(run->parameters, "proxy")));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		mask_proxy(run, getenv(names[i]));
}

void
api_call_build(struct step_run *run, struct api_request *out)
{
	const char *idempotency = value_text(value_map_get(run->parameters, "idempotency"));

	api_request_build(run->arena, run->parameters, NULL, out);
	if (idempotency != NULL && strcmp(idempotency, "none") != 0) {
		run->idempotency_key = choose_key(run, body_digest(run, out));
		api_request_build(run->arena, run->parameters, run->idempotency_key, out);
	}
	mask_proxies(run);
	for (size_t i = 0; i < out->header_count; i++) {
		if (api_header_is_credential(out->headers[i].name))
			mask_credential(run, &out->headers[i]);
	}
}

/*
 * The key that is recorded.  One that we have made is recorded as it is, whatever secret it may
 * look like: the next attempt sends what stands there.  One that the pipeline gives may hold a
 * secret; the next attempt makes it anew from the pipeline.
 */
static const char *
recorded_key(const struct step_run *run, const struct api_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct api_header *header = &request->headers[i];

		if (strcasecmp(header->name, "Idempotency-Key") == 0 &&
		    header->value != run->idempotency_key)
			return advance_masked(run, header->value);
	}
	return run->idempotency_key;
}

int
api_call_intend(const struct step_run *run, const struct api_request *request, struct event *intent,
    struct strbuf *err)
{
	const struct event *before = keyed_attempt(run);

	if (run->idempotency_key == NULL)
		return 0;
	intent->idempotency_key = recorded_key(run, request);
	intent->body_sha256 = body_digest(run, request);
	if (before == NULL || !is_other_body(before, intent->body_sha256))
		return 0;
	if (run->step->tries > 0)
		return fail(err,
		    "the call was sent before, and cannot be sent again under its idempotency key: "
		    "the body would be another (has a secret changed?)");
	log_line(run->log, LOG_WARNING,
	    "the body is not the one that was sent before: it goes under a key of its own");
	return 0;
}
