/* SPDX-License-Identifier: ISC */
#include "model/pipeline/placeholder.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/namespace.h"

#define NAME_MAX_BYTES 200
/* The stand-in where it was percent-encoded. */
#define STAND_IN_ENCODED "%F4%8F%BF%BF"

const struct value placeholder_stand_in = {.type = VALUE_STRING, .text = PLACEHOLDER_STAND_IN};

/* The length of the stand-in that a text begins with; 0: it begins with none. */
static size_t
stand_in_length(const char *text)
{
	static const char *const forms[] = {PLACEHOLDER_STAND_IN, STAND_IN_ENCODED};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strncmp(text, forms[i], strlen(forms[i])) == 0)
			return strlen(forms[i]);
	}
	return 0;
}

bool
placeholder_stands_in(const char *text)
{
	return strstr(text, PLACEHOLDER_STAND_IN) != NULL || strstr(text, STAND_IN_ENCODED) != NULL;
}

void
placeholder_add_shown(struct strbuf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = stand_in_length(text);

		if (len == 0)
			strbuf_addch(out, *text++);
		else
			strbuf_addstr(out, "***");
		text += len;
	}
}

/* Whether a text may stand between "${" and "}". */
static bool
bytes_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch < 0x20 || ch == 0x7f || ch == '$' || ch == '{' || ch == '}')
			return false;
	}
	return true;
}

static bool
name_valid(const char *name, size_t len)
{
	return len > 0 && len <= NAME_MAX_BYTES && bytes_valid(name, len);
}

bool
placeholder_name_valid(const char *name, int64_t rules)
{
	size_t len = strlen(name);
	const char *rest;

	return name_valid(name, len) && name[0] != ' ' && name[len - 1] != ' ' &&
	       (rules < FILTER_RULES || strchr(name, '|') == NULL) &&
	       namespace_of(name, rules, &rest) == NAMESPACE_NONE;
}

/* Reads the placeholder whose "${" ends before text. */
static enum piece_kind
scan_name(const char *text, int64_t rules, struct piece *piece)
{
	const char *end = strchr(text, '}');
	const char *bar =
	    end == NULL || rules < FILTER_RULES ? NULL : memchr(text, '|', (size_t)(end - text));

	if (end == NULL)
		return PIECE_MALFORMED;
	piece->next = end + 1;
	if (bar != NULL) {
		piece->filters = bar + 1;
		piece->filters_len = (size_t)(end - bar) - 1;
		end = bar;
	}
	while (*text == ' ')
		text++;
	while (end > text && end[-1] == ' ')
		end--;
	piece->start = text;
	piece->len = (size_t)(end - text);
	return name_valid(piece->start, piece->len) &&
		       bytes_valid(piece->filters, piece->filters_len)
		   ? PIECE_NAME
		   : PIECE_MALFORMED;
}

void
placeholder_scan(const char *text, int64_t rules, struct piece *piece)
{
	const char *dollar = text;

	piece->start = text;
	piece->filters = NULL;
	piece->filters_len = 0;
	while ((dollar = strchr(dollar, '$')) != NULL) {
		if (dollar[1] == '{' || (dollar[1] == '$' && dollar[2] == '{'))
			break;
		dollar++;
	}
	if (dollar == NULL) {
		piece->len = strlen(text);
		piece->next = text + piece->len;
		piece->kind = piece->len == 0 ? PIECE_END : PIECE_TEXT;
	} else if (dollar > text) {
		piece->len = (size_t)(dollar - text);
		piece->next = dollar;
		piece->kind = PIECE_TEXT;
	} else if (dollar[1] == '$') { /* $${ is written for a plain ${ */
		piece->start = dollar + 1;
		piece->len = 2;
		piece->next = dollar + 3;
		piece->kind = PIECE_TEXT;
	} else {
		piece->kind = scan_name(dollar + 2, rules, piece);
	}
}

bool
placeholder_in(const char *text)
{
	struct piece piece;

	for (placeholder_scan(text, FILTER_RULES, &piece); piece.kind == PIECE_TEXT;
	     placeholder_scan(piece.next, FILTER_RULES, &piece))
		continue;
	return piece.kind != PIECE_END;
}

const char *
placeholder_filters(struct arena *arena, const struct piece *piece)
{
	return piece->filters == NULL ? NULL
				      : arena_strndup(arena, piece->filters, piece->filters_len);
}

struct each_call {
	struct arena *arena;
	int64_t rules;
	void (*each)(void *context, const struct placeholder *);
	void *context;
	struct faults *faults;
};

static void
each_in_string(const struct each_call *call, const struct value *string)
{
	struct piece piece = {.next = string->text};
	struct placeholder placeholder = {.where = string};

	for (;;) {
		placeholder_scan(piece.next, call->rules, &piece);
		if (piece.kind == PIECE_END)
			return;
		if (piece.kind == PIECE_MALFORMED) {
			fault_add(call->faults, string,
			    "malformed placeholder: '${' needs a name and '}' (write '$${' for a literal '${')");
			return;
		}
		if (piece.kind == PIECE_TEXT)
			continue;
		placeholder.name = arena_strndup(call->arena, piece.start, piece.len);
		placeholder.filters = placeholder_filters(call->arena, &piece);
		call->each(call->context, &placeholder);
	}
}

static void
each_in(const struct each_call *call, const struct value *tree)
{
	if (tree->type == VALUE_STRING)
		each_in_string(call, tree);
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->type == VALUE_LIST) {
			each_in(call, tree->items[i]);
		} else {
			each_in_string(call, tree->pairs[i].key);
			each_in(call, tree->pairs[i].value);
		}
	}
}

void
placeholder_each(struct arena *arena, const struct value *tree, int64_t rules,
    void (*each)(void *context, const struct placeholder *), void *context, struct faults *faults)
{
	const struct each_call call = {arena, rules, each, context, faults};

	each_in(&call, tree);
}

/* Whether a stand-in is anywhere in it. */
static bool
has_stand_in(const struct value *value)
{
	if (value->type == VALUE_STRING)
		return placeholder_stands_in(value->text);
	for (size_t i = 0; i < value->count; i++) {
		if (has_stand_in(
			value->type == VALUE_LIST ? value->items[i] : value->pairs[i].value))
			return true;
	}
	return false;
}

/* The filters of one placeholder at work. */
struct filtering {
	const struct placeholder_scope *scope;
	const char *name;
};

static void
note_made(void *context, const struct value *made)
{
	const struct filtering *filtering = context;
	const struct placeholder_scope *scope = filtering->scope;

	scope->made(scope->context, filtering->name, made);
}

static const struct value *
filter_value(struct arena *arena, const struct placeholder *placeholder,
    const struct placeholder_scope *scope, const struct value *value, bool *omits,
    struct strbuf *err)
{
	struct filtering filtering = {scope, placeholder->name};
	struct filter_notes notes = {
	    .made = scope->made == NULL ? NULL : note_made, .context = &filtering};
	struct strbuf why = STRBUF_INIT;

	value = filters_apply(arena, placeholder->filters, value, &notes, &why);
	if (value == NULL)
		fail(err, "'${%s|%s}': %s", placeholder->name, placeholder->filters, why.buf);
	if (omits != NULL && notes.omits)
		*omits = true;
	strbuf_release(&why);
	return value;
}

const struct value *
placeholder_value(struct arena *arena, const struct placeholder *placeholder,
    const struct placeholder_scope *scope, unsigned places, bool *omits, struct strbuf *err)
{
	const struct value *value;

	if (filters_check(placeholder->filters, places, err) != 0)
		return NULL;
	value = scope->lookup(scope->context, placeholder->name, err);
	if (value == NULL || placeholder->filters == NULL || scope->unfiltered)
		return value;
	if (scope->stands_in && has_stand_in(value))
		return &placeholder_stand_in;
	return filter_value(arena, placeholder, scope, value, omits, err);
}

const struct value *
placeholder_piece_value(struct arena *arena, const struct piece *piece,
    const struct placeholder_scope *scope, unsigned places, bool *omits, struct strbuf *err)
{
	const struct placeholder placeholder = {
	    .name = arena_strndup(arena, piece->start, piece->len),
	    .filters = placeholder_filters(arena, piece)};

	return placeholder_value(arena, &placeholder, scope, places, omits, err);
}

void
placeholder_add_text(struct strbuf *out, const struct value *value)
{
	struct json_writer writer;

	switch (value->type) {
	case VALUE_NULL:
		break;
	case VALUE_BOOLEAN:
		strbuf_addstr(out, value->boolean ? "true" : "false");
		break;
	case VALUE_NUMBER:
	case VALUE_STRING:
		strbuf_addstr(out, value->text);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		json_writer_init(&writer, out);
		json_value(&writer, value);
		break;
	}
}

/* Fills in a text; *omits is set if it is to be left out. */
static int
fill_text(struct arena *arena, const char *text, const struct placeholder_scope *scope,
    const char **out, bool *omits, struct strbuf *err)
{
	struct strbuf filled = STRBUF_INIT;
	struct piece piece = {.next = text};
	const struct value *value;
	int ret = -1;

	for (;;) {
		placeholder_scan(piece.next, scope->rules, &piece);
		if (piece.kind == PIECE_END)
			break;
		if (piece.kind == PIECE_TEXT) {
			strbuf_add(&filled, piece.start, piece.len);
			continue;
		}
		if (piece.kind == PIECE_MALFORMED) {
			fail(err, "malformed placeholder");
			goto out;
		}
		value = placeholder_piece_value(
		    arena, &piece, scope, PLACE_TEXT | PLACE_MEMBER, omits, err);
		if (value == NULL)
			goto out;
		placeholder_add_text(&filled, value);
	}
	*out = arena_strndup(arena, filled.buf, filled.len);
	ret = 0;
out:
	strbuf_release(&filled);
	return ret;
}

int
placeholder_fill_text(struct arena *arena, const char *text, const struct placeholder_scope *scope,
    const char **out, struct strbuf *err)
{
	return fill_text(arena, text, scope, out, NULL, err);
}

/* *out is NULL if the string is to be left out. */
static int
fill_string(struct arena *arena, const struct value *string, const struct placeholder_scope *scope,
    struct value **out, struct strbuf *err)
{
	struct piece piece;
	const struct value *value;
	const char *text;
	bool omits = false;

	*out = NULL;
	placeholder_scan(string->text, scope->rules, &piece);
	if (piece.kind == PIECE_NAME && *piece.next == '\0') {
		value = placeholder_piece_value(
		    arena, &piece, scope, PLACE_TEXT | PLACE_MEMBER, &omits, err);
		if (value == NULL)
			return -1;
		if (omits)
			return 0;
		*out = value_new(arena, value->type);
		**out = *value;
	} else {
		if (fill_text(arena, string->text, scope, &text, &omits, err) != 0)
			return -1;
		if (omits)
			return 0;
		*out = value_string(arena, text);
	}
	(*out)->line = string->line;
	(*out)->column = string->column;
	return 0;
}

static int
fill_pair(struct arena *arena, const struct value_pair *pair, const struct placeholder_scope *scope,
    struct value *map, struct strbuf *err)
{
	struct value *key, *item;
	const char *text;
	bool omits = false;

	if (fill_text(arena, pair->key->text, scope, &text, &omits, err) != 0 ||
	    placeholder_fill(arena, pair->value, scope, &item, err) != 0)
		return -1;
	if (omits || item == NULL)
		return 0;
	key = value_string(arena, text);
	key->line = pair->key->line;
	key->column = pair->key->column;
	value_map_add(arena, map, key, item);
	return 0;
}

/* Fills in the members; an error if two keys become the same. */
static int
fill_map(struct arena *arena, const struct value *map, const struct placeholder_scope *scope,
    struct value *copy, struct strbuf *err)
{
	const char **written = arena_calloc(arena, map->count + 1, sizeof(*written));
	const struct value *twice;

	for (size_t i = 0; i < map->count; i++) {
		written[copy->count] = map->pairs[i].key->text;
		if (fill_pair(arena, &map->pairs[i], scope, copy, err) != 0)
			return -1;
	}
	twice = value_map_duplicate(copy);
	if (twice != NULL && scope->stands_in && placeholder_stands_in(twice->text))
		return 0; /* nobody knows */
	for (size_t i = 0; twice != NULL && i < copy->count; i++) {
		if (copy->pairs[i].key == twice)
			return fail(
			    err, "two keys are the same once '%s' is filled in", written[i]);
	}
	return 0;
}

static int
fill_list(struct arena *arena, const struct value *list, const struct placeholder_scope *scope,
    struct value *copy, struct strbuf *err)
{
	struct value *item;

	for (size_t i = 0; i < list->count; i++) {
		if (placeholder_fill(arena, list->items[i], scope, &item, err) != 0)
			return -1;
		if (item != NULL)
			value_list_add(arena, copy, item);
	}
	return 0;
}

int
placeholder_fill(struct arena *arena, const struct value *tree,
    const struct placeholder_scope *scope, struct value **out, struct strbuf *err)
{
	struct value *copy;

	if (tree->type == VALUE_STRING)
		return fill_string(arena, tree, scope, out, err);
	copy = value_new(arena, tree->type);
	*copy = *tree;
	*out = copy;
	if (tree->type != VALUE_LIST && tree->type != VALUE_MAP)
		return 0;
	copy->count = copy->capacity = 0;
	copy->items = NULL;
	return tree->type == VALUE_MAP ? fill_map(arena, tree, scope, copy, err)
				       : fill_list(arena, tree, scope, copy, err);
}
