/* SPDX-License-Identifier: ISC */
#include "steps/http-kinds.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-pointer.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/placeholder.h"

static bool
is_scalar(const struct value *value)
{
	return value->type != VALUE_LIST && value->type != VALUE_MAP;
}

/* ---- methods */

static void
check_method(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	(void)field;
	if (!http_method_known(value->text))
		fault_add(check->faults, value,
		    "unknown method (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)");
}

/* ---- URLs */

/* Where the authority of "scheme://authority/..." ends; NULL: there is no "://". */
static const char *
authority_end(const char *url)
{
	const char *start = strstr(url, "://");

	return start == NULL ? NULL : start + 3 + strcspn(start + 3, "/?#");
}

/* No placeholder stands in scheme, host and port: who is called is the pipeline's to say. */
static int
check_origin(const char *url, struct strbuf *err)
{
	const char *end = authority_end(url), *first = url;
	struct piece piece = {.kind = PIECE_TEXT, .next = url};

	while (end != NULL && piece.kind == PIECE_TEXT) {
		first = piece.next;
		placeholder_scan(piece.next, &piece);
	}
	if (end == NULL || (piece.kind != PIECE_END && first < end))
		return fail(err, "a placeholder cannot stand in the scheme, host or port of a URL");
	return 0;
}

/* Whether a path segment is empty, "." or ".." to whoever decodes it. */
static bool
segment_moves(const char *segment, size_t len)
{
	size_t dots = 0;

	for (size_t i = 0; i < len; i++) {
		if (segment[i] == '.') {
			dots++;
		} else if (len - i > 2 && strncasecmp(segment + i, "%2e", 3) == 0) {
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

static void
add_encoded_value(struct strbuf *out, const struct value *value)
{
	struct strbuf plain = STRBUF_INIT;

	placeholder_add_text(&plain, value);
	http_url_add_encoded(out, plain.buf);
	strbuf_release(&plain);
}

static int
fill_path(const struct parameter_filling *filling, struct url_state *state, const char *rest,
    struct strbuf *err)
{
	struct piece piece = {.next = rest};
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
		value = placeholder_lookup(filling->arena, &piece, filling->scope, err);
		if (value == NULL)
			return -1;
		add_encoded_value(&state->text, value);
		state->filled = true;
	}
}

/*
 * What is put in is percent-encoded (RFC 3986, all but unreserved), so that it stays within its
 * path segment, query value or fragment.  A segment with a placeholder that ends up empty, "." or
 * ".." is refused: it would name another resource.
 */
static int
fill_url(const struct parameter_filling *filling, const struct value *url, struct value **out,
    struct strbuf *err)
{
	struct url_state state = {.text = STRBUF_INIT, .in_path = true};
	const char *end = authority_end(url->text);
	int ret = check_origin(url->text, err);

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
	const struct placeholder_scope scope = {.lookup = look_up_letter};
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const char *url;

	if (check_origin(value->text, &err) != 0 ||
	    (placeholder_fill_text(&arena, value->text, &scope, &url, NULL) == 0 &&
		http_url_check(url, &err) != 0))
		fault_add(check->faults, value, "%s", err.buf);
	strbuf_release(&err);
	arena_release(&arena);
}

/* ---- proxies */

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
static const struct value *
look_up_encoded(void *context, const char *name, struct strbuf *err)
{
	const struct parameter_filling *filling = context;
	const struct placeholder_scope *scope = filling->scope;
	const struct value *value = scope->lookup(scope->context, name, err);
	struct strbuf encoded = STRBUF_INIT;

	if (value == NULL)
		return NULL;
	add_encoded_value(&encoded, value);
	value = value_string(filling->arena, encoded.buf);
	strbuf_release(&encoded);
	return value;
}

/*
 * What is put in before its "@" is percent-encoded, so that a user or a password may have any
 * character.
 */
static int
fill_proxy(const struct parameter_filling *filling, const struct value *proxy, struct value **out,
    struct strbuf *err)
{
	struct parameter_filling inner = *filling;
	const struct placeholder_scope encoded = {look_up_encoded, &inner, false};
	struct arena *arena = filling->arena;
	const char *end = userinfo_end(proxy->text), *user, *host;

	if (end == NULL)
		return placeholder_fill(arena, proxy, filling->scope, out, err);
	user = arena_strndup(arena, proxy->text, (size_t)(end - proxy->text));
	if (placeholder_fill_text(arena, user, &encoded, &user, err) != 0 ||
	    placeholder_fill_text(arena, end, filling->scope, &host, err) != 0)
		return -1;
	*out = value_string(arena, arena_printf(arena, "%s%s", user, host));
	return 0;
}

static void
check_proxy(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct http_proxy proxy;

	(void)field;
	if (http_proxy_parse(&arena, value->text, &proxy, &err) != 0)
		fault_add(check->faults, value, "%s", err.buf);
	strbuf_release(&err);
	arena_release(&arena);
}

static bool
read_proxy(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	(void)field;
	return http_proxy_parse(arena, value->text, at, NULL) == 0;
}

/* ---- headers and queries */

/* HTTP does not tell the case of a header's name. */
static void
check_repeated_headers(const struct parameter_check *check, const struct value *map)
{
	struct arena arena = ARENA_INIT;
	struct name_map seen = {0};

	for (size_t i = 0; i < map->count; i++) {
		const struct value *key = map->pairs[i].key;
		char *folded = arena_strdup(&arena, key->text);

		for (char *p = folded; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
		if (!parameter_is_open(check, key) && !name_map_add(&arena, &seen, folded, i))
			fault_add(check->faults, key,
			    "the header '%s' is there twice: its case makes no difference",
			    key->text);
	}
	arena_release(&arena);
}

static void
check_headers(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	(void)field;
	check_repeated_headers(check, map);
	for (size_t i = 0; i < map->count; i++) {
		const struct value_pair *pair = &map->pairs[i];

		parameter_check_text(check, pair->key, http_header_name_check);
		if (!is_scalar(pair->value))
			fault_add(check->faults, pair->value,
			    "the value of a header must be text, not a %s",
			    value_type_name(pair->value->type));
		else if (pair->value->type == VALUE_STRING)
			parameter_check_text(check, pair->value, http_header_value_check);
	}
}

static void
check_query(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	(void)field;
	for (size_t i = 0; i < map->count; i++) {
		const struct value *item = map->pairs[i].value;

		if (item->type == VALUE_MAP)
			fault_add(
			    check->faults, item, "a query value must be text or a list, not a map");
		for (size_t j = 0; item->type == VALUE_LIST && j < item->count; j++) {
			if (!is_scalar(item->items[j]))
				fault_add(check->faults, item->items[j],
				    "a query value in a list must be text");
		}
	}
}

/* ---- statuses */

/* Three digits; -1: they are not. */
static int
read_status(const char *text)
{
	for (size_t i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
	}
	return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/* Reads "200", "2xx" or "200-299" into the range it stands for. */
static bool
read_pattern(const struct value *pattern, int *first, int *last)
{
	const char *text = pattern->text;
	size_t len;

	if (pattern->type != VALUE_NUMBER && pattern->type != VALUE_STRING)
		return false;
	len = strlen(text);
	if (len == 3 && isdigit((unsigned char)text[0]) && strcmp(text + 1, "xx") == 0) {
		*first = (text[0] - '0') * 100;
		*last = *first + 99;
	} else if (len == 3) {
		*first = *last = read_status(text);
	} else if (len == 7 && text[3] == '-') {
		*first = read_status(text);
		*last = read_status(text + 4);
	} else {
		return false;
	}
	return *first >= 100 && *last <= 599 && *first <= *last;
}

static void
check_statuses(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *list)
{
	int first, last;

	if (parameter_item_count(list) == 0)
		fault_add(check->faults, list, "'%s' is empty: no status could complete the step",
		    field->name);
	for (size_t i = 0; i < parameter_item_count(list); i++) {
		const struct value *item = parameter_item(list, i);

		if (!parameter_is_open(check, item) && !read_pattern(item, &first, &last))
			fault_add(check->faults, item,
			    "not an HTTP status: write 204, \"2xx\" or \"200-204\"");
	}
}

bool
status_pattern_valid(const struct value *pattern)
{
	int first, last;

	return read_pattern(pattern, &first, &last);
}

bool
status_list_has(const struct value *list, int status)
{
	int first, last;

	for (size_t i = 0; i < list->count; i++) {
		if (read_pattern(list->items[i], &first, &last) && status >= first &&
		    status <= last)
			return true;
	}
	return false;
}

/* ---- outputs */

static void
check_pointers(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *map)
{
	struct faults *faults = check->faults;

	(void)field;
	for (size_t i = 0; i < map->count; i++) {
		const struct value *key = map->pairs[i].key, *value = map->pairs[i].value;
		const char *pointer = value_text(value);

		if (!parameter_is_open(check, key) && !placeholder_name_valid(key->text))
			fault_add(faults, key, "'%s' cannot be the name of an output", key->text);
		if (parameter_is_open(check, value))
			continue;
		if (pointer == NULL || (*pointer != '\0' && *pointer != '/'))
			fault_add(faults, value,
			    "not a JSON Pointer: it begins with '/', such as '/data/id'");
		else if (!json_pointer_valid(pointer))
			fault_add(faults, value,
			    "not a JSON Pointer: '~' is written as ~0, and '/' in a name as ~1");
	}
}

/* ---- the table */

const struct parameter_kind kind_method = {
    .title = "method",
    .words = "an HTTP method",
    .types = VALUE_BIT(STRING),
    .check = check_method,
    .read = parameter_read_text,
};

const struct parameter_kind kind_url = {
    .title = "URL",
    .words = "a URL",
    .types = VALUE_BIT(STRING),
    .check = check_url,
    .check_open = check_open_url,
    .read = parameter_read_text,
    .fill = fill_url,
};

const struct parameter_kind kind_proxy = {
    .title = "proxy",
    .words = "a URL or 'none'",
    .types = VALUE_BIT(STRING),
    .check = check_proxy,
    .read = read_proxy,
    .fill = fill_proxy,
};

const struct parameter_kind kind_headers = {
    .title = "headers",
    .words = "a map of names and values",
    .types = VALUE_BIT(MAP),
    .check = check_headers,
    .read = parameter_read_value,
};

const struct parameter_kind kind_query = {
    .title = "query",
    .words = "a map of names and values",
    .types = VALUE_BIT(MAP),
    .check = check_query,
    .read = parameter_read_value,
};

const struct parameter_kind kind_statuses = {
    .title = "statuses",
    .words = "a status or a list of them",
    .types = VALUE_BIT(LIST) | VALUE_BIT(STRING) | VALUE_BIT(NUMBER),
    .check = check_statuses,
    .read = parameter_read_list,
};

const struct parameter_kind kind_pointers = {
    .title = "pointers",
    .words = "a map of names and JSON Pointers",
    .types = VALUE_BIT(MAP),
    .check = check_pointers,
    .read = parameter_read_value,
};
