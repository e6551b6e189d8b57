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

const struct option_spec options_wait[] = {
    {0, "timeout", "<time>",
	"give up after that time, such as 10m, with the code of the present status", false},
    {.name = NULL},
};

/* The code of the request's state; *settled tells that waiting for another is over. */
static int
look(struct context *context, uint64_t id, bool *settled)
{
	struct request request;
	int code = CODE_ERROR;

	*settled = true;
	if (context_load_request(context, id, &request) == 0) {
		*settled = request_is_finished(&request) || request.status == REQUEST_PENDING;
		code = exit_code_of_request(&request, true, clock_now());
	}
	request_release(&request);
	return code;
}

/* deadline: of the monotonic clock; -1: none. */
static int
wait_for(struct context *context, uint64_t id, int64_t deadline)
{
	struct follow follow;
	bool settled = false;
	int code = CODE_ERROR, more = 1;

	if (follow_init(&follow, context->workspace.store, id, false, &context->err) != 0)
		more = -1;
	while (more > 0 && !settled) {
		int64_t left = deadline < 0 ? -1 : deadline - clock_monotonic();

		code = look(context, id, &settled);
		if (!settled && deadline >= 0 && left <= 0)
			break;
		if (!settled)
			more = follow_wait(&follow, left, &context->err);
	}
	if (more == 0)
		code = look(context, id, &settled);
	follow_release(&follow);
	return more < 0 ? CODE_ERROR : code;
}

int
cmd_wait(struct context *context, const struct arguments *arguments)
{
	const char *timeout = option_text(arguments, "timeout");
	int64_t span = timeout == NULL ? 0 : duration_parse(timeout);
	bool settled;
	uint64_t id;
	int code;

	if (request_id_parse(context, arguments->operands[0], &id) != 0)
		return CODE_USAGE;
	if (span < 0)
		return refuse(context, CODE_USAGE,
		    "not a span of time: '%s' (write 30s, 10m or 1h30m)", timeout);
	/* without it there would be nothing to watch */
	code = look(context, id, &settled);
	if (settled)
		return code;
	return wait_for(context, id, timeout == NULL ? -1 : clock_monotonic() + span);
}
