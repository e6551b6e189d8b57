/* SPDX-License-Identifier: ISC */
/* Record a request. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/faults.h"
#include "base/value.h"
#include "model/request/event.h"
#include "model/exit-code.h"
#include "model/pipeline/pipeline.h"
#include "model/request/request.h"
#include "store/store.h"
#include "workspace/pipelines.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/exec.h"
#include "cli/form-input.h"
#include "cli/print.h"
#include "cli/request-json.h"

static const struct option_spec options[] = {
    FORM_INPUT_OPTIONS,
    {'m', "remarks", "<remarks>", "say what it is for", false},
    {0, "run", NULL, "run it at once", false},
    {0, "json", NULL, "print the request as JSON instead of its id", false},
    {.name = NULL},
};

static enum exit_code
read_pipeline(struct context *context, const char *name, struct pipeline *out)
{
	struct faults faults;
	enum exit_code code = CODE_DONE;
	int result;

	faults_init(&faults, NULL);
	result =
	    pipelines_find(context->workspace, &context->arena, name, out, &faults, &context->err);
	if (result > 0) {
		print_faults(&faults);
		code = CODE_INVALID;
	} else if (result < 0) {
		code = CODE_ERROR;
	}
	faults_release(&faults);
	return code;
}

/* Checks the values that were given before it asks for others. */
static bool
given_fits(const struct form *form, const struct value *given)
{
	struct strbuf fault = STRBUF_INIT;
	bool fits = true;

	for (size_t i = 0; i < given->count && fits; i++) {
		const struct field *field = form_find(form, given->pairs[i].key->text);

		fits = field != NULL && field_check(field, given->pairs[i].value, &fault) == 0;
	}
	strbuf_release(&fault);
	return fits;
}

static enum exit_code
fill_in(struct context *context, const struct arguments *arguments, const struct pipeline *pipeline,
    const struct value **data)
{
	const struct form *form = &pipeline->form;
	struct form_input input;
	enum exit_code code = form_input_read(context, arguments, &input);

	if (code != CODE_DONE)
		return code;
	if (!input.from_stdin && ask_possible() && given_fits(form, input.given) &&
	    ask_missing(context, form, input.given) != 0)
		return CODE_ERROR;
	return form_input_check(context, pipeline, &input, data);
}

/* Who does not get to see the id would record the request again. */
static enum exit_code
finish_created(struct context *context, uint64_t id)
{
	if (context_flush(context) == 0)
		return CODE_DONE;
	return context_fail(context, CODE_ERROR, "; request %" PRIu64 " is recorded", id);
}

static enum exit_code
print_created(struct context *context, const struct arguments *arguments, uint64_t id)
{
	struct request request;

	if (!option_given(arguments, "json")) {
		printf("%" PRIu64 "\n", id);
		return finish_created(context, id);
	}
	int ret = context_load_request(context, id, &request);
	if (ret == 0)
		print_request_json(context, &request, false);
	request_release(&request);
	return ret == 0 ? finish_created(context, id) : CODE_ERROR;
}

static enum exit_code
cmd_create(struct context *context, const struct arguments *arguments)
{
	struct pipeline pipeline;
	const struct value *data;
	const char *remarks;
	struct event *events;
	size_t count;
	uint64_t id;
	enum exit_code code = form_input_remarks(context, arguments, &remarks);

	if (code == CODE_DONE)
		code = read_pipeline(context, arguments->operands[0], &pipeline);
	if (code == CODE_DONE)
		code = fill_in(context, arguments, &pipeline, &data);
	if (code != CODE_DONE)
		return code;
	request_first_events(&context->arena, &pipeline, data, context->actor.name, remarks,
	    clock_now(), &events, &count);
	if (store_create(workspace_store(context->workspace), events, count, &id, &context->err) !=
	    STORE_OK)
		return CODE_ERROR;
	code = print_created(context, arguments, id);
	if (code == CODE_DONE && option_given(arguments, "run"))
		code = exec_run_if_free(context, id);
	return code;
}

const struct command_entry command_create = {
    .name = "create",
    .run = cmd_create,
    .options = options,
    .synopsis =
	"<pipeline> [-f <name>=<value>]... [--form-data <file>|-] [-m <remarks>] [--run] [--json]",
    .summary = "Record a request and print its id.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .operands = 1,
    .operands_max = 1,
};
