/* SPDX-License-Identifier: ISC */
/* Print the version. */
#include <stdio.h>

#include "model/exit-code.h"
#include "cli/commands.h"

const struct option_spec options_version[] = {
    {.name = NULL},
};

int
cmd_version(struct context *context, const struct arguments *arguments)
{
	(void)context;
	(void)arguments;
	printf("svcreq %s\n", SVCREQ_VERSION);
	return CODE_DONE;
}
