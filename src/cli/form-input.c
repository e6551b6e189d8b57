/* SPDX-License-Identifier: ISC */
#include "cli/form-input.h"

#include <string.h>

#include "base/document.h"
#include "base/faults.h"
#include "base/message.h"
#include "base/options.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/exit-code.h"
#include "model/pipeline/form.h"
#include "model/pipeline/pipeline-form.h"
#include "model/pipeline/pipeline.h"
#include "cli/context.h"
#include "cli/input-file.h"
#include "cli/print.h"

/* Reads the map of the fields from a text, and prints every fault of it. */
static enum exit_code
take_data(struct context *context, const struct strbuf *text, struct form_input *input)
{
	struct faults faults;
	struct value *data = NULL;
	enum exit_code code;

	faults_init(&faults, input->file);
	document_read(&context->arena, input->file, text->buf, text->len, &data, &faults);
	if (data != NULL && data->type == VALUE_MAP)
		input->given = data;
	else if (data != NULL && data->type == VALUE_NULL)
		fault_add(
		    &faults, data, "there is no form data in it: '{}' is a form without an answer");
	else if (data != NULL)
		fault_add(&faults, data, "form data is a map of field names to values, not a %s",
		    value_type_name(data->type));
	print_faults(&faults);
	code = faults.count == 0 ? CODE_DONE : CODE_INVALID;
	faults_release(&faults);
	return code;
}

static enum exit_code
read_data(struct context *context, const char *path, struct form_input *input)
{
	struct strbuf text = STRBUF_INIT;
	enum exit_code code = input_file_read(context, path, &input->file, &text);

	input->from_stdin = strcmp(path, "-") == 0;
	if (code == CODE_DONE)
		code = take_data(context, &text, input);
	strbuf_release(&text);
	return code;
}

/* "name=value" into the map; the same name again makes a list. */
static enum exit_code
add_field(struct context *context, struct value *fields, const char *text)
{
	struct arena *arena = &context->arena;
	const char *equals = strchr(text, '=');
	struct value *value, *before, *list;
	const char *name;

	if (equals == NULL || equals == text)
		return context_fail(
		    context, CODE_USAGE, "'%s' is not of the form name=value", text);
	name = arena_strndup(arena, text, (size_t)(equals - text));
	if (!utf8_valid(text, strlen(text))) /* the value may be secret */
		return context_fail(context, CODE_USAGE, "the field '%s' is not UTF-8", name);
	value = value_string(arena, equals + 1);
	before = value_map_get(fields, name);
	if (before != NULL && before->type == VALUE_LIST) {
		value_list_add(arena, before, value);
		return CODE_DONE;
	}
	if (before != NULL) {
		list = value_new(arena, VALUE_LIST);
		value_list_add(arena, list, before);
		value_list_add(arena, list, value);
		value = list;
	}
	value_map_set(arena, fields, name, value);
	return CODE_DONE;
}

enum exit_code
form_input_read(struct context *context, const struct arguments *arguments, struct form_input *out)
{
	const char *path = option_text(arguments, "form-data");
	struct value *fields = value_new(&context->arena, VALUE_MAP);
	enum exit_code code = CODE_DONE;

	*out = (struct form_input){.given = value_new(&context->arena, VALUE_MAP)};
	for (size_t i = 0; i < arguments->given_count && code == CODE_DONE; i++) {
		if (strcmp(arguments->given[i].spec->name, "field") == 0)
			code = add_field(context, fields, arguments->given[i].text);
	}
	if (code == CODE_DONE && path != NULL)
		code = read_data(context, path, out);
	for (size_t i = 0; i < fields->count && code == CODE_DONE; i++)
		value_map_set(&context->arena, out->given, fields->pairs[i].key->text,
		    fields->pairs[i].value);
	return code;
}

/* A fault without a place comes from the command line, or from a missing field. */
void
form_input_say(struct faults *faults)
{
	faults_sort(faults);
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->array[i];

		if (faults->file == NULL || fault->line == 0)
			message("svcreq: %s", fault->message);
		else
			message("%s:%u:%u: %s", faults->file, fault->line, fault->column,
			    fault->message);
	}
}

enum exit_code
form_input_check(struct context *context, const struct pipeline *pipeline,
    const struct form_input *input, const struct value **data)
{
	struct faults faults;
	size_t count;

	faults_init(&faults, input->file);
	form_check(&context->arena, &pipeline->form, input->given, data, &faults);
	if (faults.count == 0)
		pipeline_form_check(&context->arena, pipeline, *data, &faults);
	form_input_say(&faults);
	count = faults.count;
	faults_release(&faults);
	return count == 0 ? CODE_DONE : CODE_INVALID;
}

enum exit_code
form_input_remarks(struct context *context, const struct arguments *arguments, const char **out)
{
	*out = option_text(arguments, "remarks");
	if (*out == NULL)
		return CODE_DONE;
	if (**out == '\0')
		return context_fail(context, CODE_USAGE, "the remarks are empty");
	if (!utf8_valid(*out, strlen(*out)))
		return context_fail(context, CODE_USAGE, "the remarks are not UTF-8");
	return CODE_DONE;
}
