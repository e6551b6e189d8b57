/* SPDX-License-Identifier: ISC */
#include "cli/decision.h"

#include <inttypes.h>

#include "base/clock.h"
#include "model/request/approval.h"
#include "model/exit-code.h"
#include "model/request/next.h"
#include "model/request/permission.h"
#include "model/step-type.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/exec.h"
#include "cli/form-input.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/request-id.h"
#include "cli/request-view.h"

void
decision_release(struct decision *decision)
{
	request_release(&decision->request);
}

void
decision_event(const struct decision *decision, enum event_type type, const struct step_state *step,
    struct event *out)
{
	request_next_event(
	    &decision->request, type, step, decision->context->actor.name, decision->now, out);
	out->remarks = decision->remarks;
}

/* A step that nobody runs any more is in no state for a decision before it is settled. */
static bool
is_interrupted(const struct decision *decision)
{
	const struct request *request = &decision->request;
	const struct step_state *step = request_current_step(request);

	return request->status == REQUEST_RUNNING && step != NULL &&
	       step_is_interrupted(decision->context, request, step);
}

static bool
is_about_approval(enum command command)
{
	return command == COMMAND_APPROVE || command == COMMAND_REJECT;
}

/* What stands in the way of the command and is settled by a run.  NULL: nothing. */
static const char *
what_to_settle(const struct decision *decision)
{
	enum command command = decision->rule->command;

	if ((command == COMMAND_RETRY || command == COMMAND_RESOLVE) && is_interrupted(decision))
		return "was interrupted";
	if (command == COMMAND_RETRY &&
	    request_next(&decision->request, decision->now).kind == NEXT_EXPIRED)
		return "its time is over";
	return NULL;
}

static int
check_state(const struct decision *decision, struct strbuf *why)
{
	const struct request *request = &decision->request;
	enum command command = decision->rule->command;
	const char *to_settle = what_to_settle(decision);

	if (command_allowed(request->status, command))
		return CODE_DONE;
	strbuf_addf(why, "it is %s", request_status_name(request->status));
	if (to_settle != NULL)
		strbuf_addf(why, ", but %s: 'svcreq run %" PRIu64 "' settles that first", to_settle,
		    request->id);
	/* what comes after an approval in a script must not come after a cancel */
	return command == COMMAND_APPROVE && request->status == REQUEST_CANCELLED ? CODE_CANCELLED
										  : CODE_ERROR;
}

static int
find_step(struct decision *decision, struct strbuf *why)
{
	const char *name = option_text(decision->arguments, "step");

	decision->step = approval_step(&decision->request, name);
	if (name == NULL || decision->step != NULL)
		return CODE_DONE;
	strbuf_addf(why, "it has no step '%s' that waits for approval", name);
	return CODE_ERROR;
}

/* A step that was named is decided on only when it is its turn. */
static int
check_turn(const struct decision *decision, struct strbuf *why)
{
	const struct step_state *step = decision->step;

	if (step == NULL || option_text(decision->arguments, "step") == NULL ||
	    step == request_current_step(&decision->request))
		return CODE_DONE;
	if (step->status == STEP_COMPLETED)
		strbuf_addf(why, "step '%s' is Completed", step->step->name);
	else
		strbuf_addf(why, "it is not the turn of step '%s'", step->step->name);
	return CODE_ERROR;
}

/* Whether the step has failed because the time for approving it was over. */
static bool
has_expired(const struct step_state *step)
{
	return step != NULL && step->status == STEP_FAILED && step->intent != NULL &&
	       step->latest->reason == REASON_EXPIRED;
}

/* Whether the event can be appended, and which; none when it was decided so before. */
static int
decide(struct decision *decision, struct event *event, struct strbuf *why)
{
	const struct step_state *step = decision->step;
	int code;

	if (has_expired(step)) {
		strbuf_addf(why, "the time for step '%s' ended at ", step->step->name);
		add_time(why, step->intent->expires_at);
		return CODE_EXPIRED;
	}
	decision->repeated = decision->rule->repeated != NULL && decision->rule->repeated(decision);
	if (decision->repeated)
		return CODE_DONE;
	code = check_turn(decision, why);
	if (code == CODE_DONE)
		code = check_state(decision, why);
	return code == CODE_DONE ? decision->rule->decide(decision, event, why) : code;
}

/*
 * Loads the request, decides, and appends.  *again: another round is due, because somebody else
 * was first, or because the event only said that the time was over.
 */
static int
take_round(struct decision *decision, struct strbuf *why, bool *again)
{
	struct context *context = decision->context;
	struct request *request = &decision->request;
	enum store_result result;
	struct event event;
	struct next next;
	bool late;
	int code = CODE_DONE;

	*again = false;
	decision->now = clock_now();
	request_reset(request);
	if (store_load(context->workspace.store, request, &context->err) != STORE_OK)
		return CODE_ERROR;
	if (is_about_approval(decision->rule->command))
		code = find_step(decision, why);
	if (code != CODE_DONE)
		return code;
	if (permission_check(&context->actor, &context->policy, decision->rule->command, request,
		decision->step, why) != 0)
		return CODE_NOT_PERMITTED;
	next = request_next(request, decision->now);
	late = next.kind == NEXT_EXPIRED && next.step == decision->step;
	if (late)
		next_decision_event(request, &next, context->actor.name, decision->now, &event);
	else
		code = decide(decision, &event, why);
	if (code != CODE_DONE || decision->repeated)
		return code;
	if (request_settle(request, &event, why) != 0)
		return CODE_ERROR;
	result =
	    store_append(context->workspace.store, request, &event, STORE_NO_LOCK, &context->err);
	decision->recorded = result == STORE_OK && !late;
	*again = result == STORE_RACE_LOST || (result == STORE_OK && late);
	return result == STORE_OK || result == STORE_RACE_LOST ? CODE_DONE : CODE_ERROR;
}

/* Until the event is appended, or it turns out that it cannot be. */
static int
take(struct decision *decision)
{
	struct strbuf why = STRBUF_INIT;
	bool again;
	int code;

	do
		code = take_round(decision, &why, &again);
	while (again);
	if (why.len > 0)
		refuse(decision->context, code, "cannot %s request %" PRIu64 ": %s",
		    command_name(decision->rule->command), decision->request.id, why.buf);
	strbuf_release(&why);
	return code;
}

int
decision_take(struct decision *decision)
{
	struct context *context = decision->context;
	uint64_t id;

	request_init(&decision->request, 0);
	if (request_id_parse(context, decision->arguments->operands[0], &id) != 0 ||
	    remarks_read(context, decision->arguments, &decision->remarks) != CODE_DONE)
		return CODE_USAGE;
	decision->request.id = id;
	return take(decision);
}

int
decision_go_on(struct decision *decision, int code)
{
	struct context *context = decision->context;
	uint64_t id = decision->request.id;
	bool moves = decision->request.status == REQUEST_RUNNING &&
		     !option_given(decision->arguments, "no-run");

	decision_release(decision);
	return code == CODE_DONE && moves ? exec_run_if_free(context, id) : code;
}
