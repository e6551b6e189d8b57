/* SPDX-License-Identifier: ISC */
#include "steps/call-end.h"

#define FAILED(reason)	    ((struct call_end){false, false, REASON_##reason, EFFECT_NONE})
#define DID(reason, effect) ((struct call_end){false, false, REASON_##reason, EFFECT_##effect})
#define TRIED_AGAIN(reason) ((struct call_end){false, true, REASON_##reason, EFFECT_NONE})

bool
status_turns_away(int status)
{
	return status == 425 || status == 429;
}

/*
 * Whether a status says that the server failed, and may have acted all the same: it gave up
 * waiting (408), or failed (5xx, and what is no class of RFC 9110, 15); but not for good, for what
 * it does not implement (501, 505) or for want of a login to the network (511).
 */
static bool
status_is_failure(int status)
{
	return status == 408 || (status >= 500 && status != 501 && status != 505 && status != 511);
}

/* The connection broke, or it took too long. */
static struct call_end
tried_again(const struct call_facts *facts)
{
	return facts->broke == CALL_TIMED_OUT ? TRIED_AGAIN(TIMEOUT) : TRIED_AGAIN(TRANSPORT);
}

static struct call_end
end_of_success(const struct call_facts *facts)
{
	if (facts->expectation == UNEXPECTED)
		return DID(EXPECTATION, POSSIBLE);
	if (facts->expectation == EXPECTED && facts->outputs == OUTPUTS_TAKEN)
		return (struct call_end){.completed = true, .effect = EFFECT_CERTAIN};
	if ((facts->expectation == EXPECTATION_CUT || facts->outputs == OUTPUTS_CUT) &&
	    facts->repeatable)
		return tried_again(facts);
	return DID(EXECUTOR, CERTAIN);
}

static struct call_end
end_of_status(const struct call_facts *facts)
{
	int status = facts->status;

	if (facts->success)
		return end_of_success(facts);
	if (status_turns_away(status))
		return TRIED_AGAIN(HTTP_STATUS);
	if (status_is_failure(status))
		return facts->repeatable ? TRIED_AGAIN(HTTP_STATUS)
					 : DID(OUTCOME_UNKNOWN, POSSIBLE);
	if (status / 100 == 2)
		return DID(HTTP_STATUS, CERTAIN);
	if (status / 100 == 3)
		return DID(HTTP_STATUS, POSSIBLE);
	return FAILED(HTTP_STATUS);
}

static struct call_end
end_of_break(const struct call_facts *facts)
{
	if (facts->broke == CALL_REFUSED)
		return FAILED(EXECUTOR);
	if (facts->broke == CALL_HOPELESS)
		return FAILED(TRANSPORT);
	if (facts->sent && !facts->repeatable)
		return DID(OUTCOME_UNKNOWN, POSSIBLE);
	return tried_again(facts);
}

struct call_end
call_end_of(const struct call_facts *facts)
{
	struct call_end end = facts->status == 0 ? end_of_break(facts) : end_of_status(facts);

	if (facts->repeatable) {
		end.effect = EFFECT_NONE;
		end.try_again = end.try_again || (!end.completed && facts->ask_again);
	}
	return end;
}
