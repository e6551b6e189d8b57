/* SPDX-License-Identifier: ISC */
/* Values of the types that are neither text nor chosen: numbers, yes or no, times, users. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/datetime.h"
#include "base/duration.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/user-name.h"
#include "base/value.h"
#include "model/pipeline/field.h"

static int
believe_time(const void *context, struct datetime *when, struct strbuf *err)
{
	(void)context;
	(void)when;
	(void)err;
	return 0;
}

static int
believe_user(const void *context, const char *user, struct strbuf *err)
{
	(void)context;
	(void)user;
	(void)err;
	return 0;
}

const struct form_machine form_machine_unknown = {
    .locate = believe_time, .check_user = believe_user};

/* Each reads a text, whose type in the document was given's; NULL with err. */

static const struct value *
number_of(const struct field_reading *reading, const char *text)
{
	struct value *value = value_new(reading->arena, VALUE_NUMBER);

	value->text = text;
	return value;
}

static const struct value *
read_whole(const struct field_reading *reading, const char *text)
{
	if (json_is_number(text, strlen(text)) && strpbrk(text, ".eE") == NULL)
		return number_of(reading, text);
	field_reason(reading, "%s is no whole number, such as 3", field_quote(reading, text));
	return NULL;
}

static const struct value *
read_number(const struct field_reading *reading, const char *text)
{
	if (json_is_number(text, strlen(text)))
		return number_of(reading, text);
	field_reason(reading, "%s is no number, such as 3 or 2.5", field_quote(reading, text));
	return NULL;
}

static const struct value *
read_truth(const struct field_reading *reading, const char *text)
{
	static const char *const words[] = {"false", "true", "no", "yes", "n", "y", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return value_boolean(reading->arena, i % 2 == 1);
	}
	field_reason(reading, "%s is neither yes nor no", field_quote(reading, text));
	return NULL;
}

static const struct value *
read_date(const struct field_reading *reading, const char *text)
{
	struct datetime when;

	if (date_parse(text, &when) == 0)
		return value_string(reading->arena, text);
	field_reason(reading, "%s is no date, such as 2026-12-24", field_quote(reading, text));
	return NULL;
}

/* Returns 0, or -1 with err: nobody knows its offset. */
static int
locate(const struct field_reading *reading, struct datetime *when, const char *text)
{
	struct strbuf why = STRBUF_INIT;
	int ret;

	if (when->has_offset)
		return 0;
	if (reading->machine == NULL || reading->machine->locate == NULL)
		return field_reason(
		    reading, "%s needs an offset, such as +01:00", field_quote(reading, text));
	ret = reading->machine->locate(reading->machine->context, when, &why);
	if (ret != 0)
		field_reason(reading, "%s: %s", field_quote(reading, text), why.buf);
	strbuf_release(&why);
	return ret;
}

static const struct value *
read_datetime(const struct field_reading *reading, const char *text)
{
	struct strbuf kept = STRBUF_INIT;
	const struct value *value;
	struct datetime when;

	if (datetime_parse(text, &when) != 0) {
		field_reason(reading,
		    "%s is no date and time, such as 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00",
		    field_quote(reading, text));
		return NULL;
	}
	if (locate(reading, &when, text) != 0)
		return NULL;
	if (!when.has_offset)
		return value_string(reading->arena, text);
	datetime_add(&kept, &when);
	value = value_string(reading->arena, kept.buf);
	strbuf_release(&kept);
	return value;
}

/* A number alone is seconds, and is kept so that everybody reads it as that. */
static const struct value *
read_duration(const struct field_reading *reading, const char *text)
{
	if (duration_parse(text) < 0) {
		field_reason(reading, "%s is no span of time, such as 90s, 1h30m or 2d",
		    field_quote(reading, text));
		return NULL;
	}
	if (text[strspn(text, "0123456789")] != '\0')
		return value_string(reading->arena, text);
	return value_string(reading->arena, arena_printf(reading->arena, "%ss", text));
}

static const struct value *
read_user(const struct field_reading *reading, const char *text)
{
	struct strbuf why = STRBUF_INIT;
	int result;

	if (*text == '@')
		result = fail(&why, "it is a group, not a user");
	else
		result = user_name_check(text, &why);
	if (result == 0 && reading->machine != NULL && reading->machine->check_user != NULL)
		result = reading->machine->check_user(reading->machine->context, text, &why);
	if (result != 0)
		field_reason(reading, "%s: %s", field_quote(reading, text), why.buf);
	strbuf_release(&why);
	return result == 0 ? value_string(reading->arena, text) : NULL;
}

/* What is typed may have spaces around it. */
static const char *
trimmed(struct arena *arena, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return arena_strndup(arena, text, len);
}

static const struct value *
read_type(const struct field_reading *reading, const struct value *given)
{
	static const struct {
		const struct value *(*read)(const struct field_reading *, const char *text);
		enum value_type also; /* that a document can have for it, beside text */
	} readers[] = {
	    [FIELD_WHOLE] = {read_whole, VALUE_NUMBER},
	    [FIELD_NUMBER] = {read_number, VALUE_NUMBER},
	    [FIELD_TRUTH] = {read_truth, VALUE_BOOLEAN},
	    [FIELD_DATE] = {read_date, VALUE_STRING},
	    [FIELD_DATETIME] = {read_datetime, VALUE_STRING},
	    [FIELD_DURATION] = {read_duration, VALUE_NUMBER},
	    [FIELD_USER] = {read_user, VALUE_STRING},
	};
	enum field_type type = reading->field->type;

	if (given->type != VALUE_STRING && given->type != readers[type].also) {
		field_reason(reading, "%s %s takes no %s", type == FIELD_WHOLE ? "an" : "a",
		    field_type_name(type), value_type_name(given->type));
		return NULL;
	}
	if (given->type == VALUE_BOOLEAN)
		return given;
	return readers[type].read(reading, trimmed(reading->arena, given->text));
}

/* ---- limits */

static int64_t
time_of(const char *text)
{
	struct datetime when;

	return datetime_parse(text, &when) == 0 ? datetime_ms(&when) : 0;
}

int
field_compare(enum field_type type, const struct value *a, const struct value *b)
{
	int64_t first, second;

	switch (type) {
	case FIELD_WHOLE:
	case FIELD_NUMBER:
		return number_compare(a->text, b->text);
	case FIELD_DATETIME:
		first = time_of(a->text);
		second = time_of(b->text);
		break;
	case FIELD_DURATION:
		first = duration_parse(a->text);
		second = duration_parse(b->text);
		break;
	default: /* a date: its text is in its order */
		return strcmp(a->text, b->text);
	}
	return (first > second) - (first < second);
}

/* Whether it is of a calendar: "before" and "after", not "less" and "more". */
static bool
is_calendar(enum field_type type)
{
	return type == FIELD_DATE || type == FIELD_DATETIME;
}

static int
check_limits(const struct field_reading *reading, const struct value *value)
{
	const struct field *field = reading->field;
	int ret = 0;

	if (!field_type_has_order(field->type))
		return 0;
	if (field->min != NULL && field_compare(field->type, value, field->min) < 0)
		ret = field_reason(reading, "%s is %s the minimum, %s",
		    field_quote(reading, value->text),
		    is_calendar(field->type) ? "before" : "less than", field->min->text);
	if (field->max != NULL && field_compare(field->type, value, field->max) > 0)
		ret = field_reason(reading, "%s is %s the maximum, %s",
		    field_quote(reading, value->text),
		    is_calendar(field->type) ? "after" : "more than", field->max->text);
	return ret;
}

const struct value *
field_read_typed(const struct field_reading *reading, const struct value *given)
{
	const struct value *value = read_type(reading, given);

	return value == NULL || check_limits(reading, value) != 0 ? NULL : value;
}
