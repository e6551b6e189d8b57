/* SPDX-License-Identifier: ISC */
#include "cli/decide.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/request.h"
#include "store/store.h"
#include "workspace/identity.h"
#include "cli/context.h"
#include "cli/exec.h"
#include "cli/form-input.h"
#include "base/options.h"
#include "cli/request-id.h"

static const enum exit_code codes[VERDICT_COUNT] = {
    [VERDICT_DECIDED] = CODE_DONE,
    [VERDICT_REPEATED] = CODE_DONE,
    [VERDICT_REFUSED] = CODE_ERROR,
    [VERDICT_CANCELLED] = CODE_CANCELLED,
    [VERDICT_INVALID] = CODE_INVALID,
    [VERDICT_NOT_PERMITTED] = CODE_NOT_PERMITTED,
    [VERDICT_EXPIRES] = CODE_EXPIRED,
    [VERDICT_TOO_LATE] = CODE_EXPIRED,
};

/*
 * How a list has a user whom it does not name.  Returns 1; 0 when it names the user or has not; or
 * -1 with err: nobody can tell now.
 */
static int
find_membership(
    struct context *context, const struct value *list, const char *user, struct membership *out)
{
	struct arena *arena = &context->arena;

	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);
		int is_member;

		if (name == NULL)
			continue;
		if (strcmp(name, user) == 0)
			return 0;
		if (*name != '@')
			continue;
		is_member = identity_is_in_group(user, name + 1, &context->err);
		if (is_member > 0)
			*out = (struct membership){
			    arena_strdup(arena, user), arena_strdup(arena, name + 1)};
		if (is_member != 0)
			return is_member;
	}
	return 0;
}

/* The same of one more membership of the policy. */
static int
add_membership(
    struct context *context, const struct value *list, const char *user, struct membership *found)
{
	struct policy *policy = &context->policy;
	int result = find_membership(context, list, user, &found[policy->membership_count]);

	if (result > 0)
		policy->membership_count++;
	return result < 0 ? -1 : 0;
}

/* Who has voted may have left the group since, and their name may be another's. */
static int
ask_about_voters(struct context *context, const struct step_state *step, struct membership *found)
{
	struct policy *policy = &context->policy;
	const struct value *list = permission_deciders(policy, approval_approvers(step));
	const struct event **renamed = arena_calloc(&context->arena, step->votes, sizeof(*renamed));
	const struct event *vote;
	size_t position = 0;

	policy->renamed = renamed;
	while ((vote = approval_next_vote(step, &position)) != NULL) {
		if (list != NULL && add_membership(context, list, vote->created_by, found) != 0)
			return -1;
		if (vote->created_by_uid.known &&
		    identity_is_another(vote->created_by, vote->created_by_uid.uid))
			renamed[policy->renamed_count++] = vote;
	}
	return 0;
}

/*
 * Asks the system for the memberships by which the command's permission is decided: the actor's,
 * and those of whoever has voted for the step.  Returns 0, or -1 with err.
 */
static int
ask_memberships(struct context *context, enum command command, const struct request *request,
    const struct step_state *step)
{
	struct policy *policy = &context->policy;
	const struct actor *actor = &context->actor;
	const struct value *list = permission_list(actor, policy, command, request, step);
	size_t voters = step == NULL ? 0 : step->votes;
	struct membership *found = arena_calloc(&context->arena, voters + 1, sizeof(*found));

	policy->memberships = found;
	policy->membership_count = 0;
	policy->renamed_count = 0;
	if (list != NULL && add_membership(context, list, actor->name, found) != 0)
		return -1;
	return voters > 0 ? ask_about_voters(context, step, found) : 0;
}

/* Appends the event of a decision, and with it the second that it may have. */
static enum store_result
record(struct context *context, const struct decision_input *input, struct request *request,
    struct event *event)
{
	struct store *store = workspace_store(context->workspace);
	struct event second;
	struct store_append appends[] = {
	    {.request = request, .event = event, .err = STRBUF_INIT},
	    {.request = request, .event = &second, .err = STRBUF_INIT},
	};
	enum store_result result;

	if (!decision_continues(request, input, event, &second))
		return store_append(store, request, event, STORE_NO_LOCK, &context->err);
	result = store_append_all(store, appends, 2, &context->err);
	for (size_t i = 0; i < 2; i++)
		strbuf_release(&appends[i].err);
	return result;
}

/* Of whoever runs the step that is under way, if one is. */
static struct run_sight
sight_of(struct store *store, const struct request *request)
{
	const struct step_state *step = request_current_step(request);
	const struct run_sight none = {.locked = false};

	if (step == NULL || step->status != STEP_RUNNING || step_is_for_people(step))
		return none;
	return store_see_run(store, step->intent, STORE_NO_LOCK);
}

/* Loads the request and decides, again whenever somebody else appended an event first. */
static enum store_result
decide_until_first(struct context *context, struct decision_input *input, struct request *request,
    enum verdict *verdict, struct strbuf *why)
{
	struct store *store = workspace_store(context->workspace);
	enum store_result result;
	struct event event;

	do {
		strbuf_reset(why);
		request_reset(request);
		result = store_load(store, request, &context->err);
		if (result != STORE_OK)
			return result;
		input->now = clock_now();
		input->sight = sight_of(store, request);
		if (ask_memberships(
			context, input->command, request, decision_step(request, input)) != 0)
			return STORE_ERROR;
		*verdict = request_decide(request, input, &event, why);
		if (*verdict == VERDICT_DECIDED || *verdict == VERDICT_EXPIRES)
			result = record(context, input, request, &event);
	} while (result == STORE_RACE_LOST);
	return result;
}

static enum exit_code
report(struct context *context, const struct decision_input *input, const struct request *request,
    enum verdict verdict, const struct strbuf *why)
{
	if (verdict == VERDICT_REPEATED)
		message("%s", why->buf);
	else if (why->len > 0)
		context_fail(context, codes[verdict], "cannot %s request %" PRIu64 ": %s",
		    command_name(input->command), request->id, why->buf);
	return codes[verdict];
}

enum exit_code
decide(struct context *context, const struct arguments *arguments, struct decision_input *input,
    struct request *request, const struct event **recorded)
{
	struct strbuf why = STRBUF_INIT;
	enum store_result result;
	enum exit_code code;
	enum verdict verdict;
	uint64_t id;

	*recorded = NULL;
	request_init(request, 0);
	if (request_id_parse(context, arguments->operands[0], &id) != 0 ||
	    form_input_remarks(context, arguments, &input->remarks) != CODE_DONE)
		return CODE_USAGE;
	request_init(request, id);
	input->program = context->program;
	input->actor = &context->actor;
	input->policy = &context->policy;
	input->arena = &context->arena;
	result = decide_until_first(context, input, request, &verdict, &why);
	code = context_code_of(result);
	if (result == STORE_OK) {
		code = report(context, input, request, verdict, &why);
		if (verdict == VERDICT_DECIDED)
			*recorded = request->events[request->event_count - 1];
	}
	strbuf_release(&why);
	return code;
}

enum exit_code
decide_loaded(struct context *context, struct decision_input *input, const struct request *request)
{
	struct strbuf why = STRBUF_INIT;
	struct event event;
	enum exit_code code;

	input->program = context->program;
	input->actor = &context->actor;
	input->policy = &context->policy;
	input->now = clock_now();
	if (ask_memberships(context, input->command, request, decision_step(request, input)) != 0)
		return CODE_ERROR;
	code = report(context, input, request, request_decide(request, input, &event, &why), &why);
	strbuf_release(&why);
	return code;
}

enum exit_code
decide_go_on(struct context *context, const struct arguments *arguments, struct request *request,
    enum exit_code code)
{
	uint64_t id = request->id;
	bool moves = request->status == REQUEST_RUNNING && !option_given(arguments, "no-run");

	request_release(request);
	return code == CODE_DONE && moves ? exec_run_if_free(context, id) : code;
}

enum exit_code
decide_permission(struct context *context, enum command command, const struct request *request,
    struct strbuf *why)
{
	if (ask_memberships(context, command, request, NULL) != 0) {
		strbuf_addstr(why, context->err.buf);
		strbuf_reset(&context->err);
		return CODE_ERROR;
	}
	if (permission_check(&context->actor, &context->policy, command, request, NULL, why) != 0)
		return CODE_NOT_PERMITTED;
	return CODE_DONE;
}
