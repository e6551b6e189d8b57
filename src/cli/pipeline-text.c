/* SPDX-License-Identifier: ISC */
#include "cli/pipeline-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"
#include "cli/field-text.h"
#include "cli/print.h"
#include "cli/table.h"

static void
add_default(struct table *table, const struct field *field)
{
	struct strbuf text = STRBUF_INIT;

	if (field->fallback != NULL && field->fallback->type == VALUE_LIST)
		print_add_list(&text, field->fallback);
	else if (field->fallback != NULL)
		print_add_value(&text, field->fallback);
	table_add_shown(table, COLOUR_NONE, text.buf);
	strbuf_release(&text);
}

/* "Small (S), M", "whole number, 1 to 64", "at most 40 characters". */
static void
add_takes(struct strbuf *out, const struct field *field)
{
	for (size_t i = 0; field->options != NULL && i < field->options->count; i++) {
		if (i > 0)
			strbuf_addstr(out, ", ");
		field_text_add_option(out, field, i);
	}
	field_text_add_kind(out, field);
	field_text_add_limits(out, field);
}

static void
print_form(const struct form *form)
{
	static const char *const headings[] = {
	    "FIELD", "TYPE", "REQUIRED", "DEFAULT", "TAKES", "TITLE", NULL};
	struct strbuf takes = STRBUF_INIT;
	struct table table;

	table_init(&table, 6);
	table_headings(&table, headings);
	for (size_t i = 0; i < form->count; i++) {
		const struct field *field = &form->fields[i];

		table_add(&table, COLOUR_NONE, field->name);
		table_addf(&table, COLOUR_NONE, "%s%s", field_type_name(field->type),
		    field->secret ? ", secret" : "");
		table_add(&table, COLOUR_NONE, field->required ? "yes" : "");
		add_default(&table, field);
		strbuf_reset(&takes);
		add_takes(&takes, field);
		table_add_shown(&table, COLOUR_NONE, takes.buf);
		table_addf(&table, COLOUR_NONE, "%s%s%s", field->title,
		    field->description == NULL ? "" : ": ",
		    field->description == NULL ? "" : field->description);
	}
	puts("");
	if (form->count > 0)
		table_print(&table, "  ");
	else
		puts("  The form has no fields.");
	table_release(&table);
	strbuf_release(&takes);
}

static void
print_steps(const struct pipeline *pipeline)
{
	static const char *const headings[] = {"STEP", "TYPE", "DOES", NULL};
	struct strbuf summary = STRBUF_INIT;
	struct table table;

	table_init(&table, 3);
	table_headings(&table, headings);
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];

		strbuf_reset(&summary);
		pipeline_step_describe(step, &summary);
		table_add(&table, COLOUR_NONE, step->name);
		table_add(&table, COLOUR_NONE, step->type_name);
		table_add(&table, COLOUR_NONE, summary.buf);
	}
	puts("");
	table_print(&table, "  ");
	table_release(&table);
	strbuf_release(&summary);
}

void
print_pipeline_text(const struct pipeline *pipeline, const char *path)
{
	struct strbuf text = STRBUF_INIT;

	print_add_text(&text, pipeline->name);
	print_coloured(COLOUR_BOLD, text.buf);
	strbuf_reset(&text);
	if (pipeline->version != NULL) {
		strbuf_addstr(&text, ", version ");
		print_add_value(&text, pipeline->version);
	}
	strbuf_addstr(&text, " (");
	print_add_text(&text, path);
	strbuf_addstr(&text, ")");
	puts(text.buf);
	if (pipeline->description != NULL)
		print_marked("  ", pipeline->description);
	if (pipeline->requesters != NULL) {
		strbuf_reset(&text);
		strbuf_addstr(&text, "  Requesters: ");
		print_add_list(&text, pipeline->requesters);
		puts(text.buf);
	}
	print_form(&pipeline->form);
	print_steps(pipeline);
	strbuf_release(&text);
}

static void
add_labels(struct json_writer *writer, const struct field *field)
{
	json_name(writer, "labels");
	json_begin_array(writer);
	for (size_t i = 0; i < field->options->count; i++)
		json_string(writer, field->labels[i]);
	json_end(writer);
}

static void
add_field(struct json_writer *writer, const struct field *field)
{
	json_begin_object(writer);
	json_string_member(writer, "name", field->name);
	json_string_member(writer, "title", field->title);
	json_string_member(writer, "description", field->description);
	json_string_member(writer, "type", field_type_name(field->type));
	json_name(writer, "required");
	json_boolean(writer, field->required);
	json_name(writer, "secret");
	json_boolean(writer, field->secret);
	json_name(writer, "min_length");
	json_integer(writer, field->min_length);
	if (field->max_length > 0) {
		json_name(writer, "max_length");
		json_integer(writer, field->max_length);
	}
	if (field->pattern != NULL)
		json_string_member(writer, "pattern", field->pattern);
	if (field->min != NULL)
		json_value_member(writer, "min", field->min);
	if (field->max != NULL)
		json_value_member(writer, "max", field->max);
	json_value_member(writer, "options", field->options);
	if (field->labels != NULL)
		add_labels(writer, field);
	json_value_member(writer, "default", field->fallback);
	json_end(writer);
}

static void
add_details(struct json_writer *writer, const struct pipeline *pipeline)
{
	json_name(writer, "fields");
	json_begin_array(writer);
	for (size_t i = 0; i < pipeline->form.count; i++)
		add_field(writer, &pipeline->form.fields[i]);
	json_end(writer);
	json_name(writer, "steps");
	json_begin_array(writer);
	for (size_t i = 0; i < pipeline->step_count; i++) {
		json_begin_object(writer);
		json_string_member(writer, "step_name", pipeline->steps[i].name);
		json_string_member(writer, "step_type", pipeline->steps[i].type_name);
		json_value_member(writer, "parameters", pipeline->steps[i].parameters);
		json_end(writer);
	}
	json_end(writer);
}

void
print_pipeline_json(
    const struct pipeline *pipeline, const char *name, const char *path, bool in_full)
{
	struct strbuf line = STRBUF_INIT;
	struct json_writer writer;

	json_writer_init(&writer, &line);
	json_begin_object(&writer);
	json_string_member(&writer, "pipeline_name", name);
	json_name(&writer, "valid");
	json_boolean(&writer, pipeline != NULL);
	json_value_member(&writer, "version", pipeline == NULL ? NULL : pipeline->version);
	json_name(&writer, "step_count");
	json_integer(&writer, pipeline == NULL ? 0 : (int64_t)pipeline->step_count);
	json_string_member(&writer, "file", path);
	json_string_member(&writer, "description", pipeline == NULL ? NULL : pipeline->description);
	if (pipeline != NULL && pipeline->requesters != NULL)
		json_value_member(&writer, "requesters", pipeline->requesters);
	if (in_full && pipeline != NULL)
		add_details(&writer, pipeline);
	json_end(&writer);
	print_json(line.buf);
	strbuf_release(&line);
}
