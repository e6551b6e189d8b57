/* SPDX-License-Identifier: ISC */
#include "run/dry-run.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "steps/executor.h"

/* Prints lines.  Nothing is masked: what is shown holds no secret, so status shows the same. */
static void
print_plan(const struct strbuf *text)
{
	struct strbuf shown = STRBUF_INIT;

	for (const char *line = text->buf; *line != '\0'; line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		utf8_add_printable(&shown, line, len);
		strbuf_addch(&shown, '\n');
		line += len;
	}
	fputs(shown.buf, stdout);
	strbuf_release(&shown);
}

/* Appends what the step of a run is going to do, or why it cannot.  Returns whether it can. */
static bool
add_plan(struct strbuf *out, const struct workspace *workspace, struct step_run *run)
{
	const struct request *request = run->request;
	const struct step *step = run->step->step;
	const char *yet = run->step == request_current_step(request) ? "" : " yet";
	struct strbuf err = STRBUF_INIT;
	const char *what = NULL;

	if (pipeline_step_check(&request->pipeline, step, &err) != 0)
		what = "run";
	else if (step_run_take_defaults(run, workspace, &err) != 0)
		what = "sent";
	else if (step_run_fill(run, workspace, &err) != 0)
		what = "filled in";
	else if (step_run_prepare(run, workspace, &err) != 0 ||
		 step_plan_show_in(&run->defaults, request, run->step, out, &err) != 0)
		what = "sent";
	if (what != NULL)
		strbuf_addf(out, "# cannot be %s%s: %s\n", what,
		    strcmp(what, "filled in") == 0 ? yet : "", step_run_masked(run, err.buf));
	strbuf_release(&err);
	return what == NULL;
}

/* Returns whether the step can be run. */
static bool
show_step(
    const struct workspace *workspace, const struct request *request, const struct step_state *step)
{
	struct arena arena = ARENA_INIT;
	struct step_run run = {
	    .request = request,
	    .step = step,
	    .redactor = redactor_new(),
	    .arena = &arena,
	};
	struct strbuf text = STRBUF_INIT;
	bool can;

	strbuf_addf(&text, "# request %" PRIu64 ", step '%s' (%s)\n", request->id, step->step->name,
	    step->step->type_name);
	if (step->status == STEP_RUNNING && !step_is_for_people(step))
		strbuf_addf(&text, "# attempt %" PRId64 " is under way, or was interrupted\n",
		    step->attempt);
	can = add_plan(&text, workspace, &run);
	strbuf_addch(&text, '\n');
	print_plan(&text);
	strbuf_release(&text);
	redactor_free(run.redactor);
	arena_wipe(&arena);
	return can;
}

enum exit_code
dry_run_show(const struct workspace *workspace, const struct request *request)
{
	enum exit_code code = CODE_DONE;

	if (request->status == REQUEST_CANCELLED || request->status == REQUEST_COMPLETED) {
		printf("# request %" PRIu64 " is %s: it sends nothing\n\n", request->id,
		    request_status_name(request->status));
		return CODE_DONE;
	}
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (step->status != STEP_COMPLETED && !show_step(workspace, request, step) &&
		    step == request_current_step(request))
			code = CODE_FAILED;
	}
	return code;
}
