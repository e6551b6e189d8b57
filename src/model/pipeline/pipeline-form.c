/* SPDX-License-Identifier: ISC */
#include "model/pipeline/pipeline-form.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/form.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"

struct answers {
	const struct form *form;
	const struct value *data;
};

/* A field's answer; what is no field is not known yet. */
static const struct value *
lookup(void *context, const char *name, struct strbuf *err)
{
	const struct answers *answers = context;
	const struct value *value = form_value(answers->form, answers->data, name);

	(void)err;
	return value == NULL ? &placeholder_stand_in : value;
}

static void
check_step(struct arena *arena, const struct pipeline *pipeline, const struct step *step,
    struct answers *answers, struct faults *faults)
{
	const struct placeholder_scope scope = {
	    .lookup = lookup, .context = answers, .rules = pipeline->rules, .stands_in = true};
	const struct parameter_filling filling = {.arena = arena, .scope = &scope};
	struct strbuf unfit = STRBUF_INIT;

	if (pipeline_step_check(pipeline, step, &unfit) != 0)
		fault_add(faults, NULL, "%s", unfit.buf);
	else
		parameters_fill(&filling, step->type, step->parameters, faults);
	strbuf_release(&unfit);
}

/* The message, unless it has the value of a secret field in it. */
static void
add_fault(const struct step *step, const char *message, const struct redactor *redactor,
    struct faults *faults)
{
	struct strbuf masked = STRBUF_INIT;

	redactor_apply(redactor, message, strlen(message), &masked);
	fault_add(faults, NULL, "step '%s' could not be run: %s", step->name,
	    strcmp(masked.buf, message) == 0 ? message
					     : "the value of a secret field does not fit");
	strbuf_release(&masked);
}

void
pipeline_form_check(struct arena *arena, const struct pipeline *pipeline, const struct value *data,
    struct faults *faults)
{
	struct answers answers = {.form = &pipeline->form, .data = data};
	struct redactor *redactor = redactor_new();

	form_mask(&pipeline->form, data, redactor);
	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];
		struct faults found;

		faults_init(&found, NULL);
		check_step(arena, pipeline, step, &answers, &found);
		for (size_t j = 0; j < found.count; j++)
			add_fault(step, found.array[j].message, redactor, faults);
		faults_release(&found);
	}
	redactor_free(redactor);
}
