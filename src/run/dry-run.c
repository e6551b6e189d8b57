/* SPDX-License-Identifier: ISC */
#include "run/dry-run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/redact/redact.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/wrap.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "steps/executor.h"

/* Prints a line of a text, marked where a terminal has no room for it. */
static void
print_line(const char *text, size_t len)
{
	struct strbuf shown = STRBUF_INIT, lines = STRBUF_INIT;

	shown_add(&shown, text, len);
	wrap_add(&lines, shown.buf, 0, wrap_columns(STDOUT_FILENO), "  | ");
	puts(lines.buf);
	strbuf_release(&shown);
	strbuf_release(&lines);
}

/* Prints lines.  Nothing is masked: what is shown holds no secret, so status shows the same. */
static void
print_plan(const char *lines)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		print_line(lines, len);
		lines += len;
		lines += *lines == '\n';
	}
}

/* Prints what is said of a step: "# ", and one line whatever is in it. */
__attribute__((format(printf, 1, 2))) static void
print_remark(const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list args;

	strbuf_addstr(&text, "# ");
	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	print_line(text.buf, text.len);
	strbuf_release(&text);
}

/* Prints what the step of a run is going to do, or why it cannot.  Returns whether it can. */
static bool
show_plan(const struct workspace *workspace, struct step_run *run)
{
	const struct request *request = run->request;
	const struct step *step = run->step->step;
	const char *yet = run->step == request_current_step(request) ? "" : " yet";
	struct strbuf plan = STRBUF_INIT, err = STRBUF_INIT;
	const char *what = NULL;

	if (pipeline_step_check(&request->pipeline, step, &err) != 0)
		what = "run";
	else if (step_run_take_defaults(run, workspace, &err) != 0)
		what = "sent";
	else if (step_run_fill(run, workspace, &err) != 0)
		what = "filled in";
	else if (step_run_prepare(run, workspace, &err) != 0 ||
		 step_plan_show_in(&run->defaults, request, run->step, &plan, &err) != 0)
		what = "sent";
	print_plan(plan.buf);
	if (what != NULL)
		print_remark("cannot be %s%s: %s", what, strcmp(what, "filled in") == 0 ? yet : "",
		    step_run_masked(run, err.buf));
	strbuf_release(&plan);
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
	    .now = clock_now(),
	    .redactor = redactor_new(),
	    .arena = &arena,
	};
	bool can;

	print_remark("request %" PRIu64 ", step '%s' (%s)", request->id, step->step->name,
	    step->step->type_name);
	if (step->status == STEP_RUNNING && !step_is_for_people(step))
		print_remark("attempt %" PRId64 " is under way, or was interrupted", step->attempt);
	can = show_plan(workspace, &run);
	puts("");
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
