/* SPDX-License-Identifier: ISC */
/*
 * The commands.  A new one is a file cmd-<name>.c with its options and its entry, a line here, a
 * line in commands.c, and its page man/svcreq-<name>.1.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/exit-code.h"
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

#define OPERANDS_ANY SIZE_MAX

struct command_entry {
	const char *name;
	/* With CODE_USAGE the usage line is shown too. */
	enum exit_code (*run)(struct context *, const struct arguments *);
	const struct option_spec *options;
	const char *synopsis; /* what follows the name */
	const char *summary;
	enum command_group group;
	unsigned needs;	     /* a set of enum context_need */
	bool on_behalf;	     /* may be run through sudo, doas or run0 */
	size_t operands;     /* how many there must be */
	size_t operands_max; /* OPERANDS_ANY: no limit */
};

extern const struct command_entry command_create;
extern const struct command_entry command_update;
extern const struct command_entry command_run;
extern const struct command_entry command_retry;
extern const struct command_entry command_cancel;
extern const struct command_entry command_approve;
extern const struct command_entry command_reject;
extern const struct command_entry command_resolve;
extern const struct command_entry command_status;
extern const struct command_entry command_log;
extern const struct command_entry command_wait;
extern const struct command_entry command_pipelines;
extern const struct command_entry command_init;
extern const struct command_entry command_validate;
extern const struct command_entry command_help;
extern const struct command_entry command_version;

extern const struct command_entry *const commands[]; /* ends in NULL */
extern const char *const command_groups[GROUP_COUNT];

/* NULL: there is no such command. */
const struct command_entry *command_find(const char *name);

/* Says that there is none in context->err, with a suggestion.  Returns CODE_USAGE. */
enum exit_code command_unknown(struct context *, const char *name);

#endif
