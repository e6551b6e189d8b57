/* SPDX-License-Identifier: ISC */
#include "cli/decide.h"

#include <inttypes.h>

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
#include "cli/options.h"
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

/* Whether the command's permission hangs on the user's groups, not on the name. */
static bool
is_named(const struct value *list, const char *user)
{
	const struct policy nobody = {.admins = NULL};

	return permission_is_listed(&nobody, list, user);
}

/* Asks the system in which of the list's groups the user is. */
static void
ask_about(const struct value *list, const char *user, struct membership *out, size_t *count)
{
	if (is_named(list, user))
		return;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);

		if (name != NULL && *name == '@' && identity_is_in_group(user, name + 1))
			out[(*count)++] = (struct membership){user, name + 1};
	}
}

/* Fills the policy with the memberships by which the command's permission is decided. */
static void
ask_memberships(struct context *context, enum command command, const struct request *request,
    const struct step_state *step)
{
	struct policy *policy = &context->policy;
	const struct actor *actor = &context->actor;
	const struct value *list = permission_list(actor, policy, command, request, step);
	size_t voters = step == NULL ? 0 : step->votes, position = 0;
	const struct event *vote;
	struct membership *memberships;

	policy->memberships = NULL;
	policy->membership_count = 0;
	if (list == NULL)
		return;
	memberships =
	    arena_calloc(&context->arena, (voters + 1) * list->count + 1, sizeof(*memberships));
	ask_about(list, actor->name, memberships, &policy->membership_count);
	while (step != NULL && (vote = approval_next_vote(request, step, &position)) != NULL)
		ask_about(list, vote->created_by, memberships, &policy->membership_count);
	policy->memberships = memberships;
}

/* Loads the request and decides, again whenever somebody else appended an event first. */
static enum store_result
decide_until_first(struct context *context, struct decision_input *input, struct request *request,
    enum verdict *verdict, struct strbuf *why)
{
	struct store *store = context->workspace.store;
	enum store_result result;
	struct event event;

	do {
		strbuf_reset(why);
		request_reset(request);
		result = store_load(store, request, &context->err);
		if (result != STORE_OK)
			return result;
		input->now = clock_now();
		input->locked =
		    request->status == REQUEST_RUNNING && store_is_locked(store, request->id);
		ask_memberships(context, input->command, request, decision_step(request, input));
		*verdict = request_decide(request, input, &event, why);
		if (*verdict == VERDICT_DECIDED || *verdict == VERDICT_EXPIRES)
			result = store_append(store, request, &event, &context->err);
	} while (result == STORE_EXISTS);
	return result;
}

static enum exit_code
report(struct context *context, const struct decision_input *input, const struct request *request,
    enum verdict verdict, const struct strbuf *why)
{
	if (verdict == VERDICT_REPEATED)
		message("%s", why->buf);
	else if (why->len > 0)
		refuse(context, codes[verdict], "cannot %s request %" PRIu64 ": %s",
		    command_name(input->command), request->id, why->buf);
	return codes[verdict];
}

enum exit_code
decide(struct context *context, const struct arguments *arguments, struct decision_input *input,
    struct request *request, const struct event **recorded)
{
	struct strbuf why = STRBUF_INIT;
	enum exit_code code = CODE_ERROR;
	enum verdict verdict;
	uint64_t id;

	*recorded = NULL;
	request_init(request, 0);
	if (request_id_parse(context, arguments->operands[0], &id) != 0 ||
	    remarks_read(context, arguments, &input->remarks) != CODE_DONE)
		return CODE_USAGE;
	request_init(request, id);
	input->actor = &context->actor;
	input->policy = &context->policy;
	if (decide_until_first(context, input, request, &verdict, &why) == STORE_OK) {
		code = report(context, input, request, verdict, &why);
		if (verdict == VERDICT_DECIDED)
			*recorded = request->events[request->event_count - 1];
	}
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
	ask_memberships(context, command, request, NULL);
	if (permission_check(&context->actor, &context->policy, command, request, NULL, why) != 0)
		return CODE_NOT_PERMITTED;
	return CODE_DONE;
}
