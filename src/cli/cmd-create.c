/* SPDX-License-Identifier: ISC */
/*
 * Record a request: one of its own, one in place of another, or one that is found by its key.
 * Several at a time: create-batch.c.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/faults.h"
#include "base/message.h"
#include "base/value.h"
#include "model/request/event.h"
#include "model/exit-code.h"
#include "model/pipeline/pipeline.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "store/store.h"
#include "workspace/pipelines.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/create-batch.h"
#include "cli/create-key.h"
#include "cli/decide.h"
#include "cli/exec.h"
#include "cli/form-input.h"
#include "cli/here.h"
#include "cli/pipeline-input.h"
#include "cli/print.h"
#include "cli/request-id.h"
#include "cli/request-json.h"

static const struct option_spec options[] = {
    {0, "from", "<id>", "take the form data of that request, which this one replaces", OPTION_ONCE},
    {0, "again", NULL, "also when calls of that request were, or may have been, carried out",
	OPTION_ONCE},
    {0, "key", "<text>", "the same key again is the same request", OPTION_ONCE},
    FORM_INPUT_OPTIONS,
    {0, "batch", "<file>",
	"record a request for each line, a JSON object of its fields, all or none", OPTION_ONCE},
    {'m', "remarks", "<remarks>", "say what it is for", OPTION_ONCE},
    {0, "run", NULL, "run it at once", OPTION_ONCE},
    {0, "json", NULL, "print the request as JSON instead of its id", OPTION_ONCE},
    {.name = NULL},
};

/* What is to be recorded. */
struct wish {
	const char *pipeline_name; /* the operand; NULL: that of the replaced request */
	const char *remarks;
	const char *key;	 /* NULL: none */
	struct request replaced; /* --from; its id is 0: none */
	struct request existing; /* that has the key; its id is 0: none */
	struct form_input input;
};

/* ---- the command line */

static enum exit_code
read_wish(struct context *context, const struct arguments *arguments, struct wish *wish)
{
	const char *from = option_text(arguments, "from");
	uint64_t id = 0;

	request_init(&wish->replaced, 0);
	request_init(&wish->existing, 0);
	wish->pipeline_name = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
	wish->key = option_text(arguments, "key");
	if (from == NULL && wish->pipeline_name == NULL)
		return context_fail(context, CODE_USAGE,
		    "'%s create' needs an argument: <pipeline>, or --from <id>", context->program);
	if (from == NULL && option_given(arguments, "again"))
		return context_fail(context, CODE_USAGE, "--again goes with --from");
	if (from != NULL && request_id_parse(context, from, &id) != 0)
		return CODE_USAGE;
	if (wish->key != NULL && create_key_check(context, wish->key) != CODE_DONE)
		return CODE_USAGE;
	request_init(&wish->replaced, id);
	return form_input_remarks(context, arguments, &wish->remarks);
}

/* ---- the other requests that it is about */

/* Whether it may be replaced; one that was replaced before under the same key, at any time. */
static enum exit_code
find_replaced(struct context *context, const struct arguments *arguments, struct wish *wish)
{
	struct decision_input input = {.command = COMMAND_REPLACE,
	    .again = option_given(arguments, "again") || wish->existing.id != 0};

	if (context_load_request(context, wish->replaced.id, &wish->replaced) != 0)
		return CODE_ERROR;
	if (wish->pipeline_name == NULL)
		wish->pipeline_name = wish->replaced.pipeline.name;
	return decide_loaded(context, &input, &wish->replaced);
}

static enum exit_code
find_others(struct context *context, const struct arguments *arguments, struct wish *wish)
{
	enum exit_code code = CODE_DONE;

	if (wish->key != NULL)
		code = create_key_find(context, wish->key, &wish->existing);
	if (code == CODE_DONE && wish->replaced.id != 0)
		code = find_replaced(context, arguments, wish);
	return code;
}

/* ---- the pipeline */

static enum exit_code
check_same_pipeline(struct context *context, const struct request *request, const char *name)
{
	if (strcmp(request->pipeline.name, name) == 0)
		return CODE_DONE;
	return context_fail(context, CODE_ERROR,
	    "request %" PRIu64 " is of the pipeline '%s', not of '%s'", request->id,
	    request->pipeline.name, name);
}

/* ---- the form */

static void
say_dropped(const struct form *form, uint64_t id, const struct value *dropped)
{
	for (size_t i = 0; i < dropped->count; i++) {
		const char *name = dropped->items[i]->text;

		if (form_find(form, name) == NULL)
			message("the form has no field '%s' any more: what request %" PRIu64
				" has in it is left out",
			    name, id);
		else
			message("field '%s' is not secret any more: what request %" PRIu64
				" has in it is left out",
			    name, id);
	}
}

/* Fills in what the replaced request has; what is left out of it is said if say is true. */
static void
take_over(struct context *context, struct wish *wish, const struct form *form, bool say)
{
	const struct request *replaced = &wish->replaced;
	struct value *dropped = value_new(&context->arena, VALUE_LIST);

	if (replaced->id == 0)
		return;
	form_take_over(&context->arena, form, &replaced->pipeline.form, replaced->form_data,
	    wish->input.given, dropped);
	if (say)
		say_dropped(form, replaced->id, dropped);
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
ask(struct context *context, const struct form *form, const struct form_input *input)
{
	if (input->from_stdin || !ask_possible() || !given_fits(form, input->given))
		return CODE_DONE;
	return ask_missing(context, form, input->given) == 0 ? CODE_DONE : CODE_ERROR;
}

/* ---- what exists already */

/* Whether what is wished for is what exists under the key, by the form that it was made with. */
static enum exit_code
compare_existing(struct context *context, struct wish *wish)
{
	const struct form *form = &snapshot_at(&wish->existing, 1)->form;
	enum exit_code code = create_key_compare_origin(context, wish->key, &wish->existing,
	    create_key_pipeline(context, wish->pipeline_name), wish->replaced.id);

	if (code != CODE_DONE)
		return code;
	take_over(context, wish, form, false);
	code = ask(context, form, &wish->input);
	return code == CODE_DONE
		   ? create_key_compare_data(context, wish->key, &wish->existing, wish->input.given)
		   : code;
}

/* ---- recording */

static void
say_replaced(struct context *context, const struct wish *wish, uint64_t id)
{
	const struct request *replaced = &wish->replaced;

	if (replaced->id == 0)
		return;
	message("request %" PRIu64 " replaces %" PRIu64, id, replaced->id);
	if (!request_is_finished(replaced))
		message("request %" PRIu64 " is %s and goes on: '%s cancel %" PRIu64 "' stops it",
		    replaced->id, request_status_name(replaced->status), context->program,
		    replaced->id);
	else if (replaced->status == REQUEST_FAILED)
		message("request %" PRIu64 " is Failed and can go on: '%s cancel %" PRIu64
			"' prevents that",
		    replaced->id, context->program, replaced->id);
}

/* Records it; somebody else with the same key may be first. */
static enum exit_code
record(struct context *context, struct wish *wish, const struct pipeline *pipeline,
    const struct value *data, uint64_t *id)
{
	struct event *events;
	size_t count;
	enum store_result result;
	enum exit_code code;

	request_first_events(&context->arena, pipeline, data, context->actor.name, wish->remarks,
	    clock_now(), &events, &count);
	events[0].created_by_uid = context->actor.uid;
	events[0].replaces = (int64_t)wish->replaced.id;
	events[0].key = wish->key;
	result =
	    store_create(workspace_store(context->workspace), events, count, id, &context->err);
	if (result == STORE_OK) {
		say_replaced(context, wish, *id);
		return CODE_DONE;
	}
	if (result != STORE_EXISTS)
		return context_code_of(result);
	if (context_load_request(context, *id, &wish->existing) != 0)
		return CODE_ERROR;
	code = create_key_compare_origin(
	    context, wish->key, &wish->existing, pipeline->name, wish->replaced.id);
	return code == CODE_DONE
		   ? create_key_compare_data(context, wish->key, &wish->existing, data)
		   : code;
}

static enum exit_code
create(struct context *context, struct wish *wish, uint64_t *id)
{
	const struct value *data;
	struct pipeline pipeline;
	enum exit_code code = pipeline_input_find(context, wish->pipeline_name, &pipeline);

	if (code == CODE_DONE && wish->replaced.id != 0)
		code = check_same_pipeline(context, &wish->replaced, pipeline.name);
	if (code != CODE_DONE)
		return code;
	here_warn(context->workspace, &pipeline);
	take_over(context, wish, &pipeline.form, true);
	code = ask(context, &pipeline.form, &wish->input);
	if (code == CODE_DONE)
		code = form_input_check(context, &pipeline, &wish->input, &data);
	return code == CODE_DONE ? record(context, wish, &pipeline, data, id) : code;
}

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

	/* who does not get to see the id would record the request again: that is said */
	signal(SIGPIPE, SIG_IGN);
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
find_or_create(
    struct context *context, const struct arguments *arguments, struct wish *wish, uint64_t *id)
{
	enum exit_code code = find_others(context, arguments, wish);

	if (code == CODE_DONE)
		code = form_input_read(context, arguments, &wish->input);
	if (code != CODE_DONE)
		return code;
	if (wish->existing.id != 0)
		code = compare_existing(context, wish);
	else
		code = create(context, wish, id);
	if (code == CODE_DONE && wish->existing.id != 0) {
		*id = wish->existing.id;
		message("request %" PRIu64 " has that key already", *id);
	}
	return code;
}

static enum exit_code
cmd_create(struct context *context, const struct arguments *arguments)
{
	struct wish wish = {.pipeline_name = NULL};
	uint64_t id;
	enum exit_code code;

	if (option_given(arguments, "batch"))
		return create_batch(context, arguments);
	code = read_wish(context, arguments, &wish);
	if (code == CODE_DONE)
		code = find_or_create(context, arguments, &wish, &id);
	request_release(&wish.replaced);
	request_release(&wish.existing);
	if (code == CODE_DONE)
		code = print_created(context, arguments, id);
	if (code == CODE_DONE && option_given(arguments, "run"))
		code = exec_run_if_free(context, id);
	return code;
}

const struct command_entry command_create = {
    .name = "create",
    .run = cmd_create,
    .options = options,
    .synopsis = "[<pipeline>] [--from <id>] [--again] [--key <text>] [-f <name>=<value>]... "
		"[--form-data <file>|-] [--batch <file>|-] [-m <remarks>] [--run] [--json]",
    .summary = "Record a request and print its id.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 0,
    .operands_max = 1,
};
