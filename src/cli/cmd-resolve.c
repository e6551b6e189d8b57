/* SPDX-License-Identifier: ISC */
/* Say how a failed step ended. */
#include <inttypes.h>

#include "base/faults.h"
#include "base/message.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"
#include "cli/form-input.h"
#include "cli/output-input.h"

static const struct option_spec options[] = {
    {0, "completed", NULL, "it is done: continue with the next step", OPTION_ONCE},
    {0, "failed", NULL, "it was not done: the request stays failed", OPTION_ONCE},
    {0, "interrupted", NULL, "nobody runs it any more: nobody knows how it ended", OPTION_ONCE},
    OUTPUT_INPUT_OPTIONS,
    {'m', "remarks", "<remarks>", "say how that was found out", OPTION_REQUIRED},
    {0, "no-run", NULL, NO_RUN_HELP, OPTION_ONCE},
    {.name = NULL},
};

static void
say_recorded(struct context *context, const struct decision_input *input,
    const struct request *request, const struct event *recorded)
{
	if (input->interrupted)
		message("step '%s' of request %" PRIu64
			" was interrupted, and nobody knows how it ended: '%s status %" PRIu64
			"' has the ways on",
		    recorded->step_name, request->id, context->program, request->id);
	else
		message("step '%s' of request %" PRIu64 " counts as %s", recorded->step_name,
		    request->id, input->completed ? "completed" : "failed");
}

/* The options are in order; decides by them. */
static enum exit_code
resolve(struct context *context, const struct arguments *arguments, struct decision_input *input)
{
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, input, &request, &recorded);

	form_input_say(input->faults);
	if (recorded != NULL)
		say_recorded(context, input, &request, recorded);
	return decide_go_on(context, arguments, &request, code);
}

static enum exit_code
cmd_resolve(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {.command = COMMAND_RESOLVE,
	    .completed = option_given(arguments, "completed"),
	    .interrupted = option_given(arguments, "interrupted")};
	struct output_input outputs;
	struct faults faults;
	enum exit_code code;

	if (input.completed + option_given(arguments, "failed") + input.interrupted != 1)
		return context_fail(context, CODE_USAGE,
		    "one of --completed, --failed and --interrupted is needed");
	code = output_input_read(context, arguments, &outputs);
	if (code != CODE_DONE)
		return code;
	if (!input.completed && outputs.given != NULL)
		return context_fail(context, CODE_USAGE, "outputs go with --completed only");
	input.outputs = outputs.given;
	faults_init(&faults, outputs.file);
	input.faults = &faults;
	code = resolve(context, arguments, &input);
	faults_release(&faults);
	return code;
}

const struct command_entry command_resolve = {
    .name = "resolve",
    .run = cmd_resolve,
    .options = options,
    .synopsis = "<id> (--completed | --failed | --interrupted) [--output <name>=<value>]... "
		"[--output-json <name>=<json>]... [--outputs <file>|-] -m <remarks> [--no-run]",
    .summary = "Say how a failed step ended.",
    .group = GROUP_DECIDE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
