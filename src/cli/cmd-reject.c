/* SPDX-License-Identifier: ISC */
/* Refuse the step that a request waits at; the request fails. */
#include <inttypes.h>

#include "base/message.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"

static const struct option_spec options[] = {
    {'m', "remarks", "<remarks>", "say why", OPTION_REQUIRED},
    {0, "step", "<step>", "reject this step only, and no other that waits", OPTION_ONCE},
    {.name = NULL},
};

static enum exit_code
cmd_reject(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {
	    .command = COMMAND_REJECT, .step_name = option_text(arguments, "step")};
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, &input, &request, &recorded);

	if (recorded != NULL)
		message("rejected step '%s' of request %" PRIu64, recorded->step_name, request.id);
	request_release(&request);
	return code;
}

const struct command_entry command_reject = {
    .name = "reject",
    .run = cmd_reject,
    .options = options,
    .synopsis = "<id> -m <remarks> [--step <step>]",
    .summary = "Refuse the step that a request waits at; the request fails.",
    .group = GROUP_DECIDE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
