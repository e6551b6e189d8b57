/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/placeholder-scan.h"

void
url_add_encoded(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char ch = (unsigned char)*text;

		if (isalnum(ch) || strchr("-._~", ch) != NULL)
			strbuf_addch(out, *text);
		else
			strbuf_addf(out, "%%%02X", ch);
	}
}

/* Where the authority of "scheme://authority/..." ends; NULL: there is no "://". */
static const char *
authority_end(const char *url)
{
	const char *start = strstr(url, "://");

	return start == NULL ? NULL : start + 3 + strcspn(start + 3, "/?#");
}

bool
placeholder_url_origin_fixed(const char *url)
{
	const char *end = authority_end(url);
	const char *first = url;
	struct piece piece = {.next = url};

	if (end == NULL)
		return false;
	for (;;) {
		first = piece.next;
		placeholder_scan(piece.next, &piece);
		if (piece.kind == PIECE_END)
			return true;
		if (piece.kind != PIECE_TEXT)
			return first >= end;
	}
}

/* Whether a path segment is empty, "." or ".." to whoever decodes it. */
static bool
segment_moves(const char *segment, size_t len)
{
	size_t dots = 0;

	for (size_t i = 0; i < len; i++) {
		if (segment[i] == '.') {
			dots++;
		} else if (segment[i] == '%' && len - i > 2 &&
			   number_hex_digit(segment[i + 1]) * 16 +
				   number_hex_digit(segment[i + 2]) ==
			       '.') {
			dots++;
			i += 2;
		} else {
			return false;
		}
	}
	return dots <= 2;
}

/* A URL while it is filled in: where its present path segment began, and with what. */
struct url_state {
	struct strbuf text;
	size_t segment; /* where the present segment begins */
	bool in_path;
	bool filled; /* the present segment has a placeholder */
};

static int
end_segment(struct url_state *state, struct strbuf *err)
{
	if (state->in_path && state->filled &&
	    segment_moves(state->text.buf + state->segment, state->text.len - state->segment))
		return fail(
		    err, "a placeholder would make a path segment of the URL empty, '.' or '..'");
	state->filled = false;
	return 0;
}

static int
add_literal(struct url_state *state, const char *text, size_t len, struct strbuf *err)
{
	for (size_t i = 0; i < len; i++) {
		if (state->in_path && strchr("/?#", text[i]) != NULL) {
			if (end_segment(state, err) != 0)
				return -1;
			state->in_path = text[i] == '/';
			state->segment = state->text.len + 1;
		}
		strbuf_addch(&state->text, text[i]);
	}
	return 0;
}

static int
fill_path(struct arena *arena, struct url_state *state, const char *rest,
    const struct placeholder_scope *scope, struct strbuf *err)
{
	struct piece piece = {.next = rest};
	struct strbuf plain = STRBUF_INIT;
	const struct value *value;

	for (;;) {
		placeholder_scan(piece.next, &piece);
		if (piece.kind == PIECE_END)
			return end_segment(state, err);
		if (piece.kind == PIECE_MALFORMED)
			return fail(err, "malformed placeholder");
		if (piece.kind == PIECE_TEXT) {
			if (add_literal(state, piece.start, piece.len, err) != 0)
				return -1;
			continue;
		}
		value = placeholder_lookup(arena, &piece, scope, err);
		if (value == NULL)
			return -1;
		placeholder_add_text(&plain, value);
		url_add_encoded(&state->text, plain.buf);
		strbuf_release(&plain);
		state->filled = true;
	}
}

int
placeholder_fill_url(struct arena *arena, const char *url, const struct placeholder_scope *scope,
    const char **out, struct strbuf *err)
{
	struct url_state state = {.text = STRBUF_INIT, .in_path = true};
	const char *end = authority_end(url);
	int ret;

	if (!placeholder_url_origin_fixed(url))
		return fail(err, "a placeholder cannot stand in the scheme, host or port of a URL");
	strbuf_add(&state.text, url, (size_t)(end - url));
	state.segment = state.text.len;
	ret = fill_path(arena, &state, end, scope, err);
	if (ret == 0)
		*out = arena_strndup(arena, state.text.buf, state.text.len);
	strbuf_release(&state.text);
	return ret;
}

/* Where the user and password of a proxy end, as the pipeline has them; NULL: it has none. */
static const char *
userinfo_end(const char *proxy)
{
	struct piece piece = {.next = proxy};
	const char *end = NULL;

	do {
		const char *start = piece.next;

		placeholder_scan(start, &piece);
		for (; piece.kind == PIECE_TEXT && start < piece.next; start++) {
			if (*start == '@')
				end = start;
		}
	} while (piece.kind == PIECE_TEXT || piece.kind == PIECE_NAME);
	return end;
}

/* The scope in which it looks, with every value percent-encoded. */
struct encoding {
	const struct placeholder_scope *scope;
	struct arena *arena;
};

static const struct value *
lookup_encoded(void *context, const char *name, struct strbuf *err)
{
	const struct encoding *encoding = context;
	const struct value *value = encoding->scope->lookup(encoding->scope->context, name, err);
	struct strbuf plain = STRBUF_INIT, encoded = STRBUF_INIT;

	if (value == NULL)
		return NULL;
	placeholder_add_text(&plain, value);
	url_add_encoded(&encoded, plain.buf);
	value =
	    value_string(encoding->arena, arena_strndup(encoding->arena, encoded.buf, encoded.len));
	strbuf_release(&plain);
	strbuf_release(&encoded);
	return value;
}

int
placeholder_fill_proxy(struct arena *arena, const struct value *proxy,
    const struct placeholder_scope *scope, struct value **out, struct strbuf *err)
{
	struct encoding encoding = {scope, arena};
	const struct placeholder_scope encoded = {lookup_encoded, &encoding};
	const char *end = userinfo_end(proxy->text), *user, *host;

	if (end == NULL)
		return placeholder_fill(arena, proxy, scope, out, err);
	user = arena_strndup(arena, proxy->text, (size_t)(end - proxy->text));
	if (placeholder_fill_text(arena, user, &encoded, &user, err) != 0 ||
	    placeholder_fill_text(arena, end, scope, &host, err) != 0)
		return -1;
	*out = value_string(arena, arena_printf(arena, "%s%s", user, host));
	return 0;
}
