/* SPDX-License-Identifier: ISC */
/* What each kind of parameter must be. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/faults.h"
#include "base/json/json-pointer.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "base/name-map.h"
#include "model/parameter-kinds.h"
#include "steps/http-syntax.h"
#include "model/pipeline/placeholder.h"

static bool
is_scalar(const struct value *value)
{
	return value->type != VALUE_LIST && value->type != VALUE_MAP;
}

bool
parameter_is_open(const struct checking *checking, const struct value *value)
{
	return !checking->filled && value->type == VALUE_STRING && placeholder_in(value->text);
}

/* Adds the message of a check of a string, when it failed. */
static void
fault_of(const struct checking *checking, int (*check)(const char *, struct strbuf *),
    const struct value *value)
{
	struct strbuf err = STRBUF_INIT;

	if (!parameter_is_open(checking, value) && check(value->text, &err) != 0)
		fault_add(checking->faults, value, "%s", err.buf);
	strbuf_release(&err);
}

static void
check_word(const struct parameter_type *type, const struct value *value, struct faults *faults)
{
	struct strbuf choices = STRBUF_INIT;
	struct suggestion near;
	bool known = false;

	suggest_init(&near, value->text);
	for (const char *const *choice = type->choices; *choice != NULL; choice++) {
		known = known || strcmp(*choice, value->text) == 0;
		suggest_offer(&near, *choice);
		strbuf_addf(&choices, "%s%s", choices.len == 0 ? " (there are " : ", ", *choice);
	}
	strbuf_addch(&choices, ')');
	if (!known)
		fault_add(faults, value, "'%s' is not a value of '%s'%s%s", value->text, type->name,
		    near.best == NULL ? choices.buf : "", suggest_text(&near));
	strbuf_release(&choices);
}

static const struct value *
stand_in(void *context, const char *name, struct strbuf *err)
{
	static const struct value letter = {.type = VALUE_STRING, .text = "x"};

	(void)context;
	(void)name;
	(void)err;
	return &letter;
}

/* A URL that is still open: as it would be with an "x" for each placeholder. */
static void
check_open_url(const struct value *value, struct faults *faults)
{
	const struct placeholder_scope scope = {.lookup = stand_in};
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT, malformed = STRBUF_INIT;
	const char *url;

	if (!placeholder_url_origin_fixed(value->text))
		fault_add(faults, value,
		    "a placeholder cannot stand in the scheme, host or port of a URL");
	else if (placeholder_fill_text(&arena, value->text, &scope, &url, &malformed) == 0 &&
		 url_check(url, &err) != 0)
		fault_add(faults, value, "%s", err.buf);
	strbuf_release(&malformed);
	strbuf_release(&err);
	arena_release(&arena);
}

void
parameter_check_url(const struct checking *checking, const struct value *value)
{
	if (parameter_is_open(checking, value))
		check_open_url(value, checking->faults);
	else
		fault_of(checking, url_check, value);
}

/* HTTP does not tell the case of a header's name. */
static void
check_repeated_headers(const struct checking *checking, const struct value *map)
{
	struct arena arena = ARENA_INIT;
	struct name_map seen = {0};

	for (size_t i = 0; i < map->count; i++) {
		const struct value *key = map->pairs[i].key;
		char *folded = arena_strdup(&arena, key->text);

		for (char *p = folded; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
		if (!parameter_is_open(checking, key) && !name_map_add(&arena, &seen, folded, i))
			fault_add(checking->faults, key,
			    "the header '%s' is there twice: its case makes no difference",
			    key->text);
	}
	arena_release(&arena);
}

static void
check_headers(const struct checking *checking, const struct value *map)
{
	check_repeated_headers(checking, map);
	for (size_t i = 0; i < map->count; i++) {
		const struct value_pair *pair = &map->pairs[i];

		fault_of(checking, http_header_name_check, pair->key);
		if (!is_scalar(pair->value))
			fault_add(checking->faults, pair->value,
			    "the value of a header must be text, not a %s",
			    value_type_name(pair->value->type));
		else if (pair->value->type == VALUE_STRING)
			fault_of(checking, http_header_value_check, pair->value);
	}
}

static void
check_query(const struct value *map, struct faults *faults)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct value *item = map->pairs[i].value;

		if (item->type == VALUE_MAP)
			fault_add(faults, item, "a query value must be text or a list, not a map");
		for (size_t j = 0; item->type == VALUE_LIST && j < item->count; j++) {
			if (!is_scalar(item->items[j]))
				fault_add(
				    faults, item->items[j], "a query value in a list must be text");
		}
	}
}

static void
check_statuses(const struct checking *checking, const struct value *list)
{
	if (list->count == 0)
		fault_add(checking->faults, list,
		    "'success_status' is empty: no status could complete the step");
	for (size_t i = 0; i < list->count; i++) {
		if (!parameter_is_open(checking, list->items[i]) &&
		    !status_pattern_valid(list->items[i]))
			fault_add(checking->faults, list->items[i],
			    "not an HTTP status: write 204, \"2xx\" or \"200-204\"");
	}
}

static void
check_users(const struct value *list, struct faults *faults)
{
	if (list->count == 0)
		fault_add(faults, list, "the list is empty: nobody could approve");
	for (size_t i = 0; i < list->count; i++) {
		const char *name = value_text(list->items[i]);

		if (name == NULL || *name == '\0' || strcmp(name, "@") == 0)
			fault_add(faults, list->items[i], "not a user name or @group");
	}
}

static void
check_pointers(const struct checking *checking, const struct value *map)
{
	struct faults *faults = checking->faults;

	for (size_t i = 0; i < map->count; i++) {
		const char *pointer = value_text(map->pairs[i].value);

		if (!parameter_is_open(checking, map->pairs[i].key) &&
		    !placeholder_name_valid(map->pairs[i].key->text))
			fault_add(faults, map->pairs[i].key, "'%s' cannot be the name of an output",
			    map->pairs[i].key->text);
		if (parameter_is_open(checking, map->pairs[i].value))
			continue;
		if (pointer == NULL || (*pointer != '\0' && *pointer != '/'))
			fault_add(faults, map->pairs[i].value,
			    "not a JSON Pointer: it begins with '/', such as '/data/id'");
		else if (!json_pointer_valid(pointer))
			fault_add(faults, map->pairs[i].value,
			    "not a JSON Pointer: '~' is written as ~0, and '/' in a name as ~1");
	}
}

/* A bound as it would be written: "1h", "64MiB", "100". */
static void
add_bound(struct strbuf *out, enum parameter_kind kind, int64_t bound)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB"};
	size_t unit = 0;

	if (kind == PARAMETER_DURATION) {
		duration_add(out, bound);
		return;
	}
	while (kind == PARAMETER_SIZE && bound % 1024 == 0 && unit < 3) {
		bound /= 1024;
		unit++;
	}
	strbuf_addf(out, "%" PRId64 "%s", bound, units[unit]);
}

/* amount: -1 when the value is none. */
static void
check_amount(const struct parameter_type *type, const struct value *value, int64_t amount,
    int64_t least, int64_t most, struct faults *faults)
{
	struct strbuf bound = STRBUF_INIT;

	if (amount < 0) {
		fault_add(
		    faults, value, "'%s' must be %s", type->name, parameter_kind_words(type->kind));
	} else if (amount < least) {
		add_bound(&bound, type->kind, least);
		fault_add(faults, value, "'%s' must be at least %s", type->name, bound.buf);
	} else if (most != 0 && amount > most) {
		add_bound(&bound, type->kind, most);
		fault_add(faults, value, "'%s' must be at most %s", type->name, bound.buf);
	}
	strbuf_release(&bound);
}

static int64_t
whole_number(const struct value *value)
{
	int64_t number;

	return value_to_integer(value, &number) ? number : -1;
}

bool
parameter_type_fits(enum parameter_kind kind, const struct value *value)
{
	switch (kind) {
	case PARAMETER_JSON:
		return true;
	case PARAMETER_TEXT:
	case PARAMETER_WORD:
	case PARAMETER_METHOD:
	case PARAMETER_URL:
	case PARAMETER_PROXY:
		return value->type == VALUE_STRING;
	case PARAMETER_HEADERS:
	case PARAMETER_QUERY:
	case PARAMETER_POINTERS:
	case PARAMETER_GROUP:
		return value->type == VALUE_MAP;
	case PARAMETER_STATUSES:
	case PARAMETER_USERS:
		return value->type == VALUE_LIST;
	case PARAMETER_DURATION:
	case PARAMETER_SIZE:
		return value->type == VALUE_STRING || value->type == VALUE_NUMBER;
	case PARAMETER_COUNT:
		return value->type == VALUE_NUMBER;
	case PARAMETER_BOOLEAN:
		return value->type == VALUE_BOOLEAN;
	}
	return false;
}

const char *
parameter_kind_words(enum parameter_kind kind)
{
	static const char *const words[] = {
	    [PARAMETER_TEXT] = "text",
	    [PARAMETER_WORD] = "a word",
	    [PARAMETER_METHOD] = "an HTTP method",
	    [PARAMETER_URL] = "a URL",
	    [PARAMETER_PROXY] = "a URL or 'none'",
	    [PARAMETER_HEADERS] = "a map of names and values",
	    [PARAMETER_QUERY] = "a map of names and values",
	    [PARAMETER_JSON] = "any value",
	    [PARAMETER_STATUSES] = "a list of statuses",
	    [PARAMETER_DURATION] = "a span of time such as 10s, 5m or 3d",
	    [PARAMETER_COUNT] = "a whole number from 0 on",
	    [PARAMETER_SIZE] = "a size such as 4096, 64KiB or 1MiB",
	    [PARAMETER_BOOLEAN] = "true or false",
	    [PARAMETER_USERS] = "a list of users and @groups",
	    [PARAMETER_POINTERS] = "a map of names and JSON Pointers",
	    [PARAMETER_GROUP] = "a map",
	};

	return words[kind];
}

void
parameter_check_fitting(
    const struct checking *checking, const struct parameter_type *type, const struct value *value)
{
	struct faults *faults = checking->faults;

	switch (type->kind) {
	case PARAMETER_WORD:
		check_word(type, value, faults);
		break;
	case PARAMETER_METHOD:
		if (!http_method_known(value->text))
			fault_add(faults, value,
			    "unknown method (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)");
		break;
	case PARAMETER_HEADERS:
		check_headers(checking, value);
		break;
	case PARAMETER_QUERY:
		check_query(value, faults);
		break;
	case PARAMETER_STATUSES:
		check_statuses(checking, value);
		break;
	case PARAMETER_USERS:
		check_users(value, faults);
		break;
	case PARAMETER_POINTERS:
		check_pointers(checking, value);
		break;
	case PARAMETER_DURATION:
		check_amount(
		    type, value, duration_parse(value->text), 1, type->most * 1000, faults);
		break;
	case PARAMETER_COUNT:
		check_amount(type, value, whole_number(value),
		    type->standard != NULL && strcmp(type->standard, "1") == 0 ? 1 : 0, type->most,
		    faults);
		break;
	case PARAMETER_SIZE:
		check_amount(type, value, size_parse(value->text), 1, type->most, faults);
		break;
	case PARAMETER_PROXY:
		fault_of(checking, proxy_check, value);
		break;
	case PARAMETER_TEXT:
	case PARAMETER_URL:
	case PARAMETER_JSON:
	case PARAMETER_BOOLEAN:
	case PARAMETER_GROUP:
		break;
	}
}
