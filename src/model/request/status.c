/* SPDX-License-Identifier: ISC */
#include "model/request/status.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *const step_status_names[] = {
    [STEP_NOT_STARTED] = "Not Started",
    [STEP_RUNNING] = "Running",
    [STEP_FAILED] = "Failed",
    [STEP_CANCELLED] = "Cancelled",
    [STEP_COMPLETED] = "Completed",
};

static const char *const request_status_names[] = {
    [REQUEST_NOT_STARTED] = "Not Started",
    [REQUEST_RUNNING] = "Running",
    [REQUEST_PENDING] = "Pending",
    [REQUEST_FAILED] = "Failed",
    [REQUEST_CANCELLED] = "Cancelled",
    [REQUEST_COMPLETED] = "Completed",
};

static const char *const event_type_names[] = {
    [EVENT_CREATED] = "Created",
    [EVENT_NOT_STARTED] = "Not Started",
    [EVENT_UPDATED] = "Updated",
    [EVENT_RUNNING] = "Running",
    [EVENT_APPROVED] = "Approved",
    [EVENT_WITHDRAWN] = "Withdrawn",
    [EVENT_COMPLETED] = "Completed",
    [EVENT_FAILED] = "Failed",
    [EVENT_CANCELLED] = "Cancelled",
};

static const char *const reason_names[] = {
    [REASON_NONE] = "",
    [REASON_REJECTED] = "rejected",
    [REASON_EXPIRED] = "expired",
    [REASON_HTTP_STATUS] = "http_status",
    [REASON_TRANSPORT] = "transport",
    [REASON_TIMEOUT] = "timeout",
    [REASON_OUTCOME_UNKNOWN] = "outcome_unknown",
    [REASON_PLACEHOLDER] = "placeholder",
    [REASON_EXECUTOR] = "executor",
};

static const char *const effect_names[] = {
    [EFFECT_NONE] = "",
    [EFFECT_POSSIBLE] = "possible",
    [EFFECT_CERTAIN] = "certain",
};

static int
find(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

const char *
step_status_name(enum step_status status)
{
	return step_status_names[status];
}

const char *
request_status_name(enum request_status status)
{
	return request_status_names[status];
}

const char *
event_type_name(enum event_type type)
{
	return event_type_names[type];
}

const char *
reason_name(enum reason reason)
{
	return reason_names[reason];
}

const char *
effect_name(enum effect effect)
{
	return effect_names[effect];
}

int
request_status_find(const char *name)
{
	return find(name, request_status_names, COUNT(request_status_names));
}

int
event_type_find(const char *name)
{
	return find(name, event_type_names, COUNT(event_type_names));
}

int
reason_find(const char *name)
{
	return find(name, reason_names, COUNT(reason_names));
}

int
effect_find(const char *name)
{
	return find(name, effect_names, COUNT(effect_names));
}

static int
plain(char ch)
{
	return ch == '-' || ch == '_' ? ' ' : tolower((unsigned char)ch);
}

int
request_status_parse(const char *word)
{
	for (int i = 0; i < COUNT(request_status_names); i++) {
		const char *a = word, *b = request_status_names[i];

		while (*a != '\0' && plain(*a) == plain(*b)) {
			a++;
			b++;
		}
		if (*a == '\0' && *b == '\0')
			return i;
	}
	return -1;
}
