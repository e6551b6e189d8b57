/* SPDX-License-Identifier: ISC */
/* Show the logs of the steps, or who did what and when. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/suggest.h"
#include "model/exit-code.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "store/store.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/event-text.h"
#include "cli/follow.h"
#include "cli/print.h"
#include "cli/request-id.h"
#include "cli/request-view.h"
#include "cli/standstill.h"

static const struct option_spec options[] = {
    {'f', "follow", NULL, "keep printing until the request is finished", OPTION_ONCE},
    {0, "events", NULL, "the audit trail: who did what, when and why", OPTION_ONCE},
    {0, "json", NULL, "with --events: print each event as it is stored, secrets masked",
	OPTION_ONCE},
    {.name = NULL},
};

/* What to print, and how much of it is printed already. */
struct trail {
	struct context *context;
	const char *step_name; /* NULL: all */
	bool events;
	bool json;
	size_t printed; /* events */
	struct log_reader *logs;
	bool headings;	   /* "==> step <==" before the lines of another log */
	const char *shown; /* the step whose log was printed last, borrowed; NULL: none */
};

static void
print_events(struct trail *trail, const struct request *request)
{
	for (; trail->printed < request->event_count; trail->printed++) {
		const struct event *event = request->events[trail->printed];

		if (trail->step_name != NULL &&
		    (event->step_name == NULL || strcmp(event->step_name, trail->step_name) != 0))
			continue;
		if (trail->json)
			print_event_json(trail->context, request, trail->printed);
		else
			print_event_text(trail->context, request, trail->printed);
	}
}

/* Prints a line of a log, which comes from log_read(). */
static void
print_log_line(void *context, const char *step_name, const char *line)
{
	struct trail *trail = context;

	if (trail->headings && trail->shown != step_name) {
		printf("%s==> ", trail->shown == NULL ? "" : "\n");
		print_text(step_name);
		puts(" <==");
	}
	trail->shown = step_name;
	print_line(line);
}

/* Whether a step of that name (NULL: any) was begun. */
static bool
was_begun(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->event_count; i++) {
		const struct event *event = request->events[i];

		if (event->event_type == EVENT_RUNNING &&
		    (name == NULL || strcmp(event->step_name, name) == 0))
			return true;
	}
	return false;
}

/* Prints what is new.  Returns 0, or -1 with the reason in context->err. */
static int
print_trail(struct trail *trail, const struct request *request, bool follow)
{
	int found;

	if (trail->events) {
		print_events(trail, request);
		return 0;
	}
	found = log_reader_count(trail->logs, &trail->context->err);
	trail->headings = trail->headings || found > 1;
	if (found < 0 || log_read(trail->logs, print_log_line, trail, &trail->context->err) != 0)
		return -1;
	if (found > 0 || follow)
		return 0;
	if (trail->step_name == NULL && !was_begun(request, NULL))
		message("request %" PRIu64 " has not started", request->id);
	else if (trail->step_name == NULL)
		message("the logs of request %" PRIu64 " are gone", request->id);
	else if (!was_begun(request, trail->step_name))
		message("step '%s' has not started", trail->step_name);
	else
		message("the log of step '%s' is gone", trail->step_name);
	return 0;
}

/* A cancelled request may still have an unrecorded outcome, which is another event. */
static bool
nothing_follows(struct context *context, const struct request *request)
{
	return request_is_finished(request) &&
	       (!request_has_unrecorded_outcome(request) ||
		   view_is_interrupted(context, request, request_current_step(request)));
}

/* Goes on until the request is finished, and prints what came with the last event too. */
static int
follow_trail(struct trail *trail, uint64_t id)
{
	struct context *context = trail->context;
	struct standstill standstill = STANDSTILL_INIT;
	struct follow follow;
	bool finished = false;
	int ret = follow_init(
	    &follow, workspace_store(context->workspace), id, !trail->events, &context->err);

	follow.output_fd = STDOUT_FILENO;
	while (ret == 0 && !finished) {
		struct request request;

		ret = context_load_request(context, id, &request);
		if (ret == 0) {
			finished = nothing_follows(context, &request);
			ret = print_trail(trail, &request, true);
		}
		if (ret == 0 && !finished)
			standstill_look(&standstill, context, &request, false);
		request_release(&request);
		if (ret == 0)
			ret = context_flush(context);
		if (ret == 0 && !finished)
			ret = follow_wait(&follow, -1, &context->err) < 0 ? -1 : 0;
	}
	follow_release(&follow);
	standstill_release(&standstill);
	return ret;
}

/* Whether the request has, or had, a step of that name. */
static bool
has_step(struct context *context, const struct request *request, const char *name)
{
	size_t count;
	const char **names = snapshot_step_names(&context->arena, request, &count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static enum exit_code
fail_step(struct context *context, const struct request *request, const char *name)
{
	struct suggestion near;
	size_t count;
	const char **names = snapshot_step_names(&context->arena, request, &count);

	suggest_init(&near, name);
	for (size_t i = 0; i < count; i++)
		suggest_offer(&near, names[i]);
	return context_fail(context, CODE_ERROR, "request %" PRIu64 " has no step '%s'%s",
	    request->id, name, suggest_text(&near));
}

static enum exit_code
show(struct trail *trail, const struct request *request, bool follow)
{
	int ret;

	if (trail->step_name != NULL && !has_step(trail->context, request, trail->step_name))
		return fail_step(trail->context, request, trail->step_name);
	trail->logs = log_reader_open(
	    workspace_store(trail->context->workspace), request, trail->step_name, follow);
	/* the logs of other steps may come later */
	trail->headings = follow && trail->step_name == NULL && request->pipeline.step_count > 1;
	ret = follow ? follow_trail(trail, request->id) : print_trail(trail, request, false);
	log_read_rest(trail->logs, print_log_line, trail);
	log_reader_close(trail->logs);
	return ret == 0 ? CODE_DONE : CODE_ERROR;
}

static enum exit_code
cmd_log(struct context *context, const struct arguments *arguments)
{
	struct trail trail = {
	    .context = context,
	    .step_name = arguments->operand_count > 1 ? arguments->operands[1] : NULL,
	    .events = option_given(arguments, "events"),
	    .json = option_given(arguments, "json"),
	};
	struct request request;
	uint64_t id;
	enum exit_code code = CODE_ERROR;

	if (request_id_parse(context, arguments->operands[0], &id) != 0)
		return CODE_USAGE;
	if (trail.json && !trail.events)
		return context_fail(
		    context, CODE_USAGE, "--json goes with --events: logs are text");
	context_report_locks(context);
	if (context_load_request(context, id, &request) == 0)
		code = show(&trail, &request, option_given(arguments, "follow"));
	request_release(&request);
	return code;
}

const struct command_entry command_log = {
    .name = "log",
    .run = cmd_log,
    .options = options,
    .synopsis = "<id> [<step>] [-f] [--events] [--json]",
    .summary = "Show the logs of the steps, or who did what and when.",
    .group = GROUP_LOOK,
    .needs = NEEDS_WORKSPACE,
    .on_behalf = true,
    .operands = 1,
    .operands_max = 2,
};
