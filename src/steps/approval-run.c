/* SPDX-License-Identifier: ISC */
/* Waits until people have approved. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/approval.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "steps/executor.h"
#include "workspace/logs.h"

static int
approval_intend(struct step_run *run, struct event *intent, struct strbuf *err)
{
	const struct approval_policy *policy = &run->step->step->approval;

	(void)err;
	intent->approvers = policy->approvers;
	if (policy->expires_after > 0)
		intent->expires_at = intent->created_at + policy->expires_after;
	return 0;
}

static void
approval_start(struct step_run *run)
{
	const struct approval_policy *policy = &run->step->step->approval;
	struct strbuf names = STRBUF_INIT;
	char until[TIMESTAMP_SIZE];

	for (size_t i = 0; policy->approvers != NULL && i < policy->approvers->count; i++)
		strbuf_addf(&names, "%s%s", i == 0 ? "" : ", ", policy->approvers->items[i]->text);
	log_line(run->log, LOG_INFO, "waits for %" PRId64 " approval%s by %s", policy->required,
	    policy->required == 1 ? "" : "s", names.len == 0 ? "the admins" : names.buf);
	if (policy->expires_after > 0) {
		timestamp_format(run->step->intent->expires_at, until);
		log_line(run->log, LOG_INFO, "expires at %s", until);
	}
	strbuf_release(&names);
}

const struct step_executor executor_approval = {
    .step_type = "WAIT_FOR_APPROVAL",
    .intend = approval_intend,
    .start = approval_start,
};
