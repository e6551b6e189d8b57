/* SPDX-License-Identifier: ISC */
#include "base/redact/patterns.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/json/json.h"
#include "base/redact/notations.h"
#include "base/utf8.h"

#define LEVELS 3 /* how deep parts of parts are looked for; each costs as much as the secret */

static const uint32_t min_bytes[PATTERN_KINDS] = {
    [PATTERN_WHOLE] = PATTERN_WHOLE_MIN,
    [PATTERN_PART] = PATTERN_PART_MIN,
    [PATTERN_KNOWN] = PATTERN_WHOLE_MIN,
};

static void
free_bytes(void *bytes, size_t size)
{
	explicit_bzero(bytes, size);
	free(bytes);
}

/* ---- the forms of one text */

static void
add_pattern(struct patterns *patterns, const void *text, size_t len, enum pattern_kind kind)
{
	const unsigned char *bytes = text;
	struct pattern pattern = {.kind = kind};
	bool after_cr = false;

	if (len < min_bytes[kind])
		return;
	pattern.text = xmalloc(len);
	for (size_t i = 0; i < len; i++) {
		int byte = pattern_plain(bytes[i], &after_cr);

		if (byte >= 0)
			pattern.text[pattern.len++] = (unsigned char)byte;
	}
	if (pattern.len < min_bytes[kind]) {
		free_bytes(pattern.text, len);
		return;
	}
	ALLOC_GROW(patterns->array, patterns->count, patterns->capacity);
	patterns->array[patterns->count++] = pattern;
}

/* Adds the text, and what is left of it without the escapes that it may have itself. */
static void
add_forms(struct patterns *patterns, const void *text, size_t len, enum pattern_kind kind)
{
	size_t reduced_len;
	unsigned char *reduced = notation_reduce(text, len, &reduced_len);

	add_pattern(patterns, text, len, kind);
	if (reduced_len != len)
		add_pattern(patterns, reduced, reduced_len, kind);
	free_bytes(reduced, reduced_len);
}

/*
 * Adds the text in Latin-1, as far as it can be, and what comes of one in UTF-8 that is taken for
 * Latin-1.
 */
static void
add_latin1(struct patterns *patterns, const char *text, size_t len, enum pattern_kind kind)
{
	unsigned char *latin1 = xmalloc(len + 1), *twice = xmalloc(2 * len + 1);
	size_t latin1_len = 0, twice_len = 0, used;

	for (size_t i = 0; i < len; i += used) {
		long code_point = utf8_decode(text + i, len - i, &used);

		if (code_point >= 0x80 && code_point < 0x100) {
			latin1[latin1_len++] = (unsigned char)code_point;
		} else {
			memcpy(latin1 + latin1_len, text + i, used);
			latin1_len += used;
		}
	}
	for (size_t i = 0; i < len; i++) {
		char bytes[4];
		size_t count = utf8_put(bytes, (unsigned char)text[i]);

		memcpy(twice + twice_len, bytes, count);
		twice_len += count;
	}
	if (twice_len > len) {
		add_forms(patterns, latin1, latin1_len, kind);
		add_forms(patterns, twice, twice_len, kind);
	}
	free_bytes(latin1, len + 1);
	free_bytes(twice, 2 * len + 1);
}

static void
add_text(struct patterns *patterns, const char *text, size_t len, enum pattern_kind kind)
{
	if (len < min_bytes[kind])
		return;
	add_forms(patterns, text, len, kind);
	add_latin1(patterns, text, len, kind);
}

/* ---- parts */

static void add_parts(struct patterns *, const char *text, size_t len, int levels);

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
add_lines(struct patterns *patterns, const char *text, size_t len)
{
	const char *end = text + len;

	if (memchr(text, '\n', len) == NULL && memchr(text, '\r', len) == NULL)
		return;
	while (text < end) {
		const char *line = text, *line_end;

		while (text < end && *text != '\n' && *text != '\r')
			text++;
		line_end = text++;
		while (line < line_end && is_blank(*line))
			line++;
		while (line < line_end && is_blank(line_end[-1]))
			line_end--;
		add_text(patterns, line, (size_t)(line_end - line), PATTERN_PART);
	}
}

/*
 * Decodes the string of JSON that begins behind the quote at text, into out.  Returns how many
 * bytes it takes with the quote at its end, or all that there are.
 */
static size_t
read_string(const char *text, size_t len, char *out, size_t *out_len)
{
	size_t at = 0, used;

	*out_len = 0;
	while (at < len && text[at] != '"') {
		long code_point =
		    text[at] == '\\' ? json_read_escape(text + at, len - at, &used) : -1;

		if (code_point >= 0) {
			*out_len += utf8_put(out + *out_len, (unsigned long)code_point);
			at += used;
		} else {
			out[(*out_len)++] = text[at++];
		}
	}
	return at < len ? at + 1 : len;
}

/* Adds the strings of a list or map of JSON; whether all of it is JSON does not matter. */
static void
add_strings(struct patterns *patterns, const char *text, size_t len, int levels)
{
	size_t at = 0, string_len;
	char *string;

	while (at < len && is_blank(text[at]))
		at++;
	if (at == len || (text[at] != '{' && text[at] != '['))
		return;
	string = xmalloc(len);
	while (at < len) {
		if (text[at++] != '"')
			continue;
		at += read_string(text + at, len - at, string, &string_len);
		while (at < len && is_blank(text[at]))
			at++;
		if (at < len && text[at] == ':')
			continue;
		add_text(patterns, string, string_len, PATTERN_PART);
		add_parts(patterns, string, string_len, levels);
	}
	free_bytes(string, len);
}

/* Whether it has no control bytes. */
static bool
is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return utf8_valid(text, len);
}

/* Adds what credentials for Basic stand for, with the name of the scheme before them or not. */
static void
add_pair(struct patterns *patterns, const char *text, size_t len, int levels)
{
	static const char scheme[] = "Basic ";
	char *pair = xmalloc(len + 1), *password;
	size_t pair_len;

	if (len > strlen(scheme) && strncasecmp(text, scheme, strlen(scheme)) == 0) {
		text += strlen(scheme);
		len -= strlen(scheme);
	}
	pair_len = notation_base64(text, len, (unsigned char *)pair);
	password = memchr(pair, ':', pair_len);
	if (password != NULL && is_text(pair, pair_len)) {
		size_t password_len = pair_len - (size_t)(++password - pair);

		add_text(patterns, pair, pair_len, PATTERN_WHOLE);
		if (password_len >= PATTERN_PART_MIN)
			add_text(patterns, password, password_len, PATTERN_WHOLE);
		add_parts(patterns, pair, pair_len, levels);
	}
	free_bytes(pair, len + 1);
}

/* Adds the parts of a text, and so many levels of parts of these. */
static void
add_parts(struct patterns *patterns, const char *text, size_t len, int levels)
{
	if (levels == 0 || len < PATTERN_PART_MIN)
		return;
	add_lines(patterns, text, len);
	add_strings(patterns, text, len, levels - 1);
	add_pair(patterns, text, len, levels - 1);
}

/* ---- all of it */

void
patterns_add_secret(struct patterns *patterns, const char *secret, size_t len)
{
	add_text(patterns, secret, len, PATTERN_WHOLE);
	add_parts(patterns, secret, len, LEVELS);
}

void
patterns_add_known(struct patterns *patterns, const char *text, size_t len)
{
	add_text(patterns, text, len, PATTERN_KNOWN);
}

void
patterns_release(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		free_bytes(patterns->array[i].text, patterns->array[i].len);
	free(patterns->array);
	*patterns = (struct patterns){0};
}
