/* SPDX-License-Identifier: ISC */
/* Change the form data of a request that has not started, or the pipeline of one that failed. */
#include <inttypes.h>
#include <string.h>

#include "base/faults.h"
#include "base/message.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"
#include "model/mend.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "model/resolve.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"
#include "cli/form-input.h"
#include "cli/pipeline-input.h"
#include "cli/request-id.h"

static const struct option_spec options[] = {
    {0, "pipeline", NULL, "take the pipeline's present steps for a request that has failed",
	OPTION_ONCE},
    {0, "again", NULL, "with --pipeline: also after what was, or may have been, carried out",
	OPTION_ONCE},
    FORM_INPUT_OPTIONS,
    {'m', "remarks", "<remarks>", "say why", OPTION_ONCE},
    {.name = NULL},
};

/* ---- the pipeline */

/*
 * Reads the present pipeline of a request that it can be used for, by somebody who may: what is
 * wrong with the request, or with who asks, is said before what is wrong with the file.
 */
static enum exit_code
find_pipeline(struct context *context, const struct request *request, struct pipeline *out,
    const struct pipeline **found)
{
	struct strbuf why = STRBUF_INIT;
	enum exit_code code = decide_permission(context, COMMAND_MEND, request, &why);

	*found = NULL;
	strbuf_release(&why);
	if (code != CODE_DONE ||
	    (!command_allowed(request->status, COMMAND_MEND) && !mend_is_latest(request)))
		return CODE_DONE; /* the decision says why */
	code = pipeline_input_find(context, request->pipeline.name, out);
	if (code == CODE_DONE)
		*found = out;
	return code;
}

static enum exit_code
find_pipeline_of(struct context *context, const struct arguments *arguments, struct pipeline *out,
    const struct pipeline **found)
{
	struct request request;
	enum exit_code code = CODE_ERROR;
	uint64_t id;

	if (request_id_parse(context, arguments->operands[0], &id) != 0)
		return CODE_USAGE;
	if (context_load_request(context, id, &request) == 0)
		code = find_pipeline(context, &request, out, found);
	request_release(&request);
	return code;
}

/* ---- what is said */

static void
say_ways_on(struct context *context, const struct request *request)
{
	const struct decision_input plainly = {
	    .command = COMMAND_RETRY, .program = context->program};
	const struct step_state *step = request_current_step(request);
	struct strbuf why = STRBUF_INIT;

	if (request->status == REQUEST_COMPLETED)
		message("request %" PRIu64 " is Completed: no other step is left", request->id);
	else if (request->status == REQUEST_RUNNING)
		message("'%s run %" PRIu64 "' goes on with step '%s'", context->program,
		    request->id, step->step->name);
	else if (retry_check(request, &plainly, &why) != VERDICT_DECIDED)
		message("request %" PRIu64 " stays Failed: %s", request->id, why.buf);
	strbuf_release(&why);
}

static enum exit_code
mend(struct context *context, const struct arguments *arguments, struct decision_input *input,
    struct request *request)
{
	const struct event *recorded;
	struct pipeline pipeline;
	enum exit_code code = find_pipeline_of(context, arguments, &pipeline, &input->pipeline);

	if (code != CODE_DONE)
		return code;
	input->command = COMMAND_MEND;
	input->again = option_given(arguments, "again");
	code = decide(context, arguments, input, request, &recorded);
	if (recorded == NULL)
		return code;
	message("request %" PRIu64 " has the present steps of its pipeline", request->id);
	for (size_t i = 0; i < request->replaced->asked_count; i++)
		message("step '%s' is asked again", request->replaced->asked_again[i]);
	say_ways_on(context, request);
	return code;
}

static enum exit_code
update(struct context *context, const struct arguments *arguments, struct decision_input *input,
    struct request *request)
{
	const struct event *recorded;
	enum exit_code code;

	input->command = COMMAND_UPDATE;
	code = decide(context, arguments, input, request, &recorded);
	if (recorded != NULL)
		message("updated request %" PRIu64, request->id);
	return code;
}

static enum exit_code
check_options(struct context *context, const struct arguments *arguments)
{
	bool pipeline = option_given(arguments, "pipeline");

	if (!pipeline && option_given(arguments, "again"))
		return context_fail(context, CODE_USAGE, "--again goes with --pipeline");
	if (!pipeline && !option_given(arguments, "field") && !option_given(arguments, "form-data"))
		return context_fail(
		    context, CODE_USAGE, "nothing to change: give -f, --form-data or --pipeline");
	return CODE_DONE;
}

static enum exit_code
cmd_update(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {.arena = &context->arena};
	struct form_input form;
	struct request request;
	struct faults faults;
	enum exit_code code = check_options(context, arguments);

	if (code == CODE_DONE)
		code = form_input_read(context, arguments, &form);
	if (code != CODE_DONE)
		return code;
	request_init(&request, 0);
	faults_init(&faults, form.file);
	input.form_data = form.given;
	input.faults = &faults;
	code = (option_given(arguments, "pipeline") ? mend : update)(
	    context, arguments, &input, &request);
	form_input_say(&faults);
	faults_release(&faults);
	request_release(&request);
	return code;
}

const struct command_entry command_update = {
    .name = "update",
    .run = cmd_update,
    .options = options,
    .synopsis = "<id> [--pipeline [--again]] [-f <name>=<value>]... [--form-data <file>|-] "
		"[-m <remarks>]",
    .summary = "Change the form data of a request that has not started, or the steps of one that "
	       "failed.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
