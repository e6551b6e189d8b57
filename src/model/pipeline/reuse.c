/* SPDX-License-Identifier: ISC */
#include "model/pipeline/reuse.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/namespace.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"

#define KEY_VARS     "vars"
#define KEY_DEFAULTS "defaults"

/* ---- checking */

static bool
has_placeholder(const struct value *value)
{
	if (value->type == VALUE_STRING)
		return placeholder_in(value->text);
	for (size_t i = 0; i < value->count; i++) {
		if (value->type == VALUE_LIST ? has_placeholder(value->items[i])
					      : placeholder_in(value->pairs[i].key->text) ||
						    has_placeholder(value->pairs[i].value))
			return true;
	}
	return false;
}

void
reuse_check_vars(const struct value *vars, struct faults *faults)
{
	if (vars->type != VALUE_MAP) {
		fault_add(faults, vars, "'" KEY_VARS "' must be a map of names and values");
		return;
	}
	for (size_t i = 0; i < vars->count; i++) {
		const struct value *name = vars->pairs[i].key;

		if (!placeholder_name_valid(name->text, PIPELINE_RULES))
			fault_add(faults, name, "'%s' cannot be the name of a var", name->text);
		if (has_placeholder(vars->pairs[i].value))
			fault_add(faults, vars->pairs[i].value,
			    "the var '%s' has a placeholder, and a var is fixed", name->text);
	}
}

static void
fault_type(const struct value *name, const struct step_type *const *types, struct faults *faults)
{
	struct suggestion near;

	suggest_init(&near, name->text);
	for (; *types != NULL; types++)
		suggest_offer(&near, (*types)->name);
	fault_add(faults, name, "unknown step type '%s'%s", name->text, suggest_text(&near));
}

static void
check_defaults_of(const struct step_type *type, const struct value *map, struct faults *faults)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct value *key = map->pairs[i].key;
		const struct parameter_field *field = type->fields;
		struct suggestion near;

		suggest_init(&near, key->text);
		for (; field->name != NULL && strcmp(field->name, key->text) != 0; field++)
			suggest_offer(&near, field->name);
		if (field->name == NULL)
			fault_add(faults, key, "unknown parameter '%s' of the type %s%s", key->text,
			    type->name, suggest_text(&near));
	}
}

void
reuse_check_defaults(
    const struct value *defaults, const struct step_type *const *types, struct faults *faults)
{
	if (defaults->type != VALUE_MAP) {
		fault_add(faults, defaults,
		    "'" KEY_DEFAULTS "' must be a map of step types and their parameters");
		return;
	}
	for (size_t i = 0; i < defaults->count; i++) {
		const struct value *name = defaults->pairs[i].key, *map = defaults->pairs[i].value;
		const struct step_type *type = step_type_find(types, name->text);

		if (type == NULL)
			fault_type(name, types, faults);
		else if (map->type != VALUE_MAP)
			fault_add(faults, map, "the defaults of %s must be a map, not a %s",
			    name->text, value_type_name(map->type));
		else
			check_defaults_of(type, map, faults);
	}
}

/* ---- vars */

struct resolving {
	struct arena *arena;
	const struct reuse *workspace;
	const struct value *vars;     /* the pipeline's own; NULL: none */
	const struct value *defaults; /* the same */
	struct faults *faults;
};

static const struct value *
find_var(const struct resolving *resolving, const char *name)
{
	const struct value *value = value_map_get(resolving->vars, name);

	return value != NULL ? value : value_map_get(resolving->workspace->vars, name);
}

static void
offer_vars(struct suggestion *near, const struct value *vars)
{
	for (size_t i = 0; vars != NULL && i < vars->count; i++)
		suggest_offer(near, vars->pairs[i].key->text);
}

static void
fault_var(const struct resolving *resolving, const struct value *where, const char *name)
{
	struct suggestion near;

	suggest_init(&near, name);
	offer_vars(&near, resolving->vars);
	offer_vars(&near, resolving->workspace->vars);
	fault_add(resolving->faults, where, "there is no var '%s'%s%s", name,
	    resolving->workspace->unknown && near.best == NULL
		? " in the pipeline, and without a workspace there are no others"
		: "",
	    suggest_text(&near));
}

/* A copy whose every part is at one place, where it is used. */
static struct value *
copy_to(struct arena *arena, const struct value *value, const struct value *where)
{
	struct value *copy = value_new(arena, value->type);

	*copy = *value;
	copy->line = where->line;
	copy->column = where->column;
	if (value->type != VALUE_LIST && value->type != VALUE_MAP)
		return copy;
	copy->count = copy->capacity = 0;
	copy->items = NULL;
	for (size_t i = 0; i < value->count; i++) {
		if (value->type == VALUE_LIST)
			value_list_add(arena, copy, copy_to(arena, value->items[i], where));
		else
			value_map_add(arena, copy, copy_to(arena, value->pairs[i].key, where),
			    copy_to(arena, value->pairs[i].value, where));
	}
	return copy;
}

/* What a var and its filters give; NULL after a fault. */
static const struct value *
var_value(const struct resolving *resolving, const struct value *where, const struct piece *piece,
    const char *name)
{
	const char *filters = placeholder_filters(resolving->arena, piece);
	const struct value *value = find_var(resolving, name);
	struct filter_notes notes = {0};
	struct strbuf err = STRBUF_INIT;

	if (value == NULL) {
		fault_var(resolving, where, name);
		return NULL;
	}
	if (filters_check(filters, PLACE_TEXT, &err) == 0)
		value = filters_apply(resolving->arena, filters, value, &notes, &err);
	if (err.len > 0)
		fault_add(resolving->faults, where, "'${var:%s}': %s", name, err.buf);
	value = err.len > 0 ? NULL : value;
	strbuf_release(&err);
	return value;
}

/* The string with its vars put in; as a key it stays a string. */
static struct value *
put_in_string(const struct resolving *resolving, struct value *string, bool is_key)
{
	struct strbuf text = STRBUF_INIT;
	struct piece piece = {.next = string->text};
	const struct value *value = NULL;
	struct value *out;
	bool any = false;

	for (;;) {
		const char *raw = piece.next, *rest;

		placeholder_scan(raw, PIPELINE_RULES, &piece);
		if (piece.kind == PIECE_END || piece.kind == PIECE_MALFORMED) {
			strbuf_addstr(&text, raw);
			break;
		}
		if (piece.kind == PIECE_NAME &&
		    namespace_of(arena_strndup(resolving->arena, piece.start, piece.len),
			PIPELINE_RULES, &rest) == NAMESPACE_VAR) {
			any = true;
			value = var_value(resolving, string, &piece, rest);
			if (value != NULL && !is_key && raw == string->text && *piece.next == '\0')
				break;
			if (value != NULL)
				placeholder_add_text(&text, value);
			value = NULL;
		} else {
			strbuf_add(&text, raw, (size_t)(piece.next - raw));
		}
	}
	out = value != NULL ? copy_to(resolving->arena, value, string)
	      : any ? copy_to(resolving->arena, value_string(resolving->arena, text.buf), string)
		    : string;
	strbuf_release(&text);
	return out;
}

static struct value *
put_in(const struct resolving *resolving, struct value *tree)
{
	struct value *copy;

	if (tree->type == VALUE_STRING)
		return put_in_string(resolving, tree, false);
	if (tree->type != VALUE_LIST && tree->type != VALUE_MAP)
		return tree;
	copy = value_new(resolving->arena, tree->type);
	copy->line = tree->line;
	copy->column = tree->column;
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->type == VALUE_LIST)
			value_list_add(resolving->arena, copy, put_in(resolving, tree->items[i]));
		else
			value_map_add(resolving->arena, copy,
			    put_in_string(resolving, tree->pairs[i].key, true),
			    put_in(resolving, tree->pairs[i].value));
	}
	return copy;
}

/* ---- defaults */

/* Adds the parameters that the map has not; where: their place, or NULL for their own. */
static void
add_missing(const struct resolving *resolving, struct value *map, const struct value *defaults,
    const struct value *where)
{
	for (size_t i = 0; defaults != NULL && defaults->type == VALUE_MAP && i < defaults->count;
	     i++) {
		const struct value_pair *pair = &defaults->pairs[i];

		if (value_map_get(map, pair->key->text) != NULL)
			continue;
		value_map_add(resolving->arena, map,
		    where == NULL ? pair->key : copy_to(resolving->arena, pair->key, where),
		    where == NULL ? pair->value : copy_to(resolving->arena, pair->value, where));
	}
}

/* The parameters of a step with what it does not say itself; NULL: there are none. */
static struct value *
resolve_parameters(const struct resolving *resolving, const struct value *step)
{
	const char *type = value_text(value_map_get(step, "step_type"));
	struct value *given = value_map_get(step, "parameters"), *map;
	const struct value *own = type == NULL ? NULL : value_map_get(resolving->defaults, type);
	const struct value *workspace =
	    type == NULL ? NULL : value_map_get(resolving->workspace->defaults, type);
	bool is_none = given == NULL || given->type == VALUE_NULL;

	if ((is_none && own == NULL && workspace == NULL) || (!is_none && given->type != VALUE_MAP))
		return given;
	map = value_new(resolving->arena, VALUE_MAP);
	map->line = is_none ? step->line : given->line;
	map->column = is_none ? step->column : given->column;
	add_missing(resolving, map, is_none ? NULL : given, NULL);
	add_missing(resolving, map, own, NULL);
	add_missing(resolving, map, workspace, map);
	return put_in(resolving, map);
}

static struct value *
resolve_step(const struct resolving *resolving, struct value *step)
{
	struct value *copy, *parameters;

	if (step->type != VALUE_MAP)
		return step;
	parameters = resolve_parameters(resolving, step);
	copy = value_new(resolving->arena, VALUE_MAP);
	copy->line = step->line;
	copy->column = step->column;
	for (size_t i = 0; i < step->count; i++) {
		const struct value_pair *pair = &step->pairs[i];

		value_map_add(resolving->arena, copy, pair->key,
		    strcmp(pair->key->text, "parameters") == 0 ? parameters : pair->value);
	}
	if (parameters != NULL && value_map_get(copy, "parameters") == NULL)
		value_map_set(resolving->arena, copy, "parameters", parameters);
	return copy;
}

static struct value *
resolve_steps(const struct resolving *resolving, struct value *steps)
{
	struct value *list;

	if (steps->type != VALUE_LIST)
		return steps;
	list = value_new(resolving->arena, VALUE_LIST);
	list->line = steps->line;
	list->column = steps->column;
	for (size_t i = 0; i < steps->count; i++)
		value_list_add(resolving->arena, list, resolve_step(resolving, steps->items[i]));
	return list;
}

struct value *
reuse_resolve(struct arena *arena, struct value *document, const struct reuse *workspace,
    const struct step_type *const *types, struct faults *faults)
{
	struct resolving resolving = {.arena = arena,
	    .workspace = workspace,
	    .vars = value_map_get(document, KEY_VARS),
	    .defaults = value_map_get(document, KEY_DEFAULTS),
	    .faults = faults};
	struct value *copy;

	if (document->type != VALUE_MAP)
		return document;
	if (resolving.vars != NULL && resolving.vars->type != VALUE_NULL)
		reuse_check_vars(resolving.vars, faults);
	if (resolving.defaults != NULL && resolving.defaults->type != VALUE_NULL)
		reuse_check_defaults(resolving.defaults, types, faults);
	copy = value_new(arena, VALUE_MAP);
	copy->line = document->line;
	copy->column = document->column;
	for (size_t i = 0; i < document->count; i++) {
		const struct value_pair *pair = &document->pairs[i];

		if (strcmp(pair->key->text, KEY_VARS) == 0 ||
		    strcmp(pair->key->text, KEY_DEFAULTS) == 0)
			continue;
		value_map_add(arena, copy, pair->key,
		    strcmp(pair->key->text, "steps") == 0 ? resolve_steps(&resolving, pair->value)
							  : pair->value);
	}
	return copy;
}
