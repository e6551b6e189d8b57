/* SPDX-License-Identifier: ISC */
#include "steps/http-url.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/placeholder.h"

/* Where the authority of "scheme://authority/..." ends; NULL: there is no "://". */
static const char *
authority_end(const char *url)
{
	const char *start = strstr(url, "://");

	return start == NULL ? NULL : start + 3 + strcspn(start + 3, "/?#");
}

/* No placeholder stands in scheme, host and port: who is called is the pipeline's to say. */
static int
check_origin(const char *url, int64_t rules, struct strbuf *err)
{
	const char *end = authority_end(url), *first = url;
	struct piece piece = {.kind = PIECE_TEXT, .next = url};

	while (end != NULL && piece.kind == PIECE_TEXT) {
		first = piece.next;
		placeholder_scan(piece.next, rules, &piece);
	}
	if (end == NULL || (piece.kind != PIECE_END && first < end))
		return fail(err, "a placeholder cannot stand in the scheme, host or port of a URL");
	return 0;
}

/* A URL while it is filled in: where its present path segment began, and with what. */
struct url_state {
	struct strbuf text;
	size_t segment;	     /* where the present segment begins */
	const char *written; /* where it begins in the text with the placeholders */
	bool in_path;
	bool filled; /* the present segment has a placeholder */
};

/* The segment ends before that place of the text with the placeholders. */
static int
end_segment(struct url_state *state, const char *written_end, struct strbuf *err)
{
	const char *segment = state->text.buf + state->segment;
	size_t len = state->text.len - state->segment;
	int written_len = (int)(written_end - state->written);

	if (!state->in_path || !state->filled)
		return 0;
	state->filled = false;
	if (len == 0)
		return fail(err, "'%.*s' would make a path segment of the URL empty", written_len,
		    state->written);
	if (http_segment_moves(segment, len))
		return fail(err,
		    "'%.*s' would make a path segment of the URL lead to another place: a part of it "
		    "is '.', '..' or begins with '..;'",
		    written_len, state->written);
	return 0;
}

static int
add_literal(struct url_state *state, const struct piece *piece, struct strbuf *err)
{
	for (size_t i = 0; i < piece->len; i++) {
		const char *at = piece->start + i;

		if (state->in_path && strchr("/?#", *at) != NULL) {
			if (end_segment(state, at, err) != 0)
				return -1;
			state->in_path = *at == '/';
			state->segment = state->text.len + 1;
			state->written = at + 1;
		}
		strbuf_addch(&state->text, *at);
	}
	return 0;
}

void
url_add_encoded(struct strbuf *out, const struct value *value)
{
	struct strbuf plain = STRBUF_INIT;

	placeholder_add_text(&plain, value);
	http_url_add_encoded(out, plain.buf);
	strbuf_release(&plain);
}

/* Adds a value whose slashes separate segments. */
static int
add_path(struct url_state *state, const struct piece *piece, char *value, struct strbuf *err)
{
	char *slash;

	while ((slash = strchr(value, '/')) != NULL) {
		*slash = '\0';
		http_url_add_encoded(&state->text, value);
		state->filled = true;
		if (end_segment(state, piece->next, err) != 0)
			return -1;
		strbuf_addch(&state->text, '/');
		state->segment = state->text.len;
		value = slash + 1;
	}
	http_url_add_encoded(&state->text, value);
	state->filled = true;
	return 0;
}

static int
add_placeholder(const struct parameter_filling *filling, struct url_state *state,
    const struct piece *piece, struct strbuf *err)
{
	unsigned places = PLACE_TEXT | (state->in_path ? PLACE_URL_PATH : 0);
	const char *filters = placeholder_filters(filling->arena, piece);
	struct strbuf plain = STRBUF_INIT;
	const struct value *value;
	int ret = 0;

	value = placeholder_piece_value(filling->arena, piece, filling->scope, places, NULL, err);
	if (value == NULL)
		return -1;
	if (filters_have(filters, FILTER_PATH)) {
		placeholder_add_text(&plain, value);
		ret = add_path(state, piece, plain.buf, err);
	} else {
		url_add_encoded(&state->text, value);
		state->filled = true;
	}
	strbuf_release(&plain);
	return ret;
}

static int
fill_path(const struct parameter_filling *filling, struct url_state *state, const char *rest,
    struct strbuf *err)
{
	struct piece piece = {.next = rest};
	int ret = 0;

	while (ret == 0) {
		placeholder_scan(piece.next, filling->scope->rules, &piece);
		if (piece.kind == PIECE_END)
			return end_segment(state, piece.next, err);
		if (piece.kind == PIECE_MALFORMED)
			return fail(err, "malformed placeholder");
		if (piece.kind == PIECE_TEXT)
			ret = add_literal(state, &piece, err);
		else
			ret = add_placeholder(filling, state, &piece, err);
	}
	return ret;
}

/*
 * What is put in is percent-encoded (RFC 3986, all but unreserved), so that it stays within its
 * path segment, query value or fragment.  A segment with a placeholder that ends up empty, or that
 * moves to whoever decodes it, is refused: it would name another resource.
 */
static int
fill_url(const struct parameter_filling *filling, const struct value *url, struct value **out,
    struct strbuf *err)
{
	const char *end = authority_end(url->text);
	struct url_state state = {.text = STRBUF_INIT, .written = end, .in_path = true};
	int ret = check_origin(url->text, filling->scope->rules, err);

	if (ret == 0) {
		strbuf_add(&state.text, url->text, (size_t)(end - url->text));
		state.segment = state.text.len;
		ret = fill_path(filling, &state, end, err);
	}
	if (ret == 0)
		*out = value_string(filling->arena, state.text.buf);
	strbuf_release(&state.text);
	return ret;
}

static void
check_url(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	(void)field;
	parameter_check_text(check, value, http_url_check);
}

static const struct value *
look_up_letter(void *context, const char *name, struct strbuf *err)
{
	static const struct value letter = {.type = VALUE_STRING, .text = "x"};

	(void)context;
	(void)name;
	(void)err;
	return &letter;
}

/* As it would be with an "x" for each placeholder. */
static void
check_open_url(const struct parameter_check *check, const struct value *value)
{
	const struct placeholder_scope scope = {
	    .lookup = look_up_letter, .rules = check->rules, .unfiltered = true};
	struct arena arena = ARENA_INIT;
	const struct parameter_filling filling = {.arena = &arena, .scope = &scope};
	struct strbuf err = STRBUF_INIT;
	struct value *url;

	if (fill_url(&filling, value, &url, &err) != 0 || http_url_check(url->text, &err) != 0)
		fault_add(check->faults, value, "%s", err.buf);
	strbuf_release(&err);
	arena_release(&arena);
}

const struct parameter_kind kind_url = {
    .title = "URL",
    .words = "a URL",
    .types = VALUE_BIT(STRING),
    .places = PLACE_URL_PATH,
    .check = check_url,
    .check_open = check_open_url,
    .read = parameter_read_text,
    .fill = fill_url,
};
