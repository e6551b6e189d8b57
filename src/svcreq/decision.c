/* SPDX-License-Identifier: ISC */
#include "svcreq/decision.h"

#include <inttypes.h>

#include "base/clock.h"
#include "model/exit-code.h"
#include "model/permission.h"
#include "model/step-types.h"
#include "store/store.h"
#include "svcreq/context.h"
#include "svcreq/exec.h"
#include "svcreq/form-input.h"
#include "svcreq/options.h"
#include "svcreq/request-id.h"

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
	    &decision->request, type, step, decision->context->actor.name, clock_now(), out);
	out->remarks = decision->remarks;
}

/* A step that nobody runs any more is in no state for a decision before it is settled. */
static bool
is_interrupted(const struct decision *decision)
{
	const struct request *request = &decision->request;
	const struct step_state *step = request_current_step(request);

	return request->status == REQUEST_RUNNING && step != NULL && step->status == STEP_RUNNING &&
	       !step->step->type->waits &&
	       !store_is_locked(decision->context->workspace.store, request->id);
}

static int
check_state(const struct decision *decision, struct strbuf *why)
{
	const struct request *request = &decision->request;
	enum command command = decision->rule->command;

	if (command_allowed(request->status, command))
		return CODE_DONE;
	strbuf_addf(why, "it is %s", request_status_name(request->status));
	if ((command == COMMAND_RETRY || command == COMMAND_RESOLVE) && is_interrupted(decision))
		strbuf_addf(why,
		    ", but was interrupted: 'svcreq run %" PRIu64 "' settles that first",
		    request->id);
	return CODE_ERROR;
}

/* Whether the event can be appended, and which. */
static int
decide(struct decision *decision, struct event *event, struct strbuf *why)
{
	const struct context *context = decision->context;
	int code = check_state(decision, why);

	if (code != CODE_DONE)
		return code;
	if (permission_check(&context->actor, &context->policy, decision->rule->command,
		&decision->request, why) != 0)
		return CODE_NOT_PERMITTED;
	code = decision->rule->decide(decision, event, why);
	if (code == CODE_DONE && request_settle(&decision->request, event, why) != 0)
		code = CODE_ERROR;
	return code;
}

/* Until the event is appended, or it turns out that it cannot be. */
static int
take(struct decision *decision)
{
	struct context *context = decision->context;
	struct store *store = context->workspace.store;
	enum store_result result = STORE_EXISTS;
	struct strbuf why = STRBUF_INIT;
	struct event event;
	int code = CODE_DONE;

	while (result == STORE_EXISTS && code == CODE_DONE) {
		request_reset(&decision->request);
		if (store_load(store, &decision->request, &context->err) != STORE_OK) {
			code = CODE_ERROR;
			break;
		}
		if (decision->rule->repeated != NULL && decision->rule->repeated(decision))
			break;
		code = decide(decision, &event, &why);
		if (code != CODE_DONE)
			break;
		result = store_append(store, &decision->request, &event, &context->err);
		decision->recorded = result == STORE_OK;
		if (result != STORE_OK && result != STORE_EXISTS)
			code = CODE_ERROR;
	}
	if (why.len > 0)
		refuse(context, code, "cannot %s request %" PRIu64 ": %s",
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
