/* SPDX-License-Identifier: ISC */
#include "model/request/event.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"

enum field_kind {
	FIELD_INTEGER,
	FIELD_TEXT,
	FIELD_TIME,
	FIELD_EVENT_TYPE,
	FIELD_STATUS,
	FIELD_REASON,
	FIELD_EFFECT,
	FIELD_VALUE,
	FIELD_LIST,
	FIELD_MAP,
	FIELD_FLAG,
	FIELD_USER_NUMBER,
};

/* What a field must be, for messages. */
static const char *const kind_words[] = {
    [FIELD_INTEGER] = "a whole number, not negative",
    [FIELD_TEXT] = "text",
    [FIELD_TIME] = "a time such as 2026-11-23T08:41:39.123Z",
    [FIELD_EVENT_TYPE] = "the type of an event",
    [FIELD_STATUS] = "the status of a request",
    [FIELD_REASON] = "a reason that is known",
    [FIELD_EFFECT] = "an effect that is known",
    [FIELD_VALUE] = "a value",
    [FIELD_LIST] = "a list",
    [FIELD_MAP] = "a map",
    [FIELD_FLAG] = "true or false",
    [FIELD_USER_NUMBER] = "the number of a user",
};

struct event_field {
	const char *name;
	enum field_kind kind;
	bool required;
	size_t offset;
};

#define AT(member) offsetof(struct event, member)

/* In the order in which they are written. */
static const struct event_field event_fields[] = {
    {"event_id", FIELD_INTEGER, true, AT(event_id)},
    {"event_type", FIELD_EVENT_TYPE, true, AT(event_type)},
    {"status", FIELD_STATUS, true, AT(status)},
    {"service_request_id", FIELD_INTEGER, true, AT(service_request_id)},
    {"pipeline_name", FIELD_TEXT, true, AT(pipeline_name)},
    {"requested_by", FIELD_TEXT, true, AT(requested_by)},
    {"step_name", FIELD_TEXT, false, AT(step_name)},
    {"step_type", FIELD_TEXT, false, AT(step_type)},
    {"attempt", FIELD_INTEGER, false, AT(attempt)},
    {"created_by", FIELD_TEXT, true, AT(created_by)},
    {"created_by_uid", FIELD_USER_NUMBER, false, AT(created_by_uid)},
    {"created_at", FIELD_TIME, true, AT(created_at)},
    {"replaces", FIELD_INTEGER, false, AT(replaces)},
    {"key", FIELD_TEXT, false, AT(key)},
    {"reason", FIELD_REASON, false, AT(reason)},
    {"effect", FIELD_EFFECT, false, AT(effect)},
    {"message", FIELD_TEXT, false, AT(message)},
    {"remarks", FIELD_TEXT, false, AT(remarks)},
    {"not_before", FIELD_TIME, false, AT(not_before)},
    {"expires_at", FIELD_TIME, false, AT(expires_at)},
    {"approvers", FIELD_LIST, false, AT(approvers)},
    {"approved_by", FIELD_LIST, false, AT(approved_by)},
    {"override", FIELD_FLAG, false, AT(override)},
    {"http_status", FIELD_INTEGER, false, AT(http_status)},
    {"duration_ms", FIELD_INTEGER, false, AT(duration_ms)},
    {"idempotency_key", FIELD_TEXT, false, AT(idempotency_key)},
    {"body_sha256", FIELD_TEXT, false, AT(body_sha256)},
    {"host", FIELD_TEXT, false, AT(host)},
    {"boot", FIELD_TEXT, false, AT(boot)},
    {"process", FIELD_INTEGER, false, AT(process)},
    {"process_start", FIELD_INTEGER, false, AT(process_start)},
    {"outputs", FIELD_MAP, false, AT(outputs)},
    {"rules", FIELD_INTEGER, false, AT(rules)},
    {"pipeline_version", FIELD_VALUE, false, AT(pipeline_version)},
    {"pipeline_sha256", FIELD_TEXT, false, AT(pipeline_sha256)},
    {"replaced_pipeline_sha256", FIELD_TEXT, false, AT(replaced_pipeline_sha256)},
    {"form_data", FIELD_MAP, false, AT(form_data)},
    {"pipeline", FIELD_MAP, false, AT(pipeline)},
    {"prev", FIELD_TEXT, false, AT(prev)},
    {"sha256", FIELD_TEXT, false, AT(sha256)},
};

#define FIELD_COUNT (sizeof(event_fields) / sizeof(event_fields[0]))

static const void *
member(const struct event *event, const struct event_field *field)
{
	return (const char *)event + field->offset;
}

static bool
is_set(const struct event *event, const struct event_field *field)
{
	switch (field->kind) {
	case FIELD_INTEGER:
	case FIELD_TIME:
		return *(const int64_t *)member(event, field) != 0;
	case FIELD_TEXT:
		return *(const char *const *)member(event, field) != NULL;
	case FIELD_VALUE:
	case FIELD_LIST:
	case FIELD_MAP:
		return *(const struct value *const *)member(event, field) != NULL;
	case FIELD_REASON:
		return *(const enum reason *)member(event, field) != REASON_NONE;
	case FIELD_EFFECT:
		return *(const enum effect *)member(event, field) != EFFECT_NONE;
	case FIELD_FLAG:
		return *(const bool *)member(event, field);
	case FIELD_USER_NUMBER:
		return ((const struct user_number *)member(event, field))->known;
	case FIELD_EVENT_TYPE:
	case FIELD_STATUS:
		return true;
	}
	return false;
}

static void
write_member(struct json_writer *writer, const void *at, enum field_kind kind)
{
	char stamp[TIMESTAMP_SIZE];

	switch (kind) {
	case FIELD_INTEGER:
		json_integer(writer, *(const int64_t *)at);
		break;
	case FIELD_TEXT:
		json_string(writer, *(const char *const *)at);
		break;
	case FIELD_TIME:
		timestamp_format(*(const int64_t *)at, stamp);
		json_string(writer, stamp);
		break;
	case FIELD_EVENT_TYPE:
		json_string(writer, event_type_name(*(const enum event_type *)at));
		break;
	case FIELD_STATUS:
		json_string(writer, request_status_name(*(const enum request_status *)at));
		break;
	case FIELD_REASON:
		json_string(writer, reason_name(*(const enum reason *)at));
		break;
	case FIELD_EFFECT:
		json_string(writer, effect_name(*(const enum effect *)at));
		break;
	case FIELD_VALUE:
	case FIELD_LIST:
	case FIELD_MAP:
		json_value(writer, *(const struct value *const *)at);
		break;
	case FIELD_FLAG:
		json_boolean(writer, *(const bool *)at);
		break;
	case FIELD_USER_NUMBER:
		json_integer(writer, ((const struct user_number *)at)->uid);
		break;
	}
}

void
event_write(const struct event *event, struct strbuf *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct event_field *field = &event_fields[i];

		if (!field->required && !is_set(event, field))
			continue;
		json_name(&writer, field->name);
		write_member(&writer, member(event, field), field->kind);
	}
	json_end(&writer);
	strbuf_addch(out, '\n');
}

/* The largest number is none: it stands for "no user". */
static bool
read_user_number(const struct value *value, struct user_number *out)
{
	int64_t number;

	if (!value_to_integer(value, &number) || number < 0 || number >= UINT32_MAX)
		return false;
	*out = (struct user_number){true, (uid_t)number};
	return true;
}

/* Whether the value is of the kind; stores it when it is. */
static bool
read_member(const struct value *value, void *at, enum field_kind kind)
{
	const char *text = value_text(value);
	int found = -1;

	switch (kind) {
	case FIELD_INTEGER:
		return value_to_integer(value, at) && *(int64_t *)at >= 0;
	case FIELD_VALUE:
		*(const struct value **)at = value;
		return true;
	case FIELD_LIST:
		*(const struct value **)at = value;
		return value->type == VALUE_LIST;
	case FIELD_MAP:
		*(const struct value **)at = value;
		return value->type == VALUE_MAP;
	case FIELD_TEXT:
		*(const char **)at = text;
		return text != NULL;
	case FIELD_TIME:
		*(int64_t *)at = text == NULL ? -1 : timestamp_parse(text);
		return *(int64_t *)at >= 0;
	case FIELD_EVENT_TYPE:
		found = text == NULL ? -1 : event_type_find(text);
		if (found >= 0)
			*(enum event_type *)at = (enum event_type)found;
		return found >= 0;
	case FIELD_STATUS:
		found = text == NULL ? -1 : request_status_find(text);
		if (found >= 0)
			*(enum request_status *)at = (enum request_status)found;
		return found >= 0;
	case FIELD_REASON:
		found = text == NULL ? -1 : reason_find(text);
		if (found >= 0)
			*(enum reason *)at = (enum reason)found;
		return found >= 0;
	case FIELD_EFFECT:
		found = text == NULL ? -1 : effect_find(text);
		if (found >= 0)
			*(enum effect *)at = (enum effect)found;
		return found >= 0;
	case FIELD_FLAG:
		*(bool *)at = value->type == VALUE_BOOLEAN && value->boolean;
		return value->type == VALUE_BOOLEAN;
	case FIELD_USER_NUMBER:
		return read_user_number(value, at);
	}
	return false;
}

/* Finds the member of each field.  They are mostly in the order of the table. */
static void
find_members(const struct value *map, const struct value *found[FIELD_COUNT])
{
	size_t next = 0;

	for (size_t i = 0; i < map->count; i++) {
		const char *key = map->pairs[i].key->text;
		size_t tried = 0;

		while (tried < FIELD_COUNT && strcmp(event_fields[next].name, key) != 0) {
			next = (next + 1) % FIELD_COUNT;
			tried++;
		}
		if (tried < FIELD_COUNT)
			found[next] = map->pairs[i].value;
	}
}

static int
read_field(const struct value *value, const char *name, const struct event_field *field,
    struct event *out, struct strbuf *err)
{
	if (value == NULL) {
		if (field->required)
			return fail(err, "%s: there is no '%s'", name, field->name);
		return 0;
	}
	if (!read_member(value, (char *)out + field->offset, field->kind))
		return fail(err, "%s:%u:%u: '%s' is not %s", name, value->line, value->column,
		    field->name, kind_words[field->kind]);
	return 0;
}

int
event_read(struct arena *arena, const char *name, const char *text, size_t len, struct event *out,
    struct strbuf *err)
{
	const struct value *members[FIELD_COUNT] = {NULL};
	struct value *map;

	if (json_parse(arena, name, text, len, &map, err) != 0)
		return -1;
	if (map->type != VALUE_MAP)
		return fail(err, "%s: an event is a JSON object, not a %s", name,
		    value_type_name(map->type));
	*out = (struct event){0};
	find_members(map, members);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (read_field(members[i], name, &event_fields[i], out, err) != 0)
			return -1;
	}
	return 0;
}

bool
event_is_by(const struct event *event, const char *name, const struct user_number *number)
{
	if (event->created_by_uid.known && number->known)
		return event->created_by_uid.uid == number->uid;
	return strcmp(event->created_by, name) == 0;
}
