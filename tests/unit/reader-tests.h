/* SPDX-License-Identifier: ISC */
/* What the tests of both readers, JSON and YAML, have in common; each sets read_with. */
#ifndef READER_TESTS_H
#define READER_TESTS_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A text that may have a NUL inside. */
#define TEXT(literal) literal, sizeof(literal) - 1

struct example {
	const char *text;
	size_t len;
	const char *result; /* as JSON, or the error */
};

/* json_parse() or yaml_read(), defined by who includes this. */
static int (*const read_with)(struct arena *, const char *name, const char *text, size_t len,
    struct value **out, struct strbuf *err);

static struct arena arena;
static struct strbuf err = STRBUF_INIT;

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	strbuf_release(&err);
	return 0;
}

/* Reads a copy of exactly that size, so that a sanitizer notices a read past its end. */
static int
read_text(const char *name, const char *text, size_t len, struct value **out)
{
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	assert_non_null(copy);
	memcpy(copy, text, len);
	strbuf_reset(&err);
	result = read_with(&arena, name, copy, len, out, &err);
	free(copy);
	return result;
}

static void
check_accepted(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct strbuf written = STRBUF_INIT;
		struct json_writer writer;
		struct value *value = NULL;

		read_text(NULL, examples[i].text, examples[i].len, &value);
		assert_string_equal(err.buf, "");
		json_writer_init(&writer, &written);
		json_value(&writer, value);
		assert_string_equal(written.buf, examples[i].result);
		strbuf_release(&written);
	}
}

static void
check_refused(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct value *value = NULL;
		int result = read_text(NULL, examples[i].text, examples[i].len, &value);

		assert_string_equal(err.buf, examples[i].result);
		assert_int_equal(result, -1);
		assert_null(value);
	}
}

/* Replaces the text by count times the first, then the middle, then count times the last. */
static void
nest(struct strbuf *text, size_t count, const char *first, const char *middle, const char *last)
{
	strbuf_reset(text);
	for (size_t i = 0; i < count; i++)
		strbuf_addstr(text, first);
	strbuf_addstr(text, middle);
	for (size_t i = 0; i < count; i++)
		strbuf_addstr(text, last);
}

#endif
