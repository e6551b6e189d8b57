/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

#include <string.h>

#include "base/suggest.h"
#include "cli/context.h"

const char *const command_groups[GROUP_COUNT] = {
    [GROUP_ADVANCE] = "make and advance requests",
    [GROUP_DECIDE] = "decide",
    [GROUP_LOOK] = "inspect",
    [GROUP_WORKSPACE] = "set up and check",
    [GROUP_HELP] = "help",
};

/* In the order in which 'svcreq help' lists them. */
const struct command_entry *const commands[] = {
    &command_create,
    &command_update,
    &command_run,
    &command_retry,
    &command_cancel,
    &command_approve,
    &command_reject,
    &command_resolve,
    &command_status,
    &command_log,
    &command_wait,
    &command_pipelines,
    &command_init,
    &command_validate,
    &command_help,
    &command_version,
    NULL,
};

const struct command_entry *
command_find(const char *name)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

enum exit_code
command_unknown(struct context *context, const char *name)
{
	struct suggestion near;

	suggest_init(&near, name);
	for (size_t i = 0; commands[i] != NULL; i++)
		suggest_offer(&near, commands[i]->name);
	return context_fail(
	    context, CODE_USAGE, "'%s' is not a svcreq command%s", name, suggest_text(&near));
}
