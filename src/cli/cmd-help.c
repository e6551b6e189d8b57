/* SPDX-License-Identifier: ISC */
/* List the commands, or explain one. */
#include <stdio.h>

#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/usage.h"

static const struct option_spec options[] = {
    {.name = NULL},
};

static enum exit_code
cmd_help(struct context *context, const struct arguments *arguments)
{
	const struct command_entry *entry;

	if (arguments->operand_count == 0) {
		usage_overview(stdout);
		return CODE_DONE;
	}
	entry = command_find(arguments->operands[0]);
	if (entry == NULL)
		return command_unknown(context, arguments->operands[0]);
	usage_command(entry);
	return CODE_DONE;
}

const struct command_entry command_help = {
    .name = "help",
    .run = cmd_help,
    .options = options,
    .synopsis = "[<command>]",
    .summary = "List the commands, or explain one.",
    .group = GROUP_HELP,
    .needs = 0,
    .on_behalf = true,
    .operands = 0,
    .operands_max = 1,
};
