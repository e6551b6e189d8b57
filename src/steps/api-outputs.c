/* SPDX-License-Identifier: ISC */
#include "steps/api-outputs.h"

#include <string.h>

#include "base/arena.h"
#include "base/json/json-pick.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "model/request/outputs.h"
#include "steps/api.h"
#include "steps/executor.h"

size_t
api_body_whole(const struct step_run *run, const struct http_response *response)
{
	if (response->outcome == HTTP_ANSWERED && response->delimited)
		return response->body.len;
	return redactor_whole(run->redactor, response->body.buf, response->body.len);
}

bool
api_body_can_be_cut(const struct step_run *run, const struct http_response *response)
{
	const struct api_parameters *api = run->parameters;

	return !response->delimited && strcmp(api->request.method, "HEAD") != 0;
}

static bool
has_fault(const struct json_pick *picks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (picks[i].fault != NULL)
			return true;
	}
	return false;
}

/*
 * Reports what is wrong with the text, or with single picks: as it is in the masked text, because
 * a fault may quote a part of the text, and of a secret that may be a part.
 */
static void
say_faults(const struct step_run *run, const struct http_response *response,
    struct json_pick *picks, size_t count, struct strbuf *err)
{
	struct json_pick *others = arena_calloc(run->arena, count, sizeof(*others));
	struct strbuf text = STRBUF_INIT;
	bool faulty = has_fault(picks, count), is_json;

	for (size_t i = 0; i < count; i++)
		others[i].pointer = picks[i].pointer;
	redactor_apply(run->redactor, response->body.buf, api_body_whole(run, response), &text);
	is_json = json_pick(run->arena, text.buf, text.len, others, count, faulty ? NULL : err) ==
		  JSON_PICKED;
	for (size_t i = 0; i < count; i++) {
		if (picks[i].fault != NULL)
			picks[i].fault = is_json && others[i].fault != NULL ? others[i].fault
									    : "it cannot be read";
	}
	if (!faulty && is_json)
		fail(err, "it is not JSON");
	strbuf_release(&text);
}

/* Returns as api_outputs_take(). */
static int
pick_outputs(struct step_run *run, const struct http_response *response, struct json_pick *picks,
    size_t count, struct strbuf *err)
{
	const struct strbuf *body = &response->body;
	enum json_picked result = json_pick(run->arena, body->buf, body->len, picks, count, NULL);

	if (result != JSON_PICKED || has_fault(picks, count))
		say_faults(run, response, picks, count, err);
	if (result == JSON_CUT_OFF && api_body_can_be_cut(run, response))
		return 1;
	return result == JSON_PICKED ? 0 : -1;
}

/* Adds what was picked to the outputs.  Returns 0, or -1 with err. */
static int
add_output(struct step_run *run, struct value *outputs, struct value *name,
    const struct json_pick *pick, struct strbuf *err)
{
	if (pick->fault != NULL)
		return fail(err, "output '%s' at '%s': %s", name->text, pick->pointer, pick->fault);
	if (pick->value == NULL)
		return fail(err, "the response has nothing at '%s' (output '%s')", pick->pointer,
		    name->text);
	value_map_add(run->arena, outputs, name, pick->value);
	return 0;
}

int
api_outputs_take(struct step_run *run, const struct http_response *response,
    const struct value **out, struct strbuf *err)
{
	const struct value *pointers = ((const struct api_parameters *)run->parameters)->outputs;
	struct value *outputs = value_new(run->arena, VALUE_MAP);
	struct json_pick *picks = arena_calloc(run->arena, pointers->count, sizeof(*picks));
	int ret;

	if (response->outcome != HTTP_ANSWERED)
		return fail(err, "%s", response->error.buf);
	if (response->unknown_encoding != NULL)
		return fail(err, "Content-Encoding '%s' is not known", response->unknown_encoding);
	for (size_t i = 0; i < pointers->count; i++)
		picks[i].pointer = pointers->pairs[i].value->text;
	ret = pick_outputs(run, response, picks, pointers->count, err);
	for (size_t i = 0; ret == 0 && i < pointers->count; i++)
		ret = add_output(run, outputs, pointers->pairs[i].key, &picks[i], err);
	if (ret == 0)
		ret = outputs_check(outputs, err);
	if (ret == 0)
		*out = outputs;
	return ret;
}
