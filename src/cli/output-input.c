/* SPDX-License-Identifier: ISC */
#include "cli/output-input.h"

#include <string.h>

#include "base/json/json.h"
#include "base/options.h"
#include "base/utf8.h"
#include "base/value.h"
#include "cli/context.h"
#include "cli/input-file.h"

static enum exit_code
add(struct context *context, struct value *outputs, struct value *key, struct value *value)
{
	if (value_map_get(outputs, key->text) != NULL)
		return context_fail(context, CODE_USAGE, "output '%s' is given twice", key->text);
	value_map_add(&context->arena, outputs, key, value);
	return CODE_DONE;
}

static enum exit_code
read_json(
    struct context *context, const char *name, const char *text, size_t len, struct value **out)
{
	return json_parse(&context->arena, name, text, len, out, &context->err) == 0 ? CODE_DONE
										     : CODE_INVALID;
}

/* "name=value" */
static enum exit_code
add_option(struct context *context, struct value *outputs, const char *text, bool json)
{
	struct arena *arena = &context->arena;
	const char *equals = strchr(text, '=');
	enum exit_code code = CODE_DONE;
	struct value *value = NULL;
	const char *name;

	if (equals == NULL || equals == text)
		return context_fail(
		    context, CODE_USAGE, "'%s' is not of the form name=value", text);
	name = arena_strndup(arena, text, (size_t)(equals - text));
	if (!utf8_valid(text, strlen(text)))
		return context_fail(context, CODE_USAGE, "the output '%s' is not UTF-8", name);
	if (json)
		code = read_json(context, arena_printf(arena, "output '%s'", name), equals + 1,
		    strlen(equals + 1), &value);
	else
		value = value_string(arena, equals + 1);
	return code == CODE_DONE ? add(context, outputs, value_string(arena, name), value) : code;
}

static enum exit_code
add_file(struct context *context, struct output_input *input, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	struct value *map = NULL;
	enum exit_code code;

	code = input_file_read(context, path, &input->file, &text);
	if (code == CODE_DONE)
		code = read_json(context, input->file, text.buf, text.len, &map);
	if (code == CODE_DONE && map->type != VALUE_MAP)
		code = context_fail(context, CODE_INVALID,
		    "%s:%u:%u: outputs are a JSON object of names to values, not a %s", input->file,
		    map->line, map->column, value_type_name(map->type));
	for (size_t i = 0; code == CODE_DONE && i < map->count; i++)
		code = add(context, input->given, map->pairs[i].key, map->pairs[i].value);
	strbuf_release(&text);
	return code;
}

enum exit_code
output_input_read(
    struct context *context, const struct arguments *arguments, struct output_input *out)
{
	enum exit_code code = CODE_DONE;

	*out = (struct output_input){0};
	for (size_t i = 0; i < arguments->given_count && code == CODE_DONE; i++) {
		const struct option_value *option = &arguments->given[i];
		bool file = strcmp(option->spec->name, "outputs") == 0;
		bool json = strcmp(option->spec->name, "output-json") == 0;

		if (!file && !json && strcmp(option->spec->name, "output") != 0)
			continue;
		if (out->given == NULL)
			out->given = value_new(&context->arena, VALUE_MAP);
		code = file ? add_file(context, out, option->text)
			    : add_option(context, out->given, option->text, json);
	}
	return code;
}
