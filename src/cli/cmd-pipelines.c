/* SPDX-License-Identifier: ISC */
/* List the pipelines, or show the form and the steps of one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/message.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/exit-code.h"
#include "model/pipeline/pipeline.h"
#include "workspace/pipelines.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline-text.h"
#include "cli/print.h"
#include "cli/table.h"

#define DESCRIPTION_COLUMNS 50

static const struct option_spec options[] = {
    {0, "json", NULL, "print one JSON object a line", OPTION_ONCE},
    {.name = NULL},
};

/* Its first line, cut so that the list does not become too wide. */
static void
add_description(struct table *table, const char *text)
{
	size_t len = utf8_cut_columns(text, strcspn(text, "\n"), DESCRIPTION_COLUMNS);

	bool all = text[len] == '\0';

	while (len > 0 && text[len - 1] == ' ')
		len--;
	table_addf(table, COLOUR_NONE, "%.*s%s", (int)len, text, all ? "" : " ...");
}

static void
add_row(struct table *table, const struct pipeline *pipeline, const char *path)
{
	struct strbuf version = STRBUF_INIT;

	if (pipeline->version != NULL)
		print_add_value(&version, pipeline->version);
	table_add(table, COLOUR_NONE, pipeline->name);
	table_add_shown(table, COLOUR_NONE, version.buf);
	table_addf(table, COLOUR_NONE, "%zu", pipeline->step_count);
	table_add(table, COLOUR_NONE, path);
	add_description(table, pipeline->description == NULL ? "" : pipeline->description);
	strbuf_release(&version);
}

static void
add_invalid_row(struct table *table, const char *name, const char *path)
{
	table_add(table, COLOUR_NONE, name);
	table_add(table, COLOUR_RED, "invalid");
	table_add(table, COLOUR_NONE, "");
	table_add(table, COLOUR_NONE, path);
	table_add(table, COLOUR_NONE, "");
}

/* One line of the list.  Returns whether the pipeline can be used. */
static bool
list_file(struct context *context, const char *path, bool json, struct table *table)
{
	struct strbuf err = STRBUF_INIT;
	struct pipeline pipeline;
	struct faults faults;
	bool usable;

	faults_init(&faults, NULL);
	usable = pipelines_read(context->workspace, &context->arena, path, context->types,
		     &pipeline, &faults, &err) == 0;
	if (json)
		print_pipeline_json(usable ? &pipeline : NULL,
		    usable ? pipeline.name : pipelines_stem(&context->arena, path), path, false);
	else if (usable)
		add_row(table, &pipeline, path);
	else
		add_invalid_row(table, pipelines_stem(&context->arena, path), path);
	faults_release(&faults);
	strbuf_release(&err);
	return usable;
}

static enum exit_code
list(struct context *context, bool json)
{
	static const char *const headings[] = {
	    "NAME", "VERSION", "STEPS", "FILE", "DESCRIPTION", NULL};
	const char **paths;
	size_t count, invalid = 0;
	struct table table;

	if (pipelines_list(context->workspace, &context->arena, &paths, &count, &context->err) != 0)
		return CODE_ERROR;
	table_init(&table, 5);
	table_headings(&table, headings);
	for (size_t i = 0; i < count; i++)
		invalid += !list_file(context, paths[i], json, &table);
	if (!json && count > 0)
		table_print(&table, "");
	table_release(&table);
	if (count == 0)
		message("no pipelines in pipelines/");
	if (invalid > 0)
		message("'%s validate' tells what is wrong with the invalid %s", context->program,
		    invalid == 1 ? "one" : "ones");
	return CODE_DONE;
}

static enum exit_code
show(struct context *context, const char *name, bool json)
{
	struct pipeline pipeline;
	struct faults faults;
	enum exit_code code = CODE_DONE;
	int result;

	faults_init(&faults, NULL);
	result = pipelines_find(
	    context->workspace, &context->arena, name, &pipeline, &faults, &context->err);
	if (result < 0) {
		code = CODE_ERROR;
	} else if (result > 0) {
		print_faults(&faults);
		code = CODE_INVALID;
	} else if (json) {
		print_pipeline_json(&pipeline, pipeline.name, faults.file, true);
	} else {
		print_pipeline_text(&pipeline, faults.file);
	}
	faults_release(&faults);
	return code;
}

static enum exit_code
cmd_pipelines(struct context *context, const struct arguments *arguments)
{
	bool json = option_given(arguments, "json");

	if (arguments->operand_count > 0)
		return show(context, arguments->operands[0], json);
	return list(context, json);
}

const struct command_entry command_pipelines = {
    .name = "pipelines",
    .run = cmd_pipelines,
    .options = options,
    .synopsis = "[<name>] [--json]",
    .summary = "List the pipelines, or show the form and the steps of one.",
    .group = GROUP_LOOK,
    .needs = NEEDS_WORKSPACE,
    .on_behalf = true,
    .operands = 0,
    .operands_max = 1,
};
