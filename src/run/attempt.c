/* SPDX-License-Identifier: ISC */
#include "run/attempt.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/message.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/request.h"
#include "steps/executor.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

/* A server may ask for a pause of any length; we come back after this at the latest. */
#define RETRY_AFTER_MAX_MS (3600 * 1000)

void
attempt_begin(struct attempt *attempt, const struct workspace *workspace,
    const struct request *request, const struct step_state *step, struct step_tools *tools)
{
	attempt_end(attempt);
	attempt->executor = executor_find(step->step->type_name);
	attempt->run = (struct step_run){
	    .request = request,
	    .step = step,
	    .attempt = step->attempt + 1,
	    .redactor = redactor_new(),
	    .arena = &attempt->arena,
	    .tools = tools,
	};
	attempt->run.log = log_open(
	    workspace_store(workspace), request->id, step->step->name, attempt->run.redactor);
	log_hold(attempt->run.log);
}

void
attempt_end(struct attempt *attempt)
{
	struct strbuf err = STRBUF_INIT;

	if (log_close(attempt->run.log, &err) != 0)
		message("svcreq: %s", err.buf);
	strbuf_release(&err);
	redactor_free(attempt->run.redactor);
	arena_wipe(&attempt->arena);
	*attempt = (struct attempt){0};
}

enum reason
attempt_prepare(struct attempt *attempt, const struct workspace *workspace, struct strbuf *err)
{
	struct step_run *run = &attempt->run;
	const struct step *step = run->step->step;

	if (pipeline_step_check(&run->request->pipeline, step, err) != 0)
		return REASON_EXECUTOR;
	if (step_run_take_defaults(run, workspace, err) != 0)
		return REASON_EXECUTOR;
	if (step_run_fill(run, workspace, err) != 0)
		return REASON_PLACEHOLDER;
	return step_run_prepare(run, workspace, err) == 0 ? REASON_NONE : REASON_EXECUTOR;
}

bool
attempt_is_for_owner(const struct attempt *attempt, const struct workspace *workspace)
{
	return attempt->run.lacks && workspace_is_foreign(workspace);
}

bool
attempt_is_repeatable(const struct attempt *attempt)
{
	return attempt->executor->repeatable != NULL &&
	       attempt->executor->repeatable(&attempt->run);
}

bool
attempt_is_awaited(const struct attempt *attempt)
{
	const struct step_state *step = attempt->run.step;

	return step != NULL && step->attempt == attempt->run.attempt &&
	       (step->status == STEP_RUNNING || step->status == STEP_FAILED);
}

static bool
holds_secret(const struct step_run *run, const struct value *value)
{
	if (value->type == VALUE_STRING || value->type == VALUE_NUMBER)
		return redactor_holds(run->redactor, value->text, strlen(value->text));
	for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++) {
		if (holds_secret(run, value->items[i]))
			return true;
	}
	for (size_t i = 0; value->type == VALUE_MAP && i < value->count; i++) {
		if (holds_secret(run, value->pairs[i].key) ||
		    holds_secret(run, value->pairs[i].value))
			return true;
	}
	return false;
}

/*
 * The name of an output with a whole secret in it: it cannot be kept, and a later step cannot be
 * given the mask in its place.  A part may be no secret, such as the name of a project, and is
 * kept.
 * NULL: there is none.
 */
static const char *
secret_output(const struct step_run *run)
{
	const struct value *outputs = run->outcome.completed ? run->outcome.outputs : NULL;

	for (size_t i = 0; outputs != NULL && i < outputs->count; i++) {
		if (holds_secret(run, outputs->pairs[i].value))
			return outputs->pairs[i].key->text;
	}
	return NULL;
}

static int64_t
random_below(const struct step_tools *tools, int64_t bound)
{
	uint64_t number = 0;

	if (bound <= 0)
		return 0;
	if (tools->random != NULL)
		number = tools->random(tools->random_context);
	else if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return bound / 2;
	return (int64_t)(number % (uint64_t)bound);
}

/*
 * When the next attempt may start: capped exponential backoff of which one half is random (never
 * nothing, and not all at once), or what the server asked for.
 */
static int64_t
next_attempt_at(const struct step_run *run, const struct retry_policy *policy, int64_t now)
{
	int64_t span = policy->backoff, limit = policy->max_backoff;
	int64_t pause;

	for (int64_t i = 1; i < run->step->tries && span < limit; i++)
		span *= 2;
	span = span < limit ? span : limit;
	pause = span - span / 2 + random_below(run->tools, span / 2 + 1);
	if (run->outcome.retry_after_ms > pause)
		pause = run->outcome.retry_after_ms < RETRY_AFTER_MAX_MS
			    ? run->outcome.retry_after_ms
			    : RETRY_AFTER_MAX_MS;
	return now + pause + 1;
}

/* By which the step is tried again; NULL: it is not. */
static const struct retry_policy *
retry_policy_of(const struct step_run *run)
{
	const struct step_type *type = run->step->step->type;
	const struct retry_policy *policy;

	if (run->outcome.completed || !run->outcome.try_again || type->retry == NULL ||
	    run->request->status == REQUEST_CANCELLED)
		return NULL;
	policy = type->retry(run->parameters);
	return run->step->tries < policy->max_attempts ? policy : NULL;
}

static void
refuse_output(const struct step_run *run, const char *name, struct event *out)
{
	out->reason = REASON_EXECUTOR;
	out->message = arena_printf(run->arena,
	    "the call succeeded (%" PRId64 "), but output '%s' holds a secret: it cannot be kept",
	    run->outcome.http_status, name);
}

void
attempt_outcome(const struct step_run *run, int64_t now, int64_t duration_ms, const char *actor,
    struct event *out)
{
	const struct step_outcome *outcome = &run->outcome;
	const struct retry_policy *policy = retry_policy_of(run);
	const char *refused = secret_output(run);

	request_prepare_event(run->request,
	    outcome->completed && refused == NULL ? EVENT_COMPLETED : EVENT_FAILED, run->step,
	    actor, now, out);
	out->reason = outcome->reason;
	out->effect = outcome->effect;
	if (out->reason == REASON_OUTCOME_UNKNOWN && out->effect == EFFECT_NONE)
		out->effect = EFFECT_POSSIBLE; /* whatever the executor knows of it */
	out->message = step_run_masked(run, outcome->message);
	out->http_status = outcome->http_status;
	out->duration_ms = duration_ms;
	if (refused != NULL)
		refuse_output(run, refused, out);
	else
		out->outputs = outcome->outputs;
	if (policy != NULL)
		out->not_before = next_attempt_at(run, policy, now);
}

bool
attempt_leave_out_outputs(const struct step_run *run, const char *why, struct event *event)
{
	if (event->event_type != EVENT_COMPLETED || event->outputs == NULL ||
	    event->outputs->count == 0)
		return false;
	event->event_type = EVENT_FAILED;
	event->reason = REASON_EXECUTOR;
	event->outputs = NULL;
	event->message = arena_printf(run->arena,
	    "the call succeeded (%" PRId64 "), but its outputs could not be recorded: %s",
	    event->http_status, why);
	return true;
}
