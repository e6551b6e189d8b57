/* SPDX-License-Identifier: ISC */
/* Advance requests until they are finished or wait for a person. */
#include <inttypes.h>

#include "base/clock.h"
#include "model/exit-code.h"
#include "model/limits.h"
#include "model/request/request.h"
#include "store/runnable.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"
#include "cli/exec.h"
#include "cli/request-id.h"

static const struct option_spec options[] = {
    {0, "pending", NULL, "advance every request that can move", OPTION_ONCE},
    {'j', "jobs", "<number>",
	"advance at most this many at a time (default " LIMIT_TEXT(JOBS_DEFAULT) ")", OPTION_ONCE},
    {'q', "quiet", NULL, "print only errors", OPTION_ONCE},
    {0, "dry-run", NULL, "print what would be sent, and send nothing", OPTION_ONCE},
    {.name = NULL},
};

/* Whether the actor may run the request; NULL: all that there are. */
static enum exit_code
check_permission(struct context *context, const struct request *request)
{
	struct strbuf why = STRBUF_INIT;
	enum exit_code code = decide_permission(context, COMMAND_RUN, request, &why);

	if (code != CODE_DONE && request == NULL)
		context_fail(context, code, "cannot run all requests: %s", why.buf);
	else if (code != CODE_DONE)
		context_fail(
		    context, code, "cannot run request %" PRIu64 ": %s", request->id, why.buf);
	strbuf_release(&why);
	return code;
}

/* Whether the request is there and the actor may run it. */
static enum exit_code
check_request(struct context *context, uint64_t id)
{
	struct request request;
	enum exit_code code = CODE_ERROR;

	if (context_load_request(context, id, &request) == 0)
		code = check_permission(context, &request);
	request_release(&request);
	return code;
}

static enum exit_code
check_options(struct context *context, const struct arguments *arguments)
{
	const char *slots = option_text(arguments, "jobs");
	bool pending = option_given(arguments, "pending");

	if (slots != NULL && (option_count(slots) == 0 || option_count(slots) > JOBS_MAX))
		return context_fail(context, CODE_USAGE, "-j takes a number from 1 to %d, not '%s'",
		    JOBS_MAX, slots);
	if (pending && arguments->operand_count > 0)
		return context_fail(context, CODE_USAGE, "--pending takes no id");
	if (!pending && arguments->operand_count == 0)
		return context_fail(
		    context, CODE_USAGE, "'%s run' needs an id, or --pending", context->program);
	return pending ? check_permission(context, NULL) : CODE_DONE;
}

static enum exit_code
cmd_run(struct context *context, const struct arguments *arguments)
{
	const char **out =
	    arena_calloc(&context->arena, arguments->operand_count + 5, sizeof(*out));
	size_t id_count, count = 0;
	uint64_t *ids;
	enum exit_code code = check_options(context, arguments);

	if (code == CODE_DONE && request_ids_parse(context, arguments, &ids, &id_count) != 0)
		code = CODE_USAGE;
	if (code != CODE_DONE)
		return code;
	/* most of the time cron finds nothing: the other program need not start for that */
	if (option_given(arguments, "pending") &&
	    !runnable_any(workspace_store(context->workspace), clock_now()))
		return CODE_DONE;
	if (option_given(arguments, "jobs")) {
		out[count++] = "-j";
		out[count++] = option_text(arguments, "jobs");
	}
	if (option_given(arguments, "quiet"))
		out[count++] = "-q";
	if (option_given(arguments, "dry-run"))
		out[count++] = "--dry-run";
	if (option_given(arguments, "pending"))
		out[count++] = "--pending";
	for (size_t i = 0; i < id_count; i++) {
		code = check_request(context, ids[i]);
		if (code != CODE_DONE)
			return code;
		out[count++] = arena_printf(&context->arena, "%" PRIu64, ids[i]);
	}
	return exec_run(context, out, count);
}

const struct command_entry command_run = {
    .name = "run",
    .run = cmd_run,
    .options = options,
    .synopsis = "(<id>... | --pending) [-j <number>] [-q] [--dry-run]",
    .summary = "Advance requests until they are finished or wait for a person.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 0,
    .operands_max = OPERANDS_ANY,
};
