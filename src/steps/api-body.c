/* SPDX-License-Identifier: ISC */
#include "steps/api-body.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"
#include "model/request/request.h"
#include "model/request/step-plan.h"
#include "steps/api-multipart.h"
#include "steps/api.h"
#include "steps/http-url.h"

#define FORM_TYPE      "application/x-www-form-urlencoded"
#define MULTIPART_TYPE "multipart/form-data"

/* ---- data */

/* Rules 1 made a body of no list or map that is empty. */
#define RULES_EMPTY_IS_SENT 2

/*
 * Whether a list or map that is empty is a body: of each method but those whose body means nothing
 * (RFC 9110).
 */
static bool
sends_empty(const char *method, int64_t rules)
{
	return rules >= RULES_EMPTY_IS_SENT && strcmp(method, "GET") != 0 &&
	       strcmp(method, "HEAD") != 0 && strcmp(method, "DELETE") != 0;
}

/* Whether data that was filled in by these rules is a body. */
static bool
is_body(const struct value *data, const char *method, int64_t rules)
{
	if (data == NULL || data->type == VALUE_NULL)
		return false;
	if (data->type == VALUE_STRING)
		return *data->text != '\0';
	if (data->type == VALUE_MAP || data->type == VALUE_LIST)
		return data->count > 0 || sends_empty(method, rules);
	return true;
}

/* ---- the Content-Type */

/* Before these rules, data was sent as JSON under any Content-Type. */
#define RULES_TYPE_FITS 4

/* The media type alone, in the arena; NULL: it is not text, or not to be judged. */
static const char *
media_type(struct arena *arena, const struct parameter_check *checking, const struct value *header)
{
	const char *text;

	if (header == NULL || header->type != VALUE_STRING || parameter_is_open(checking, header))
		return NULL;
	text = header->text + strspn(header->text, " \t");
	return arena_strndup(arena, text, strcspn(text, "; \t"));
}

/* application/json, text/json, application/vnd.api+json and their like. */
static bool
is_json_type(const char *type)
{
	size_t len = strlen(type);

	return len > 5 && strchr("/+-", type[len - 5]) != NULL &&
	       strcasecmp(type + len - 4, "json") == 0;
}

static const struct value *
given_type(const struct value *headers)
{
	for (size_t i = 0; headers != NULL && i < headers->count; i++) {
		if (strcasecmp(headers->pairs[i].key->text, "Content-Type") == 0)
			return headers->pairs[i].value;
	}
	return NULL;
}

static void
check_type(const struct api_parameters *api, const struct parameter_check *checking)
{
	const struct value *header = given_type(api->headers);
	struct arena arena = ARENA_INIT;
	const char *type = media_type(&arena, checking, header);

	if (type == NULL)
		;
	else if (is_body(api->data, api->request.method, checking->rules) && !is_json_type(type))
		fault_add(checking->faults, header,
		    "'data' is sent as JSON, which '%s' is not: 'form' sends a form, and 'body' a "
		    "text as it is",
		    type);
	else if (api->form != NULL && strcasecmp(type, FORM_TYPE) != 0)
		fault_add(checking->faults, header,
		    "'form' is sent as " FORM_TYPE ", not as '%s': 'data' sends JSON, and 'body' a "
		    "text as it is",
		    type);
	else if (api->multipart != NULL && strcasecmp(type, MULTIPART_TYPE) != 0)
		fault_add(checking->faults, header,
		    "'multipart' is sent as " MULTIPART_TYPE ", not as '%s'", type);
	else if (api->multipart != NULL && strcasestr(header->text, "boundary=") != NULL)
		fault_add(checking->faults, header,
		    "the step chooses the boundary of 'multipart': leave it out");
	arena_release(&arena);
}

/* ---- what fits together */

/* In the order in which they are looked at: the first one that is given counts. */
struct body_given {
	const char *name;
	const void *member; /* of the parameters */
	bool given;
	bool is_body; /* it may be: it is not known to be empty */
};

static void
check_one(const struct body_given *bodies, size_t count, const struct api_parameters *api,
    const struct parameter_check *checking)
{
	const struct body_given *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct body_given *body = &bodies[i];

		if (body->given && first != NULL)
			parameter_fault(checking, body->member,
			    "a call has one body: '%s' is given, and '%s' too", first->name,
			    body->name);
		else if (body->given)
			first = body;
		if (body->is_body && strcmp(api->request.method, "HEAD") == 0)
			parameter_fault(checking, body->member,
			    "a HEAD request cannot have a body ('%s')", body->name);
	}
}

void
api_body_check(const struct api_parameters *api, const struct parameter_check *checking)
{
	const struct body_given bodies[] = {
	    /* by whichever rules: none makes a body of what is empty for a HEAD */
	    {"data", &api->data, api->data != NULL && api->data->type != VALUE_NULL,
		is_body(api->data, api->request.method, PIPELINE_RULES) &&
		    !parameter_is_open(checking, api->data)},
	    {"form", &api->form, api->form != NULL, api->form != NULL && api->form->count > 0},
	    {"body", &api->body, api->body != NULL,
		api->body != NULL && *api->body != '\0' && !checking->mode->is_open(api->body)},
	    {"multipart", &api->multipart, api->multipart != NULL,
		api->multipart != NULL && api->multipart->count > 0},
	};

	check_one(bodies, sizeof(bodies) / sizeof(bodies[0]), api, checking);
	if (checking->rules >= RULES_TYPE_FITS)
		check_type(api, checking);
}

/* ---- building */

static void
add_pair(struct strbuf *out, const char *name, const struct value *value)
{
	if (out->len > 0)
		strbuf_addch(out, '&');
	http_url_add_encoded(out, name);
	strbuf_addch(out, '=');
	url_add_encoded(out, value);
}

static void
add_form(struct strbuf *out, const struct value *form)
{
	for (size_t i = 0; i < form->count; i++) {
		const struct value *values = form->pairs[i].value;

		for (size_t j = 0; j < parameter_item_count(values); j++)
			add_pair(out, form->pairs[i].key->text, parameter_item(values, j));
	}
}

static void
add_data(
    const struct step_plan *plan, const char *method, const struct value *data, struct strbuf *out)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	if (plan->stands_in && placeholder_stands_in(method) &&
	    !is_body(data, "GET", plan->request->pipeline.rules))
		strbuf_addstr(out, PLACEHOLDER_STAND_IN); /* the method decides, and is secret */
	else
		json_value(&writer, data);
}

/* The given header with the boundary in it, or a header of its own. */
static const char *
multipart_type(const struct step_plan *plan, const struct value *given, const char *boundary)
{
	const char *type = value_text(given);

	return arena_printf(
	    plan->arena, "%s; boundary=%s", type == NULL ? MULTIPART_TYPE : type, boundary);
}

const char *
api_body_build(const struct step_plan *plan, struct http_request *request, bool *replaces)
{
	const struct api_parameters *api = plan->parameters;
	struct strbuf text = STRBUF_INIT;
	const char *type = NULL;

	*replaces = false;
	if (is_body(api->data, request->method, plan->request->pipeline.rules)) {
		add_data(plan, request->method, api->data, &text);
		type = "application/json";
	} else if (api->form != NULL && api->form->count > 0) {
		add_form(&text, api->form);
		type = FORM_TYPE;
	} else if (api->body != NULL && *api->body != '\0') {
		strbuf_addstr(&text, api->body);
		type = "text/plain; charset=utf-8";
	} else if (api->multipart != NULL && api->multipart->count > 0) {
		type = multipart_type(
		    plan, given_type(api->headers), api_multipart_add(plan, api->multipart, &text));
		*replaces = true;
	}
	if (type != NULL) {
		request->body = arena_strndup(plan->arena, text.buf, text.len);
		request->body_len = text.len;
	}
	strbuf_release(&text);
	return type;
}
