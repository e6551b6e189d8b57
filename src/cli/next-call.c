/* SPDX-License-Identifier: ISC */
#include "cli/next-call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "cli/context.h"
#include "cli/print.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "model/resolve.h"
#include "store/store.h"
#include "workspace/config.h"

const char *
next_call_fill(struct context *context, const struct request *request,
    const struct step_state *step, const char *text)
{
	struct request_scope scope = {.request = request, .step = step, .arena = &context->arena};
	const struct placeholder_scope placeholders = request_scope_of(&scope);
	struct strbuf shown = STRBUF_INIT;
	const char *filled;

	if (placeholder_fill_text(&context->arena, text, &placeholders, &filled, NULL) != 0)
		filled = text;
	placeholder_add_shown(&shown, filled);
	filled = arena_strdup(&context->arena, shown.buf);
	strbuf_release(&shown);
	return filled;
}

/* The first step from the current one on that sends something; NULL: none, or it is being sent. */
static const struct step_state *
next_sender(const struct request *request)
{
	const struct step_state *step = request_current_step(request);
	const struct step_state *end = request->steps + request->pipeline.step_count;

	if (step == NULL || request->status == REQUEST_CANCELLED)
		return NULL;
	/* retrying a decision comes before anything that is sent after it */
	if (request->status == REQUEST_FAILED && step_is_for_people(step))
		return NULL;
	while (step < end && (step->status == STEP_COMPLETED || !step_plan_sends(step)))
		step++;
	return step == end || step->status == STEP_RUNNING ? NULL : step;
}

/* Appends after which command it does, if somebody has to give one. */
static void
add_after(struct strbuf *out, struct context *context, const struct request *request,
    const struct step_state *step)
{
	if (request->status == REQUEST_FAILED) {
		strbuf_addf(out, "%s, after '", step_effect(step) == EFFECT_NONE ? "" : " again");
		resolve_add_retry(out, request, context->program);
		strbuf_addstr(out, "'");
	} else if (step == request_current_step(request) &&
		   !store_is_locked(workspace_store(context->workspace), request->id)) {
		strbuf_addf(out, ", after '%s run %" PRIu64 "'", context->program, request->id);
	}
}

/* A line below each other, as 'run --dry-run' has them: no value can have a line break there. */
static void
print_plan(const char *plan)
{
	struct strbuf line = STRBUF_INIT;

	while (*plan != '\0') {
		size_t len = strcspn(plan, "\n");

		strbuf_reset(&line);
		strbuf_addstr(&line, len == 0 ? "" : "    ");
		shown_add(&line, plan, len);
		print_line(line.buf);
		plan += len;
		plan += *plan == '\n';
	}
	strbuf_release(&line);
}

void
print_next_call(struct context *context, const struct request *request)
{
	const struct step_state *step = next_sender(request);
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	struct step_defaults defaults;

	if (step == NULL)
		return;
	strbuf_addstr(&text, "Next: step '");
	print_add_text(&text, step->step->name);
	strbuf_addstr(&text, "' sends");
	add_after(&text, context, request, step);
	puts("");
	print_lines("  ", text.buf);
	strbuf_reset(&text);
	if (workspace_defaults(context->workspace, &defaults, &err) == 0 &&
	    step_plan_show_in(&defaults, request, step, &text, &err) == 0) {
		print_plan(text.buf);
	} else {
		strbuf_addstr(&text, "    what cannot be told now: ");
		shown_add(&text, err.buf, err.len);
		print_line(text.buf);
	}
	strbuf_release(&text);
	strbuf_release(&err);
}
