/* SPDX-License-Identifier: ISC */
/* Let a failed request go on from its failed step. */
#include <inttypes.h>

#include "base/message.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/decision.h"

const struct option_spec options_retry[] = {
    {'m', "remarks", "<remarks>", "say why", false},
    {0, "no-run", NULL, NO_RUN_HELP, false},
    {.name = NULL},
};

static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	(void)why;
	decision_event(decision, EVENT_NOT_STARTED, request_current_step(&decision->request), out);
	return CODE_DONE;
}

static const struct decision_rule rule = {
    .command = COMMAND_RETRY,
    .decide = decide,
};

int
cmd_retry(struct context *context, const struct arguments *arguments)
{
	struct decision decision = {.rule = &rule, .context = context, .arguments = arguments};
	int code = decision_take(&decision);

	if (decision.recorded)
		message("step '%s' of request %" PRIu64 " is to be run again",
		    request_current_step(&decision.request)->step->name, decision.request.id);
	return decision_go_on(&decision, code);
}
