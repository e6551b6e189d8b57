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
#include "cli/standstill.h"

static const struct option_spec options[] = {
    {0, "timeout", "<time>",
	"give up after that time, such as 10m, with the code of the present status", OPTION_ONCE},
    {.name = NULL},
};

/* What is waited for. */
struct waiting {
	struct context *context;
	uint64_t id;
	int64_t deadline; /* of the monotonic clock; -1: none */
	bool done;	  /* there is nothing more to wait for */
	struct standstill standstill;
};

/* Returns how many ms it may still wait; -1: without end. */
static int64_t
time_left(const struct waiting *waiting)
{
	int64_t left = waiting->deadline - clock_monotonic();

	if (waiting->deadline < 0)
		return -1;
	return left < 0 ? 0 : left;
}

/* Returns the code of the request's state, and says what will not change it. */
static enum exit_code
look(struct waiting *waiting)
{
	struct request request;
	enum exit_code code = CODE_ERROR;
	bool finished = true;

	waiting->done = true;
	if (context_load_request(waiting->context, waiting->id, &request) == 0) {
		finished = request_is_finished(&request);
		waiting->done = finished || request.status == REQUEST_PENDING;
		code = exit_code_of_request(&request, true, clock_now());
	}
	if (!finished)
		standstill_look(&waiting->standstill, waiting->context, &request,
		    waiting->done || time_left(waiting) == 0);
	request_release(&request);
	return code;
}

static enum exit_code
wait_for(struct waiting *waiting)
{
	struct context *context = waiting->context;
	struct follow follow;
	enum exit_code code = CODE_ERROR;
	int more = 1;

	if (follow_init(&follow, workspace_store(context->workspace), waiting->id, false,
		&context->err) != 0)
		more = -1;
	while (more > 0) {
		int64_t left = time_left(waiting);

		code = look(waiting);
		if (waiting->done || left == 0)
			break;
		more = follow_wait(&follow, left, &context->err);
	}
	if (more == 0)
		code = look(waiting);
	follow_release(&follow);
	return more < 0 ? CODE_ERROR : code;
}

static enum exit_code
cmd_wait(struct context *context, const struct arguments *arguments)
{
	const char *timeout = option_text(arguments, "timeout");
	int64_t span = timeout == NULL ? 0 : duration_parse(timeout);
	struct waiting waiting = {
	    .context = context, .deadline = -1, .standstill = STANDSTILL_INIT};
	enum exit_code code;

	if (request_id_parse(context, arguments->operands[0], &waiting.id) != 0)
		return CODE_USAGE;
	if (span < 0)
		return context_fail(context, CODE_USAGE,
		    "not a span of time: '%s' (write 30s, 10m or 1h30m)", timeout);
	if (timeout != NULL)
		waiting.deadline = clock_monotonic() + span;
	context_report_locks(context);
	/* without it there would be nothing to watch */
	code = look(&waiting);
	if (!waiting.done)
		code = wait_for(&waiting);
	standstill_release(&waiting.standstill);
	return code;
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
