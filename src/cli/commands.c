/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

#include <stdint.h>
#include <string.h>

#include "base/suggest.h"
#include "model/exit-code.h"
#include "cli/context.h"

#define MANY SIZE_MAX

const char *const command_groups[GROUP_COUNT] = {
    [GROUP_ADVANCE] = "make and advance requests",
    [GROUP_DECIDE] = "decide",
    [GROUP_LOOK] = "inspect",
    [GROUP_WORKSPACE] = "set up and check",
    [GROUP_HELP] = "help",
};

#define ENTRY(id) .name = #id, .run = cmd_##id, .options = options_##id

const struct command_entry commands[] = {
    {ENTRY(create),
	.synopsis =
	    "<pipeline> [-f <name>=<value>]... [--form-data <file>|-] [-m <remarks>] [--run] [--json]",
	.summary = "Record a request and print its id.", .group = GROUP_ADVANCE,
	.needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1, .operands_most = 1},
    {ENTRY(update), .synopsis = "<id> [-f <name>=<value>]... [--form-data <file>|-] [-m <remarks>]",
	.summary = "Change the form data of a request that has not started.",
	.group = GROUP_ADVANCE, .needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1,
	.operands_most = 1},
    {ENTRY(run), .synopsis = "(<id>... | --pending) [-j <number>] [-q] [--dry-run]",
	.summary = "Advance requests until they are finished or wait for a person.",
	.group = GROUP_ADVANCE, .needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 0,
	.operands_most = MANY},
    {ENTRY(retry), .synopsis = "<id> [-m <remarks>] [--no-run]",
	.summary = "Let a failed request go on from its failed step.", .group = GROUP_ADVANCE,
	.needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1, .operands_most = 1},
    {ENTRY(cancel), .synopsis = "<id> [-m <remarks>]", .summary = "Stop a request for good.",
	.group = GROUP_ADVANCE, .needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1,
	.operands_most = 1},
    {ENTRY(approve), .synopsis = "<id> [-m <remarks>] [--step <step>] [--no-run]",
	.summary = "Approve the step that a request waits at, and go on.", .group = GROUP_DECIDE,
	.needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1, .operands_most = 1},
    {ENTRY(reject), .synopsis = "<id> -m <remarks> [--step <step>]",
	.summary = "Refuse the step that a request waits at; the request fails.",
	.group = GROUP_DECIDE, .needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1,
	.operands_most = 1},
    {ENTRY(resolve), .synopsis = "<id> (--completed | --failed) -m <remarks> [--no-run]",
	.summary = "Say how a step ended whose outcome is unknown.", .group = GROUP_DECIDE,
	.needs = NEEDS_WORKSPACE | NEEDS_ACTOR, .operands = 1, .operands_most = 1},
    {ENTRY(status),
	.synopsis = "[<id>...] [--status <status>,...] [--pipeline <pipeline>] [--user <user>] "
		    "[--all] [-n <number>] [--json] [--exit-code]",
	.summary = "List unfinished and failed requests, or show some in full.",
	.group = GROUP_LOOK, .needs = NEEDS_WORKSPACE, .operands = 0, .operands_most = MANY},
    {ENTRY(log), .synopsis = "<id> [<step>] [-f] [--events] [--json]",
	.summary = "Show the logs of the steps, or who did what and when.", .group = GROUP_LOOK,
	.needs = NEEDS_WORKSPACE, .operands = 1, .operands_most = 2},
    {ENTRY(wait), .synopsis = "<id> [--timeout <time>]",
	.summary = "Wait until a request is finished or waits for approval.", .group = GROUP_LOOK,
	.needs = NEEDS_WORKSPACE, .operands = 1, .operands_most = 1},
    {ENTRY(pipelines), .synopsis = "[<name>] [--json]",
	.summary = "List the pipelines, or show the form and the steps of one.",
	.group = GROUP_LOOK, .needs = NEEDS_WORKSPACE, .operands = 0, .operands_most = 1},
    {ENTRY(init), .synopsis = "[--shared=group] [<dir>]", .summary = "Make a workspace.",
	.group = GROUP_WORKSPACE, .needs = 0, .operands = 0, .operands_most = 1},
    {ENTRY(validate), .synopsis = "[<file>...]",
	.summary = "Check pipelines and report every error.", .group = GROUP_WORKSPACE, .needs = 0,
	.operands = 0, .operands_most = MANY},
    {ENTRY(help), .synopsis = "[<command>]", .summary = "List the commands, or explain one.",
	.group = GROUP_HELP, .needs = 0, .operands = 0, .operands_most = 1},
    {ENTRY(version), .synopsis = "", .summary = "Print the version.", .group = GROUP_HELP,
	.needs = 0, .operands = 0, .operands_most = 0},
    {.name = NULL},
};

const struct command_entry *
command_find(const char *name)
{
	for (const struct command_entry *entry = commands; entry->name != NULL; entry++) {
		if (strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

int
command_unknown(struct context *context, const char *name)
{
	struct suggestion near;

	suggest_init(&near, name);
	for (const struct command_entry *entry = commands; entry->name != NULL; entry++)
		suggest_offer(&near, entry->name);
	return refuse(
	    context, CODE_USAGE, "'%s' is not a svcreq command%s", name, suggest_text(&near));
}
