/* SPDX-License-Identifier: ISC */
#include "model/condition.h"

#include <stddef.h>
#include <string.h>

#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/parameters.h"

/* A word of a condition, with what stands behind it. */
struct word {
	const char *name;
	const char *said; /* before the value, for people */
	unsigned types;	  /* of what stands behind it: a set of VALUE_BIT() */
	const char *needs;
	bool (*holds)(const struct value *wanted, const struct value *actual);
};

#define SCALARS (VALUE_BIT(NULL) | VALUE_BIT(BOOLEAN) | VALUE_BIT(NUMBER) | VALUE_BIT(STRING))

static bool
is_equal(const struct value *wanted, const struct value *actual)
{
	if (actual != NULL && wanted->type == VALUE_NUMBER && actual->type == VALUE_NUMBER)
		return number_compare(wanted->text, actual->text) == 0;
	return value_equal(wanted, actual);
}

static bool
differs(const struct value *wanted, const struct value *actual)
{
	return !is_equal(wanted, actual);
}

static bool
is_one_of(const struct value *wanted, const struct value *actual)
{
	if (wanted->type != VALUE_LIST)
		return is_equal(wanted, actual);
	for (size_t i = 0; i < wanted->count; i++) {
		if (is_equal(wanted->items[i], actual))
			return true;
	}
	return false;
}

static bool
is_none_of(const struct value *wanted, const struct value *actual)
{
	return !is_one_of(wanted, actual);
}

static bool
is_less(const struct value *wanted, const struct value *actual)
{
	return actual != NULL && actual->type == VALUE_NUMBER &&
	       number_compare(actual->text, wanted->text) < 0;
}

static bool
is_there(const struct value *wanted, const struct value *actual)
{
	return wanted->boolean == (actual != NULL);
}

/* A word for patterns ("matches") is a line here. */
static const struct word words[] = {
    {"equals", "", SCALARS, "a single value", is_equal},
    {"not_equals", "not ", SCALARS, "a single value", differs},
    {"in", "one of ", SCALARS | VALUE_BIT(LIST), "a list of values", is_one_of},
    {"not_in", "none of ", SCALARS | VALUE_BIT(LIST), "a list of values", is_none_of},
    {"less_than", "less than ", VALUE_BIT(NUMBER), "a number", is_less},
    {"exists", "", VALUE_BIT(BOOLEAN), "true or false", is_there},
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

static const struct word *
find_word(const char *name)
{
	for (size_t i = 0; i < WORD_COUNT; i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	return NULL;
}

/* ---- checking */

static void
add_unknown_word(const struct parameter_check *check, const struct value *key)
{
	struct strbuf known = STRBUF_INIT;
	struct suggestion near;

	suggest_init(&near, key->text);
	for (size_t i = 0; i < WORD_COUNT; i++) {
		suggest_offer(&near, words[i].name);
		strbuf_addf(&known, "%s%s", i == 0 ? " (there are " : ", ", words[i].name);
	}
	strbuf_addch(&known, ')');
	fault_add(check->faults, key, "'%s' is not a condition%s%s", key->text,
	    near.best == NULL ? known.buf : "", suggest_text(&near));
	strbuf_release(&known);
}

static void
check_list(const struct parameter_check *check, const struct value *list)
{
	if (list->count == 0)
		fault_add(check->faults, list, "the list is empty");
	for (size_t i = 0; i < list->count; i++) {
		if ((SCALARS & 1U << list->items[i]->type) == 0)
			fault_add(check->faults, list->items[i],
			    "a condition compares with a single value, not with a %s",
			    value_type_name(list->items[i]->type));
	}
}

void
condition_check(const struct parameter_check *check, const struct value *condition)
{
	if (condition->type == VALUE_LIST)
		check_list(check, condition);
	if (condition->type != VALUE_MAP)
		return;
	if (condition->count == 0)
		fault_add(check->faults, condition, "the condition is empty");
	for (size_t i = 0; i < condition->count; i++) {
		const struct value *key = condition->pairs[i].key,
				   *item = condition->pairs[i].value;
		const struct word *word = find_word(key->text);

		if (word == NULL)
			add_unknown_word(check, key);
		else if (parameter_is_open(check, item))
			continue;
		else if ((word->types & 1U << item->type) == 0)
			fault_add(check->faults, item, "'%s' must be %s, not a %s", word->name,
			    word->needs, value_type_name(item->type));
		else if (item->type == VALUE_LIST)
			check_list(check, item);
	}
}

/* ---- holding */

bool
condition_holds(const struct value *condition, const struct value *actual)
{
	if (condition->type != VALUE_MAP)
		return is_one_of(condition, actual);
	for (size_t i = 0; i < condition->count; i++) {
		const struct word *word = find_word(condition->pairs[i].key->text);

		if (word == NULL || !word->holds(condition->pairs[i].value, actual))
			return false;
	}
	return true;
}

/* ---- for people */

static void
add_value(struct strbuf *out, const struct value *value)
{
	struct json_writer writer;

	for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++) {
		strbuf_addstr(out, i == 0 ? "" : ", ");
		add_value(out, value->items[i]);
	}
	if (value->type == VALUE_LIST)
		return;
	json_writer_init(&writer, out);
	json_value(&writer, value);
}

void
condition_add(struct strbuf *out, const struct value *condition)
{
	if (condition->type != VALUE_MAP) {
		strbuf_addstr(out, condition->type == VALUE_LIST ? "one of " : "");
		add_value(out, condition);
		return;
	}
	for (size_t i = 0; i < condition->count; i++) {
		const struct word *word = find_word(condition->pairs[i].key->text);
		const struct value *wanted = condition->pairs[i].value;

		strbuf_addstr(out, i == 0 ? "" : ", ");
		if (word != NULL && word->holds == is_there) {
			strbuf_addstr(out, wanted->boolean ? "something" : "nothing");
			continue;
		}
		strbuf_addstr(out, word == NULL ? "" : word->said);
		add_value(out, wanted);
	}
}
