/* SPDX-License-Identifier: ISC */
/* Approve the step that a request waits at, and go on. */
#include <inttypes.h>

#include "base/message.h"
#include "model/request/approval.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decision.h"
#include "cli/request-view.h"

const struct option_spec options_approve[] = {
    {'m', "remarks", "<remarks>", "say why", false},
    {0, "step", "<step>", "approve this step only, and no other that waits", false},
    {0, "no-run", NULL, NO_RUN_HELP, false},
    {.name = NULL},
};

/* Also when the request has gone on, because of that vote or later ones, or has failed since. */
static bool
is_repeated(const struct decision *decision)
{
	const struct request *request = &decision->request;
	const struct step_state *step = decision->step;
	const char *user = decision->context->actor.name;

	if (request->status == REQUEST_CANCELLED || step == NULL || step->status == STEP_FAILED ||
	    approval_vote_by(request, step, user) == NULL)
		return false;
	message("'%s' has approved step '%s' of request %" PRIu64 " already", user,
	    step->step->name, request->id);
	return true;
}

static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	const struct step_state *step = decision->step;

	if (step->step->approval.required == APPROVALS_NEVER) {
		pipeline_step_check(&decision->request.pipeline, step->step, why);
		return CODE_ERROR;
	}
	decision_event(decision, EVENT_APPROVED, step, out);
	/* what is still missing is due by then, from them: a listing reads the latest event only */
	out->expires_at = step->intent->expires_at;
	out->approvers = step->intent->approvers;
	return CODE_DONE;
}

static const struct decision_rule rule = {
    .command = COMMAND_APPROVE,
    .repeated = is_repeated,
    .decide = decide,
};

/* "approved step 'x' of request 7 (2 of 2, after alice)" */
static void
report(const struct decision *decision)
{
	const struct request *request = &decision->request;
	const struct event *mine = request->events[request->event_count - 1], *vote;
	const struct step_state *step = request_step(request, mine->step_name);
	struct strbuf text = STRBUF_INIT;
	const char *before = ", after ";
	int64_t required = step->step->approval.required;
	size_t position = 0;

	strbuf_addf(&text, "approved step '%s' of request %" PRIu64, step->step->name, request->id);
	if (required > 1) {
		strbuf_addf(&text, " (%zu of %" PRId64, step->votes, required);
		while (
		    (vote = approval_next_vote(request, step, &position)) != NULL && vote != mine) {
			strbuf_addf(&text, "%s%s", before, vote->created_by);
			before = ", ";
		}
		strbuf_addstr(&text, ")");
	}
	message("%s", text.buf);
	strbuf_release(&text);
}

int
cmd_approve(struct context *context, const struct arguments *arguments)
{
	struct decision decision = {.rule = &rule, .context = context, .arguments = arguments};
	int code = decision_take(&decision);

	if (decision.recorded)
		report(&decision);
	return decision_go_on(&decision, code);
}
