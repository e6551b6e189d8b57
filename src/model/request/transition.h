/* SPDX-License-Identifier: ISC */
/* The state machine as data: which event may follow in which state, and what a person may do. */
#ifndef MODEL_REQUEST_TRANSITION_H
#define MODEL_REQUEST_TRANSITION_H

#include <stdbool.h>

#include "model/request/status.h"

/* The commands by which a person changes a request. */
enum command {
	COMMAND_UPDATE,
	COMMAND_RUN,
	COMMAND_APPROVE,
	COMMAND_OVERRIDE, /* approve in the place of the approvers */
	COMMAND_WITHDRAW, /* take a vote back */
	COMMAND_REJECT,
	COMMAND_CANCEL,
	COMMAND_RETRY,
	COMMAND_RESOLVE,
	COMMAND_MEND,	 /* put the present pipeline into the place of its own */
	COMMAND_REPLACE, /* make a new request from it, which changes nothing about it */
	COMMAND_COUNT,
};

const char *command_name(enum command);
/* Whether a request in that state takes the command at all (its step may still refuse). */
bool command_allowed(enum request_status, enum command);
/* Whether a step in that state, of a request in that state, can have that event. */
bool step_event_allowed(enum request_status, enum step_status, enum event_type);
/* Whether a request in that state can have that event, which is about no step. */
bool request_event_allowed(enum request_status, enum event_type);
/* The state of the step after an event that step_event_allowed() accepts. */
enum step_status step_status_after(enum request_status, enum step_status, enum event_type);

#endif
