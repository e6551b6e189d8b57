/* SPDX-License-Identifier: ISC */
#include "steps/http-kinds.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/placeholder.h"
#include "steps/http-url.h"

static bool
is_scalar(const struct value *value)
{
	return value->type != VALUE_LIST && value->type != VALUE_MAP;
}

/* ---- methods */

/* A method as it is sent: in upper case when that is one; any other text as it is. */
static const char *
method_of(struct arena *arena, const char *text)
{
	char *upper = arena_strdup(arena, text);

	for (char *p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return http_method_known(upper) ? upper : text;
}

static void
check_method(const struct parameter_check *check, const struct parameter_field *field,
    const struct value *value)
{
	struct arena arena = ARENA_INIT;

	if (!http_method_known(method_of(&arena, value->text)))
		fault_add(check->faults, value,
		    "'%s' is not a value of '%s' (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)",
		    value->text, field->name);
	arena_release(&arena);
}

/* What is sent, shown and compared is the method in upper case, however it is written. */
static bool
read_method(
    struct arena *arena, const struct parameter_field *field, const struct value *value, void *at)
{
	(void)field;
	*(const char **)at = method_of(arena, value->text);
	return true;
}

/* ---- proxies */

/* Where the user and password of a proxy end, as the pipeline has them; NULL: it has none. */
static const char *
userinfo_end(const char *proxy, int64_t rules)
{
	struct piece piece = {.next = proxy};
	const char *end = NULL;

	do {
		const char *start = piece.next;

		placeholder_scan(start, rules, &piece);
		for (; piece.kind == PIECE_TEXT && start < piece.next; start++) {
			if (*start == '@')
				end = start;
		}
	} while (piece.kind == PIECE_TEXT || piece.kind == PIECE_NAME);
	return end;
}

/*
 * Appends the user and the password, each value percent-encoded.  Returns 0, or -1 with err; *omits
 * is set if the proxy is to be left out.
 */
static int
add_userinfo(const struct parameter_filling *filling, const char *user, struct strbuf *out,
    bool *omits, struct strbuf *err)
{
	struct piece piece = {.next = user};
	const struct value *value;

	for (;;) {
		placeholder_scan(piece.next, filling->scope->rules, &piece);
		if (piece.kind == PIECE_END)
			return 0;
		if (piece.kind == PIECE_MALFORMED)
			return fail(err, "malformed placeholder");
		if (piece.kind == PIECE_TEXT) {
			strbuf_add(out, piece.start, piece.len);
			continue;
		}
		value = placeholder_piece_value(
		    filling->arena, &piece, filling->scope, PLACE_TEXT | PLACE_MEMBER, omits, err);
		if (value == NULL)
			return -1;
		url_add_encoded(out, value);
	}
}

/*
 * What is put in before its "@" is percent-encoded, so that a user or a password may have any
 * character.
 */
static int
fill_proxy(const struct parameter_filling *filling, const struct value *proxy, struct value **out,
    struct strbuf *err)
{
	struct arena *arena = filling->arena;
	const char *end = userinfo_end(proxy->text, filling->scope->rules);
	struct value *rest = NULL;
	struct strbuf text = STRBUF_INIT;
	bool omits = false;
	int ret;

	if (end == NULL)
		return placeholder_fill(arena, proxy, filling->scope, out, err);
	ret = add_userinfo(filling, arena_strndup(arena, proxy->text, (size_t)(end - proxy->text)),
	    &text, &omits, err);
	if (ret == 0)
		ret = placeholder_fill(arena, value_string(arena, end), filling->scope, &rest, err);
	if (ret == 0) {
		strbuf_addstr(&text, rest == NULL ? "" : rest->text);
		*out = omits || rest == NULL ? NULL : value_string(arena, text.buf);
	}
	explicit_bzero(text.buf, text.len);
	strbuf_release(&text);
	return ret;
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

/* Whether what a placeholder stands for is why a header has a control byte: err is told so. */
static bool
blame_placeholder(const struct parameter_filling *filling, const struct piece *piece,
    const char *header, struct strbuf *err)
{
	const struct value *value = placeholder_piece_value(
	    filling->arena, piece, filling->scope, PLACE_TEXT | PLACE_MEMBER, NULL, NULL);
	const char *text = value_text(value), *kind = "", *name;
	const size_t prefix = strlen(PLACEHOLDER_SECRET);
	int byte = text == NULL ? 0 : http_header_control_byte(text);

	if (byte == 0)
		return false;
	name = arena_strndup(filling->arena, piece->start, piece->len);
	if (strncmp(name, PLACEHOLDER_SECRET, prefix) == 0) {
		kind = "the secret ";
		name += prefix;
	}
	fail(err, "%s'%s' has a %s (0x%02x), and the header '%s' cannot have one", kind, name,
	    byte == '\n' || byte == '\r' ? "line break" : "control byte", byte, header);
	return true;
}

/* Checks the value of a header as it was filled in.  Returns 0, or -1 with err. */
static int
check_filled_header(const struct parameter_filling *filling, const struct value_pair *written,
    const struct value *filled, struct strbuf *err)
{
	struct piece piece;

	if (filled->type != VALUE_STRING || http_header_control_byte(filled->text) == 0)
		return 0;
	piece.next = value_text(written->value);
	do {
		placeholder_scan(piece.next, filling->scope->rules, &piece);
		if (piece.kind == PIECE_NAME &&
		    blame_placeholder(filling, &piece, written->key->text, err))
			return -1;
	} while (piece.kind == PIECE_TEXT || piece.kind == PIECE_NAME);
	return fail(err, "the header '%s' has a control byte (0x%02x)", written->key->text,
	    http_header_control_byte(filled->text));
}

/* What is put in is not what the pipeline has: a fault in it names where it came from. */
static int
fill_headers(const struct parameter_filling *filling, const struct value *map, struct value **out,
    struct strbuf *err)
{
	if (placeholder_fill(filling->arena, map, filling->scope, out, err) != 0)
		return -1;
	for (size_t i = 0; i < map->count; i++) {
		const struct value_pair *written = &map->pairs[i];
		struct value *filled;

		if (placeholder_fill(
			filling->arena, written->value, filling->scope, &filled, err) != 0 ||
		    (filled != NULL && check_filled_header(filling, written, filled, err) != 0))
			return -1;
	}
	return 0;
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
	for (size_t i = 0; i < map->count; i++) {
		const struct value *item = map->pairs[i].value;

		if (item->type == VALUE_MAP)
			fault_add(check->faults, item,
			    "a %s value must be text or a list, not a map", field->name);
		for (size_t j = 0; item->type == VALUE_LIST && j < item->count; j++) {
			if (!is_scalar(item->items[j]))
				fault_add(check->faults, item->items[j],
				    "a %s value in a list must be text", field->name);
		}
	}
}

/* ---- texts that are sent as they are */

/* A placeholder alone does not keep the type of what it stands for. */
static int
fill_content(const struct parameter_filling *filling, const struct value *content,
    struct value **out, struct strbuf *err)
{
	const char *text;

	if (placeholder_fill_text(filling->arena, content->text, filling->scope, &text, err) != 0)
		return -1;
	*out = value_string(filling->arena, text);
	return 0;
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

/* ---- the table */

const struct parameter_kind kind_method = {
    .title = "method",
    .words = "an HTTP method",
    .types = VALUE_BIT(STRING),
    .check = check_method,
    .read = read_method,
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
    .fill = fill_headers,
};

const struct parameter_kind kind_query = {
    .title = "query",
    .words = "a map of names and values",
    .types = VALUE_BIT(MAP),
    .check = check_query,
    .read = parameter_read_value,
};

const struct parameter_kind kind_content = {
    .title = "content",
    .words = "text",
    .types = VALUE_BIT(STRING),
    .read = parameter_read_text,
    .fill = fill_content,
};

const struct parameter_kind kind_statuses = {
    .title = "statuses",
    .words = "a status or a list of them",
    .types = VALUE_BIT(LIST) | VALUE_BIT(STRING) | VALUE_BIT(NUMBER),
    .check = check_statuses,
    .read = parameter_read_list,
};
