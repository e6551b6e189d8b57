/* SPDX-License-Identifier: ISC */
/* The step type CALL, and the world that its calls have an effect on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/parameter-kinds.h"
#include "model/step-type.h"
#include "sim.h"
#include "steps/executor.h"

/* ---- the type */

struct call_parameters {
	const char *text;
	bool repeatable;
	struct retry_policy retry;
};

#define AT(member) offsetof(struct call_parameters, member)

static const struct parameter_field fields[] = {
    {.name = "text", .kind = &kind_text, .offset = AT(text), .required = true},
    {.name = "repeatable",
	.kind = &kind_boolean,
	.offset = AT(repeatable),
	.literal_only = true,
	.fallback = "false"},
    {.name = "retry", .kind = &kind_group, .offset = AT(retry), .members = retry_fields},
    {.name = NULL},
};

static const struct retry_policy *
retry(const void *parameters)
{
	return &((const struct call_parameters *)parameters)->retry;
}

static int64_t
longest(const void *parameters)
{
	(void)parameters;
	return CALL_LONGEST_MS;
}

static const struct step_type step_type_call = {
    .name = "CALL",
    .summary = "Calls the world of the simulation.",
    .fields = fields,
    .size = sizeof(struct call_parameters),
    .pauses = PAUSE_NONE,
    .retry = retry,
    .longest = longest,
};

extern const struct step_type step_type_approval;
const struct step_type *const sim_catalogue[] = {&step_type_call, &step_type_approval, NULL};

/* ---- what the world has seen */

static int64_t
count_effects(const struct life *life, uint64_t request, const char *step)
{
	int64_t effects = 0;

	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];

		if (call->effected && call->request == request && strcmp(call->step, step) == 0)
			effects++;
	}
	return effects;
}

/* Whether a person says that the step, which failed, was not carried out (resolve --failed). */
static bool
is_denial(const struct request *request, size_t index)
{
	const struct event *event = request->events[index], *before;

	do
		before = request->events[--index];
	while (before->step_name == NULL || strcmp(before->step_name, event->step_name) != 0);
	return event->event_type == EVENT_FAILED && event->http_status == 0 &&
	       before->event_type == EVENT_FAILED && before->not_before == 0;
}

/* Whether a person has it done once more, knowing what it was (retry --again). */
static bool
is_again(const struct request *request, size_t index)
{
	return request->events[index]->event_type == EVENT_NOT_STARTED &&
	       request->events[index]->effect != EFFECT_NONE;
}

/* How often a person has taken it on themselves that the step is carried out once more. */
static int64_t
count_permissions(const struct request *request, const char *step)
{
	int64_t permissions = 0;

	for (size_t i = request->pipeline.step_count + 1; i < request->event_count; i++) {
		const char *name = request->events[i]->step_name;

		if (name != NULL && strcmp(name, step) == 0 &&
		    (is_denial(request, i) || is_again(request, i)))
			permissions++;
	}
	return permissions;
}

/* The last attempt of which a person has said that it did nothing. */
static int64_t
last_denied(const struct request *request, const char *step)
{
	int64_t attempt = 0;

	for (size_t i = request->pipeline.step_count + 1; i < request->event_count; i++) {
		const char *name = request->events[i]->step_name;

		if (name != NULL && strcmp(name, step) == 0 && is_denial(request, i))
			attempt = request->events[i]->attempt;
	}
	return attempt;
}

void
calls_check_effects(struct life *life, const struct request *request)
{
	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];
		const struct step_state *step;

		if (!call->effected || call->repeatable || call->request != request->id)
			continue;
		step = request_step(request, call->step);
		if (step_effect(step) == EFFECT_NONE &&
		    call->attempt > last_denied(request, call->step))
			life_fail(life,
			    "step '%s' of request %" PRIu64 " was carried out by call %u, and is "
			    "said to have done nothing",
			    call->step, call->request, call->number);
	}
}

static void
take_effect(struct life *life, struct call *call)
{
	const struct request *request = look_at(life, call->request);
	int64_t effects, permissions;

	call->effected = true;
	trace(life, "call %u has its effect", call->number);
	if (call->by == NULL || call->by->ended)
		cover(MARK_EFFECT_OF_DEAD);
	effects = count_effects(life, call->request, call->step);
	if (call->attempt <= last_denied(request, call->step))
		cover(MARK_EFFECT_AFTER_NO);
	calls_check_effects(life, request);
	if (call->repeatable && effects > 1)
		cover(MARK_CALL_TWICE);
	if (call->repeatable || effects <= 1)
		return;
	permissions = count_permissions(request, call->step);
	if (effects > 1 + permissions)
		life_fail(life,
		    "step '%s' of request %" PRIu64
		    " is not repeatable and has had its effect %" PRId64
		    " times, and people have taken that on themselves %" PRId64 " times",
		    call->step, call->request, effects, permissions);
	cover(MARK_CALL_RETRIED);
}

void
calls_take_effect(struct life *life)
{
	for (size_t i = 0; i < life->call_count; i++) {
		struct call *call = &life->calls[i];

		if (call->effect && !call->effected && call->effect_at <= life->monotonic)
			take_effect(life, call);
	}
}

void
calls_abandon(const struct process *process)
{
	struct life *life = process->life;

	for (size_t i = 0; i < life->call_count; i++) {
		struct call *call = &life->calls[i];

		if (call->by == process) {
			call->excused = call->excused || process->ended;
			call->by = NULL;
		}
	}
}

bool
calls_are_under_way(const struct life *life, uint64_t request)
{
	for (size_t i = 0; i < life->call_count; i++) {
		if (life->calls[i].request == request && life->calls[i].by != NULL &&
		    !life->calls[i].answered)
			return true;
	}
	return false;
}

void
calls_excuse(const struct process *process)
{
	struct life *life = process->life;

	for (size_t i = 0; i < life->call_count; i++) {
		if (life->calls[i].by == process)
			life->calls[i].excused = true;
	}
}

/* ---- the executor */

static struct process *
process_of(const struct step_run *run)
{
	return run->tools->random_context;
}

static void
answer(void *context)
{
	struct call *call = context;
	struct step_run *run = call->run;
	struct step_outcome outcome = {.http_status = call->number};
	struct value *outputs;

	trace(call->by->life, "%s hears of call %u", process_name(call->by), call->number);
	call->answered = true;
	switch (call->plan) {
	case PLAN_COMPLETED:
		cover(MARK_CALL_COMPLETED);
		outputs = value_new(run->arena, VALUE_MAP);
		value_map_set(run->arena, outputs, "call", value_integer(run->arena, call->number));
		outcome.completed = true;
		outcome.outputs = outputs;
		outcome.effect = call->repeatable ? EFFECT_NONE : EFFECT_CERTAIN;
		break;
	case PLAN_REFUSED:
		cover(MARK_CALL_REFUSED);
		outcome.reason = REASON_HTTP_STATUS;
		break;
	case PLAN_BREAK_BEFORE:
		cover(MARK_CALL_BROKE_BEFORE);
		outcome.reason = REASON_TRANSPORT;
		outcome.try_again = true;
		break;
	case PLAN_SPOILT:
		cover(MARK_CALL_SPOILT);
		outcome.reason = REASON_EXECUTOR;
		outcome.effect = call->repeatable ? EFFECT_NONE : EFFECT_CERTAIN;
		break;
	default:
		cover(MARK_CALL_BROKE_AFTER);
		outcome.reason = call->repeatable ? REASON_TIMEOUT : REASON_OUTCOME_UNKNOWN;
		outcome.effect = call->repeatable ? EFFECT_NONE : EFFECT_POSSIBLE;
		outcome.try_again = call->repeatable;
		break;
	}
	if (!outcome.completed)
		outcome.message = "the call has failed";
	step_run_finish(run, &outcome);
}

/* The intent must be there before anything leaves the machine. */
static void
check_intent(struct life *life, const struct step_run *run)
{
	const struct request *request = look_at(life, run->request->id);
	const char *name = run->step->step->name;
	const struct event *intent = NULL;

	for (size_t i = request->event_count; i > 0 && intent == NULL; i--) {
		const struct event *event = request->events[i - 1];

		if (event->event_type == EVENT_RUNNING && event->attempt == run->attempt &&
		    strcmp(event->step_name, name) == 0)
			intent = event;
	}
	if (intent == NULL)
		life_fail(life,
		    "step '%s' of request %" PRIu64 " is sent, attempt %" PRId64
		    ", and its intent is not recorded",
		    name, request->id, run->attempt);
	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];

		if (call->request == request->id && call->attempt == run->attempt &&
		    strcmp(call->step, name) == 0)
			life_fail(life,
			    "step '%s' of request %" PRIu64 " is sent twice, attempt %" PRId64,
			    name, request->id, run->attempt);
	}
}

/* What is sent is what the request says at that time, unless it goes on as if nobody sent it. */
static void
check_parameters(struct life *life, const struct step_run *run)
{
	const struct call_parameters *parameters = run->parameters;
	const struct request *request = look_at(life, run->request->id);
	const struct step_state *step = request_step(request, run->step->step->name);
	const char *size = value_text(value_map_get(request->form_data, "size"));
	char text[64];

	if (step->status != STEP_RUNNING || step->attempt != run->attempt)
		return;

	snprintf(text, sizeof(text), "size %s", size);
	if (strcmp(parameters->text, text) != 0)
		life_fail(life, "step '%s' of request %" PRIu64 " sends '%s' in place of '%s'",
		    run->step->step->name, request->id, parameters->text, text);
}

static enum plan
make_plan(struct life *life)
{
	static const enum plan plans[] = {
	    PLAN_COMPLETED,
	    PLAN_COMPLETED,
	    PLAN_COMPLETED,
	    PLAN_COMPLETED,
	    PLAN_COMPLETED,
	    PLAN_REFUSED,
	    PLAN_BREAK_BEFORE,
	    PLAN_BREAK_BEFORE,
	    PLAN_BREAK_AFTER,
	    PLAN_BREAK_AFTER,
	    PLAN_LOST,
	    PLAN_SPOILT,
	};

	return plans[below(life, life->calm ? 6 : sizeof(plans) / sizeof(plans[0]))];
}

/* The step's name in the pipelines of the simulation, which outlive every request. */
static const char *
lasting_name(const struct life *life, const struct step_run *run)
{
	const char *name = run->step->step->name;

	for (size_t i = 0; i < sim_pipeline_count; i++) {
		const struct step *step = pipeline_step(&sim_pipelines[i], name);

		if (step != NULL)
			return step->name;
	}
	life_fail(life, "no pipeline has a step '%s'", name);
}

static void
send_call(struct process *process, struct step_run *run)
{
	struct life *life = process->life;
	const struct call_parameters *parameters = run->parameters;
	static const char *const plans[PLAN_COUNT] = {"completes", "is refused", "breaks before it",
	    "breaks after it", "is lost", "is carried out and spoilt"};
	int64_t until_effect, until_answer;
	struct call *call;

	if (life->call_count == CALLS_MAX)
		life_fail(life, "there are too many calls");
	call = &life->calls[life->call_count++];
	*call = (struct call){.by = process,
	    .run = run,
	    .number = (unsigned)life->call_count,
	    .request = run->request->id,
	    .step = lasting_name(life, run),
	    .attempt = run->attempt,
	    .repeatable = parameters->repeatable,
	    .plan = make_plan(life)};
	call->effect = call->plan == PLAN_COMPLETED || call->plan == PLAN_BREAK_AFTER ||
		       call->plan == PLAN_SPOILT;
	run->state = call;
	trace(life,
	    "%s sends call %u: step '%s' of request %" PRIu64 ", attempt %" PRId64 "; it %s",
	    process_name(process), call->number, call->step, call->request, call->attempt,
	    plans[call->plan]);
	if (one_in(life, 5)) {
		cover(MARK_CALL_AT_ONCE);
		call->effect_at = life->monotonic;
		calls_take_effect(life);
		answer(call);
		return;
	}
	until_effect = below(life, 500);
	until_answer = until_effect + below(life, 1500);
	if (call->plan >= PLAN_BREAK_AFTER && one_in(life, 2)) {
		cover(MARK_CALL_HUNG);
		until_answer += 20000 + below(life, 60000);
	}
	call->effect_at = life->monotonic + until_effect;
	loop_timer(run->tools->loop, &call->timer, life->monotonic + until_answer, answer, call);
}

static void
call_start(struct step_run *run)
{
	struct process *process = process_of(run);

	if (process->ended)
		life_fail(process->life, "%s was killed, and sends", process_name(process));
	check_intent(process->life, run);
	check_parameters(process->life, run);
	if (process->life->lease_ms > 0 && !store_is_locked(process->store, run->request->id))
		cover(MARK_SENT_WITHOUT_LOCK);
	send_call(process, run);
}

static void
call_stop(struct step_run *run)
{
	struct call *call = run->state;

	if (call == NULL)
		return;
	if (!call->answered && !call->by->ended && one_in(call->by->life, 3)) {
		cover(MARK_ANSWERED_AT_END);
		loop_timer_cancel(run->tools->loop, &call->timer);
		call->effect_at = call->by->life->monotonic;
		calls_take_effect(call->by->life);
		answer(call);
		return;
	}
	if (!call->answered && !call->by->ended)
		cover(MARK_GIVEN_UP);
	loop_timer_cancel(run->tools->loop, &call->timer);
	call->excused = true;
	call->by = NULL;
}

static bool
call_repeatable(const struct step_run *run)
{
	return ((const struct call_parameters *)run->parameters)->repeatable;
}

static int
call_intend(struct step_run *run, struct event *intent, struct strbuf *err)
{
	struct life *life = process_of(run)->life;

	(void)intent;
	if (life->calm || run->step->attempt == 0 || !one_in(life, 20))
		return 0;
	cover(MARK_INTENT_REFUSED);
	return fail(err, "what was begun before cannot be begun again as it was");
}

static const struct step_executor executor_call = {
    .step_type = "CALL",
    .repeatable = call_repeatable,
    .intend = call_intend,
    .start = call_start,
    .stop = call_stop,
};

extern const struct step_executor executor_approval;

/* In place of steps/executors.c: what this program is linked with. */
const struct step_executor *
executor_find(const char *step_type)
{
	return strcmp(step_type, "CALL") == 0 ? &executor_call : &executor_approval;
}
