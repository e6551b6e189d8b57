/* SPDX-License-Identifier: ISC */
/* Change the form data of a request that has not started. */
#include <inttypes.h>

#include "base/faults.h"
#include "base/message.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"
#include "cli/form-input.h"

static const struct option_spec options[] = {
    FORM_INPUT_OPTIONS,
    {'m', "remarks", "<remarks>", "say why", false},
    {.name = NULL},
};

static enum exit_code
cmd_update(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {.command = COMMAND_UPDATE, .arena = &context->arena};
	const struct event *recorded;
	struct form_input form;
	struct request request;
	struct faults faults;
	enum exit_code code;

	if (!option_given(arguments, "field") && !option_given(arguments, "form-data"))
		return context_fail(
		    context, CODE_USAGE, "nothing to change: give -f or --form-data");
	code = form_input_read(context, arguments, &form);
	if (code != CODE_DONE)
		return code;
	faults_init(&faults, form.file);
	input.form_data = form.given;
	input.faults = &faults;
	code = decide(context, arguments, &input, &request, &recorded);
	form_input_say(&faults);
	if (recorded != NULL)
		message("updated request %" PRIu64, request.id);
	faults_release(&faults);
	request_release(&request);
	return code;
}

const struct command_entry command_update = {
    .name = "update",
    .run = cmd_update,
    .options = options,
    .synopsis = "<id> [-f <name>=<value>]... [--form-data <file>|-] [-m <remarks>]",
    .summary = "Change the form data of a request that has not started.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .operands = 1,
    .operands_max = 1,
};
