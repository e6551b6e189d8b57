/* SPDX-License-Identifier: ISC */
/* Check pipelines and tell every fault. */
#include <string.h>

#include "base/faults.h"
#include "base/message.h"
#include "model/exit-code.h"
#include "model/pipeline/pipeline.h"
#include "workspace/caller.h"
#include "workspace/config.h"
#include "workspace/pipelines.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/here.h"
#include "cli/print.h"

static const struct option_spec options[] = {
    {0, "here", NULL, "check too whether what they need is there, in this workspace", OPTION_ONCE},
    {.name = NULL},
};

struct checked {
	struct context *context;
	const struct workspace *here; /* whether they can be run there is checked, too; NULL: no */
	const char **names;	      /* of the pipelines so far; NULL: faulty */
	const char **paths;
	size_t count;
	size_t faulty;
	size_t unreadable;
};

/* 'svcreq create' cannot choose between two pipelines of one name. */
static bool
is_taken(const struct checked *checked, const char *name, const char *path)
{
	for (size_t i = 0; i < checked->count; i++) {
		if (checked->names[i] == NULL || strcmp(checked->names[i], name) != 0)
			continue;
		message("%s: the name '%s' is that of %s too", path, name, checked->paths[i]);
		return true;
	}
	return false;
}

/* Returns whether what a pipeline needs is there. */
static bool
is_possible(const struct checked *checked, const struct pipeline *pipeline, struct faults *faults)
{
	struct faults warnings;

	if (checked->here == NULL)
		return true;
	faults_init(&warnings, faults->file);
	here_check(checked->here, pipeline, faults, &warnings);
	print_faults(faults);
	print_faults(&warnings);
	faults_release(&warnings);
	return faults->count == 0;
}

static void
check(struct checked *checked, const struct workspace *workspace, const char *path)
{
	struct context *context = checked->context;
	struct strbuf err = STRBUF_INIT;
	struct pipeline pipeline;
	struct faults faults;
	int result;

	faults_init(&faults, NULL);
	result = pipelines_read(
	    workspace, &context->arena, path, context->types, &pipeline, &faults, &err);
	if (result > 0) {
		print_faults(&faults);
		checked->faulty++;
	} else if (result < 0) {
		message("svcreq: %s", err.buf);
		checked->unreadable++;
	} else if ((workspace != NULL && is_taken(checked, pipeline.name, path)) ||
		   !is_possible(checked, &pipeline, &faults)) {
		checked->faulty++;
	}
	checked->names[checked->count] = result == 0 ? pipeline.name : NULL;
	checked->paths[checked->count++] = path;
	faults_release(&faults);
	strbuf_release(&err);
}

static enum exit_code
check_files(struct context *context, const struct workspace *workspace,
    const struct workspace *here, const char **paths, size_t count)
{
	struct checked checked = {
	    .context = context,
	    .here = here,
	    .names = arena_calloc(&context->arena, count + 1, sizeof(char *)),
	    .paths = arena_calloc(&context->arena, count + 1, sizeof(char *)),
	};

	for (size_t i = 0; i < count; i++)
		check(&checked, workspace, paths[i]);
	if (checked.faulty > 0) {
		message("%zu of %zu %s %s invalid", checked.faulty, count,
		    count == 1 ? "pipeline" : "pipelines", checked.faulty == 1 ? "is" : "are");
		return CODE_INVALID;
	}
	if (checked.unreadable > 0)
		return CODE_ERROR;
	if (count == 0)
		message("no pipelines in pipelines/");
	else
		message("%zu %s valid", count, count == 1 ? "pipeline is" : "pipelines are");
	return CODE_DONE;
}

/* Whether the files that are named may be read.  Returns 0, or -1 with context->err. */
static int
check_operands(struct context *context, const struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->operand_count; i++) {
		const char *path = arguments->operands[i];

		if (strcmp(path, "-") != 0 && caller_check_file(NULL, path, &context->err) != 0)
			return -1;
	}
	return 0;
}

static enum exit_code
cmd_validate(struct context *context, const struct arguments *arguments)
{
	bool any = arguments->operand_count > 0, here = option_given(arguments, "here");
	const struct workspace *workspace;
	const char **paths;
	size_t count;

	if (check_operands(context, arguments) != 0)
		return CODE_NOT_PERMITTED;
	if (any && !here)
		return check_files(
		    context, NULL, NULL, arguments->operands, arguments->operand_count);
	if (context_prepare(context, NEEDS_WORKSPACE) != 0)
		return CODE_ERROR;
	workspace = context->workspace;
	if (here && workspace_config(workspace, &context->err) == NULL)
		return CODE_ERROR;
	if (any)
		return check_files(
		    context, NULL, workspace, arguments->operands, arguments->operand_count);
	if (pipelines_list(workspace, &context->arena, &paths, &count, &context->err) != 0)
		return CODE_ERROR;
	return check_files(context, workspace, here ? workspace : NULL, paths, count);
}

const struct command_entry command_validate = {
    .name = "validate",
    .run = cmd_validate,
    .options = options,
    .synopsis = "[--here] [<file>...]",
    .summary = "Check pipelines and report every error.",
    .group = GROUP_WORKSPACE,
    .needs = 0,
    .on_behalf = true,
    .operands = 0,
    .operands_max = OPERANDS_ANY,
};
