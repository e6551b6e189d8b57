/* SPDX-License-Identifier: ISC */
/* The parameters of a step against the table of its type. */
#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"

static void check_table(const struct checking *, const struct parameter_type *table,
    const struct value *map, const char *what);

static void
fault_fixed(void *context, const char *name, const struct value *where)
{
	fault_add(context, where, "a placeholder (%s) cannot stand here", name);
}

static void
allow(void *context, const char *name, const struct value *where)
{
	(void)context;
	(void)name;
	(void)where;
}

/* Whether the placeholders in a parameter are well-formed, and may be there. */
static void
check_placeholders(
    const struct parameter_type *type, const struct value *value, struct faults *faults)
{
	struct arena names = ARENA_INIT;

	placeholder_each(&names, value, type->fixed ? fault_fixed : allow, faults, faults);
	arena_release(&names);
}

static void
check_parameter(
    const struct checking *checking, const struct parameter_type *type, const struct value *value)
{
	if (value->type == VALUE_NULL)
		return;
	/* the members of a group are checked one by one */
	if (!checking->filled && !(type->kind == PARAMETER_GROUP && value->type == VALUE_MAP))
		check_placeholders(type, value, checking->faults);
	if (type->kind == PARAMETER_URL && value->type == VALUE_STRING)
		parameter_check_url(checking, value);
	else if (parameter_is_open(checking, value))
		return;
	else if (!parameter_type_fits(type->kind, value))
		fault_add(checking->faults, value, "'%s' must be %s, not a %s", type->name,
		    parameter_kind_words(type->kind), value_type_name(value->type));
	else if (type->kind == PARAMETER_GROUP)
		check_table(checking, type->members, value, type->name);
	else
		parameter_check_fitting(checking, type, value);
}

static void
fault_unknown(const struct parameter_type *table, const struct value *key, const char *what,
    struct faults *faults)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	for (; table->name != NULL; table++)
		suggest_offer(&near, table->name);
	fault_add(
	    faults, key, "unknown parameter '%s' of %s%s", key->text, what, suggest_text(&near));
}

static void
check_table(const struct checking *checking, const struct parameter_type *table,
    const struct value *map, const char *what)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct parameter_type *type = parameter_find(table, map->pairs[i].key->text);

		if (type == NULL)
			fault_unknown(table, map->pairs[i].key, what, checking->faults);
		else
			check_parameter(checking, type, map->pairs[i].value);
	}
	for (; table->name != NULL; table++) {
		const struct value *value = value_map_get(map, table->name);

		if (table->required && !checking->partly &&
		    (value == NULL || value->type == VALUE_NULL))
			fault_add(checking->faults, map, "%s has no '%s'", what, table->name);
	}
}

static void
check_all(
    const struct checking *checking, const struct step_type *type, const struct value *parameters)
{
	struct strbuf what = STRBUF_INIT;

	strbuf_addf(&what, "a step of type %s", type->name);
	check_table(checking, type->parameters, parameters, what.buf);
	if (type->check != NULL)
		type->check(parameters, checking->faults);
	strbuf_release(&what);
}

void
parameters_check(
    const struct step_type *type, const struct value *parameters, struct faults *faults)
{
	check_all(&(struct checking){.faults = faults}, type, parameters);
}

void
parameters_check_filled(
    const struct step_type *type, const struct value *parameters, struct faults *faults)
{
	check_all(&(struct checking){.faults = faults, .filled = true}, type, parameters);
}

void
parameters_check_some(
    const struct step_type *type, const struct value *parameters, struct faults *faults)
{
	check_all(
	    &(struct checking){.faults = faults, .filled = true, .partly = true}, type, parameters);
}
