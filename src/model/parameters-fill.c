/* SPDX-License-Identifier: ISC */
/* The parameters of a step with their placeholders filled in, and their standard values. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/http-syntax.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"
#include "model/step-type.h"

/*
 * A "@", "/", "?" or "#" that was filled in would make another host of the proxy's, and send its
 * password there as a name to look up.  The message leaves the proxy out for that reason.
 */
static int
check_proxy(const char *proxy, struct strbuf *err)
{
	const char *start = strstr(proxy, "://");
	const char *at, *end;

	start = start == NULL ? proxy : start + 3;
	at = strchr(start, '@');
	end = start + strcspn(start, "/?#");
	if (at != NULL && strchr(at + 1, '@') != NULL)
		return fail(err, "the proxy has more than one '@': write the others as %%40");
	if (*end != '\0' && strcmp(end, "/") != 0)
		return fail(
		    err, "the proxy has a '/', '?' or '#' in it: write it as %%2F, %%3F or %%23");
	return 0;
}

static int
fill_proxy(struct arena *arena, const struct value *value, const struct placeholder_scope *scope,
    struct value **out, struct strbuf *err)
{
	if (placeholder_fill_proxy(arena, value, scope, out, err) != 0)
		return -1;
	return (*out)->type == VALUE_STRING ? check_proxy((*out)->text, err) : 0;
}

static int
fill_parameter(struct arena *arena, const struct parameter_type *type, const struct value *value,
    const struct placeholder_scope *scope, struct value **out, struct strbuf *err)
{
	const char *text;

	if (type != NULL && type->kind == PARAMETER_PROXY && value->type == VALUE_STRING)
		return fill_proxy(arena, value, scope, out, err);
	if (type == NULL || type->kind != PARAMETER_URL || value->type != VALUE_STRING)
		return placeholder_fill(arena, value, scope, out, err);
	if (placeholder_fill_url(arena, value->text, scope, &text, err) != 0)
		return -1;
	*out = value_string(arena, text);
	return 0;
}

/* The first fault of what was filled in, as the reason why the step cannot run. */
static int
check_filled(const struct step_type *type, const struct value *filled, struct strbuf *err)
{
	struct faults faults;
	int ret = 0;

	faults_init(&faults, NULL);
	parameters_check_filled(type, filled, &faults);
	if (faults.count > 0)
		ret = fail(err, "%s", faults.array[0].message);
	faults_release(&faults);
	return ret;
}

int
parameters_fill(struct arena *arena, const struct step_type *type, const struct value *parameters,
    const struct placeholder_scope *scope, const struct value **out, struct strbuf *err)
{
	struct value *filled = value_new(arena, VALUE_MAP);
	struct value *value;

	for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
		const struct value_pair *pair = &parameters->pairs[i];

		if (fill_parameter(arena, parameter_find(type->parameters, pair->key->text),
			pair->value, scope, &value, err) != 0)
			return -1;
		value->line = value->column =
		    0; /* the place in the file is of no use in a step's message */
		value_map_add(arena, filled, pair->key, value);
	}
	if (schema_levels(filled) > JSON_MAX_DEPTH)
		return fail(err, "the parameters have more than %d levels once they are filled in",
		    JSON_MAX_DEPTH);
	if (check_filled(type, filled, err) != 0)
		return -1;
	*out = filled;
	return 0;
}

void
parameters_fill_some(struct arena *arena, const struct step_type *type,
    const struct value *parameters, const struct placeholder_scope *scope, struct faults *faults)
{
	struct value *filled = value_new(arena, VALUE_MAP), *value;

	for (size_t i = 0; i < parameters->count; i++) {
		const struct value_pair *pair = &parameters->pairs[i];
		struct strbuf err = STRBUF_INIT;

		if (fill_parameter(arena, parameter_find(type->parameters, pair->key->text),
			pair->value, scope, &value, &err) == 0)
			value_map_add(arena, filled, pair->key, value);
		else
			fault_add(faults, NULL, "%s", err.buf);
		strbuf_release(&err);
	}
	parameters_check_some(type, filled, faults);
}

static const struct value *
standard_value(struct arena *arena, const struct parameter_type *type)
{
	struct value *value, *list;

	if (type->standard == NULL)
		return NULL;
	switch (type->kind) {
	case PARAMETER_BOOLEAN:
		return value_boolean(arena, strcmp(type->standard, "true") == 0);
	case PARAMETER_COUNT:
		return value_integer(arena, strtoll(type->standard, NULL, 10));
	case PARAMETER_STATUSES:
		value = value_string(arena, type->standard);
		list = value_new(arena, VALUE_LIST);
		value_list_add(arena, list, value);
		return list;
	default:
		return value_string(arena, type->standard);
	}
}

const struct value *
parameter_value(struct arena *arena, const struct parameter_type *table,
    const struct value *parameters, const char *name)
{
	const struct value *value = value_map_get(parameters, name);

	if (value != NULL && value->type != VALUE_NULL)
		return value;
	return standard_value(arena, parameter_find(table, name));
}

int64_t
parameter_number(
    const struct parameter_type *table, const struct value *parameters, const char *name)
{
	const struct parameter_type *type = parameter_find(table, name);
	const struct value *value = value_map_get(parameters, name);
	const char *text =
	    value != NULL && value->type != VALUE_NULL ? value->text : type->standard;

	if (text == NULL)
		return 0;
	switch (type->kind) {
	case PARAMETER_DURATION:
		return duration_parse(text);
	case PARAMETER_SIZE:
		return size_parse(text);
	default:
		return strtoll(text, NULL, 10);
	}
}
