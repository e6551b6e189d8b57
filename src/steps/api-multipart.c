/* SPDX-License-Identifier: ISC */
#include "steps/api-multipart.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/placeholder.h"
#include "model/pipeline/schema.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"

static const char *const part_keys[] = {"content", "filename", "type", NULL};

/* ---- checking */

static int
check_type(const char *type, struct strbuf *err)
{
	if (http_header_value_check(type, err) != 0)
		return -1;
	if (strchr(type, '/') == NULL)
		return fail(err, "the type of a part is a media type, such as 'text/csv'");
	return 0;
}

static void
check_map(const struct parameter_check *check, const struct value *part)
{
	const struct value *type = value_map_get(part, "type");

	schema_keys(part, part_keys, "a part of 'multipart'", check->faults);
	if (value_map_get(part, "content") == NULL)
		fault_add(check->faults, part, "a part of 'multipart' has no 'content'");
	schema_text(part, "filename", NULL, check->faults);
	if (schema_text(part, "type", NULL, check->faults) != NULL)
		parameter_check_text(check, type, check_type);
}

static void
check_parts(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	(void)field;
	for (size_t i = 0; i < map->count; i++) {
		const struct value *parts = map->pairs[i].value;

		for (size_t j = 0; j < parameter_item_count(parts); j++) {
			const struct value *part = parameter_item(parts, j);

			if (part->type == VALUE_MAP)
				check_map(check, part);
			else if (part->type == VALUE_LIST)
				fault_add(check->faults, part,
				    "a part must be text or a map of 'content', 'filename' and "
				    "'type', not a list");
		}
	}
}

/* ---- filling in */

static int
fill_content(const struct parameter_filling *filling, const struct value *content,
    struct value **out, struct strbuf *err)
{
	const char *text;

	if (content->type != VALUE_STRING)
		return placeholder_fill(filling->arena, content, filling->scope, out, err);
	if (placeholder_fill_text(filling->arena, content->text, filling->scope, &text, err) != 0)
		return -1;
	*out = value_string(filling->arena, text);
	return 0;
}

/* A part that is a map: what it holds is text, whatever a placeholder alone stands for. */
static int
fill_map(const struct parameter_filling *filling, const struct value *part, struct value **out,
    struct strbuf *err)
{
	*out = value_new(filling->arena, VALUE_MAP);
	for (size_t i = 0; i < part->count; i++) {
		struct value *filled;

		if (fill_content(filling, part->pairs[i].value, &filled, err) != 0)
			return -1;
		value_map_add(filling->arena, *out, part->pairs[i].key, filled);
	}
	return 0;
}

static int
fill_part(const struct parameter_filling *filling, const struct value *part, struct value **out,
    struct strbuf *err)
{
	return part->type == VALUE_MAP ? fill_map(filling, part, out, err)
				       : fill_content(filling, part, out, err);
}

static int
fill_list(const struct parameter_filling *filling, const struct value *list, struct value **out,
    struct strbuf *err)
{
	struct value *filled;

	*out = value_new(filling->arena, VALUE_LIST);
	for (size_t i = 0; i < list->count; i++) {
		if (fill_part(filling, list->items[i], &filled, err) != 0)
			return -1;
		value_list_add(filling->arena, *out, filled);
	}
	return 0;
}

static int
fill_parts(const struct parameter_filling *filling, const struct value *map, struct value **out,
    struct strbuf *err)
{
	struct value *name, *parts;

	*out = value_new(filling->arena, VALUE_MAP);
	for (size_t i = 0; i < map->count; i++) {
		const struct value_pair *pair = &map->pairs[i];

		if (fill_content(filling, pair->key, &name, err) != 0 ||
		    (pair->value->type == VALUE_LIST
			    ? fill_list(filling, pair->value, &parts, err)
			    : fill_part(filling, pair->value, &parts, err)) != 0)
			return -1;
		value_map_add(filling->arena, *out, name, parts);
	}
	return 0;
}

const struct parameter_kind kind_parts = {
    .title = "parts",
    .words = "a map of names and parts",
    .types = VALUE_BIT(MAP),
    .check = check_parts,
    .read = parameter_read_value,
    .fill = fill_parts,
};

/* ---- building */

/* A name in quotes, as browsers send it (RFC 7578, 2). */
static void
add_quoted(struct strbuf *out, const char *text)
{
	strbuf_addch(out, '"');
	for (; *text != '\0'; text++) {
		if (strchr("\"\r\n", *text) != NULL)
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
		else
			strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

static void
add_part(struct strbuf *out, const char *boundary, const char *name, const struct value *part)
{
	const bool is_map = part->type == VALUE_MAP;
	const char *filename = is_map ? value_text(value_map_get(part, "filename")) : NULL;
	const char *type = is_map ? value_text(value_map_get(part, "type")) : NULL;
	const struct value *content = is_map ? value_map_get(part, "content") : part;

	if (type == NULL && filename != NULL)
		type = "application/octet-stream";
	strbuf_addf(out, "--%s\r\nContent-Disposition: form-data; name=", boundary);
	add_quoted(out, name);
	if (filename != NULL) {
		strbuf_addstr(out, "; filename=");
		add_quoted(out, filename);
	}
	if (type != NULL)
		strbuf_addf(out, "\r\nContent-Type: %s", type);
	strbuf_addstr(out, "\r\n\r\n");
	if (content != NULL)
		placeholder_add_text(out, content);
	strbuf_addstr(out, "\r\n");
}

static void
add_parts(struct strbuf *out, const char *boundary, const struct value *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const char *name = map->pairs[i].key->text;
		const struct value *parts = map->pairs[i].value;

		for (size_t j = 0; j < parameter_item_count(parts); j++)
			add_part(out, boundary, name, parameter_item(parts, j));
	}
	strbuf_addf(out, "--%s--\r\n", boundary);
}

/*
 * Made of the request and the step, so that each attempt sends the same bytes, and of nothing that
 * is in the parts: it is shown, and they may be secret.
 */
static const char *
make_boundary(const struct step_plan *plan, unsigned number)
{
	struct strbuf text = STRBUF_INIT;
	char hex[DIGEST_SIZE];

	strbuf_addf(&text, "multipart %s %s %u", request_first_digest(plan->request),
	    plan->step->step->name, number);
	digest_sha256(text.buf, text.len, hex);
	strbuf_release(&text);
	return arena_printf(plan->arena, "svcreq-%.32s", hex);
}

const char *
api_multipart_add(const struct step_plan *plan, const struct value *parts, struct strbuf *out)
{
	struct strbuf text = STRBUF_INIT;
	const char *boundary;
	unsigned number = 0;

	add_parts(&text, "", parts);
	do {
		boundary = make_boundary(plan, number++);
	} while (strstr(text.buf, boundary) != NULL);
	strbuf_release(&text);
	add_parts(out, boundary, parts);
	return boundary;
}
