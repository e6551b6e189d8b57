/* SPDX-License-Identifier: ISC */
#include "model/request/request-scope.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
#include "model/request/request-values.h"
#include "model/request/request.h"

/* Of a field whose value is a list: how many items it has is secret too. */
static struct value hidden_item = {.type = VALUE_STRING, .text = PLACEHOLDER_STAND_IN};
static struct value *hidden_items[] = {&hidden_item};
static const struct value hidden_list = {.type = VALUE_LIST, .count = 1, .items = hidden_items};

/* Of two steps that give an output of the same name the later one counts. */
static const struct value *
find_output(const struct request *request, const char *name)
{
	for (size_t i = request->pipeline.step_count; i > 0; i--) {
		const struct step_state *step = &request->steps[i - 1];
		const struct value *output = value_map_get(step->outputs, name);

		if (step->status == STEP_COMPLETED && output != NULL)
			return output;
	}
	return NULL;
}

/* A form field or an output. */
static const struct value *
look_up_plain(const struct request_scope *scope, const char *name, struct strbuf *err)
{
	const struct request *request = scope->request;
	const struct field *field = form_find(&request->pipeline.form, name);
	const struct value *value;

	if (scope->secret == NULL && field != NULL && field->secret)
		return field->type == FIELD_CHECKBOXES ? &hidden_list : &placeholder_stand_in;
	value = form_value(&request->pipeline.form, request->form_data, name);
	if (value == NULL)
		value = find_output(request, name);
	if (value == NULL)
		fail(err, "the placeholder '${%s}' stands for no form field and no output", name);
	return value;
}

static const struct value *
lookup(void *context, const char *name, struct strbuf *err)
{
	const struct request_scope *scope = context;
	const char *rest;
	enum namespace namespace = namespace_of(name, scope->request->pipeline.rules, &rest);

	if (namespace == NAMESPACE_NONE)
		return look_up_plain(scope, name, err);
	if (namespace != NAMESPACE_SECRET)
		return request_value_of(scope, namespace, rest, err);
	return scope->secret == NULL ? &placeholder_stand_in
				     : scope->secret(scope->context, rest, err);
}

bool
request_scope_is_secret(const struct request_scope *scope, const char *name)
{
	const struct field *field = form_find(&scope->request->pipeline.form, name);

	return strncmp(name, PLACEHOLDER_SECRET, strlen(PLACEHOLDER_SECRET)) == 0 ||
	       (field != NULL && field->secret);
}

static void
note_texts(const struct request_scope *scope, const struct value *made)
{
	if (made->type == VALUE_STRING || made->type == VALUE_NUMBER)
		scope->made(scope->context, made->text);
	for (size_t i = 0; made->type == VALUE_LIST && i < made->count; i++)
		note_texts(scope, made->items[i]);
}

static void
note_made(void *context, const char *name, const struct value *made)
{
	const struct request_scope *scope = context;

	if (request_scope_is_secret(scope, name))
		note_texts(scope, made);
}

struct placeholder_scope
request_scope_of(struct request_scope *scope)
{
	return (struct placeholder_scope){.lookup = lookup,
	    .made = scope->made == NULL ? NULL : note_made,
	    .context = scope,
	    .rules = scope->request->pipeline.rules,
	    .stands_in = scope->secret == NULL};
}
