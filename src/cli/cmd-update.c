/* SPDX-License-Identifier: ISC */
/* Change the form data of a request that has not started. */
#include <inttypes.h>

#include "base/message.h"
#include "base/value.h"
#include "model/exit-code.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/decision.h"
#include "cli/form-input.h"

const struct option_spec options_update[] = {
    FORM_INPUT_OPTIONS,
    {'m', "remarks", "<remarks>", "say why", false},
    {.name = NULL},
};

static void
set_all(struct arena *arena, struct value *map, const struct value *from)
{
	for (size_t i = 0; i < from->count; i++)
		value_map_set(arena, map, from->pairs[i].key->text, from->pairs[i].value);
}

/* What was given takes the place of what the request has. */
static int
decide(struct decision *decision, struct event *out, struct strbuf *why)
{
	struct context *context = decision->context;
	struct form_input input = *(const struct form_input *)decision->details;
	struct value *merged = value_new(&context->arena, VALUE_MAP);
	int code;

	(void)why;
	set_all(&context->arena, merged, decision->request.form_data);
	set_all(&context->arena, merged, input.given);
	input.given = merged;
	decision_event(decision, EVENT_UPDATED, NULL, out);
	code = form_input_check(context, &decision->request.pipeline, &input, &out->form_data);
	if (code == CODE_DONE && value_equal(out->form_data, decision->request.form_data)) {
		message("request %" PRIu64 " has that form data already", decision->request.id);
		decision->repeated = true;
	}
	return code;
}

static const struct decision_rule rule = {
    .command = COMMAND_UPDATE,
    .decide = decide,
};

int
cmd_update(struct context *context, const struct arguments *arguments)
{
	struct form_input input;
	struct decision decision = {
	    .rule = &rule, .context = context, .arguments = arguments, .details = &input};
	int code;

	if (!option_given(arguments, "field") && !option_given(arguments, "form-data"))
		return refuse(context, CODE_USAGE, "nothing to change: give -f or --form-data");
	code = form_input_read(context, arguments, &input);
	if (code == CODE_DONE)
		code = decision_take(&decision);
	if (decision.recorded)
		message("updated request %" PRIu64, decision.request.id);
	decision_release(&decision);
	return code;
}
