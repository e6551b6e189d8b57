/* SPDX-License-Identifier: ISC */
/*
 * The commands.  A new one is a file cmd-<name>.c with cmd_<name>() and options_<name>,
 * its two lines here, its entry in commands.c, and its page man/svcreq-<name>.1.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stddef.h>

#include "base/options.h"

struct context;

enum command_group {
	GROUP_ADVANCE,
	GROUP_DECIDE,
	GROUP_LOOK,
	GROUP_WORKSPACE,
	GROUP_HELP,
	GROUP_COUNT,
};

struct command_entry {
	const char *name;
	/* Returns an exit code; with CODE_USAGE the usage line is shown too. */
	int (*run)(struct context *, const struct arguments *);
	const struct option_spec *options;
	const char *synopsis; /* what follows the name */
	const char *summary;
	enum command_group group;
	unsigned needs;	 /* a set of enum context_need */
	size_t operands; /* how many there must be */
	size_t operands_most;
};

extern const struct command_entry commands[]; /* ends in a NULL name */
extern const char *const command_groups[GROUP_COUNT];

/* NULL: there is no such command. */
const struct command_entry *command_find(const char *name);

/* Says that there is none in context->err, with a suggestion.  Returns CODE_USAGE. */
int command_unknown(struct context *, const char *name);

#define COMMAND(name)                                               \
	int cmd_##name(struct context *, const struct arguments *); \
	extern const struct option_spec options_##name[]

COMMAND(init);
COMMAND(create);
COMMAND(update);
COMMAND(run);
COMMAND(approve);
COMMAND(reject);
COMMAND(cancel);
COMMAND(retry);
COMMAND(resolve);
COMMAND(status);
COMMAND(log);
COMMAND(wait);
COMMAND(pipelines);
COMMAND(validate);
COMMAND(help);
COMMAND(version);

#endif
