/* SPDX-License-Identifier: ISC */
#include "steps/catalogue.h"

#include <stddef.h>

#include "base/value.h"
#include "model/request/approval.h"
#include "model/step-type.h"
#include "steps/api.h"

static const char *const idempotency_choices[] = {"none", "sent", "honoured", NULL};

static const struct parameter_type retry_parameters[] = {
    {.name = "max_attempts",
	.kind = PARAMETER_COUNT,
	.standard = "1",
	.most = 100,
	.summary = "How often the call is tried."},
    {.name = "backoff",
	.kind = PARAMETER_DURATION,
	.standard = "2s",
	.most = 86400,
	.summary = "The longest wait before the second attempt; it doubles with each."},
    {.name = "max_backoff",
	.kind = PARAMETER_DURATION,
	.standard = "5m",
	.most = 86400,
	.summary = "The longest wait before any attempt."},
    {.name = NULL},
};

static const struct parameter_type api_parameters[] = {
    {.name = "method",
	.kind = PARAMETER_METHOD,
	.standard = "GET",
	.summary = "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
    {.name = "url",
	.kind = PARAMETER_URL,
	.required = true,
	.summary = "Where the call goes, http or https."},
    {.name = "headers", .kind = PARAMETER_HEADERS, .summary = "Header fields: name and value."},
    {.name = "data",
	.kind = PARAMETER_JSON,
	.summary = "The body, sent as JSON; no body when it is empty."},
    {.name = "query", .kind = PARAMETER_QUERY, .summary = "Added to the URL's query, encoded."},
    {.name = "success_status",
	.kind = PARAMETER_STATUSES,
	.standard = "200",
	.summary = "The statuses that complete the step."},
    {.name = "timeout",
	.kind = PARAMETER_DURATION,
	.standard = "60s",
	.most = 3600,
	.summary = "For the whole call, the body included."},
    {.name = "connect_timeout",
	.kind = PARAMETER_DURATION,
	.standard = "10s",
	.most = 3600,
	.summary = "For reaching the server, TLS included."},
    {.name = "retry",
	.kind = PARAMETER_GROUP,
	.members = retry_parameters,
	.summary = "Whether and when a failed call is tried again."},
    {.name = "follow_redirects",
	.kind = PARAMETER_COUNT,
	.standard = "0",
	.most = 20,
	.summary = "How many redirects a GET or HEAD follows, within the same origin."},
    {.name = "ca_file",
	.fixed = true,
	.kind = PARAMETER_TEXT,
	.summary = "The certificates to trust, PEM."},
    {.name = "client_cert",
	.fixed = true,
	.kind = PARAMETER_TEXT,
	.summary = "The certificate to show, PEM."},
    {.name = "client_key",
	.fixed = true,
	.kind = PARAMETER_TEXT,
	.summary = "Its private key, PEM."},
    {.name = "insecure",
	.fixed = true,
	.kind = PARAMETER_BOOLEAN,
	.standard = "false",
	.summary = "Do not verify the server's certificate; the log warns each time."},
    {.name = "proxy",
	.kind = PARAMETER_PROXY,
	.summary = "The proxy to use, or none; without it the environment's."},
    {.name = "max_response",
	.kind = PARAMETER_SIZE,
	.standard = "1MiB",
	.most = 64L << 20,
	.summary = "The most bytes of a response."},
    {.name = "idempotency",
	.fixed = true,
	.kind = PARAMETER_WORD,
	.standard = "none",
	.choices = idempotency_choices,
	.summary = "Whether an Idempotency-Key is sent, and whether the server honours it."},
    {.name = "outputs",
	.fixed = true,
	.kind = PARAMETER_POINTERS,
	.summary = "What later steps may use: name and JSON Pointer into the response."},
    {.name = NULL},
};

static const struct parameter_type approval_parameters[] = {
    {.name = "approvers",
	.fixed = true,
	.kind = PARAMETER_USERS,
	.summary = "Users and @unix-groups who decide; the admins without it."},
    {.name = "approvals_required",
	.fixed = true,
	.kind = PARAMETER_COUNT,
	.standard = "1",
	.most = 100,
	.summary = "How many of them must approve."},
    {.name = "prevent_self_approval",
	.fixed = true,
	.kind = PARAMETER_BOOLEAN,
	.standard = "false",
	.summary = "The requester cannot approve."},
    {.name = "expires_after",
	.fixed = true,
	.kind = PARAMETER_DURATION,
	.summary = "The step fails when it was not approved by then."},
    {.name = "instructions", .kind = PARAMETER_TEXT, .summary = "Shown to whoever is to decide."},
    {.name = NULL},
};

/* Reads what does not fit as a policy that nobody can fulfil: it was accepted by other rules. */
static void
approval_policy(const struct value *parameters, struct approval_policy *out)
{
	const struct value *approvers = value_map_get(parameters, "approvers");
	const struct value *self = value_map_get(parameters, "prevent_self_approval");

	*out = (struct approval_policy){
	    .approvers = approvers != NULL && approvers->type == VALUE_LIST ? approvers : NULL,
	    .required = parameter_number(approval_parameters, parameters, "approvals_required"),
	    .prevent_self_approval = self != NULL && self->boolean,
	    .expires_after = parameter_number(approval_parameters, parameters, "expires_after"),
	    .instructions = value_text(value_map_get(parameters, "instructions")),
	};
	if (out->required < 1 ||
	    (out->approvers == NULL && approvers != NULL && approvers->type != VALUE_NULL))
		out->required = APPROVALS_NEVER;
}

static const struct step_type api_type = {
    .name = "API",
    .parameters = api_parameters,
    .check = api_parameters_check,
    .pauses = PAUSE_NONE,
    .summary = "One HTTP call.",
};

static const struct step_type approval_type = {
    .name = "WAIT_FOR_APPROVAL",
    .parameters = approval_parameters,
    .check = approval_parameters_check,
    .pauses = PAUSE_PERSON,
    .policy = approval_policy,
    .summary = "Waits until people have approved.",
};

const struct step_type *const steps_catalogue[] = {&api_type, &approval_type, NULL};
