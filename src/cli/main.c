/* SPDX-License-Identifier: ISC */
/* svcreq: finds the command, prepares what it needs, prints the one error, and exits. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/message.h"
#include "base/user-group.h"
#include "base/utf8.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/exec.h"
#include "cli/print.h"
#include "cli/usage.h"
#include "steps/catalogue.h"
#include "workspace/caller.h"
#include "workspace/identity.h"

/* The way on is for those who may do anything as the account: they can leave no trace. */
static enum exit_code
refuse(struct context *context, const struct command_entry *entry)
{
	struct strbuf user = STRBUF_INIT;
	enum exit_code code;

	user_add_name(&user, geteuid());
	code = context_fail(context, CODE_NOT_PERMITTED,
	    "'%s' is not for those who come through %s: no workspace says what they may do as '%s'.  "
	    "'%s' itself can, such as by 'env -i PATH=\"$PATH\" svcreq %s'",
	    entry->name, identity_way(), user.buf, user.buf, entry->name);
	strbuf_release(&user);
	return code;
}

static enum exit_code
run_command(struct context *context, const struct command_entry *entry, int argc, char **argv)
{
	struct arguments arguments;

	if (options_parse(
		&context->arena, entry->options, false, argc, argv, &arguments, &context->err) != 0)
		return CODE_USAGE;
	if (arguments.help) {
		usage_command(entry);
		return CODE_DONE;
	}
	if (arguments.operand_count < entry->operands)
		return context_fail(context, CODE_USAGE, "'%s %s' needs an argument: %.*s",
		    context->program, entry->name, (int)strcspn(entry->synopsis, " "),
		    entry->synopsis);
	if (arguments.operand_count > entry->operands_max)
		return context_fail(context, CODE_USAGE, "unexpected argument '%s'",
		    arguments.operands[entry->operands_max]);
	if (!entry->on_behalf && identity_is_on_behalf())
		return refuse(context, entry);
	if (context_prepare(context, entry->needs) != 0)
		return CODE_ERROR;
	return entry->run(context, &arguments);
}

/* Parses the global options and runs the command.  *entry is set when it is a built-in one. */
static enum exit_code
run(struct context *context, int argc, char **argv, const struct command_entry **entry)
{
	struct arguments global;

	if (options_parse(
		&context->arena, global_options, true, argc, argv, &global, &context->err) != 0)
		return CODE_USAGE;
	if (global.help) {
		usage_overview(stdout);
		return CODE_DONE;
	}
	context_set_directory(context, option_text(&global, "directory"));
	if (option_given(&global, "version"))
		return command_version.run(context, &global);
	if (global.operand_count == 0) {
		usage_overview(stderr);
		return CODE_USAGE;
	}
	argv += argc - (int)global.operand_count;
	argc = (int)global.operand_count;
	*entry = command_find(argv[0]);
	if (*entry == NULL)
		return exec_external(context, argv);
	return run_command(context, *entry, argc, argv);
}

/* A usage error is followed by the line that would have helped. */
static void
print_error(struct context *context, enum exit_code code, const struct command_entry *entry)
{
	if (context->err.len == 0)
		return;
	context_report(context);
	if (code == CODE_USAGE && entry != NULL)
		usage_line(stderr, entry);
	else if (code == CODE_USAGE)
		message("see '%s help'", context->program);
}

int
main(int argc, char **argv)
{
	const struct command_entry *entry = NULL;
	struct context context;
	enum exit_code code;

	caller_leave_behind();
	prctl(PR_SET_DUMPABLE, 0); /* a core file would hold what was typed into secret fields */
	context_init(&context, steps_catalogue);
	code = run(&context, argc, argv, &entry);
	print_error(&context, code, entry);
	if (!context.output_failed && context_flush(&context) != 0) {
		context_report(&context);
		code = CODE_ERROR;
	}
	context_release(&context);
	return (int)code;
}
