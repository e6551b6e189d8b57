/* SPDX-License-Identifier: ISC */
/* The words of the state machine: their values, and their names on disk and on the screen. */
#ifndef MODEL_REQUEST_STATUS_H
#define MODEL_REQUEST_STATUS_H

/* Of a step.  The latest event decides. */
enum step_status {
	STEP_NOT_STARTED,
	STEP_RUNNING,
	STEP_FAILED,
	STEP_CANCELLED,
	STEP_COMPLETED,
};

/* Of a service request. */
enum request_status {
	REQUEST_NOT_STARTED,
	REQUEST_RUNNING,
	REQUEST_PENDING, /* waits for approval */
	REQUEST_FAILED,
	REQUEST_CANCELLED,
	REQUEST_COMPLETED,
	REQUEST_STATUS_COUNT,
};

enum event_type {
	EVENT_CREATED,
	EVENT_NOT_STARTED, /* a step is to be run; after its failure: to be run again */
	EVENT_UPDATED,	   /* other form data; a failed request: another pipeline */
	EVENT_RUNNING,	   /* the intent: a step is about to start */
	EVENT_APPROVED,	   /* one vote */
	EVENT_WITHDRAWN,   /* a vote is taken back */
	EVENT_COMPLETED,
	EVENT_FAILED,
	EVENT_CANCELLED, /* the request as a whole */
	EVENT_TYPE_COUNT,
};

/* Why a step failed. */
enum reason {
	REASON_NONE,
	REASON_REJECTED,
	REASON_EXPIRED,
	REASON_HTTP_STATUS,
	REASON_TRANSPORT,
	REASON_TIMEOUT,
	REASON_OUTCOME_UNKNOWN,
	REASON_PLACEHOLDER,
	REASON_EXECUTOR,
	REASON_COUNT,
};

/* What an attempt did that another one would do a second time: nothing, if it is repeatable. */
enum effect {
	EFFECT_NONE,
	EFFECT_POSSIBLE, /* it may have been carried out */
	EFFECT_CERTAIN,	 /* it was carried out */
	EFFECT_COUNT,
};

const char *step_status_name(enum step_status);
const char *request_status_name(enum request_status);
const char *event_type_name(enum event_type);
const char *reason_name(enum reason);
const char *effect_name(enum effect);

/* The value of a name, exactly as it is on disk; -1: there is none. */
int request_status_find(const char *name);
int event_type_find(const char *name);
int reason_find(const char *name);
int effect_find(const char *name);
/*
 * Parses a status as a person types it: in any case, with "-" or "_" for a space.  Returns -1 for
 * an unknown one.
 */
int request_status_parse(const char *word);

#endif
