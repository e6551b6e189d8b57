/* SPDX-License-Identifier: ISC */
/* Say how a step ended whose outcome is unknown. */
#include <inttypes.h>

#include "base/message.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decision.h"

const struct option_spec options_resolve[] = {
    {0, "completed", NULL, "it did its work: continue with the next step", false},
    {0, "failed", NULL, "it did not: the request stays failed", false},
    {'m', "remarks", "<remarks>", "say how that was found out", true},
    {0, "no-run", NULL, NO_RUN_HELP, false},
    {.name = NULL},
};

static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	const struct step_state *step = request_current_step(&decision->request);
	bool completed = option_given(decision->arguments, "completed");

	if (step->latest->reason != REASON_OUTCOME_UNKNOWN) {
		strbuf_addf(why, "the outcome of step '%s' is known: it failed, reason %s",
		    step->step->name, reason_name(step->latest->reason));
		return CODE_ERROR;
	}
	decision_event(decision, completed ? EVENT_COMPLETED : EVENT_FAILED, step, out);
	if (!completed)
		out->reason = REASON_EXECUTOR;
	return CODE_DONE;
}

static const struct decision_rule rule = {
    .command = COMMAND_RESOLVE,
    .decide = decide,
};

int
cmd_resolve(struct context *context, const struct arguments *arguments)
{
	struct decision decision = {.rule = &rule, .context = context, .arguments = arguments};
	int code;

	if (option_given(arguments, "completed") == option_given(arguments, "failed"))
		return refuse(context, CODE_USAGE, "either --completed or --failed is needed");
	code = decision_take(&decision);
	if (decision.recorded) {
		const struct request *request = &decision.request;

		message("step '%s' of request %" PRIu64 " counts as %s",
		    request->events[request->event_count - 1]->step_name, request->id,
		    option_given(arguments, "completed") ? "completed" : "failed");
	}
	return decision_go_on(&decision, code);
}
