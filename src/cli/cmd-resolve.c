/* SPDX-License-Identifier: ISC */
/* Say how a step ended whose outcome is unknown. */
#include <inttypes.h>

#include "base/message.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"

static const struct option_spec options[] = {
    {0, "completed", NULL, "it did its work: continue with the next step", false},
    {0, "failed", NULL, "it did not: the request stays failed", false},
    {'m', "remarks", "<remarks>", "say how that was found out", true},
    {0, "no-run", NULL, NO_RUN_HELP, false},
    {.name = NULL},
};

static enum exit_code
cmd_resolve(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {
	    .command = COMMAND_RESOLVE, .completed = option_given(arguments, "completed")};
	const struct event *recorded;
	struct request request;
	enum exit_code code;

	if (input.completed == option_given(arguments, "failed"))
		return context_fail(
		    context, CODE_USAGE, "either --completed or --failed is needed");
	code = decide(context, arguments, &input, &request, &recorded);
	if (recorded != NULL)
		message("step '%s' of request %" PRIu64 " counts as %s", recorded->step_name,
		    request.id, input.completed ? "completed" : "failed");
	return decide_go_on(context, arguments, &request, code);
}

const struct command_entry command_resolve = {
    .name = "resolve",
    .run = cmd_resolve,
    .options = options,
    .synopsis = "<id> (--completed | --failed) -m <remarks> [--no-run]",
    .summary = "Say how a step ended whose outcome is unknown.",
    .group = GROUP_DECIDE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .operands = 1,
    .operands_max = 1,
};
