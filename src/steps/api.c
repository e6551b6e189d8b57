/* SPDX-License-Identifier: ISC */
#include "steps/api.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "steps/catalogue.h"
#include "steps/http-syntax.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"

/* Kept by libraries and proxies out of their logs, and by us. */
static const char *const credential_headers[] = {
    "api-key",
    "authorization",
    "cookie",
    "private-token",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-api-key",
    "x-auth-token",
};

static const struct value *
parameter(struct arena *arena, const struct value *parameters, const char *name)
{
	return parameter_value(
	    arena, step_type_find(steps_catalogue, "API")->parameters, parameters, name);
}

static const char *
scalar_text(struct arena *arena, const struct value *value)
{
	switch (value->type) {
	case VALUE_STRING:
	case VALUE_NUMBER:
		return value->text;
	case VALUE_BOOLEAN:
		return value->boolean ? "true" : "false";
	default:
		return arena_strdup(arena, "");
	}
}

static void
add_query(struct strbuf *url, const char *name, const char *text)
{
	if (strchr(url->buf, '?') == NULL)
		strbuf_addch(url, '?');
	else if (strchr("?&", url->buf[url->len - 1]) == NULL)
		strbuf_addch(url, '&');
	url_add_encoded(url, name);
	strbuf_addch(url, '=');
	url_add_encoded(url, text);
}

/* A URL is ASCII (RFC 3986): the bytes of other characters are percent-encoded. */
static void
add_ascii(struct strbuf *url, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x80)
			strbuf_addch(url, text[i]);
		else
			strbuf_addf(url, "%%%02X", (unsigned char)text[i]);
	}
}

/* The URL with the query added before its fragment, which is not sent. */
static const char *
build_url(struct arena *arena, const struct value *parameters)
{
	const char *text = value_text(parameter(arena, parameters, "url"));
	const struct value *query = value_map_get(parameters, "query");
	struct strbuf url = STRBUF_INIT;

	add_ascii(&url, text, strcspn(text, "#"));
	for (size_t i = 0; query != NULL && query->type == VALUE_MAP && i < query->count; i++) {
		const struct value *item = query->pairs[i].value;

		if (item->type != VALUE_LIST)
			add_query(&url, query->pairs[i].key->text, scalar_text(arena, item));
		for (size_t j = 0; item->type == VALUE_LIST && j < item->count; j++)
			add_query(
			    &url, query->pairs[i].key->text, scalar_text(arena, item->items[j]));
	}
	text = arena_strndup(arena, url.buf, url.len);
	strbuf_release(&url);
	return text;
}

static bool
is_empty(const struct value *data)
{
	if (data == NULL || data->type == VALUE_NULL)
		return true;
	if (data->type == VALUE_STRING)
		return *data->text == '\0';
	return (data->type == VALUE_MAP || data->type == VALUE_LIST) && data->count == 0;
}

static void
build_body(struct arena *arena, const struct value *data, struct api_request *out)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	if (is_empty(data))
		return;
	json_writer_init(&writer, &text);
	json_value(&writer, data);
	out->body = arena_strndup(arena, text.buf, text.len);
	out->body_len = text.len;
	strbuf_release(&text);
}

bool
api_request_has_header(const struct api_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static void
add_header(struct api_request *request, const char *name, const char *value)
{
	request->headers[request->header_count++] = (struct api_header){name, value};
}

void
api_request_build(struct arena *arena, const struct value *parameters, const char *idempotency_key,
    struct api_request *out)
{
	const struct value *headers = value_map_get(parameters, "headers");
	size_t given = headers != NULL && headers->type == VALUE_MAP ? headers->count : 0;

	*out = (struct api_request){
	    .method = value_text(parameter(arena, parameters, "method")),
	    .url = build_url(arena, parameters),
	    .headers = arena_calloc(arena, given + 2, sizeof(struct api_header)),
	};
	build_body(arena, value_map_get(parameters, "data"), out);
	for (size_t i = 0; i < given; i++)
		add_header(
		    out, headers->pairs[i].key->text, scalar_text(arena, headers->pairs[i].value));
	if (out->body != NULL && !api_request_has_header(out, "content-type"))
		add_header(out, "Content-Type", "application/json");
	if (idempotency_key != NULL && !api_request_has_header(out, "idempotency-key"))
		add_header(out, "Idempotency-Key", idempotency_key);
}

void
api_parameters_check(const struct value *parameters, struct faults *faults)
{
	const struct value *data = value_map_get(parameters, "data");
	const struct value *redirects = value_map_get(parameters, "follow_redirects");
	const struct value *key = value_map_get(parameters, "client_key");
	const char *method = value_text(value_map_get(parameters, "method"));
	int64_t most;

	if (method != NULL && strcmp(method, "HEAD") == 0 && !is_empty(data))
		fault_add(faults, data, "a HEAD request cannot have a body ('data')");
	if (method != NULL && http_method_known(method) && strcmp(method, "GET") != 0 &&
	    strcmp(method, "HEAD") != 0 && redirects != NULL &&
	    value_to_integer(redirects, &most) && most > 0)
		fault_add(faults, redirects, "'follow_redirects' is for GET and HEAD, not for %s",
		    method);
	if (key != NULL && value_text(value_map_get(parameters, "client_cert")) == NULL)
		fault_add(faults, key, "'client_key' needs 'client_cert'");
}

bool
api_request_repeatable(const struct value *parameters)
{
	const char *method = value_text(value_map_get(parameters, "method"));
	const char *idempotency = value_text(value_map_get(parameters, "idempotency"));

	return http_method_idempotent(method == NULL ? "GET" : method) ||
	       (idempotency != NULL && strcmp(idempotency, "honoured") == 0);
}

bool
api_header_is_credential(const char *name)
{
	for (size_t i = 0; i < sizeof(credential_headers) / sizeof(credential_headers[0]); i++) {
		if (strcasecmp(name, credential_headers[i]) == 0)
			return true;
	}
	return false;
}
