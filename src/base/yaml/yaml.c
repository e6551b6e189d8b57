/* SPDX-License-Identifier: ISC */
/*
 * libyaml gives events: a scalar, an alias, where a list or a map begins and ends.  The reader
 * builds values from them, says what a scalar means by the core schema, and expands aliases: an
 * alias is the very value of its anchor, so what is counted are the values that it stands for.
 */
#include "base/yaml/yaml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

#define CORE "tag:yaml.org,2002:"

struct anchor {
	const char *name;
	struct value *value; /* NULL while it is being read */
	size_t count;	     /* of values, with those below it */
	int height;	     /* levels of lists and maps */
};

struct reader {
	struct arena *arena;
	struct faults *faults;
	yaml_parser_t parser;
	yaml_event_t event; /* the present one */
	struct anchor *anchors;
	size_t anchor_count;
	size_t anchor_capacity;
	size_t values;
	int depth;
};

struct word {
	const char *text;
	enum value_type type;
	bool boolean;
};

static const struct word words[] = {
    {"", VALUE_NULL, false},
    {"~", VALUE_NULL, false},
    {"null", VALUE_NULL, false},
    {"Null", VALUE_NULL, false},
    {"NULL", VALUE_NULL, false},
    {"true", VALUE_BOOLEAN, true},
    {"True", VALUE_BOOLEAN, true},
    {"TRUE", VALUE_BOOLEAN, true},
    {"false", VALUE_BOOLEAN, false},
    {"False", VALUE_BOOLEAN, false},
    {"FALSE", VALUE_BOOLEAN, false},
};

struct tag {
	const char *name;
	enum value_type type;
};

static const struct tag tags[] = {
    {CORE "str", VALUE_STRING},
    {CORE "null", VALUE_NULL},
    {CORE "bool", VALUE_BOOLEAN},
    {CORE "int", VALUE_NUMBER},
    {CORE "float", VALUE_NUMBER},
    {CORE "seq", VALUE_LIST},
    {CORE "map", VALUE_MAP},
    {"!", VALUE_STRING},
    {"!", VALUE_LIST},
    {"!", VALUE_MAP},
};

/* Fails at the present event. */
#define fail_event(reader, ...)                                             \
	fault_add_at((reader)->faults, (reader)->event.start_mark.line + 1, \
	    (reader)->event.start_mark.column + 1, __VA_ARGS__)

/* The functions that read a node return its height, 0 for a scalar, or -1. */
static int read_node(struct reader *, struct value **out);

static int
fail_parser(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const yaml_mark_t *mark = &parser->problem_mark, *begin = &parser->context_mark;
	struct strbuf context = STRBUF_INIT;

	if (parser->error == YAML_MEMORY_ERROR)
		out_of_memory();
	if (parser->context != NULL)
		strbuf_addf(&context, " %s", parser->context);
	if (parser->context != NULL && begin->index != mark->index)
		strbuf_addf(
		    &context, " that begins at %zu:%zu", begin->line + 1, begin->column + 1);
	fault_add_at(
	    reader->faults, mark->line + 1, mark->column + 1, "%s%s", parser->problem, context.buf);
	strbuf_release(&context);
	return -1;
}

/* Makes the next event the present one. */
static int
next_event(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event) == 0)
		return fail_parser(reader);
	return 0;
}

static struct value *
new_value(const struct reader *reader, enum value_type type)
{
	struct value *value = value_new(reader->arena, type);

	value->line = (unsigned)reader->event.start_mark.line + 1;
	value->column = (unsigned)reader->event.start_mark.column + 1;
	return value;
}

static int
count_values(struct reader *reader, size_t count)
{
	if (count > YAML_MAX_VALUES - reader->values)
		return fail_event(reader, "more than %d values", YAML_MAX_VALUES);
	reader->values += count;
	return 0;
}

/* Remembers the anchor of the node that begins; NULL: it has none. */
static int
add_anchor(struct reader *reader, const yaml_char_t *name)
{
	if (name == NULL)
		return 0;
	if (reader->anchor_count == YAML_MAX_ANCHORS)
		return fail_event(reader, "more than %d anchors", YAML_MAX_ANCHORS);
	ALLOC_GROW(reader->anchors, reader->anchor_count, reader->anchor_capacity);
	reader->anchors[reader->anchor_count++] =
	    (struct anchor){.name = arena_strdup(reader->arena, (const char *)name)};
	return 0;
}

/* Returns the last anchor of that name, since a later one replaces it; or NULL. */
static const struct anchor *
find_anchor(const struct reader *reader, const char *name)
{
	for (size_t i = reader->anchor_count; i > 0; i--) {
		if (strcmp(reader->anchors[i - 1].name, name) == 0)
			return &reader->anchors[i - 1];
	}
	return NULL;
}

static int
fail_depth(const struct reader *reader)
{
	return fail_event(reader, "more than %d levels of lists and maps", YAML_MAX_DEPTH);
}

static int
read_alias(struct reader *reader, struct value **out)
{
	const char *name = (const char *)reader->event.data.alias.anchor;
	const struct anchor *anchor = find_anchor(reader, name);

	if (anchor == NULL)
		return fail_event(reader, "alias '*%s' has no anchor", name);
	if (anchor->value == NULL)
		return fail_event(reader, "alias '*%s' is inside its own anchor", name);
	if (reader->depth + anchor->height > YAML_MAX_DEPTH)
		return fail_depth(reader);
	if (count_values(reader, anchor->count) != 0)
		return -1;
	*out = anchor->value;
	return anchor->height;
}

static int
fail_tag(const struct reader *reader, const yaml_char_t *tag)
{
	const char *name = (const char *)tag;

	if (strncmp(name, CORE, strlen(CORE)) == 0)
		return fail_event(reader, "tag '!!%s' cannot be used here", name + strlen(CORE));
	return fail_event(reader, "tag '%s' cannot be used here", name);
}

/* The scalar as a string, before its meaning is looked at. */
static struct value *
read_text(struct reader *reader)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	size_t len = reader->event.data.scalar.length;
	struct value *value;

	if (count_values(reader, 1) != 0)
		return NULL;
	if (memchr(text, '\0', len) != NULL) {
		fail_event(reader, "\\0 in a string");
		return NULL;
	}
	value = new_value(reader, VALUE_STRING);
	value->text = arena_strndup(reader->arena, text, len);
	return value;
}

/* Gives a string that was written without quotes and tag the type that it means. */
static void
resolve(struct value *value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].text, value->text) == 0) {
			value->type = words[i].type;
			value->boolean = words[i].boolean;
			value->text = NULL;
			return;
		}
	}
	/* numbers are what JSON can say as well: 0x1F, .5 and 012 stay strings */
	if (json_is_number(value->text, strlen(value->text)))
		value->type = VALUE_NUMBER;
}

/* Whether the tag is one of the core schema for the type of the value. */
static bool
tag_fits(const struct value *value, const char *tag)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (tags[i].type == value->type && strcmp(tags[i].name, tag) == 0)
			return true;
	}
	return false;
}

/* Gives a string the type that its tag asks for.  False: it is not of the form of that type. */
static bool
resolve_tag(struct value *value, const char *tag)
{
	const char *text = value->text;

	if (tag_fits(value, tag))
		return true;
	resolve(value);
	if (value->type == VALUE_NUMBER && strpbrk(text, ".eE") != NULL &&
	    strcmp(tag, CORE "int") == 0)
		return false;
	return value->type != VALUE_STRING && tag_fits(value, tag);
}

static bool
is_plain(const struct reader *reader)
{
	return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int
read_scalar(struct reader *reader, struct value **out)
{
	const yaml_char_t *tag = reader->event.data.scalar.tag;
	struct value *value = read_text(reader);

	if (value == NULL)
		return -1;
	if (tag != NULL && !resolve_tag(value, (const char *)tag))
		return fail_tag(reader, tag);
	if (tag == NULL && is_plain(reader))
		resolve(value);
	*out = value;
	return 0;
}

/* Begins the list or map at the present event. */
static struct value *
enter(struct reader *reader, enum value_type type, const yaml_char_t *tag)
{
	struct value *value = new_value(reader, type);

	if (count_values(reader, 1) != 0)
		return NULL;
	if (reader->depth == YAML_MAX_DEPTH) {
		fail_depth(reader);
		return NULL;
	}
	if (tag != NULL && !tag_fits(value, (const char *)tag)) {
		fail_tag(reader, tag);
		return NULL;
	}
	reader->depth++;
	return value;
}

static int
read_list(struct reader *reader, struct value **out)
{
	struct value *list = enter(reader, VALUE_LIST, reader->event.data.sequence_start.tag);
	int height = 0;

	if (list == NULL || next_event(reader) != 0)
		return -1;
	while (reader->event.type != YAML_SEQUENCE_END_EVENT) {
		struct value *item = NULL;
		int below = read_node(reader, &item);

		if (below < 0 || next_event(reader) != 0)
			return -1;
		value_list_add(reader->arena, list, item);
		height = below > height ? below : height;
	}
	reader->depth--;
	*out = list;
	return height + 1;
}

static struct value *
read_key(struct reader *reader)
{
	const yaml_event_t *event = &reader->event;
	struct value *key;

	if (event->type != YAML_SCALAR_EVENT) {
		fail_event(reader, "a key must be text, not a list, a map or an alias");
		return NULL;
	}
	key = read_text(reader);
	if (key == NULL || add_anchor(reader, event->data.scalar.anchor) != 0)
		return NULL;
	if (event->data.scalar.anchor != NULL) {
		reader->anchors[reader->anchor_count - 1].value = key;
		reader->anchors[reader->anchor_count - 1].count = 1;
	}
	if (event->data.scalar.tag != NULL) {
		if (tag_fits(key, (const char *)event->data.scalar.tag))
			return key;
		fail_tag(reader, event->data.scalar.tag);
		return NULL;
	}
	if (!is_plain(reader) || (*key->text != '\0' && strcmp(key->text, "<<") != 0))
		return key;
	fail_event(
	    reader, *key->text == '\0' ? "a key is missing" : "merge keys ('<<') are not known");
	return NULL;
}

static int
read_pair(struct reader *reader, struct value *map)
{
	struct value *key = read_key(reader), *item = NULL;
	int height;

	if (key == NULL || next_event(reader) != 0)
		return -1;
	height = read_node(reader, &item);
	if (height < 0 || next_event(reader) != 0)
		return -1;
	value_map_add(reader->arena, map, key, item);
	return height;
}

static int
read_map(struct reader *reader, struct value **out)
{
	struct value *map = enter(reader, VALUE_MAP, reader->event.data.mapping_start.tag);
	int height = 0;

	if (map == NULL || next_event(reader) != 0)
		return -1;
	while (reader->event.type != YAML_MAPPING_END_EVENT) {
		int below = read_pair(reader, map);

		if (below < 0)
			return -1;
		height = below > height ? below : height;
	}
	faults_of_keys(reader->arena, map, reader->faults);
	reader->depth--;
	*out = map;
	return height + 1;
}

/* The anchor of the node at the present event, or NULL. */
static const yaml_char_t *
anchor_name(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

static int
read_content(struct reader *reader, struct value **out)
{
	switch (reader->event.type) {
	case YAML_ALIAS_EVENT:
		return read_alias(reader, out);
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, out);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(reader, out);
	default:
		return read_map(reader, out);
	}
}

static int
read_node(struct reader *reader, struct value **out)
{
	const yaml_char_t *name = anchor_name(&reader->event);
	size_t before = reader->values, index = reader->anchor_count;
	int height;

	if (add_anchor(reader, name) != 0)
		return -1;
	height = read_content(reader, out);
	if (name != NULL && height >= 0) {
		struct anchor *anchor = &reader->anchors[index];

		anchor->value = *out;
		anchor->count = reader->values - before;
		anchor->height = height;
	}
	return height;
}

static int
read_document(struct reader *reader, struct value **out)
{
	struct value *root = NULL;

	if (next_event(reader) != 0 || next_event(reader) != 0)
		return -1;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		*out = new_value(reader, VALUE_NULL);
		return 0;
	}
	if (next_event(reader) != 0 || read_node(reader, &root) < 0)
		return -1;
	if (next_event(reader) != 0 || next_event(reader) != 0)
		return -1;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		return fail_event(reader, "a second document");
	*out = root;
	return 0;
}

static bool
is_allowed(long c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0x7f || c == 0x85 || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

/*
 * Reports the first byte or character that a YAML text may not have.  libyaml would find the same
 * faults, but says only at which byte.
 */
static int
check_text(const char *text, size_t len, struct faults *faults)
{
	size_t line = 1, column = 1, used;

	for (size_t at = 0; at < len; at += used) {
		long c = utf8_decode(text + at, len - at, &used);

		if (c < 0)
			return fault_add_at(faults, line, column, "invalid UTF-8");
		if (!is_allowed(c))
			return fault_add_at(
			    faults, line, column, "control character U+%04lX", (unsigned long)c);
		column = c == '\n' ? 1 : column + 1;
		line += c == '\n';
	}
	return 0;
}

int
yaml_read_all(
    struct arena *arena, const char *text, size_t len, struct value **out, struct faults *faults)
{
	struct reader reader = {.arena = arena, .faults = faults};
	int result;

	/* libyaml would take a byte order mark for a column */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (check_text(text, len, faults) != 0)
		return -1;
	if (yaml_parser_initialize(&reader.parser) == 0)
		out_of_memory();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
	result = read_document(&reader, out);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	free(reader.anchors);
	return result;
}

int
yaml_read(struct arena *arena, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err)
{
	struct faults faults;
	struct value *root = NULL;
	int result;

	faults_init(&faults, name);
	faults.first_only = true;
	yaml_read_all(arena, text, len, &root, &faults);
	result = faults.count == 0 ? 0 : faults_fail(&faults, err);
	faults_release(&faults);
	if (result == 0)
		*out = root;
	return result;
}
