/* SPDX-License-Identifier: ISC */
/* Wait until a request is finished or waits for approval. */
#include "base/clock.h"
#include "base/duration.h"
#include "model/exit-code.h"
#include "model/request/request.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/follow.h"
#include "cli/request-id.h"

static const struct option_spec options[] = {
    {0, "timeout", "<time>",
	"give up after that time, such as 10m, with the code of the present status", false},
    {.name = NULL},
};

/* Returns the code of the request's state; *done: there is nothing more to wait for. */
static enum exit_code
look(struct context *context, uint64_t id, bool *done)
{
	struct request request;
	enum exit_code code = CODE_ERROR;

	*done = true;
	if (context_load_request(context, id, &request) == 0) {
		*done = request_is_finished(&request) || request.status == REQUEST_PENDING;
		code = exit_code_of_request(&request, true, clock_now());
	}
	request_release(&request);
	return code;
}

/* deadline: of the monotonic clock; -1: none. */
static enum exit_code
wait_for(struct context *context, uint64_t id, int64_t deadline)
{
	struct follow follow;
	bool done = false;
	enum exit_code code = CODE_ERROR;
	int more = 1;

	if (follow_init(&follow, workspace_store(context->workspace), id, false, &context->err) !=
	    0)
		more = -1;
	while (more > 0 && !done) {
		int64_t left = deadline < 0 ? -1 : deadline - clock_monotonic();

		code = look(context, id, &done);
		if (!done && deadline >= 0 && left <= 0)
			break;
		if (!done)
			more = follow_wait(&follow, left, &context->err);
	}
	if (more == 0)
		code = look(context, id, &done);
	follow_release(&follow);
	return more < 0 ? CODE_ERROR : code;
}

static enum exit_code
cmd_wait(struct context *context, const struct arguments *arguments)
{
	const char *timeout = option_text(arguments, "timeout");
	int64_t span = timeout == NULL ? 0 : duration_parse(timeout);
	bool done;
	uint64_t id;
	enum exit_code code;

	if (request_id_parse(context, arguments->operands[0], &id) != 0)
		return CODE_USAGE;
	if (span < 0)
		return context_fail(context, CODE_USAGE,
		    "not a span of time: '%s' (write 30s, 10m or 1h30m)", timeout);
	/* without it there would be nothing to watch */
	code = look(context, id, &done);
	if (done)
		return code;
	return wait_for(context, id, timeout == NULL ? -1 : clock_monotonic() + span);
}

const struct command_entry command_wait = {
    .name = "wait",
    .run = cmd_wait,
    .options = options,
    .synopsis = "<id> [--timeout <time>]",
    .summary = "Wait until a request is finished or waits for approval.",
    .group = GROUP_LOOK,
    .needs = NEEDS_WORKSPACE,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
