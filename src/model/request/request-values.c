/* SPDX-License-Identifier: ISC */
#include "model/request/request-values.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"

/* What is not known: a stand-in for whoever only looks. */
static const struct value *
unknown(const struct request_scope *scope, struct strbuf *err, const char *why)
{
	if (scope->secret == NULL)
		return &placeholder_stand_in;
	fail(err, "%s", why);
	return NULL;
}

/* In UTC and whole seconds. */
static const struct value *
time_value(struct arena *arena, int64_t ms)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(ms, text);
	memcpy(strchr(text, '.'), "Z", sizeof("Z"));
	return value_string(arena, text);
}

/* ---- request: */

static void
add_person(struct arena *arena, struct value *people, const char *name)
{
	for (size_t i = 0; i < people->count; i++) {
		if (strcmp(people->items[i]->text, name) == 0)
			return;
	}
	value_list_add(arena, people, value_string(arena, name));
}

static void
add_approvers(struct arena *arena, struct value *people, const struct event *completed)
{
	const struct value *counted = completed->approved_by;

	if (counted == NULL)
		add_person(arena, people, completed->created_by);
	for (size_t i = 0; counted != NULL && i < counted->count; i++)
		add_person(arena, people, value_text(counted->items[i]));
}

/* Those who have approved, in order, once each, as one text. */
static const struct value *
approved_by(const struct request_scope *scope, struct strbuf *err)
{
	const struct request *request = scope->request;
	struct value *people = value_new(scope->arena, VALUE_LIST);
	const char *text = "";

	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (step == scope->step)
			break;
		if (!step_is_for_people(step))
			continue;
		if (step->status == STEP_COMPLETED)
			add_approvers(scope->arena, people, step->latest);
		else if (scope->secret == NULL)
			return unknown(scope, err, "");
	}
	for (size_t i = 0; i < people->count; i++)
		text = arena_printf(
		    scope->arena, "%s%s%s", text, i == 0 ? "" : ", ", people->items[i]->text);
	return value_string(scope->arena, text);
}

static const struct value *
request_member(const struct request_scope *scope, const char *rest, struct strbuf *err)
{
	const struct request *request = scope->request;
	enum request_member member;

	if (namespace_read_request(rest, &member, err) != 0)
		return NULL;
	switch (member) {
	case REQUEST_ID:
		return value_integer(scope->arena, (int64_t)request->id);
	case REQUEST_REQUESTER:
		return value_string(scope->arena, request_requested_by(request));
	case REQUEST_CREATED_AT:
		return time_value(scope->arena, request->events[0]->created_at);
	case REQUEST_APPROVED_BY:
		return approved_by(scope, err);
	case REQUEST_PIPELINE:
	case REQUEST_TITLE:
		break;
	}
	return value_string(scope->arena, request->pipeline.name);
}

/* ---- time: */

/* When the step was first announced: the same for each attempt; 0: not yet. */
static int64_t
first_intent_at(const struct request_scope *scope)
{
	const struct request *request = scope->request;

	for (size_t i = 0; scope->step != NULL && i < request->event_count; i++) {
		const struct event *event = request->events[i];

		if (event->event_type == EVENT_RUNNING && event->step_name != NULL &&
		    strcmp(event->step_name, scope->step->step->name) == 0)
			return event->created_at;
	}
	return scope->now;
}

static const struct value *
time_of(const struct request_scope *scope, const char *rest, struct strbuf *err)
{
	int64_t shift, now = first_intent_at(scope);

	if (namespace_read_time(rest, &shift, err) != 0)
		return NULL;
	if (now == 0)
		return unknown(scope, err, "'time:' is not known before the step is run");
	return time_value(scope->arena, now + shift);
}

/* ---- step: */

static const struct value *
step_member(const struct request_scope *scope, const char *rest, struct strbuf *err)
{
	const struct step_state *step;
	enum step_member member;
	const char *name;

	if (namespace_read_step(scope->arena, rest, &name, &member, err) != 0)
		return NULL;
	step = request_step(scope->request, name);
	if (step == NULL) {
		fail(err, "there is no step '%s'", name);
		return NULL;
	}
	if (step->status != STEP_COMPLETED)
		return unknown(scope, err, "a step before it is not Completed");
	if (member == STEP_MEMBER_STATUS)
		return value_string(scope->arena, step_status_name(step->status));
	if (step->latest->http_status == 0)
		return value_new(scope->arena, VALUE_NULL);
	return value_integer(scope->arena, step->latest->http_status);
}

const struct value *
request_value_of(const struct request_scope *scope, enum namespace namespace, const char *rest,
    struct strbuf *err)
{
	switch (namespace) {
	case NAMESPACE_REQUEST:
		return request_member(scope, rest, err);
	case NAMESPACE_TIME:
		return time_of(scope, rest, err);
	case NAMESPACE_STEP:
		return step_member(scope, rest, err);
	case NAMESPACE_VAR:
	case NAMESPACE_SECRET:
	case NAMESPACE_NONE:
		break;
	}
	fail(err, "the placeholder '${var:%s}' stands for nothing that the request keeps", rest);
	return NULL;
}
