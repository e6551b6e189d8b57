/* SPDX-License-Identifier: ISC */
/* Let a request go on from its failed step, which waits for its next attempt or has failed. */
#include <inttypes.h>

#include "base/message.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"

static const struct option_spec options[] = {
    {0, "again", NULL, "also what was, or may have been, carried out", OPTION_ONCE},
    {'m', "remarks", "<remarks>", "say why", OPTION_ONCE},
    {0, "no-run", NULL, NO_RUN_HELP, OPTION_ONCE},
    {.name = NULL},
};

static enum exit_code
cmd_retry(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {
	    .command = COMMAND_RETRY, .again = option_given(arguments, "again")};
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, &input, &request, &recorded);

	if (recorded != NULL)
		message("step '%s' of request %" PRIu64 " is to be run again", recorded->step_name,
		    request.id);
	return decide_go_on(context, arguments, &request, code);
}

const struct command_entry command_retry = {
    .name = "retry",
    .run = cmd_retry,
    .options = options,
    .synopsis = "<id> [--again] [-m <remarks>] [--no-run]",
    .summary = "Run a failed step again, or now what waits for its next attempt.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
