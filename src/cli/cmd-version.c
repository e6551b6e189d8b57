/* SPDX-License-Identifier: ISC */
/* Print the version. */
#include <stdio.h>

#include "model/exit-code.h"
#include "cli/commands.h"

static const struct option_spec options[] = {
    {.name = NULL},
};

static enum exit_code
cmd_version(struct context *context, const struct arguments *arguments)
{
	(void)context;
	(void)arguments;
	printf("svcreq %s\n", SVCREQ_VERSION);
	return CODE_DONE;
}

const struct command_entry command_version = {
    .name = "version",
    .run = cmd_version,
    .options = options,
    .synopsis = "",
    .summary = "Print the version.",
    .group = GROUP_HELP,
    .needs = 0,
    .on_behalf = true,
    .operands = 0,
    .operands_max = 0,
};
