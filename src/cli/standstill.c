/* SPDX-License-Identifier: ISC */
#include "cli/standstill.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/permission.h"
#include "model/request/request.h"
#include "model/step-type.h"
#include "store/store.h"
#include "workspace/identity.h"
#include "workspace/workspace.h"
#include "cli/context.h"
#include "cli/print.h"
#include "cli/request-view.h"

/* What a step is while no run is at its request, and what a run does then. */
static const struct {
	const char *state;
	const char *way_on;
} idle[] = {
    [NEXT_START] = {"has not started", "starts it"},
    [NEXT_WAIT_TIME] = {"is to be tried again", "tries it when it is due"},
    [NEXT_APPROVED] = {"is approved", "goes on"},
    [NEXT_EXPIRED] = {"was not approved in time", "records that"},
    [NEXT_INTERRUPTED] = {"was interrupted", "settles it"},
};

void
standstill_release(struct standstill *standstill)
{
	strbuf_release(&standstill->said);
}

static void
add_start(struct strbuf *out, const struct request *request, const struct step_state *step)
{
	strbuf_addf(out, "request %" PRIu64 ": step '", request->id);
	print_add_text(out, step->step->name);
	strbuf_addstr(out, "' ");
}

/* Why somebody cannot approve the step; NULL: perhaps they can. */
static const char *
fault_of(struct context *context, const struct request *request, const struct step_state *step,
    const char *name)
{
	struct actor actor;

	if (!identity_exists(name))
		return *name == '@' ? "no such group" : "no such user";
	if (*name != '@' && step->step->approval.prevent_self_approval &&
	    identity_named(context->workspace, &context->arena, name, &actor) &&
	    permission_is_requester(&actor, request))
		return "the requester";
	return NULL;
}

/* Whether a user or a @group may override the step; of a group nobody knows all members. */
static bool
may_override(struct context *context, const struct request *request, const struct step_state *step,
    const char *name)
{
	struct actor actor;

	if (*name == '@')
		return identity_exists(name);
	return identity_named(context->workspace, &context->arena, name, &actor) &&
	       permission_check(&actor, &context->policy, COMMAND_OVERRIDE, request, step, NULL) ==
		   0;
}

/* Whether an admin may override the step.  Without a list root is one, beside the owner. */
static bool
has_overrider(struct context *context, const struct request *request, const struct step_state *step)
{
	const struct value *admins = view_deciders(context, NULL);

	for (size_t i = 0; i < admins->count; i++) {
		const char *name = value_text(admins->items[i]);

		if (name != NULL && may_override(context, request, step, name))
			return true;
	}
	return context->policy.admins == NULL && may_override(context, request, step, "#0");
}

/* Appends who can end the wait all the same, and how. */
static void
add_override(struct strbuf *out, struct context *context, const struct request *request,
    const struct step_state *step)
{
	if (!step->step->approval.override)
		return;
	strbuf_addf(out, "; %s: '%s approve %" PRIu64 " --override -m \"...\"'",
	    has_overrider(context, request, step)
		? "an admin can approve in their place"
		: "once state/config.yaml names another admin, they can approve instead",
	    context->program, request->id);
}

bool
standstill_add_people(struct strbuf *out, struct context *context, const struct request *request,
    const struct step_state *step)
{
	const struct value *deciders = view_deciders_of(context, step);
	int64_t required = step->step->approval.required, able = 0;
	struct strbuf unable = STRBUF_INIT;
	bool too_few;

	for (size_t i = 0; i < deciders->count; i++) {
		const struct value *decider = deciders->items[i];
		const char *name = decider->type == VALUE_STRING ? decider->text : "#";
		const char *fault = fault_of(context, request, step, name);

		if (fault == NULL) {
			/* of a group nobody knows all members */
			able = *name == '@' || able == INT64_MAX ? INT64_MAX : able + 1;
			continue;
		}
		strbuf_addstr(&unable, unable.len == 0 ? ": " : ", ");
		print_add_text(&unable, name);
		strbuf_addf(&unable, " (%s)", fault);
	}
	too_few = required != APPROVALS_NEVER && able < required;
	if (too_few) {
		strbuf_addf(out,
		    "needs %" PRId64 " approval%s, and on this system %" PRId64
		    " of those who may decide can approve%s",
		    required, required == 1 ? "" : "s", able, unable.buf);
		add_override(out, context, request, step);
	}
	strbuf_release(&unable);
	return too_few;
}

/* Appends a line, or nothing when something may move the request yet. */
static void
add_reason(struct strbuf *out, struct context *context, const struct request *request)
{
	struct next next = request_next(request, clock_now());
	const char *state;

	if (next.kind == NEXT_NOTHING ||
	    store_is_locked(workspace_store(context->workspace), request->id))
		return;
	if (next.kind == NEXT_INTERRUPTED && !view_is_interrupted(context, request, next.step)) {
		struct strbuf unseen = STRBUF_INIT;

		if (view_is_unseen(context, request, next.step, &unseen)) {
			add_start(out, request, next.step);
			strbuf_addstr(out, unseen.buf);
		}
		strbuf_release(&unseen);
		return;
	}
	if (next.kind == NEXT_WAIT_PERSON) {
		struct strbuf people = STRBUF_INIT;

		if (context_load_policy(context) != 0)
			strbuf_reset(&context->err);
		else if (standstill_add_people(&people, context, request, next.step)) {
			add_start(out, request, next.step);
			strbuf_addstr(out, people.buf);
		}
		strbuf_release(&people);
		return;
	}
	if (store_check_locks(workspace_store(context->workspace), NULL) != 0)
		return; /* nobody knows whether a run is at it */
	state = idle[next.kind].state;
	if (next.kind == NEXT_START && next.step->status == STEP_FAILED)
		state = idle[NEXT_WAIT_TIME].state;
	add_start(out, request, next.step);
	strbuf_addf(out, "%s, and nobody runs it: '%s run %" PRIu64 "' %s", state, context->program,
	    request->id, idle[next.kind].way_on);
}

void
standstill_look(struct standstill *standstill, struct context *context,
    const struct request *request, bool at_once)
{
	struct strbuf reason = STRBUF_INIT;
	int64_t now = clock_monotonic();

	add_reason(&reason, context, request);
	if (reason.len == 0 || standstill->events != request->event_count)
		standstill->since = now;
	standstill->events = request->event_count;
	if (reason.len > 0 && (at_once || now - standstill->since >= STORE_LOOK_MS) &&
	    strcmp(reason.buf, standstill->said.buf) != 0) {
		message_shown(reason.buf);
		strbuf_reset(&standstill->said);
		strbuf_addstr(&standstill->said, reason.buf);
	}
	strbuf_release(&reason);
}
