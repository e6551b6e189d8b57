/* SPDX-License-Identifier: ISC */
#include "model/parameter-kinds.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/user-name.h"
#include "base/value.h"
#include "model/limits.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"

void
parameter_check_text(const struct parameter_check *check, const struct value *text,
    int (*check_text)(const char *, struct strbuf *err))
{
	struct strbuf err = STRBUF_INIT, shown = STRBUF_INIT;

	if (parameter_is_open(check, text) && check->mode->placeholders)
		return;
	placeholder_add_shown(&shown, text->text);
	if (check_text(parameter_is_open(check, text) ? shown.buf : text->text, &err) != 0)
		fault_add(check->faults, text, "%s", err.buf);
	strbuf_release(&err);
	strbuf_release(&shown);
}

bool
parameter_read_text(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	(void)arena;
	(void)field;
	*(const char **)at = value->text;
	return true;
}

bool
parameter_read_value(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	(void)arena;
	(void)field;
	*(const struct value **)at = value;
	return true;
}

/* ---- lists: a single value stands for a list of one */

size_t
parameter_item_count(const struct value *value)
{
	return value->type == VALUE_LIST ? value->count : 1;
}

const struct value *
parameter_item(const struct value *value, size_t i)
{
	return value->type == VALUE_LIST ? value->items[i] : value;
}

bool
parameter_read_list(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	struct value *list, *item;

	(void)field;
	if (value->type != VALUE_LIST) {
		item = value_new(arena, value->type);
		*item = *value;
		list = value_new(arena, VALUE_LIST);
		list->line = value->line;
		list->column = value->column;
		value_list_add(arena, list, item);
		value = list;
	}
	*(const struct value **)at = value;
	return true;
}

/* ---- one of a few words */

/* Which of the choices it is; -1: none of them. */
static int
find_choice(const struct parameter_field *field, const char *word)
{
	for (int i = 0; field->choices[i] != NULL; i++) {
		if (strcmp(field->choices[i], word) == 0)
			return i;
	}
	return -1;
}

static void
check_word(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	struct strbuf choices = STRBUF_INIT;
	struct suggestion near;

	if (find_choice(field, value->text) >= 0)
		return;
	suggest_init(&near, value->text);
	for (const char *const *choice = field->choices; *choice != NULL; choice++) {
		suggest_offer(&near, *choice);
		strbuf_addf(&choices, "%s%s", choices.len == 0 ? " (there are " : ", ", *choice);
	}
	strbuf_addch(&choices, ')');
	fault_add(check->faults, value, "'%s' is not a value of '%s'%s%s", value->text, field->name,
	    near.best == NULL ? choices.buf : "", suggest_text(&near));
	strbuf_release(&choices);
}

static bool
read_word(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	int choice = find_choice(field, value->text);

	(void)arena;
	if (choice >= 0)
		*(unsigned *)at = (unsigned)choice;
	return choice >= 0;
}

/* ---- amounts */

/* 1048576, 64KiB, 1MiB, 2GiB; -1: it is not a size. */
static int64_t
parse_size(const char *text)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} units[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};
	char *end;
	long long number;

	if (!isdigit((unsigned char)*text))
		return -1;
	number = strtoll(text, &end, 10);
	if (number > 1000000000000LL)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0)
			return number * units[i].bytes;
	}
	return -1;
}

/* The amount that a value of that kind says; -1: none. */
static int64_t
amount_of(const struct parameter_kind *kind, const struct value *value)
{
	int64_t number;

	if (kind == &kind_duration)
		return duration_parse(value->text);
	if (kind == &kind_size)
		return parse_size(value->text);
	return value_to_integer(value, &number) ? number : -1;
}

static int64_t
least_of(const struct parameter_field *field)
{
	return field->min == 0 && field->kind != &kind_count ? 1 : field->min;
}

/* A bound as it would be written: "1h", "64MiB", "100". */
static void
add_bound(struct strbuf *out, const struct parameter_kind *kind, int64_t bound)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB"};
	size_t unit = 0;

	if (kind == &kind_duration) {
		duration_add(out, bound);
		return;
	}
	while (kind == &kind_size && bound % 1024 == 0 && unit < 3) {
		bound /= 1024;
		unit++;
	}
	strbuf_addf(out, "%" PRId64 "%s", bound, units[unit]);
}

static void
check_amount(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	int64_t amount = amount_of(field->kind, value), least = least_of(field);
	struct strbuf bound = STRBUF_INIT;

	if (amount < 0) {
		fault_add(check->faults, value, "'%s' must be %s", field->name, field->kind->words);
	} else if (amount < least) {
		add_bound(&bound, field->kind, least);
		fault_add(check->faults, value, "'%s' must be at least %s", field->name, bound.buf);
	} else if (field->max != 0 && amount > field->max) {
		add_bound(&bound, field->kind, field->max);
		fault_add(check->faults, value, "'%s' must be at most %s", field->name, bound.buf);
	}
	strbuf_release(&bound);
}

static bool
read_amount(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	int64_t amount = amount_of(field->kind, value);

	(void)arena;
	if (amount < least_of(field))
		return false;
	if (field->kind == &kind_size)
		*(size_t *)at = (size_t)amount;
	else
		*(int64_t *)at = amount;
	return true;
}

static bool
read_boolean(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	(void)arena;
	(void)field;
	*(bool *)at = value->boolean;
	return true;
}

/* ---- people */

/* What was accepted once is not judged again. */
static void
check_user(const struct parameter_check *check, const struct value *item)
{
	struct strbuf why = STRBUF_INIT;

	if (user_name_check(item->text, &why) != 0)
		fault_add(check->faults, item, "'%s' cannot be a user name or @group: %s",
		    item->text, why.buf);
	strbuf_release(&why);
}

static void
check_users(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *list)
{
	(void)field;
	if (parameter_item_count(list) == 0)
		fault_add(check->faults, list, "the list is empty: nobody could approve");
	for (size_t i = 0; i < parameter_item_count(list); i++) {
		const struct value *item = parameter_item(list, i);
		const char *name = value_text(item);

		if (name == NULL)
			fault_add(check->faults, item, "not a user name or @group");
		else if (check->mode == &check_written)
			check_user(check, item);
	}
}

/* ---- the table */

const struct parameter_kind kind_text = {
    .title = "text",
    .words = "text",
    .types = VALUE_BIT(STRING),
    .read = parameter_read_text,
};

const struct parameter_kind kind_word = {
    .title = "word",
    .words = "a word",
    .types = VALUE_BIT(STRING),
    .check = check_word,
    .read = read_word,
};

const struct parameter_kind kind_json = {
    .title = "value",
    .words = "any value",
    .types = ~0U,
    .read = parameter_read_value,
};

const struct parameter_kind kind_duration = {
    .title = "duration",
    .words = "a span of time such as 10s, 5m or 3d",
    .types = VALUE_BIT(STRING) | VALUE_BIT(NUMBER),
    .check = check_amount,
    .read = read_amount,
};

const struct parameter_kind kind_count = {
    .title = "number",
    .words = "a whole number from 0 on",
    .types = VALUE_BIT(NUMBER),
    .check = check_amount,
    .read = read_amount,
};

const struct parameter_kind kind_size = {
    .title = "size",
    .words = "a size such as 4096, 64KiB or 1MiB",
    .types = VALUE_BIT(STRING) | VALUE_BIT(NUMBER),
    .check = check_amount,
    .read = read_amount,
};

const struct parameter_kind kind_boolean = {
    .title = "boolean",
    .words = "true or false",
    .types = VALUE_BIT(BOOLEAN),
    .read = read_boolean,
};

const struct parameter_kind kind_users = {
    .title = "users",
    .words = "a user or @group, or a list of them",
    .types = VALUE_BIT(LIST) | VALUE_BIT(STRING),
    .check = check_users,
    .read = parameter_read_list,
};

const struct parameter_kind kind_list = {
    .title = "list",
    .words = "a word or a list of them",
    .types = VALUE_BIT(LIST) | VALUE_BIT(STRING) | VALUE_BIT(NUMBER),
    .read = parameter_read_list,
};

const struct parameter_kind kind_group = {
    .title = "map",
    .words = "a map",
    .types = VALUE_BIT(MAP),
};

const struct parameter_field retry_fields[] = {
    {.name = "max_attempts",
	.kind = &kind_count,
	.offset = offsetof(struct retry_policy, max_attempts),
	.fallback = "1",
	.min = 1,
	.max = 100,
	.summary = "How often the call is tried."},
    {.name = "backoff",
	.kind = &kind_duration,
	.offset = offsetof(struct retry_policy, backoff),
	.fallback = "2s",
	.max = PAUSE_MAX_MS,
	.summary = "The longest wait before the second attempt; it doubles with each."},
    {.name = "max_backoff",
	.kind = &kind_duration,
	.offset = offsetof(struct retry_policy, max_backoff),
	.fallback = "5m",
	.max = PAUSE_MAX_MS,
	.summary = "The longest wait before any attempt."},
    {.name = "on",
	.kind = &kind_list,
	.offset = offsetof(struct retry_policy, on),
	.literal_only = true,
	.summary = "What else a repeatable call is tried again for."},
    {.name = NULL},
};
