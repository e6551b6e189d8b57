/* SPDX-License-Identifier: ISC */
/* Stop a request for good. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/message.h"
#include "model/request/request.h"
#include "store/store.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decide.h"
#include "cli/print.h"
#include "cli/request-view.h"

static const struct option_spec options[] = {
    {'m', "remarks", "<remarks>", "say why", OPTION_ONCE},
    {.name = NULL},
};

static void
say_under_way(struct context *context, const struct request *request)
{
	const struct step_state *step = request_current_step(request);
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "step '");
	print_add_text(&text, step->step->name);
	strbuf_addstr(&text, "' ");
	if (!view_is_unseen(context, request, step, &text))
		strbuf_addstr(&text, "is under way and ends; nothing follows it");
	message_shown(text.buf);
	strbuf_release(&text);
}

/* Appends that the outcome of the call is unrecorded, unless it may be under way. */
static enum store_result
record_lost_call(struct context *context, struct request *request, uint64_t token)
{
	struct store *store = workspace_store(context->workspace);
	enum store_result result;
	struct run_sight sight;
	struct event event;

	do {
		request_reset(request);
		result = store_load(store, request, &context->err);
		if (result != STORE_OK || !request_has_unrecorded_outcome(request))
			return result;
		sight = store_see_run(store, request_current_step(request)->intent, token);
		if (!decision_of_unrecorded_outcome(
			request, &context->actor, &sight, clock_now(), &event))
			return result;
		result = store_append(store, request, &event, token, &context->err);
	} while (result == STORE_RACE_LOST);
	if (result == STORE_OK)
		message(
		    "step '%s' was interrupted before: nobody knows how it ended", event.step_name);
	return result;
}

/* Says who ends the call that was under way, or records its outcome when nobody runs it. */
static enum exit_code
end_call(struct context *context, struct request *request)
{
	struct store *store = workspace_store(context->workspace);
	enum store_result result;
	uint64_t token;

	if (!request_has_unrecorded_outcome(request))
		return CODE_DONE;
	result = store_lock(store, request->id, &token, &context->err);
	if (result == STORE_BUSY) {
		say_under_way(context, request);
		return CODE_DONE;
	}
	if (result == STORE_OK) {
		result = record_lost_call(context, request, token);
		store_unlock(store, request->id, token);
		if (result == STORE_OK && request_has_unrecorded_outcome(request))
			say_under_way(context, request);
	}
	return result == STORE_OK ? CODE_DONE : context_code_of(result);
}

static enum exit_code
cmd_cancel(struct context *context, const struct arguments *arguments)
{
	struct decision_input input = {.command = COMMAND_CANCEL};
	const struct event *recorded;
	struct request request;
	enum exit_code code = decide(context, arguments, &input, &request, &recorded);

	if (recorded != NULL)
		message("cancelled request %" PRIu64, request.id);
	if (recorded != NULL && request_is_unresolved(&request))
		message("the outcome of step '%s' is unknown: an admin can still resolve it",
		    request_current_step(&request)->step->name);
	if (code == CODE_DONE)
		code = end_call(context, &request);
	request_release(&request);
	return code;
}

const struct command_entry command_cancel = {
    .name = "cancel",
    .run = cmd_cancel,
    .options = options,
    .synopsis = "<id> [-m <remarks>]",
    .summary = "Stop a request for good.",
    .group = GROUP_ADVANCE,
    .needs = NEEDS_WORKSPACE | NEEDS_ACTOR,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 1,
};
