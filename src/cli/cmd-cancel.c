/* SPDX-License-Identifier: ISC */
/* Stop a request for good. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/message.h"
#include "model/exit-code.h"
#include "model/step-type.h"
#include "store/store.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decision.h"

const struct option_spec options_cancel[] = {
    {'m', "remarks", "<remarks>", "say why", false},
    {.name = NULL},
};

static bool
is_repeated(const struct decision *decision)
{
	if (decision->request.status != REQUEST_CANCELLED)
		return false;
	message("request %" PRIu64 " is Cancelled already", decision->request.id);
	return true;
}

static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	(void)why;
	decision_event(decision, EVENT_CANCELLED, NULL, out);
	return CODE_DONE;
}

static const struct decision_rule rule = {
    .command = COMMAND_CANCEL,
    .repeated = is_repeated,
    .decide = decide,
};

/* A call that was under way; NULL: there is none. */
static const struct step_state *
step_under_way(const struct request *request)
{
	const struct step_state *step = request_current_step(request);

	return step != NULL && step->status == STEP_RUNNING && !step->step->type->waits ? step
											: NULL;
}

/* Appends that nobody knows how the step ended.  We hold the lock: whoever ran it is gone. */
static enum store_result
fail_step(struct decision *decision, uint64_t token, struct strbuf *err)
{
	struct store *store = decision->context->workspace.store;
	const struct step_state *step;
	enum store_result result = STORE_RACE_LOST;
	struct event event;

	while (result == STORE_RACE_LOST) {
		decision->now = clock_now();
		request_reset(&decision->request);
		result = store_load(store, &decision->request, err);
		step = step_under_way(&decision->request);
		if (result != STORE_OK || step == NULL)
			break;
		decision_event(decision, EVENT_FAILED, step, &event);
		event.reason = REASON_OUTCOME_UNKNOWN;
		event.message =
		    "the step was interrupted before the request was cancelled: it may have done its work";
		if (request_settle(&decision->request, &event, err) != 0)
			return STORE_ERROR;
		result = store_append(store, &decision->request, &event, token, err);
		if (result == STORE_OK)
			message("step '%s' was interrupted before: nobody knows how it ended",
			    event.step_name);
	}
	return result;
}

/* The step that a program ran, or was running when it died, still owes its outcome. */
static int
settle_step(struct decision *decision)
{
	struct context *context = decision->context;
	const struct step_state *step = step_under_way(&decision->request);
	uint64_t token, id = decision->request.id;
	enum store_result result;

	if (step == NULL)
		return CODE_DONE;
	result = store_lock(context->workspace.store, id, &token, &context->err);
	if (result == STORE_BUSY) {
		message("step '%s' is under way and ends; nothing follows it", step->step->name);
		return CODE_DONE;
	}
	if (result == STORE_OK) {
		result = fail_step(decision, token, &context->err);
		store_unlock(context->workspace.store, id, token);
	}
	return result == STORE_OK ? CODE_DONE : CODE_ERROR;
}

int
cmd_cancel(struct context *context, const struct arguments *arguments)
{
	struct decision decision = {.rule = &rule, .context = context, .arguments = arguments};
	int code = decision_take(&decision);

	if (decision.recorded)
		message("cancelled request %" PRIu64, decision.request.id);
	if (code == CODE_DONE) {
		decision.remarks = NULL; /* they are about the request, not about its step */
		code = settle_step(&decision);
	}
	decision_release(&decision);
	return code;
}
