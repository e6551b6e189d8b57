/* SPDX-License-Identifier: ISC */
#include "cli/next-call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/value.h"
#include "steps/api.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/step-type.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/print.h"
#include "cli/request-view.h"

#define MASK	     "***"
#define MASK_ENCODED "%2A%2A%2A"

static const struct value masked = {.type = VALUE_STRING, .text = MASK};

static const struct value *
mask_secret(void *context, const char *name, struct strbuf *err)
{
	(void)context;
	(void)name;
	(void)err;
	return &masked;
}

/* The request as it may be shown: what is filled in from it has no secrets. */
static struct request
without_secrets(struct context *context, const struct request *request)
{
	struct request shown = *request;

	shown.form_data = masked_form_data(&context->arena, request, request->form_data);
	return shown;
}

const char *
fill_for_show(struct context *context, const struct request *request, const char *text)
{
	const struct request shown = without_secrets(context, request);
	struct request_scope scope = {.request = &shown, .secret = mask_secret};
	const struct placeholder_scope placeholders = request_scope_of(&scope);
	struct strbuf ignored = STRBUF_INIT;
	const char *filled;

	if (placeholder_fill_text(&context->arena, text, &placeholders, &filled, &ignored) != 0)
		filled = text;
	strbuf_release(&ignored);
	return filled;
}

/* The first step from the current one on that sends something; NULL: none, or it is being sent. */
static const struct step_state *
next_sender(const struct request *request)
{
	const struct step_state *step = request_current_step(request);
	const struct step_state *end = request->steps + request->pipeline.step_count;

	if (step == NULL || request->status == REQUEST_CANCELLED)
		return NULL;
	/* retrying a decision comes before anything that is sent after it */
	if (request->status == REQUEST_FAILED && step_is_for_people(step))
		return NULL;
	while (step < end && step_is_for_people(step))
		step++;
	return step == end || step->status == STEP_RUNNING ? NULL : step;
}

/* A mask stays a mask where it was percent-encoded. */
static void
print_url(const char *url)
{
	struct strbuf shown = STRBUF_INIT;
	const char *found;

	while ((found = strstr(url, MASK_ENCODED)) != NULL) {
		strbuf_add(&shown, url, (size_t)(found - url));
		strbuf_addstr(&shown, MASK);
		url = found + strlen(MASK_ENCODED);
	}
	strbuf_addstr(&shown, url);
	print_text(shown.buf);
	strbuf_release(&shown);
}

static void
print_call(const struct api_request *call)
{
	printf("    %s ", call->method);
	print_url(call->url);
	puts("");
	for (size_t i = 0; i < call->header_count; i++) {
		const struct api_header *header = &call->headers[i];

		fputs("    ", stdout);
		print_text(header->name);
		fputs(": ", stdout);
		print_text(api_header_is_credential(header->name) ? MASK : header->value);
		puts("");
	}
	if (call->body != NULL)
		print_lines("    ", call->body);
}

void
print_next_call(struct context *context, const struct request *request)
{
	const struct request shown = without_secrets(context, request);
	struct request_scope scope = {.request = &shown, .secret = mask_secret};
	const struct placeholder_scope placeholders = request_scope_of(&scope);
	const struct step_state *step = next_sender(request);
	struct strbuf err = STRBUF_INIT;
	const struct value *parameters;
	struct api_request call;

	if (step == NULL)
		return;
	fputs("\n  Next: step '", stdout);
	print_text(step->step->name);
	if (request->status == REQUEST_FAILED)
		printf("' sends, after 'svcreq retry %" PRIu64 "'\n", request->id);
	else if (step == request_current_step(request) &&
		 !store_is_locked(workspace_store(context->workspace), request->id))
		printf("' sends, after 'svcreq run %" PRIu64 "'\n", request->id);
	else
		puts("' sends");
	if (pipeline_step_check(&request->pipeline, step->step, &err) == 0 &&
	    parameters_fill(&context->arena, step->step->type, step->step->parameters,
		&placeholders, &parameters, &err) == 0) {
		api_request_build(&context->arena, parameters, NULL, &call);
		print_call(&call);
	} else {
		fputs("    what cannot be told now: ", stdout);
		print_lines("", err.buf);
	}
	strbuf_release(&err);
}
