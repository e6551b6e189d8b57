/* SPDX-License-Identifier: ISC */
#include "base/yaml/yaml.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <yaml.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "base/yaml/yaml-anchor.h"
#include "base/yaml/yaml-scalar.h"
#include "base/yaml/yaml-text.h"

struct reader {
	struct arena *arena;
	struct faults *faults;
	bool strict; /* a duplicate key ends the reading */
	yaml_parser_t parser;
	yaml_event_t event; /* the present one */
	struct yaml_anchors anchors;
	size_t values;
	int depth;
};

/* These return the height of what they read, 0 for a scalar, or -1. */
static int read_node(struct reader *, struct value **out);

static int __attribute__((format(printf, 2, 3)))
fail_event(const struct reader *reader, const char *fmt, ...)
{
	const yaml_mark_t *mark = &reader->event.start_mark;
	va_list ap;

	va_start(ap, fmt);
	fault_vadd_at(reader->faults, mark->line + 1, mark->column + 1, fmt, ap);
	va_end(ap);
	return -1;
}

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
	if (!yaml_parser_parse(&reader->parser, &reader->event))
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

/* Remembers the anchor of the node that begins, which may have none. */
static int
add_anchor(struct reader *reader, const yaml_char_t *name)
{
	if (name != NULL &&
	    yaml_anchor_add(&reader->anchors, reader->arena, (const char *)name) < 0)
		return fail_event(reader, "more than %d anchors", YAML_MAX_ANCHORS);
	return 0;
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
	const struct yaml_anchor *anchor = yaml_anchor_find(&reader->anchors, name);

	if (anchor == NULL)
		return fail_event(reader, "alias '*%s' has no anchor", name);
	if (anchor->value == NULL)
		return fail_event(reader, "alias '*%s' is inside its own anchor", name);
	if (reader->depth + anchor->height > YAML_MAX_DEPTH)
		return fail_depth(reader);
	if (count_values(reader, anchor->count) < 0)
		return -1;
	*out = anchor->value;
	return anchor->height;
}

static int
fail_tag(const struct reader *reader, const yaml_char_t *tag)
{
	static const char core[] = "tag:yaml.org,2002:";
	const char *name = (const char *)tag;

	if (strncmp(name, core, sizeof(core) - 1) == 0)
		return fail_event(
		    reader, "tag '!!%s' cannot be used here", name + sizeof(core) - 1);
	return fail_event(reader, "tag '%s' cannot be used here", name);
}

/* The scalar as a string, before its meaning is looked at. */
static struct value *
read_text(struct reader *reader)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	size_t len = reader->event.data.scalar.length;
	struct value *value;

	if (count_values(reader, 1) < 0)
		return NULL;
	if (memchr(text, '\0', len)) {
		fail_event(reader, "\\0 in a string");
		return NULL;
	}
	value = new_value(reader, VALUE_STRING);
	value->text = arena_strndup(reader->arena, text, len);
	return value;
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
	if (tag != NULL && !yaml_resolve_tag(value, (const char *)tag))
		return fail_tag(reader, tag);
	if (tag == NULL && is_plain(reader))
		yaml_resolve(value);
	*out = value;
	return 0;
}

/* Begins the list or map at the present event. */
static struct value *
enter(struct reader *reader, enum value_type type, const yaml_char_t *tag)
{
	struct value *value = new_value(reader, type);

	if (count_values(reader, 1) < 0)
		return NULL;
	if (reader->depth == YAML_MAX_DEPTH) {
		fail_depth(reader);
		return NULL;
	}
	if (tag != NULL && !yaml_tag_fits(value, (const char *)tag)) {
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

	if (list == NULL || next_event(reader) < 0)
		return -1;
	while (reader->event.type != YAML_SEQUENCE_END_EVENT) {
		struct value *item;
		int below = read_node(reader, &item);

		if (below < 0 || next_event(reader) < 0)
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
	if (key == NULL || add_anchor(reader, event->data.scalar.anchor) < 0)
		return NULL;
	if (event->data.scalar.anchor != NULL)
		yaml_anchor_set(&reader->anchors, reader->anchors.count - 1, key, 1, 0);
	if (event->data.scalar.tag != NULL) {
		if (yaml_tag_fits(key, (const char *)event->data.scalar.tag))
			return key;
		fail_tag(reader, event->data.scalar.tag);
		return NULL;
	}
	if (!is_plain(reader) || (*key->text && strcmp(key->text, "<<") != 0))
		return key;
	fail_event(reader, *key->text ? "merge keys ('<<') are not known" : "a key is missing");
	return NULL;
}

static int
read_pair(struct reader *reader, struct value *map)
{
	struct value *key = read_key(reader), *item = NULL;
	int height;

	if (key == NULL || next_event(reader) < 0)
		return -1;
	height = read_node(reader, &item);
	if (height < 0 || next_event(reader) < 0)
		return -1;
	value_map_add(reader->arena, map, key, item);
	return height;
}

static int
read_map(struct reader *reader, struct value **out)
{
	struct value *map = enter(reader, VALUE_MAP, reader->event.data.mapping_start.tag);
	int height = 0;

	if (map == NULL || next_event(reader) < 0)
		return -1;
	while (reader->event.type != YAML_MAPPING_END_EVENT) {
		int below = read_pair(reader, map);

		if (below < 0)
			return -1;
		height = below > height ? below : height;
	}
	if (faults_of_keys(reader->arena, map, reader->strict, reader->faults) < 0)
		return -1;
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
	size_t before = reader->values, index = reader->anchors.count;
	int height;

	if (add_anchor(reader, name) < 0)
		return -1;
	height = read_content(reader, out);
	if (name != NULL && height >= 0)
		yaml_anchor_set(&reader->anchors, index, *out, reader->values - before, height);
	return height;
}

static int
read_document(struct reader *reader, struct value **out)
{
	struct value *root = NULL;

	if (next_event(reader) < 0 || next_event(reader) < 0)
		return -1;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		*out = new_value(reader, VALUE_NULL);
		return 0;
	}
	if (next_event(reader) < 0 || read_node(reader, &root) < 0)
		return -1;
	if (next_event(reader) < 0 || next_event(reader) < 0)
		return -1;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		return fail_event(reader, "a second document");
	*out = root;
	return 0;
}

static int
read_text_of(struct reader *reader, const char *text, size_t len, struct value **out)
{
	int result;

	/* libyaml would take a byte order mark for a column. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (yaml_check_text(text, len, reader->faults) < 0)
		return -1;
	if (!yaml_parser_initialize(&reader->parser))
		out_of_memory();
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
	result = read_document(reader, out);
	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
	yaml_anchors_release(&reader->anchors);
	return result;
}

int
yaml_read_all(
    struct arena *arena, const char *text, size_t len, struct value **out, struct faults *faults)
{
	struct reader reader = {.arena = arena, .faults = faults};

	return read_text_of(&reader, text, len, out);
}

int
yaml_read(struct arena *arena, const char *name, const char *text, size_t len, struct value **out,
    struct strbuf *err)
{
	struct faults faults;
	struct reader reader = {.arena = arena, .faults = &faults, .strict = true};
	int result;

	faults_init(&faults, name);
	result = read_text_of(&reader, text, len, out);
	if (result < 0)
		faults_fail(&faults, err);
	faults_release(&faults);
	return result;
}
