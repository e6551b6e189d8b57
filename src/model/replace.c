/* SPDX-License-Identifier: ISC */
#include "model/replace.h"

#include <inttypes.h>

#include "base/strbuf.h"
#include "model/request/request.h"
#include "model/resolve.h"

/* "step 'Order' (Completed) was carried out (201)" */
static void
add_step(struct strbuf *out, const struct step_state *step)
{
	strbuf_addf(out, "step '%s' (%s) ", step->step->name, step_status_name(step->status));
	if (step_effect(step) != EFFECT_NONE)
		resolve_add_effect(out, step);
	else
		strbuf_addstr(out, "may have been carried out");
}

enum verdict
replace_check(const struct request *request, const struct decision_input *input, struct strbuf *why)
{
	size_t found = 0;

	for (size_t i = 0; i < request->pipeline.step_count && !input->again; i++) {
		const struct step_state *step = &request->steps[i];

		if (request_effect(request, step) == EFFECT_NONE)
			continue;
		strbuf_addstr(why, found++ == 0 ? "" : ", ");
		add_step(why, step);
	}
	if (found == 0)
		return VERDICT_DECIDED;
	strbuf_addf(why,
	    ": '%s create --from %" PRIu64
	    " --again' makes a new request all the same, which sends "
	    "%s again",
	    decision_program(input), request->id, found == 1 ? "that call" : "these calls");
	return VERDICT_REFUSED;
}
