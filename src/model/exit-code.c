/* SPDX-License-Identifier: ISC */
#include "model/exit-code.h"

#include "model/request/next.h"
#include "model/request/request.h"

static const enum exit_code codes_by_status[REQUEST_STATUS_COUNT] = {
    [REQUEST_NOT_STARTED] = CODE_NOT_STARTED,
    [REQUEST_RUNNING] = CODE_RUNNING,
    [REQUEST_PENDING] = CODE_PENDING,
    [REQUEST_FAILED] = CODE_FAILED,
    [REQUEST_CANCELLED] = CODE_CANCELLED,
    [REQUEST_COMPLETED] = CODE_DONE,
};

static enum exit_code
code_of_failure(const struct request *request)
{
	const struct step_state *step = request_current_step(request);

	if (step == NULL || step->latest == NULL)
		return CODE_FAILED;
	switch (step->latest->reason) {
	case REASON_REJECTED:
		return CODE_REJECTED;
	case REASON_EXPIRED:
		return CODE_EXPIRED;
	case REASON_OUTCOME_UNKNOWN:
		return CODE_UNKNOWN;
	default:
		return CODE_FAILED;
	}
}

enum exit_code
exit_code_of_request(const struct request *request, bool unfinished_too, int64_t now)
{
	if (request->status == REQUEST_FAILED)
		return code_of_failure(request);
	if (!unfinished_too && !request_is_finished(request))
		return CODE_DONE;
	if (request_next(request, now).kind == NEXT_EXPIRED)
		return CODE_EXPIRED;
	return codes_by_status[request->status];
}
