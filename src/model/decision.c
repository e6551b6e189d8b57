/* SPDX-License-Identifier: ISC */
#include "model/decision.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline-form.h"
#include "model/request/approval.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "model/mend.h"
#include "model/replace.h"
#include "model/resolve.h"

/* A decision while it is taken. */
struct round {
	const struct request *request;
	const struct decision_input *input;
	const struct step_state *step; /* decision_step() */
	struct event *event;
	struct strbuf *why;
};

/* What is particular to a command. */
struct decision_rule {
	/* Whether it was decided so before, in whatever state the request is now.  NULL: never. */
	bool (*is_repeated)(const struct round *);
	/* Prepares the event of a request that is in a state for the command. */
	enum verdict (*decide)(const struct round *);
};

/* An event of a step (NULL: of the request), by the actor, with the time and the remarks. */
static void
prepare(const struct round *round, enum event_type type, const struct step_state *step)
{
	const struct decision_input *input = round->input;

	request_prepare_event(
	    round->request, type, step, input->actor->name, input->now, round->event);
	round->event->created_by_uid = input->actor->uid;
	round->event->remarks = input->remarks;
}

static const struct event *
own_vote(const struct round *round)
{
	const struct actor *actor = round->input->actor;

	return approval_vote_by(round->step, actor->name, &actor->uid);
}

static void
add_done(const struct round *round, const char *done)
{
	strbuf_addf(round->why, "'%s' has %s step '%s' of request %" PRIu64 " already",
	    round->input->actor->name, done, round->step->step->name, round->request->id);
}

/* Also when the request has gone on, because of that vote or later ones, or has failed since. */
static bool
is_approved_before(const struct round *round)
{
	if (round->request->status == REQUEST_CANCELLED || round->step == NULL ||
	    own_vote(round) == NULL)
		return false;
	add_done(round, "approved");
	return true;
}

static bool
is_overridden_before(const struct round *round)
{
	const struct event *vote = round->step == NULL ? NULL : own_vote(round);

	if (round->request->status == REQUEST_CANCELLED || vote == NULL || !vote->override)
		return false;
	add_done(round, "overridden");
	return true;
}

static bool
is_withdrawn_before(const struct round *round)
{
	const struct actor *actor = round->input->actor;

	if (round->request->status != REQUEST_PENDING || round->step == NULL ||
	    !approval_was_withdrawn_by(round->request, round->step, actor->name, &actor->uid))
		return false;
	strbuf_addf(round->why,
	    "'%s' has withdrawn the approval of step '%s' of request %" PRIu64 " already",
	    actor->name, round->step->step->name, round->request->id);
	return true;
}

/* A listing reads the latest event only: it must say who is still waited for, until when. */
static void
prepare_vote(const struct round *round, enum event_type type)
{
	const struct event *intent = round->step->intent;

	prepare(round, type, round->step);
	round->event->expires_at = intent->expires_at;
	round->event->approvers = intent->approvers;
}

/* Who was an approver when they voted may not be one any more. */
static const struct value *
list_counted(const struct round *round)
{
	const struct decision_input *input = round->input;
	struct value *list = value_new(input->arena, VALUE_LIST);
	const struct event *vote, *own = own_vote(round);
	size_t position = 0;

	while ((vote = approval_next_vote(round->step, &position)) != NULL) {
		if (vote != own && strcmp(vote->created_by, input->actor->name) != 0 &&
		    permission_vote_counts(input->policy, round->request, round->step, vote))
			value_list_add(
			    input->arena, list, value_string(input->arena, vote->created_by));
	}
	value_list_add(input->arena, list, value_string(input->arena, input->actor->name));
	return list;
}

/* Whether the step's policy can be read.  What is not known is not decided by. */
static bool
has_policy(const struct round *round)
{
	if (round->step->step->approval.required != APPROVALS_NEVER)
		return true;
	pipeline_step_check(&round->request->pipeline, round->step->step, round->why);
	return false;
}

static enum verdict
approve(const struct round *round)
{
	if (!has_policy(round))
		return VERDICT_REFUSED;
	prepare_vote(round, EVENT_APPROVED);
	round->event->approved_by = list_counted(round);
	return VERDICT_DECIDED;
}

static enum verdict
override(const struct round *round)
{
	if (!has_policy(round))
		return VERDICT_REFUSED;
	if (!round->step->step->approval.override) {
		strbuf_addf(
		    round->why, "step '%s' forbids it (override: false)", round->step->step->name);
		return VERDICT_REFUSED;
	}
	prepare_vote(round, EVENT_APPROVED);
	round->event->approved_by = list_counted(round);
	round->event->override = true;
	return VERDICT_DECIDED;
}

static enum verdict
withdraw(const struct round *round)
{
	if (own_vote(round) == NULL) {
		strbuf_addf(round->why, "'%s' has not approved step '%s'",
		    round->input->actor->name, round->step->step->name);
		return VERDICT_REFUSED;
	}
	prepare_vote(round, EVENT_WITHDRAWN);
	return VERDICT_DECIDED;
}

static bool
is_rejected_before(const struct round *round)
{
	const struct step_state *step = round->step;
	const struct actor *actor = round->input->actor;

	if (step == NULL || step->status != STEP_FAILED ||
	    step->latest->reason != REASON_REJECTED ||
	    !event_is_by(step->latest, actor->name, &actor->uid))
		return false;
	add_done(round, "rejected");
	return true;
}

/* Also by who has approved it: they may have learned better. */
static enum verdict
reject(const struct round *round)
{
	prepare(round, EVENT_FAILED, round->step);
	round->event->reason = REASON_REJECTED;
	return VERDICT_DECIDED;
}

static bool
is_cancelled_before(const struct round *round)
{
	if (round->request->status != REQUEST_CANCELLED)
		return false;
	strbuf_addf(round->why, "request %" PRIu64 " is Cancelled already", round->request->id);
	return true;
}

static enum verdict
cancel(const struct round *round)
{
	prepare(round, EVENT_CANCELLED, NULL);
	return VERDICT_DECIDED;
}

/* What mended the request has said so. */
static bool
is_retried_before(const struct round *round)
{
	if (!mend_is_latest(round->request))
		return false;
	strbuf_addf(round->why,
	    "request %" PRIu64 " goes on already, by the pipeline's present steps",
	    round->request->id);
	return true;
}

/* The event says what it is that a person has done again, knowing it. */
static enum verdict
retry(const struct round *round)
{
	const struct step_state *step = request_current_step(round->request);
	enum verdict verdict = retry_check(round->request, round->input, round->why);

	prepare(round, EVENT_NOT_STARTED, step);
	if (round->input->again)
		round->event->effect = step_effect(step);
	return verdict;
}

/* What a run that finds the step so records, too. */
static void
prepare_interrupted(const struct round *round)
{
	const struct request *request = round->request;
	const struct step_state *step = request_current_step(request);

	prepare(round, EVENT_FAILED, step);
	round->event->reason = REASON_OUTCOME_UNKNOWN;
	round->event->effect = request_unrecorded_effect(request, step);
	round->event->message = "an admin says that the program that ran the step ended before it "
				"could record the outcome";
}

static enum verdict
resolve(const struct round *round)
{
	const struct decision_input *input = round->input;
	enum verdict verdict;

	if (input->interrupted) {
		prepare_interrupted(round);
		return resolve_check_interrupted(round->request, input, round->why);
	}
	verdict = resolve_check(round->request, input, round->why);
	prepare(round, input->completed ? EVENT_COMPLETED : EVENT_FAILED,
	    request_current_step(round->request));
	if (input->completed) {
		round->event->effect = EFFECT_CERTAIN;
		round->event->outputs = input->outputs;
	} else {
		round->event->reason = REASON_EXECUTOR;
	}
	return verdict;
}

/* What is given takes the place of what the request has. */
static enum verdict
update(const struct round *round)
{
	const struct request *request = round->request;
	const struct decision_input *input = round->input;
	const struct value *data;

	form_update(input->arena, &request->pipeline.form, request->form_data, input->form_data,
	    &data, input->faults);
	if (input->faults->count == 0)
		pipeline_form_check(input->arena, &request->pipeline, data, input->faults);
	if (input->faults->count > 0)
		return VERDICT_INVALID;
	if (value_equal(data, request->form_data)) {
		strbuf_addf(
		    round->why, "request %" PRIu64 " has that form data already", request->id);
		return VERDICT_REPEATED;
	}
	prepare(round, EVENT_UPDATED, NULL);
	round->event->form_data = data;
	return VERDICT_DECIDED;
}

static bool
is_mended_before(const struct round *round)
{
	if (!mend_is_repeated(round->request, round->input))
		return false;
	strbuf_addf(round->why,
	    "request %" PRIu64 " goes on by the pipeline's present steps already",
	    round->request->id);
	return true;
}

static enum verdict
mend(const struct round *round)
{
	prepare(round, EVENT_UPDATED, NULL);
	return mend_check(round->request, round->input, round->event, round->why);
}

static enum verdict
replace(const struct round *round)
{
	return replace_check(round->request, round->input, round->why);
}

/* run has none: it decides nothing. */
static const struct decision_rule rules[COMMAND_COUNT] = {
    [COMMAND_UPDATE] = {.decide = update},
    [COMMAND_APPROVE] = {.is_repeated = is_approved_before, .decide = approve},
    [COMMAND_OVERRIDE] = {.is_repeated = is_overridden_before, .decide = override},
    [COMMAND_WITHDRAW] = {.is_repeated = is_withdrawn_before, .decide = withdraw},
    [COMMAND_REJECT] = {.is_repeated = is_rejected_before, .decide = reject},
    [COMMAND_CANCEL] = {.is_repeated = is_cancelled_before, .decide = cancel},
    [COMMAND_RETRY] = {.is_repeated = is_retried_before, .decide = retry},
    [COMMAND_RESOLVE] = {.decide = resolve},
    [COMMAND_MEND] = {.is_repeated = is_mended_before, .decide = mend},
    [COMMAND_REPLACE] = {.decide = replace},
};

static bool
is_about_approval(enum command command)
{
	return command == COMMAND_APPROVE || command == COMMAND_OVERRIDE ||
	       command == COMMAND_WITHDRAW || command == COMMAND_REJECT;
}

const struct step_state *
decision_step(const struct request *request, const struct decision_input *input)
{
	return is_about_approval(input->command) ? approval_step(request, input->step_name) : NULL;
}

static enum verdict
check_name(const struct round *round)
{
	const char *name = round->input->step_name;

	if (name == NULL || round->step != NULL)
		return VERDICT_DECIDED;
	strbuf_addf(round->why, "it has no step '%s' that waits for approval", name);
	return VERDICT_REFUSED;
}

static enum verdict
check_permission(const struct round *round)
{
	const struct decision_input *input = round->input;

	if (permission_check(input->actor, input->policy, input->command, round->request,
		round->step, round->why) != 0)
		return VERDICT_NOT_PERMITTED;
	return VERDICT_DECIDED;
}

/* Whether the step has failed because the time for approving it was over. */
static bool
has_expired(const struct step_state *step)
{
	return step->status == STEP_FAILED && step->intent != NULL &&
	       step->latest->reason == REASON_EXPIRED;
}

/* A command that comes too late is refused with the time of the end; the first also records it. */
static enum verdict
check_time(const struct round *round)
{
	const struct decision_input *input = round->input;
	const struct step_state *step = round->step;
	struct next next = request_next(round->request, input->now);
	bool expires = next.kind == NEXT_EXPIRED && next.step == step;
	char ended[TIMESTAMP_SIZE];

	if (step == NULL || (!expires && !has_expired(step)))
		return VERDICT_DECIDED;
	timestamp_format(step->intent->expires_at, ended);
	strbuf_addf(round->why, "the time for step '%s' ended at %s", step->step->name, ended);
	if (!expires)
		return VERDICT_TOO_LATE;
	next_prepare_event(round->request, &next, input->actor->name, input->now, round->event);
	round->event->created_by_uid = input->actor->uid;
	return VERDICT_EXPIRES;
}

/* A step that was named is decided on only when it is its turn; when Cancelled, none is. */
static enum verdict
check_turn(const struct round *round)
{
	const struct step_state *step = round->step;

	if (step == NULL || round->input->step_name == NULL ||
	    round->request->status == REQUEST_CANCELLED ||
	    step == request_current_step(round->request))
		return VERDICT_DECIDED;
	if (step->status == STEP_COMPLETED)
		strbuf_addf(round->why, "step '%s' is Completed", step->step->name);
	else
		strbuf_addf(round->why, "it is not the turn of step '%s'", step->step->name);
	return VERDICT_REFUSED;
}

/* Whether a step is under way, and not for people to decide. */
static bool
is_under_way(const struct round *round)
{
	return request_next(round->request, round->input->now).kind == NEXT_INTERRUPTED;
}

/* Of a step whose end the command has to wait for; RUN_GOES_ON for any other. */
static enum run_state
run_state(const struct round *round)
{
	const struct request *request = round->request;
	enum command command = round->input->command;
	bool waits =
	    command == COMMAND_RESOLVE || ((command == COMMAND_RETRY || command == COMMAND_MEND) &&
					      request->status == REQUEST_RUNNING);

	if (!waits || !is_under_way(round))
		return RUN_GOES_ON;
	return run_state_of(
	    request, request_current_step(request), &round->input->sight, round->input->now);
}

/* Returns what a run has to record before the command is possible; NULL: nothing. */
static const char *
what_to_run_first(const struct round *round)
{
	enum command command = round->input->command;

	if (run_state(round) == RUN_INTERRUPTED)
		return "was interrupted";
	if ((command == COMMAND_RETRY || command == COMMAND_MEND) &&
	    request_next(round->request, round->input->now).kind == NEXT_EXPIRED)
		return "its time is over";
	return NULL;
}

/*
 * A Cancelled request takes what is said of an unknown outcome, and nothing else; one that is
 * Running that its next attempt is not waited for, and that nobody runs its step any more.
 */
static bool
is_in_state(const struct round *round)
{
	const struct request *request = round->request;
	const struct step_state *step = request_current_step(request);
	enum command command = round->input->command;

	if (!command_allowed(request->status, command))
		return false;
	if (command == COMMAND_RESOLVE && round->input->interrupted)
		return is_under_way(round);
	if (command == COMMAND_RESOLVE && request->status == REQUEST_CANCELLED)
		return request_is_unresolved(request);
	if (command == COMMAND_RESOLVE)
		return request->status == REQUEST_FAILED;
	return command != COMMAND_RETRY || request->status != REQUEST_RUNNING ||
	       (step != NULL && step->status == STEP_FAILED);
}

/* What comes before the command, or in its place. */
static void
add_way_on(const struct round *round)
{
	const struct request *request = round->request;
	const struct step_state *step = request_current_step(request);
	const char *program = decision_program(round->input);
	const char *first = what_to_run_first(round);

	if (first != NULL) {
		strbuf_addf(round->why, ", but %s: '%s run %" PRIu64 "' settles that first", first,
		    program, request->id);
	} else if (run_state(round) == RUN_UNSEEN) {
		strbuf_addf(round->why, ", and step '%s' ", step->step->name);
		run_add_unseen(round->why, request, step, &round->input->sight, program);
	} else if (round->input->command == COMMAND_MEND) {
		mend_add_instead(round->why, request, program);
	}
}

static enum verdict
check_state(const struct round *round)
{
	const struct request *request = round->request;
	enum command command = round->input->command;

	if (is_in_state(round))
		return VERDICT_DECIDED;
	strbuf_addf(round->why, "it is %s", request_status_name(request->status));
	add_way_on(round);
	/* what comes after an approval in a script must not come after a cancel */
	return (command == COMMAND_APPROVE || command == COMMAND_OVERRIDE) &&
		       request->status == REQUEST_CANCELLED
		   ? VERDICT_CANCELLED
		   : VERDICT_REFUSED;
}

/* The verdict before the event is checked. */
static enum verdict
judge(const struct round *round)
{
	static enum verdict (*const checks[])(const struct round *) = {
	    check_name, check_permission, check_time};
	const struct decision_rule *rule = &rules[round->input->command];
	enum verdict verdict = VERDICT_DECIDED;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		verdict = checks[i](round);
		if (verdict != VERDICT_DECIDED)
			return verdict;
	}
	if (rule->is_repeated != NULL && rule->is_repeated(round))
		return VERDICT_REPEATED;
	verdict = check_turn(round);
	if (verdict == VERDICT_DECIDED)
		verdict = check_state(round);
	if (verdict == VERDICT_DECIDED && rule->decide != NULL)
		verdict = rule->decide(round);
	return verdict;
}

enum verdict
request_decide(const struct request *request, const struct decision_input *input, struct event *out,
    struct strbuf *why)
{
	const struct round round = {
	    .request = request,
	    .input = input,
	    .step = decision_step(request, input),
	    .event = out,
	    .why = why,
	};
	enum verdict verdict = judge(&round);
	bool silent = input->command == COMMAND_RUN || input->command == COMMAND_REPLACE;
	bool records = verdict == VERDICT_EXPIRES || (verdict == VERDICT_DECIDED && !silent);

	return !records || request_status_after(request, out, why) == 0 ? verdict : VERDICT_REFUSED;
}

bool
decision_continues(const struct request *request, const struct decision_input *input,
    const struct event *event, struct event *out)
{
	return input->command == COMMAND_MEND && event->status == REQUEST_FAILED &&
	       mend_frees(request, input, event, out);
}

const char *
decision_program(const struct decision_input *input)
{
	return input->program != NULL ? input->program : "svcreq";
}

bool
decision_of_unrecorded_outcome(const struct request *request, const struct actor *actor,
    const struct run_sight *sight, int64_t now, struct event *out)
{
	if (!request_has_unrecorded_outcome(request) ||
	    run_state_of(request, request_current_step(request), sight, now) != RUN_INTERRUPTED)
		return false;
	request_prepare_event(
	    request, EVENT_FAILED, request_current_step(request), actor->name, now, out);
	out->reason = REASON_OUTCOME_UNKNOWN;
	out->effect = request_unrecorded_effect(request, request_current_step(request));
	out->message =
	    "the step was interrupted before the request was cancelled: it may have done its work";
	request_status_after(request, out, NULL);
	return true;
}
