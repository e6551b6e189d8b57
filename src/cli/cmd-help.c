/* SPDX-License-Identifier: ISC */
/* List the commands, or explain one. */
#include <stdio.h>

#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/usage.h"

const struct option_spec options_help[] = {
    {.name = NULL},
};

int
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
