/* SPDX-License-Identifier: ISC */
#include "model/request/transition.h"

#include <stddef.h>

#define REQUEST(name) (1U << REQUEST_##name)
#define STEP(name)    (1U << STEP_##name)
#define ANY_REQUEST   ((1U << REQUEST_STATUS_COUNT) - 1)

struct rule {
	enum event_type event;
	unsigned requests;   /* the request is in one of these */
	unsigned steps;	     /* and the step in one of these */
	enum step_status to; /* the step afterwards */
};

/* Events about a step.  Any other is refused. */
static const struct rule step_rules[] = {
    /* each step is announced; a failed one is to be run again */
    {EVENT_NOT_STARTED, REQUEST(NOT_STARTED), STEP(NOT_STARTED), STEP_NOT_STARTED},
    {EVENT_NOT_STARTED, REQUEST(RUNNING) | REQUEST(FAILED), STEP(FAILED), STEP_NOT_STARTED},
    {EVENT_RUNNING, REQUEST(NOT_STARTED), STEP(NOT_STARTED), STEP_RUNNING},
    /*
     * from Failed: the next attempt; from Running: the last one was interrupted and may be
     * repeated
     */
    {EVENT_RUNNING, REQUEST(RUNNING), STEP(NOT_STARTED) | STEP(RUNNING) | STEP(FAILED),
	STEP_RUNNING},
    {EVENT_APPROVED, REQUEST(PENDING), STEP(RUNNING), STEP_RUNNING},
    {EVENT_WITHDRAWN, REQUEST(PENDING), STEP(RUNNING), STEP_RUNNING},
    {EVENT_COMPLETED, REQUEST(RUNNING), STEP(RUNNING), STEP_COMPLETED},
    {EVENT_COMPLETED, REQUEST(FAILED), STEP(FAILED), STEP_COMPLETED}, /* resolve */
    /* from Not Started: it could not even be started; from Failed: nor its next attempt */
    {EVENT_FAILED, REQUEST(NOT_STARTED), STEP(NOT_STARTED), STEP_FAILED},
    {EVENT_FAILED, REQUEST(RUNNING), STEP(NOT_STARTED) | STEP(RUNNING) | STEP(FAILED), STEP_FAILED},
    {EVENT_FAILED, REQUEST(PENDING), STEP(RUNNING), STEP_FAILED}, /* rejected, expired */
    {EVENT_FAILED, REQUEST(FAILED), STEP(FAILED), STEP_FAILED},	  /* resolve */
    /* the outcome of a call that was under way when the request was cancelled */
    {EVENT_COMPLETED, REQUEST(CANCELLED), STEP(RUNNING), STEP_COMPLETED},
    {EVENT_FAILED, REQUEST(CANCELLED), STEP(RUNNING), STEP_FAILED},
    /* resolve: of an outcome that is unknown (request_is_unresolved()) */
    {EVENT_COMPLETED, REQUEST(CANCELLED), STEP(FAILED), STEP_COMPLETED},
    {EVENT_FAILED, REQUEST(CANCELLED), STEP(FAILED), STEP_FAILED},
};

/* Events about the request as a whole. */
static const unsigned request_rules[EVENT_TYPE_COUNT] = {
    /* Not Started: form data; Failed: a pipeline */
    [EVENT_UPDATED] = REQUEST(NOT_STARTED) | REQUEST(FAILED),
    [EVENT_CANCELLED] =
	REQUEST(NOT_STARTED) | REQUEST(RUNNING) | REQUEST(PENDING) | REQUEST(FAILED),
};

struct command_rule {
	const char *name;
	unsigned requests;
};

static const struct command_rule command_rules[COMMAND_COUNT] = {
    [COMMAND_UPDATE] = {"update", REQUEST(NOT_STARTED)},
    [COMMAND_RUN] = {"run", ANY_REQUEST}, /* where nothing is to be done it does nothing */
    [COMMAND_APPROVE] = {"approve", REQUEST(PENDING)},
    [COMMAND_OVERRIDE] = {"override", REQUEST(PENDING)},
    [COMMAND_WITHDRAW] = {"withdraw", REQUEST(PENDING)},
    [COMMAND_REJECT] = {"reject", REQUEST(PENDING)},
    [COMMAND_CANCEL] = {"cancel",
	REQUEST(NOT_STARTED) | REQUEST(RUNNING) | REQUEST(PENDING) | REQUEST(FAILED)},
    [COMMAND_RETRY] = {"retry", REQUEST(RUNNING) | REQUEST(FAILED)},
    [COMMAND_RESOLVE] = {"resolve", REQUEST(RUNNING) | REQUEST(FAILED) | REQUEST(CANCELLED)},
    [COMMAND_MEND] = {"mend", REQUEST(FAILED)},
    [COMMAND_REPLACE] = {"replace", ANY_REQUEST},
};

const char *
command_name(enum command command)
{
	return command_rules[command].name;
}

bool
command_allowed(enum request_status status, enum command command)
{
	return (command_rules[command].requests & (1U << status)) != 0;
}

static const struct rule *
find_rule(enum request_status request, enum step_status step, enum event_type event)
{
	for (size_t i = 0; i < sizeof(step_rules) / sizeof(step_rules[0]); i++) {
		const struct rule *rule = &step_rules[i];

		if (rule->event == event && (rule->requests & (1U << request)) != 0 &&
		    (rule->steps & (1U << step)) != 0)
			return rule;
	}
	return NULL;
}

bool
step_event_allowed(enum request_status request, enum step_status step, enum event_type event)
{
	return find_rule(request, step, event) != NULL;
}

bool
request_event_allowed(enum request_status request, enum event_type event)
{
	return (request_rules[event] & (1U << request)) != 0;
}

enum step_status
step_status_after(enum request_status request, enum step_status step, enum event_type event)
{
	const struct rule *rule = find_rule(request, step, event);

	return rule == NULL ? step : rule->to;
}
