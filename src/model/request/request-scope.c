/* SPDX-License-Identifier: ISC */
#include "model/request/request-scope.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
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

static const struct value *
lookup(void *context, const char *name, struct strbuf *err)
{
	const struct request_scope *scope = context;
	const struct request *request = scope->request;
	const struct field *field = form_find(&request->pipeline.form, name);
	bool is_secret = strncmp(name, PLACEHOLDER_SECRET, strlen(PLACEHOLDER_SECRET)) == 0;
	const struct value *value;

	if (scope->secret == NULL && is_secret)
		return &placeholder_stand_in;
	if (scope->secret == NULL && field != NULL && field->secret)
		return field->type == FIELD_CHECKBOXES ? &hidden_list : &placeholder_stand_in;
	if (is_secret)
		return scope->secret(scope->context, name + strlen(PLACEHOLDER_SECRET), err);
	value = form_value(&request->pipeline.form, request->form_data, name);
	if (value == NULL)
		value = find_output(request, name);
	if (value == NULL)
		fail(err, "the placeholder '${%s}' stands for no form field and no output", name);
	return value;
}

struct placeholder_scope
request_scope_of(struct request_scope *scope)
{
	return (struct placeholder_scope){.lookup = lookup,
	    .context = scope,
	    .rules = scope->request->pipeline.rules,
	    .stands_in = scope->secret == NULL};
}
