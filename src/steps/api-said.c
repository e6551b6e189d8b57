/* SPDX-License-Identifier: ISC */
/*
 * A text is masked as a whole, and once more when it was taken out of what it was escaped in, both
 * before it is cut: a part of a secret would not be known any more.
 */
#include "steps/api-said.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json/json-pick.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "http/http.h"
#include "steps/api-outputs.h"
#include "steps/executor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOM	     "\xef\xbb\xbf"
#define REPLACEMENT  0xfffd

#define MEMBER_SHOWN   500  /* characters of what a member says */
#define TEXT_SHOWN     200  /* of how a text begins */
#define TEXT_LOOKED_AT 4096 /* bytes, to tell it from what is no text */
#define HEADING_WORDS  3
#define LEVELS	       5 /* that it looks into; each costs three times as much as the one above */

/* ---- one line */

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Appends the first characters, with a space for all that is blank; false: there are more. */
static bool
fold(struct strbuf *out, const char *text, size_t characters)
{
	size_t used, left = strlen(text), count = 0;
	bool blank = false;

	for (; left > 0; text += used, left -= used) {
		used = 1;
		if (is_blank(*text)) {
			blank = out->len > 0;
			continue;
		}
		if (count + blank >= characters)
			return false;
		if (blank)
			strbuf_addch(out, ' ');
		if (utf8_decode(text, left, &used) < 0)
			utf8_encode(out, REPLACEMENT); /* it becomes a string of an event */
		else
			strbuf_add(out, text, used);
		count += 1 + blank;
		blank = false;
	}
	return true;
}

static bool
has_word(const char *text)
{
	while (*text != '\0' && !isalnum((unsigned char)*text) && (unsigned char)*text < 0x80)
		text++;
	return *text != '\0';
}

/* The beginning of a text as one line.  NULL: it has no words. */
static const char *
one_line(struct arena *arena, const char *text, size_t characters)
{
	struct strbuf folded = STRBUF_INIT;
	const char *line = NULL;
	bool all = fold(&folded, text, characters);

	if (has_word(folded.buf))
		line = arena_printf(arena, "%s%s", folded.buf, all ? "" : "...");
	strbuf_release(&folded);
	return line;
}

/* The first line that is not blank of what was taken out of a body. */
static const char *
first_line(const struct step_run *run, const char *text)
{
	const char *masked = step_run_masked(run, text);

	while (is_blank(*masked))
		masked++;
	masked = arena_strndup(run->arena, masked, strcspn(masked, "\n\v\f\r"));
	return one_line(run->arena, masked, MEMBER_SHOWN);
}

/* ---- JSON */

/* Where APIs say what is wrong.  What comes first counts; a heading may need what explains it. */
static const struct member {
	const char *name;
	bool heads;
	bool explains;
} members[] = {
    {"error", .heads = true},
    {"message", .heads = true, .explains = true},
    {"detail", .explains = true},
    {"title", .heads = true},
    {"error_description", .explains = true},
    {"error_message", .explains = true},
    {"errorMessage", .explains = true},
    {"errorMessages", .explains = true},
    {"errors", .explains = true},
    {"details", .explains = true},
    {"reason", .explains = true},
    {"description", .explains = true},
    {"msg", .explains = true},
    {"value", .explains = true},
    {"Error", .heads = true},
    {"Message", .explains = true},
};

static const char *said_by(const struct step_run *, const struct value *, unsigned levels);

/* Whether a text is so short that it is rather a code, or a title, than an explanation. */
static bool
is_heading(const char *text)
{
	size_t words = 1;

	for (; *text != '\0'; text++)
		words += *text == ' ';
	return words <= HEADING_WORDS;
}

/* What explains a heading, in the members behind the one that says it; NULL: nothing does. */
static const char *
explanation(const struct step_run *run, const struct value *map, size_t heading, const char *text,
    unsigned levels)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *more = NULL;

		if (members[i].explains && i != heading)
			more = said_by(run, value_map_get(map, members[i].name), levels);
		if (more != NULL && strcmp(more, text) != 0)
			return more;
	}
	return NULL;
}

/* Of a map whose members nobody knows, such as that of a form: "name: is missing". */
static const char *
said_by_first(const struct step_run *run, const struct value *map, unsigned levels)
{
	for (size_t i = 0; i < map->count; i++) {
		const char *text = said_by(run, map->pairs[i].value, levels);

		if (text != NULL)
			return first_line(
			    run, arena_printf(run->arena, "%s: %s", map->pairs[i].key->text, text));
	}
	return NULL;
}

/* NULL: none of its members is known, or says anything. */
static const char *
said_by_members(const struct step_run *run, const struct value *map, unsigned levels)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *text = said_by(run, value_map_get(map, members[i].name), levels), *more;

		if (text == NULL)
			continue;
		more = members[i].heads && is_heading(text) ? explanation(run, map, i, text, levels)
							    : NULL;
		if (more == NULL)
			return text;
		return first_line(run, arena_printf(run->arena, "%s: %s", text, more));
	}
	return NULL;
}

/* levels: how deep it looks into lists and maps. */
static const char *
said_by(const struct step_run *run, const struct value *value, unsigned levels)
{
	const char *text = NULL;

	if (value == NULL || levels == 0)
		return NULL;
	levels--;
	if (value->type == VALUE_STRING)
		return first_line(run, value->text);
	if (value->type == VALUE_MAP) {
		text = said_by_members(run, value, levels);
		return text != NULL ? text : said_by_first(run, value, levels);
	}
	for (size_t i = 0; value->type == VALUE_LIST && i < value->count && text == NULL; i++)
		text = said_by(run, value->items[i], levels);
	return text;
}

/* What the members say that are in the root, or in the first item of a list. */
static const char *
said_in_json(const struct step_run *run, const struct strbuf *body)
{
	struct value *map = value_new(run->arena, VALUE_MAP);
	struct json_pick picks[COUNT(members) + 1] = {{.pointer = "/0"}};

	for (size_t i = 0; i < COUNT(members); i++)
		picks[i + 1].pointer = arena_printf(run->arena, "/%s", members[i].name);
	if (json_pick(run->arena, body->buf, body->len, picks, COUNT(picks), NULL) != JSON_PICKED)
		return NULL;
	for (size_t i = 0; i < COUNT(members); i++) {
		if (picks[i + 1].value != NULL)
			value_map_add(run->arena, map, value_string(run->arena, members[i].name),
			    picks[i + 1].value);
	}
	return map->count > 0 ? said_by_members(run, map, LEVELS)
			      : said_by(run, picks[0].value, LEVELS);
}

/* ---- markup */

/* Appends a text of HTML or XML, in which an entity stands for a character. */
static void
add_decoded(struct strbuf *out, const char *text, size_t len)
{
	static const char *const entities[][2] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"},
	    {"&quot;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}, {"&nbsp;", " "}};
	size_t used;

	for (; len > 0; text += used, len -= used) {
		const char *character = NULL;

		for (size_t i = 0; i < COUNT(entities) && *text == '&' && character == NULL; i++) {
			used = strlen(entities[i][0]);
			if (len >= used && memcmp(text, entities[i][0], used) == 0)
				character = entities[i][1];
		}
		if (character == NULL)
			used = 1;
		strbuf_add(out, character == NULL ? text : character, 1);
	}
}

static const char *
title_of(const struct step_run *run, const char *page)
{
	const char *start = strcasestr(page, "<title"), *end, *title = NULL;
	struct strbuf text = STRBUF_INIT;

	start = start == NULL ? NULL : strchr(start, '>');
	end = start == NULL ? NULL : strchr(start, '<');
	if (end != NULL) {
		add_decoded(&text, start + 1, (size_t)(end - start) - 1);
		title = one_line(run->arena, step_run_masked(run, text.buf), TEXT_SHOWN);
	}
	strbuf_release(&text);
	return title;
}

/* The text of a document without its tags. */
static const char *
text_of(const struct step_run *run, const char *document)
{
	struct strbuf text = STRBUF_INIT;
	const char *line;

	while (*document != '\0') {
		size_t len = strcspn(document, "<");

		add_decoded(&text, document, len);
		strbuf_addch(&text, ' ');
		document += len;
		document += strcspn(document, ">");
		document += *document == '>';
	}
	line = one_line(run->arena, step_run_masked(run, text.buf), TEXT_SHOWN);
	strbuf_release(&text);
	return line;
}

/* ---- all of it */

/* Whether the text has no control characters but those that texts have. */
static bool
is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < TEXT_LOOKED_AT; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte < 0x20 && !is_blank(text[i]) && byte != 0x1b) || byte == 0x7f)
			return false;
	}
	return true;
}

static bool
is_html(const char *headers, const char *text)
{
	const char *type = strcasestr(headers, "\ncontent-type:");
	const char *html = type == NULL ? NULL : strcasestr(type, "html");

	if (html != NULL && html < type + 1 + strcspn(type + 1, "\r\n"))
		return true;
	return strncasecmp(text, "<!doctype html", 14) == 0 || strncasecmp(text, "<html", 5) == 0;
}

const char *
api_said(const struct step_run *run, const struct http_response *response)
{
	struct strbuf body = STRBUF_INIT;
	const char *said = NULL, *text;

	redactor_apply(run->redactor, response->body.buf, api_body_whole(run, response), &body);
	text = body.buf + (strncmp(body.buf, BOM, strlen(BOM)) == 0 ? strlen(BOM) : 0);
	while (is_blank(*text))
		text++;
	if (*text == '{' || *text == '[')
		said = said_in_json(run, &body);
	if (said == NULL && is_text(body.buf, body.len)) {
		if (is_html(response->headers.buf, text))
			said = title_of(run, text);
		else if (*text == '<')
			said = text_of(run, text);
		else
			said = one_line(run->arena, text, TEXT_SHOWN);
	}
	strbuf_release(&body);
	return said;
}
