/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "http/http.h"
#include "steps/executor.h"

/* Every step type of model/step-types.c has its executor here; a test compares them. */
static const struct step_executor *const executors[] = {
    &executor_api,
    &executor_approval,
};

const struct step_executor *
executor_find(const char *step_type)
{
	for (size_t i = 0; i < sizeof(executors) / sizeof(executors[0]); i++) {
		if (strcmp(executors[i]->step_type, step_type) == 0)
			return executors[i];
	}
	return NULL;
}

struct http_client *
step_run_http(struct step_run *run, struct strbuf *err)
{
	struct step_tools *tools = run->tools;

	if (tools->http == NULL)
		tools->http = http_client_new(tools->loop, err);
	return tools->http;
}

void
step_run_finish(struct step_run *run, const struct step_outcome *outcome)
{
	run->outcome = *outcome;
	run->finished = true;
}

void
step_run_fail(struct step_run *run, enum reason reason, const char *fmt, ...)
{
	struct step_outcome outcome = {.reason = reason};
	struct strbuf message = STRBUF_INIT;
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&message, fmt, args);
	va_end(args);
	outcome.message = arena_strdup(run->arena, message.buf);
	strbuf_release(&message);
	step_run_finish(run, &outcome);
}

const char *
step_run_masked(const struct step_run *run, const char *text)
{
	struct strbuf masked = STRBUF_INIT;
	const char *copy;

	if (text == NULL)
		return NULL;
	redactor_apply(run->redactor, text, strlen(text), &masked);
	copy = arena_strdup(run->arena, masked.buf);
	strbuf_release(&masked);
	return copy;
}
