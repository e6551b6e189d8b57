/* SPDX-License-Identifier: ISC */
#include "model/request/run-state.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "model/limits.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "model/step-type.h"

enum run_state
run_state_seen(const struct run_sight *sight)
{
	if (sight->locked)
		return RUN_GOES_ON;
	if (sight->medium == NULL)
		return RUN_INTERRUPTED;
	switch (sight->process) {
	case PROCESS_LIVES:
		return RUN_GOES_ON;
	case PROCESS_ENDED:
		return RUN_INTERRUPTED;
	case PROCESS_ELSEWHERE:
		break;
	}
	return RUN_UNSEEN;
}

/* By the parameters as they were filled in; 0: nobody knows. */
static int64_t
longest_of(const struct request *request, const struct step_state *step)
{
	const struct step_type *type = step->step->type;
	struct request_scope scope = {.request = request};
	struct arena arena = ARENA_INIT;
	struct step_plan plan;
	int64_t longest = 0;

	if (type != NULL && type->longest != NULL &&
	    pipeline_step_check(&request->pipeline, step->step, NULL) == 0 &&
	    step_plan_fill(&arena, &scope, step, &plan, NULL) == 0)
		longest = type->longest(plan.parameters);
	arena_release(&arena);
	return longest;
}

int64_t
run_over_at(const struct request *request, const struct step_state *step)
{
	int64_t longest = longest_of(request, step);

	return longest == 0 ? 0 : step->intent->created_at + longest + RUN_MARGIN_MS;
}

/* When it may be run again although nobody has seen its end; 0: never. */
static int64_t
repeated_from(const struct request *request, const struct step_state *step)
{
	if (request_unrecorded_effect(request, step) != EFFECT_NONE)
		return 0;
	return run_over_at(request, step);
}

enum run_state
run_state_of(const struct request *request, const struct step_state *step,
    const struct run_sight *sight, int64_t now)
{
	enum run_state state = run_state_seen(sight);
	int64_t from = state == RUN_UNSEEN ? repeated_from(request, step) : 0;

	return from != 0 && now >= from ? RUN_INTERRUPTED : state;
}

void
run_add_unseen(struct strbuf *out, const struct request *request, const struct step_state *step,
    const struct run_sight *sight, const char *program)
{
	const struct event *intent = step->intent;
	int64_t from = repeated_from(request, step);
	char time[TIMESTAMP_SIZE];

	strbuf_addstr(out, "is, or was, run by ");
	if (intent->host == NULL || intent->process == 0)
		strbuf_addstr(out, "a process that is not named");
	else
		strbuf_addf(out, "process %" PRId64 " on host '%s', not of this boot",
		    intent->process, intent->host);
	strbuf_addf(out, "; on %s nobody here can see whether it still is: ", sight->medium);
	if (from != 0 && request->status != REQUEST_CANCELLED) {
		timestamp_format(from, time);
		strbuf_addf(out, "a run after %s does it again; ", time);
	}
	strbuf_addf(out,
	    "an admin who knows that it is not says '%s resolve %" PRIu64
	    " --interrupted -m \"...\"'",
	    program, request->id);
}

struct process_identity
run_process(const struct event *running)
{
	return (struct process_identity){.host = running->host,
	    .boot = running->boot,
	    .process = running->process,
	    .start = running->process_start};
}
