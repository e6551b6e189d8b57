/* SPDX-License-Identifier: ISC */
/* Refuse the step that a request waits at; the request fails. */
#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "model/request/approval.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decision.h"

const struct option_spec options_reject[] = {
    {'m', "remarks", "<remarks>", "say why", true},
    {0, "step", "<step>", "reject this step only, and no other that waits", false},
    {.name = NULL},
};

static bool
is_repeated(const struct decision *decision)
{
	const struct step_state *step = decision->step;
	const char *user = decision->context->actor.name;

	if (step == NULL || step->status != STEP_FAILED ||
	    step->latest->reason != REASON_REJECTED || strcmp(step->latest->created_by, user) != 0)
		return false;
	message("'%s' has rejected step '%s' of request %" PRIu64 " already", user,
	    step->step->name, decision->request.id);
	return true;
}

static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	const struct step_state *step = decision->step;
	const char *user = decision->context->actor.name;

	if (approval_vote_by(&decision->request, step, user) != NULL) {
		strbuf_addf(why, "'%s' has approved step '%s' already", user, step->step->name);
		return CODE_ERROR;
	}
	decision_event(decision, EVENT_FAILED, step, out);
	out->reason = REASON_REJECTED;
	return CODE_DONE;
}

static const struct decision_rule rule = {
    .command = COMMAND_REJECT,
    .repeated = is_repeated,
    .decide = decide,
};

int
cmd_reject(struct context *context, const struct arguments *arguments)
{
	struct decision decision = {.rule = &rule, .context = context, .arguments = arguments};
	int code = decision_take(&decision);

	if (decision.recorded)
		message("rejected step '%s' of request %" PRIu64, decision.step->step->name,
		    decision.request.id);
	decision_release(&decision);
	return code;
}
