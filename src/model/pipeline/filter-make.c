/* SPDX-License-Identifier: ISC */
#include "model/pipeline/filter-make.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

#define SPACES " \t\r\n\v\f"
/* Of the last year that a time stamp can have. */
#define LAST_SECOND INT64_C(253402300799)

bool
filter_is_empty(const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		return true;
	case VALUE_STRING:
		return *value->text == '\0';
	case VALUE_LIST:
	case VALUE_MAP:
		return value->count == 0;
	case VALUE_BOOLEAN:
	case VALUE_NUMBER:
		break;
	}
	return false;
}

/* The text of a single value, null being an empty one; NULL with err: it is a list or a map. */
static const char *
text_of(const struct value *value, struct strbuf *err)
{
	switch (value->type) {
	case VALUE_NULL:
		return "";
	case VALUE_BOOLEAN:
		return value->boolean ? "true" : "false";
	case VALUE_NUMBER:
	case VALUE_STRING:
		return value->text;
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	fail(err, "takes text, not a %s ('json' makes one of it%s)", value_type_name(value->type),
	    value->type == VALUE_LIST ? ", and so does 'join'" : "");
	return NULL;
}

static const struct value *
take_text(struct arena *arena, struct strbuf *text)
{
	const struct value *value = value_string(arena, text->buf);

	explicit_bzero(text->buf, text->len); /* it may be made of a secret */
	strbuf_release(text);
	return value;
}

const struct value *
filter_none(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	(void)arena;
	(void)argument;
	(void)err;
	return value;
}

/* ---- of text */

/* Adds shift to each letter of ASCII from first to last. */
static const struct value *
shift_letters(struct arena *arena, const struct value *value, char first, char last, int shift,
    struct strbuf *err)
{
	const char *text = text_of(value, err);
	char *copy;

	if (text == NULL)
		return NULL;
	copy = arena_strdup(arena, text);
	for (char *p = copy; *p != '\0'; p++) {
		if (*p >= first && *p <= last)
			*p = (char)(*p + shift);
	}
	return value_string(arena, copy);
}

const struct value *
filter_lower(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	(void)argument;
	return shift_letters(arena, value, 'A', 'Z', 'a' - 'A', err);
}

const struct value *
filter_upper(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	(void)argument;
	return shift_letters(arena, value, 'a', 'z', 'A' - 'a', err);
}

const struct value *
filter_trim(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	const char *text = text_of(value, err);
	size_t len;

	(void)argument;
	if (text == NULL)
		return NULL;
	text += strspn(text, SPACES);
	len = strlen(text);
	while (len > 0 && strchr(SPACES, text[len - 1]) != NULL)
		len--;
	return value_string(arena, arena_strndup(arena, text, len));
}

/* What is behind the last slash that is not at the end. */
const struct value *
filter_basename(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	const char *text = text_of(value, err);
	size_t end, start;

	(void)argument;
	if (text == NULL)
		return NULL;
	end = strlen(text);
	while (end > 0 && text[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && text[start - 1] != '/')
		start--;
	return value_string(arena, arena_strndup(arena, text + start, end - start));
}

const struct value *
filter_base64(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	const char *text = text_of(value, err);
	struct strbuf out = STRBUF_INIT;

	(void)argument;
	if (text == NULL)
		return NULL;
	encode_base64(&out, text, strlen(text));
	return take_text(arena, &out);
}

const struct value *
filter_base64url(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	const char *text = text_of(value, err);
	struct strbuf out = STRBUF_INIT;

	(void)argument;
	if (text == NULL)
		return NULL;
	encode_base64url(&out, text, strlen(text));
	return take_text(arena, &out);
}

const struct value *
filter_urlencode(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	const char *text = text_of(value, err);
	struct strbuf out = STRBUF_INIT;

	(void)argument;
	if (text == NULL)
		return NULL;
	encode_percent(&out, text);
	return take_text(arena, &out);
}

/* ---- of anything */

const struct value *
filter_default(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	(void)err;
	return filter_is_empty(value) ? value_string(arena, argument) : value;
}

const struct value *
filter_join(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	struct strbuf out = STRBUF_INIT;

	if (value->type == VALUE_MAP) {
		fail(err, "takes a list, not a map");
		return NULL;
	}
	for (size_t i = 0; value->type == VALUE_LIST && i < value->count; i++) {
		const struct value *item = value->items[i];
		struct json_writer writer;

		strbuf_addstr(&out, i == 0 ? "" : argument);
		if (item->type == VALUE_LIST || item->type == VALUE_MAP) {
			json_writer_init(&writer, &out);
			json_value(&writer, item);
		} else {
			strbuf_addstr(&out, text_of(item, err));
		}
	}
	if (value->type != VALUE_LIST)
		strbuf_addstr(&out, text_of(value, err));
	return take_text(arena, &out);
}

const struct value *
filter_json(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	struct strbuf out = STRBUF_INIT;
	struct json_writer writer;

	(void)argument;
	(void)err;
	json_writer_init(&writer, &out);
	json_value(&writer, value);
	return take_text(arena, &out);
}

/* Of a list its items, of a map its members, of anything else the characters of its text. */
const struct value *
filter_length(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	size_t length = value->count;

	(void)argument;
	if (value->type != VALUE_LIST && value->type != VALUE_MAP)
		length = utf8_length(text_of(value, err));
	return value_integer(arena, (int64_t)length);
}

/* ---- of times */

/* A time as text, or the seconds since 1970.  Returns 0, or -1 with err. */
static int
time_of(const struct value *value, int64_t *ms, struct strbuf *err)
{
	int64_t seconds;

	if (value->type == VALUE_STRING && timestamp_read(value->text, ms) == 0)
		return 0;
	if (value->type == VALUE_NUMBER && value_to_integer(value, &seconds) && seconds >= 0 &&
	    seconds <= LAST_SECOND) {
		*ms = seconds * 1000;
		return 0;
	}
	return fail(err,
	    "takes a time, such as 2026-01-31T12:00:00Z, or a whole number of seconds since 1970");
}

const struct value *
filter_epoch(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	int64_t ms, seconds;

	if (time_of(value, &ms, err) != 0)
		return NULL;
	if (argument != NULL && strcmp(argument, "ms") == 0)
		return value_integer(arena, ms);
	seconds = ms / 1000 - (ms % 1000 < 0); /* a fraction before 1970 counts down, too */
	return value_integer(arena, seconds);
}

/* In UTC, without a fraction that is zero. */
const struct value *
filter_rfc3339(
    struct arena *arena, const struct value *value, const char *argument, struct strbuf *err)
{
	char text[TIMESTAMP_SIZE];
	int64_t ms;

	(void)argument;
	if (time_of(value, &ms, err) != 0)
		return NULL;
	timestamp_format(ms, text);
	if (ms % 1000 == 0)
		memcpy(strchr(text, '.'), "Z", sizeof("Z"));
	return value_string(arena, text);
}
