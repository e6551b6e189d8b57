/* SPDX-License-Identifier: ISC */
#include "model/pipeline/pipeline-form.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"

struct answers {
	const struct form *form;
	const struct value *data;
	bool open; /* a placeholder was met that is no field */
};

static const struct value *
lookup(void *context, const char *name, struct strbuf *err)
{
	const struct answers *answers = context;

	(void)err; /* only what is answered is filled in */
	return form_value(answers->form, answers->data, name);
}

static void
note_open(void *context, const char *name, const struct value *where)
{
	struct answers *answers = context;

	(void)where;
	if (form_find(answers->form, name) == NULL)
		answers->open = true;
}

/* Whether all placeholders of a key and its value are fields of the form. */
static bool
is_answered(struct arena *arena, struct answers *answers, const struct value_pair *pair)
{
	struct faults malformed; /* the pipeline was checked: there are none */

	faults_init(&malformed, NULL);
	answers->open = false;
	placeholder_each(arena, pair->key, note_open, answers, &malformed);
	placeholder_each(arena, pair->value, note_open, answers, &malformed);
	faults_release(&malformed);
	return !answers->open;
}

/* The pairs of a map that are answered, and those of the maps in it. */
static struct value *
answered(struct arena *arena, struct answers *answers, const struct value *map, bool with_members)
{
	struct value *out = value_new(arena, VALUE_MAP);

	for (size_t i = 0; map != NULL && i < map->count; i++) {
		const struct value_pair *pair = &map->pairs[i];
		struct value *value = pair->value;

		if (!is_answered(arena, answers, pair)) {
			if (!with_members || value->type != VALUE_MAP)
				continue;
			value = answered(arena, answers, value, false);
		}
		value_map_add(arena, out, pair->key, value);
	}
	return out;
}

static bool
shows(const char *message, const struct value *secret)
{
	struct strbuf text = STRBUF_INIT;
	bool found = false;

	if (secret == NULL)
		return false;
	for (size_t i = 0; secret->type == VALUE_LIST && i < secret->count && !found; i++)
		found = shows(message, secret->items[i]);
	if (secret->type == VALUE_STRING || secret->type == VALUE_NUMBER)
		utf8_add_printable(&text, secret->text, strlen(secret->text));
	found = found || (text.len > 0 && strstr(message, text.buf) != NULL);
	strbuf_release(&text);
	return found;
}

static bool
shows_a_secret(const char *message, const struct answers *answers)
{
	for (size_t i = 0; i < answers->form->count; i++) {
		const struct field *field = &answers->form->fields[i];

		if (field->secret && shows(message, value_map_get(answers->data, field->name)))
			return true;
	}
	return false;
}

void
pipeline_form_check(struct arena *arena, const struct pipeline *pipeline, const struct value *data,
    struct faults *faults)
{
	struct answers answers = {.form = &pipeline->form, .data = data};
	const struct placeholder_scope scope = {.lookup = lookup, .context = &answers};

	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];
		struct strbuf unfit = STRBUF_INIT;
		struct faults found;

		faults_init(&found, NULL);
		if (pipeline_step_check(pipeline, step, &unfit) != 0)
			fault_add(&found, NULL, "%s", unfit.buf);
		else
			parameters_fill_some(arena, step->type,
			    answered(arena, &answers, step->parameters, true), &scope, &found);
		for (size_t j = 0; j < found.count; j++) {
			const char *message = found.array[j].message;

			fault_add(faults, NULL, "step '%s' could not be run: %s", step->name,
			    shows_a_secret(message, &answers)
				? "the value of a secret field does not fit"
				: message);
		}
		faults_release(&found);
		strbuf_release(&unfit);
	}
}
