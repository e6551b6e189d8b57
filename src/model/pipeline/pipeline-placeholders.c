/* SPDX-License-Identifier: ISC */
/* The values of the placeholders of a pipeline: form fields and outputs of earlier steps. */
#include "model/pipeline/pipeline-placeholders.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/namespace.h"
#include "model/pipeline/placeholder.h"

struct linking {
	struct arena *arena;
	struct pipeline *pipeline;
	bool ordered;		/* whether "earlier" means anything */
	struct name_map givers; /* output -> the step that gives it */
	size_t step;		/* the one that is looked at */
	struct faults *faults;
};

static void
link_secret(const struct linking *linking, const char *name, const struct value *where)
{
	if (name[strlen(PLACEHOLDER_SECRET)] == '\0')
		fault_add(linking->faults, where, "'${%s}' has no name of a secret", name);
	else if (linking->pipeline->steps[linking->step].pauses == PAUSE_PERSON)
		fault_add(linking->faults, where, "a secret cannot be shown to people");
}

static void
check_length(const struct linking *linking, const struct placeholder *secret)
{
	if (filters_have(secret->filters, FILTER_LENGTH))
		fault_add(linking->faults, secret->where,
		    "the filter '" FILTER_LENGTH "' would tell of '%s', which is secret",
		    secret->name);
}

/* Finding the nearest name is slow: how many faults get one, from how many. */
#define SUGGESTED_FAULTS 20
#define SUGGESTED_NAMES	 500

/* A placeholder that nothing in a pipeline with a form defines. */
static void
fault_undeclared(const struct linking *linking, const struct placeholder *placeholder)
{
	const struct pipeline *pipeline = linking->pipeline;
	const struct form *form = &pipeline->form;
	struct suggestion near;

	suggest_init(&near, placeholder->name);
	if (linking->faults->count < SUGGESTED_FAULTS) {
		for (size_t i = 0; i < form->count && i < SUGGESTED_NAMES; i++)
			suggest_offer(&near, form->fields[i].name);
		for (size_t i = 0; i < linking->givers.capacity && i < SUGGESTED_NAMES; i++) {
			if (linking->givers.slots[i].name != NULL)
				suggest_offer(&near, linking->givers.slots[i].name);
		}
		namespace_offer(&near);
	}
	fault_add(linking->faults, placeholder->where,
	    "'${%s}' is no field of the form and no output of a step%s", placeholder->name,
	    suggest_text(&near));
}

static void
link_plain(struct linking *linking, const struct placeholder *placeholder)
{
	struct form *form = &linking->pipeline->form;
	const struct step *steps = linking->pipeline->steps;
	const char *name = placeholder->name;
	const struct value *where = placeholder->where;
	const struct field *field = form_find(form, name);
	size_t giver;

	if (field != NULL) {
		if (field->secret)
			check_length(linking, placeholder);
		if (field->secret && steps[linking->step].pauses == PAUSE_PERSON)
			fault_add(linking->faults, where,
			    "the field '%s' is secret: it cannot be shown to people", name);
	} else if (name_map_find(&linking->givers, name, &giver)) {
		if (linking->ordered && giver >= linking->step)
			fault_add(linking->faults, where,
			    "'%s' is not known before step '%s' has completed", name,
			    steps[giver].name);
	} else if (form->given) {
		fault_undeclared(linking, placeholder);
	} else if (form_field_name_valid(name, linking->pipeline->rules)) {
		form_add_implicit(linking->arena, form, name);
	} else {
		fault_add(linking->faults, where, "'%s' cannot be the name of a form field", name);
	}
}

/* What is told of a step is known when it has completed. */
static void
link_step(struct linking *linking, const struct placeholder *placeholder, const char *rest)
{
	const struct pipeline *pipeline = linking->pipeline;
	struct strbuf err = STRBUF_INIT;
	struct suggestion near;
	enum step_member member;
	const char *name;
	size_t place = 0;

	if (namespace_read_step(linking->arena, rest, &name, &member, &err) != 0) {
		fault_add(linking->faults, placeholder->where, "%s", err.buf);
		strbuf_release(&err);
		return;
	}
	suggest_init(&near, name);
	while (
	    place < pipeline->step_count && (pipeline->steps[place].name == NULL ||
						strcmp(pipeline->steps[place].name, name) != 0)) {
		if (pipeline->steps[place].name != NULL && place < SUGGESTED_NAMES)
			suggest_offer(&near, pipeline->steps[place].name);
		place++;
	}
	if (place == pipeline->step_count)
		fault_add(linking->faults, placeholder->where, "there is no step '%s'%s", name,
		    suggest_text(&near));
	else if (linking->ordered && place >= linking->step)
		fault_add(linking->faults, placeholder->where,
		    "'${%s}' is not known before step '%s' has completed", placeholder->name, name);
	else if (member == STEP_MEMBER_HTTP_STATUS && pipeline->steps[place].pauses == PAUSE_PERSON)
		fault_add(linking->faults, placeholder->where,
		    "step '%s' makes no call: it has no 'http_status'", name);
}

/* What needs nothing but the name to be judged. */
static void
link_known(const struct linking *linking, const struct placeholder *placeholder,
    enum namespace namespace, const char *rest)
{
	struct strbuf err = STRBUF_INIT;
	enum request_member member;
	int64_t shift;

	if (namespace == NAMESPACE_REQUEST)
		namespace_read_request(rest, &member, &err);
	else if (namespace == NAMESPACE_TIME)
		namespace_read_time(rest, &shift, &err);
	else
		fail(&err, "there is no var '%s'", rest);
	if (err.len > 0)
		fault_add(linking->faults, placeholder->where, "%s", err.buf);
	strbuf_release(&err);
}

static void
link_name(void *context, const struct placeholder *placeholder)
{
	struct linking *linking = context;
	const char *rest;
	enum namespace namespace = namespace_of(placeholder->name, linking->pipeline->rules, &rest);

	switch (namespace) {
	case NAMESPACE_NONE:
		link_plain(linking, placeholder);
		break;
	case NAMESPACE_SECRET:
		check_length(linking, placeholder);
		link_secret(linking, placeholder->name, placeholder->where);
		break;
	case NAMESPACE_STEP:
		link_step(linking, placeholder, rest);
		break;
	case NAMESPACE_REQUEST:
	case NAMESPACE_TIME:
	case NAMESPACE_VAR:
		link_known(linking, placeholder, namespace, rest);
		break;
	}
}

static void
fault_twice(const struct linking *linking, const struct value *output, const struct step *giver)
{
	if (giver->name == NULL)
		fault_add(linking->faults, output, "output '%s' is given by a step before it too",
		    output->text);
	else
		fault_add(linking->faults, output, "output '%s' is given by step '%s' too",
		    output->text, giver->name);
}

void
pipeline_each_output(
    const struct step *step, void (*each)(void *context, const struct value *name), void *context)
{
	if (step->type == NULL)
		return;
	for (const struct parameter_field *field = step->type->fields; field->name != NULL;
	     field++) {
		const struct value *outputs = value_map_get(step->parameters, field->name);

		if (!field->gives_outputs || outputs == NULL || outputs->type != VALUE_MAP)
			continue;
		for (size_t i = 0; i < outputs->count; i++)
			each(context, outputs->pairs[i].key);
	}
}

struct secret_walk {
	const char *parameter;
	void (*each)(void *context, const struct secret_place *);
	void *context;
};

static void
visit_secret(void *context, const struct placeholder *placeholder)
{
	const struct secret_walk *walk = context;
	const size_t prefix = strlen(PLACEHOLDER_SECRET);
	const struct secret_place place = {
	    placeholder->name + prefix, walk->parameter, placeholder->where};

	if (strncmp(placeholder->name, PLACEHOLDER_SECRET, prefix) == 0)
		walk->each(walk->context, &place);
}

void
pipeline_each_secret(struct arena *arena, const struct pipeline *pipeline, const struct step *step,
    void (*each)(void *context, const struct secret_place *), void *context)
{
	struct secret_walk walk = {.each = each, .context = context};
	const struct value *parameters = step->parameters;
	struct faults malformed; /* none: the pipeline was checked */

	faults_init(&malformed, NULL);
	for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
		walk.parameter = parameters->pairs[i].key->text;
		placeholder_each(arena, parameters->pairs[i].value, pipeline->rules, visit_secret,
		    &walk, &malformed);
	}
	faults_release(&malformed);
}

/* Notes what the step gives, which is given neither by the form nor by a step before it. */
static void
add_output(void *context, const struct value *name)
{
	struct linking *linking = context;
	const struct pipeline *pipeline = linking->pipeline;
	size_t giver;

	if (form_find(&pipeline->form, name->text) != NULL)
		fault_add(
		    linking->faults, name, "output '%s' has the name of a form field", name->text);
	else if (name_map_find(&linking->givers, name->text, &giver))
		fault_twice(linking, name, &pipeline->steps[giver]);
	else
		name_map_add(linking->arena, &linking->givers, name->text, linking->step);
}

void
pipeline_link_placeholders(
    struct arena *arena, struct pipeline *pipeline, bool ordered, struct faults *faults)
{
	struct linking linking = {
	    .arena = arena, .pipeline = pipeline, .ordered = ordered, .faults = faults};
	struct faults malformed; /* parameters_check() reports them */

	faults_init(&malformed, NULL);
	for (; linking.step < pipeline->step_count; linking.step++)
		pipeline_each_output(&pipeline->steps[linking.step], add_output, &linking);
	for (linking.step = 0; linking.step < pipeline->step_count; linking.step++) {
		const struct step *step = &pipeline->steps[linking.step];

		if (step->parameters != NULL)
			placeholder_each(arena, step->parameters, pipeline->rules, link_name,
			    &linking, &malformed);
	}
	faults_release(&malformed);
}
