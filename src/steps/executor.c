/* SPDX-License-Identifier: ISC */
#include "steps/executor.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/name-map.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/trust.h"
#include "base/value.h"
#include "http/http.h"
#include "model/parameters.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "model/secret-binding.h"
#include "steps/api-proxy.h"
#include "workspace/config.h"
#include "workspace/secrets.h"

struct secret_source {
	const struct workspace *workspace;
	struct step_run *run;
	struct name_map masked; /* secrets that are in the redactor, or cannot be read */
};

/* A secret, which the run's log must not show from now on. */
static const struct value *
look_up_secret(void *context, const char *name, struct strbuf *err)
{
	const struct secret_source *source = context;
	const struct value *secret = secret_read(source->workspace, source->run->arena, name, err);

	if (secret != NULL)
		redactor_add(source->run->redactor, secret->text);
	else
		step_run_note_unread(source->run, errno);
	return secret;
}

/* The same of a secret that another step needs: that it cannot be read is no fault of this one. */
static void
mask_secret(void *context, const struct secret_place *place)
{
	struct secret_source *source = context;
	struct strbuf ignored = STRBUF_INIT;

	if (name_map_add(source->run->arena, &source->masked, place->name, 0))
		look_up_secret(context, place->name, &ignored);
	strbuf_release(&ignored);
}

/* What one step has sent, the answer to another may tell. */
static void
mask_secrets(struct secret_source *source)
{
	const struct pipeline *pipeline = &source->run->request->pipeline;

	for (size_t i = 0; i < pipeline->step_count; i++)
		pipeline_each_secret(
		    source->run->arena, pipeline, &pipeline->steps[i], mask_secret, source);
}

static void
note_secret(void *context, const struct secret_place *place)
{
	(void)place;
	*(bool *)context = true;
}

/* Whether the owner of the workspace allows the step of a run the secrets in it. */
static int
check_bindings(const struct step_run *run, const struct workspace *workspace, struct strbuf *err)
{
	const struct pipeline *pipeline = &run->request->pipeline;
	const struct step *step = run->step->step;
	const struct config *config;
	struct faults faults;
	bool any = false;
	int ret = 0;

	pipeline_each_secret(run->arena, pipeline, step, note_secret, &any);
	if (!any)
		return 0;
	config = workspace_config(workspace, err);
	if (config == NULL)
		return -1;
	faults_init(&faults, NULL);
	secret_bindings_check(
	    config->secrets, pipeline, step, run->parameters, &check_filled, &faults);
	if (faults.count > 0)
		ret = fail(err, "%s", faults.array[0].message);
	faults_release(&faults);
	return ret;
}

int
step_run_take_defaults(struct step_run *run, const struct workspace *workspace, struct strbuf *err)
{
	if (workspace_defaults(workspace, &run->defaults, err) != 0)
		return -1;
	return step_plan_sends(run->step) ? api_proxy_check(&run->defaults, err) : 0;
}

int
step_run_fill(struct step_run *run, const struct workspace *workspace, struct strbuf *err)
{
	struct secret_source source = {.workspace = workspace, .run = run};
	struct request_scope scope = {run->request, look_up_secret, &source};
	struct step_plan plan;

	form_mask(&run->request->pipeline.form, run->request->form_data, run->redactor);
	mask_secrets(&source);
	run->lacks = run->distrusts = false; /* what only others need */
	if (step_plan_fill(run->arena, &scope, run->step, &plan, err) != 0)
		return -1;
	run->parameters = plan.parameters;
	return check_bindings(run, workspace, err);
}

void
step_run_note_unread(struct step_run *run, int reason)
{
	run->lacks = true;
	run->distrusts = run->distrusts || reason == TRUST_ERRNO;
}

int
step_run_prepare(struct step_run *run, const struct workspace *workspace, struct strbuf *err)
{
	const char *type = run->step->step->type_name;
	const struct step_executor *executor = executor_find(type);

	if (executor == NULL)
		return fail(err, "svcreq-run cannot run a step of type '%s'", type);
	return executor->prepare == NULL ? 0 : executor->prepare(run, workspace, err);
}

struct http_client *
step_run_http(struct step_run *run, struct strbuf *err)
{
	struct step_tools *tools = run->tools;

	if (tools->http == NULL)
		tools->http = http_client_new(tools->loop, err);
	return tools->http;
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
