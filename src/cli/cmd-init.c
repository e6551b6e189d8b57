/* SPDX-License-Identifier: ISC */
/* Make a workspace. */
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"

static const struct option_spec options[] = {
    {0, "shared", "group", "let the folder's unix group write too, not only its owner",
	OPTION_ONCE},
    {0, "service", NULL, "its owner is an account that runs requests and decides nothing",
	OPTION_ONCE},
    {.name = NULL},
};

/* The operand below the folder of -C, as a relative path would be. */
static const char *
chosen_folder(struct context *context, const struct arguments *arguments)
{
	const char *folder = arguments->operand_count > 0 ? arguments->operands[0] : NULL;

	if (folder == NULL)
		return context->directory != NULL ? context->directory : ".";
	if (context->directory == NULL || *folder == '/')
		return folder;
	return arena_printf(&context->arena, "%s/%s", context->directory, folder);
}

/* What cannot be promised there is said once. */
static void
warn_of_medium(const struct context *context, const char *folder)
{
	const char *medium = workspace_medium(folder);

	if (medium == NULL)
		return;
	message("%s: its requests lie on %s, where a lock of another machine may not be seen: a "
		"call whose run cannot be seen is not settled without an admin, unless it is "
		"repeatable; see 'Network file systems' in svcreq-state(5)",
	    context->program, medium);
}

static enum exit_code
cmd_init(struct context *context, const struct arguments *arguments)
{
	const char *folder = chosen_folder(context, arguments);
	const char *shared = option_text(arguments, "shared");
	unsigned chosen = (shared != NULL ? WORKSPACE_SHARED : 0u) |
			  (option_given(arguments, "service") ? WORKSPACE_SERVICE : 0u);
	bool existed;
	char *path;

	if (shared != NULL && strcmp(shared, "group") != 0)
		return context_fail(context, CODE_USAGE,
		    "a workspace can be shared with its 'group', not with '%s'", shared);
	if (workspace_init(folder, chosen, &existed, &context->err) != 0)
		return CODE_ERROR;
	path = realpath(folder, NULL);
	if (existed)
		message("%s is a workspace already", path == NULL ? folder : path);
	else
		message("made a workspace in %s", path == NULL ? folder : path);
	if (!existed)
		warn_of_medium(context, folder);
	free(path);
	return CODE_DONE;
}

const struct command_entry command_init = {
    .name = "init",
    .run = cmd_init,
    .options = options,
    .synopsis = "[--shared=group] [--service] [<dir>]",
    .summary = "Make a workspace.",
    .group = GROUP_WORKSPACE,
    .needs = 0,
    .operands = 0,
    .operands_max = 1,
};
