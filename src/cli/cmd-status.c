/* SPDX-License-Identifier: ISC */
/* List the requests that are not completed, or show some in full. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/suggest.h"
#include "model/exit-code.h"
#include "model/request/request.h"
#include "store/store.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/listing.h"
#include "cli/print.h"
#include "cli/request-id.h"
#include "cli/request-json.h"
#include "cli/request-text.h"

#define STATUSES "not-started, running, pending, failed, cancelled, completed"

static const struct option_spec options[] = {
    {0, "status", "<status>,...", "list those with one of these statuses: " STATUSES, OPTION_ADDS},
    {0, "pipeline", "<pipeline>", "list those of that pipeline", OPTION_ADDS},
    {0, "user", "<user>", "list those that this user requested", OPTION_ADDS},
    {0, "all", NULL, "list all, finished ones too", OPTION_ONCE},
    {'n', "limit", "<number>", "list only that many, the newest", OPTION_ONCE},
    {0, "json", NULL, "print one JSON object a line", OPTION_ONCE},
    {0, "exit-code", NULL, "exit with the code of the status of the request (needs an id)",
	OPTION_ONCE},
    {.name = NULL},
};

static const char *const listing_options[] = {"status", "pipeline", "user", "all", "limit", NULL};

static enum exit_code
fail_status(struct context *context, const char *word)
{
	struct suggestion near;

	suggest_init(&near, word);
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		suggest_offer(&near, request_status_name((enum request_status)i));
	if (near.best == NULL)
		return context_fail(
		    context, CODE_USAGE, "there is no status '%s' (there are " STATUSES ")", word);
	return context_fail(
	    context, CODE_USAGE, "there is no status '%s'%s", word, suggest_text(&near));
}

/* "failed,pending": adds their bits. */
static enum exit_code
parse_statuses(struct context *context, const char *list, unsigned *out)
{
	char *copy = arena_strdup(&context->arena, list), *rest = copy, *word;

	while ((word = strsep(&rest, ",")) != NULL) {
		int status = request_status_parse(word);

		if (status < 0)
			return fail_status(context, word);
		*out |= STATUS_BIT(status);
	}
	return CODE_DONE;
}

static enum exit_code
list(struct context *context, const struct arguments *arguments)
{
	const char *max = option_text(arguments, "limit");
	const char *const *statuses = option_texts(&context->arena, arguments, "status");
	struct listing listing = {
	    .statuses = STATUSES_UNFINISHED | STATUS_BIT(REQUEST_FAILED) | STATUS_BIT_UNRESOLVED,
	    .pipeline_names = option_texts(&context->arena, arguments, "pipeline"),
	    .requesters = option_texts(&context->arena, arguments, "user"),
	    .max = max == NULL ? 0 : option_count(max),
	    .json = option_given(arguments, "json"),
	};

	if (option_given(arguments, "exit-code"))
		return context_fail(context, CODE_USAGE, "--exit-code needs an id");
	if (max != NULL && listing.max == 0)
		return context_fail(context, CODE_USAGE, "not a number of requests: '%s'", max);
	if (statuses != NULL && option_given(arguments, "all"))
		return context_fail(context, CODE_USAGE, "--all and --status exclude each other");
	if (option_given(arguments, "all"))
		listing.statuses = STATUS_BIT(REQUEST_STATUS_COUNT) - 1;
	if (statuses != NULL)
		listing.statuses = 0;
	for (; statuses != NULL && *statuses != NULL; statuses++) {
		if (parse_statuses(context, *statuses, &listing.statuses) != CODE_DONE)
			return CODE_USAGE;
	}
	return listing_print(context, &listing);
}

/* Returns the code of its state, or CODE_ERROR when it cannot be shown. */
static enum exit_code
show(struct context *context, uint64_t id, bool json, bool first, bool *failed)
{
	struct request request;
	enum exit_code code = CODE_ERROR;

	/* only who is waited for depends on the policy */
	if (context_load_request(context, id, &request) != 0 ||
	    (request.status == REQUEST_PENDING && context_load_policy(context) != 0)) {
		context_report(context);
		*failed = true;
	} else {
		code = exit_code_of_request(&request, true, clock_now());
		if (!first && !json)
			puts("");
		if (json)
			print_request_json(context, &request, true);
		else
			print_request_text(context, &request, clock_now());
	}
	request_release(&request);
	return code;
}

static enum exit_code
show_all(struct context *context, const struct arguments *arguments)
{
	bool json = option_given(arguments, "json"), failed = false;
	enum exit_code first_code = CODE_DONE;
	uint64_t *ids;
	size_t count;

	for (const char *const *name = listing_options; *name != NULL; name++) {
		if (option_given(arguments, *name))
			return context_fail(
			    context, CODE_USAGE, "--%s is for the list, without an id", *name);
	}
	if (request_ids_parse(context, arguments, &ids, &count) != 0)
		return CODE_USAGE;
	for (size_t i = 0; i < count; i++) {
		enum exit_code code = show(context, ids[i], json, i == 0, &failed);

		if (first_code == CODE_DONE)
			first_code = code;
	}
	if (option_given(arguments, "exit-code"))
		return first_code;
	return failed ? CODE_ERROR : CODE_DONE;
}

static enum exit_code
cmd_status(struct context *context, const struct arguments *arguments)
{
	context_report_locks(context);
	return arguments->operand_count == 0 ? list(context, arguments)
					     : show_all(context, arguments);
}

const struct command_entry command_status = {
    .name = "status",
    .run = cmd_status,
    .options = options,
    .synopsis = "[<id>...] [--status <status>,...]... [--pipeline <pipeline>]... "
		"[--user <user>]... [--all] [-n <number>] [--json] [--exit-code]",
    .summary = "List unfinished and failed requests, or show some in full.",
    .group = GROUP_LOOK,
    .needs = NEEDS_WORKSPACE,
    .on_behalf = true,
    .operands = 0,
    .operands_max = OPERANDS_ANY,
};
