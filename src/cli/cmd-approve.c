/* SPDX-License-Identifier: ISC */
/* Approve the step that a request waits at, or take that back, and go on. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/message.h"
#include "model/request/approval.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"

static const struct option_spec options[] = {
    {'m', "remarks", "<remarks>", "say why", OPTION_ONCE},
    {0, "step", "<step>", "approve this step only, and no other that waits", OPTION_ONCE},
    {0, "override", NULL, "in the place of the approvers (admins; -m is required)", OPTION_ONCE},
    {0, "withdraw", NULL, "take the own approval back while the step waits", OPTION_ONCE},
    {0, "no-run", NULL, NO_RUN_HELP, OPTION_ONCE},
    {.name = NULL},
};

/* "approved step 'x' of request 7 (2 of 2, after alice)" */
static void
report(const struct request *request, const struct event *mine)
{
	const struct step_state *step = request_step(request, mine->step_name);
	const struct event *vote;
	struct strbuf text = STRBUF_INIT;
	const char *before = ", after ";
	int64_t required = step->step->approval.required;
	size_t position = 0;

	strbuf_addf(&text, "approved step '%s' of request %" PRIu64, step->step->name, request->id);
	if (mine->override) {
		strbuf_addstr(&text, " in the place of its approvers");
	} else if (required > 1) {
		strbuf_addf(&text, " (%zu of %" PRId64, step->votes, required);
		while ((vote = approval_next_vote(step, &position)) != NULL && vote != mine) {
			strbuf_addf(&text, "%s%s", before, vote->created_by);
			before = ", ";
		}
		strbuf_addstr(&text, ")");
	}
	message("%s", text.buf);
	strbuf_release(&text);
}

static enum exit_code
withdraw(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {
	    .command = COMMAND_WITHDRAW, .step_name = option_text(arguments, "step")};
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, &input, &request, &recorded);

	if (recorded != NULL)
		message("withdrew the approval of step '%s' of request %" PRIu64,
		    recorded->step_name, request.id);
	request_release(&request);
	return code;
}

static enum exit_code
approve(struct context *context, const struct arguments *arguments, enum command command)
{
	struct decision_input input = {
	    .command = command, .step_name = option_text(arguments, "step")};
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, &input, &request, &recorded);

	if (recorded != NULL)
		report(&request, recorded);
	else if (code == CODE_DONE && !option_given(arguments, "no-run"))
		code = exit_code_of_request(&request, false, clock_now());
	return decide_go_on(context, arguments, &request, code);
}

static enum exit_code
cmd_approve(struct context *context, const struct arguments *arguments)
{
	bool overrides = option_given(arguments, "override");

	if (overrides && option_given(arguments, "withdraw"))
		return context_fail(
		    context, CODE_USAGE, "either --override or --withdraw can be given");
	if (option_given(arguments, "withdraw"))
		return withdraw(context, arguments);
	if (overrides && !option_given(arguments, "remarks"))
		return context_fail(context, CODE_USAGE, "--override needs -m <remarks>");
	return approve(context, arguments, overrides ? COMMAND_OVERRIDE : COMMAND_APPROVE);
}

const struct command_entry command_approve = {
    .name = "approve",
    .run = cmd_approve,
    .options = options,
    .synopsis = "<id> [-m <remarks>] [--step <step>] [--override | --withdraw] [--no-run]",
    .summary = "Approve the step that a request waits at, and go on.",
    .group = GROUP_DECIDE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
