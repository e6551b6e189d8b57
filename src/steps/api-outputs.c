/* SPDX-License-Identifier: ISC */
#include "steps/api-outputs.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json/json-pick.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "http/http.h"
#include "model/request/outputs.h"
#include "steps/api.h"
#include "steps/executor.h"
#include "steps/answer-kinds.h"

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

/* ---- what is taken from elsewhere */

/*
 * The value of a header of the answer, of which several are one (RFC 9110, 5.3); in the arena.
 * NULL: it has none.
 */
static const char *
find_header(const struct step_run *run, const struct http_response *response, const char *name)
{
	const char *line = response->headers.buf;
	const size_t name_len = strlen(name);
	const char *value = NULL;

	while (*line != '\0') {
		size_t len = strcspn(line, "\r\n");

		if (len > name_len && line[name_len] == ':' &&
		    strncasecmp(line, name, name_len) == 0) {
			const char *start = line + name_len + 1;
			size_t blank = strspn(start, " \t"), rest = len - name_len - 1 - blank;

			while (rest > 0 && strchr(" \t", start[blank + rest - 1]) != NULL)
				rest--;
			value = arena_printf(run->arena, "%s%s%.*s", value == NULL ? "" : value,
			    value == NULL ? "" : ", ", (int)rest, start + blank);
		}
		line += len;
		line += strspn(line, "\r\n");
	}
	return value;
}

/* Returns 0 with *out, NULL for none; or -1 with err. */
static int
take_header(const struct step_run *run, const struct http_response *response, const char *name,
    const struct output_spec *spec, struct value **out, struct strbuf *err)
{
	const char *value = find_header(run, response, spec->text);

	*out = NULL;
	if (value == NULL)
		return 0;
	if (!utf8_valid(value, strlen(value)))
		return fail(err, "the header '%s' is not UTF-8 (output '%s')", spec->text, name);
	*out = value_string(run->arena, value);
	return 0;
}

/*
 * The whole body: the same bytes, or none.  An event keeps texts, and nobody would notice that a
 * body without an end of its own was cut off.
 */
static int
take_body(const struct step_run *run, const struct http_response *response, const char *name,
    struct value **out, struct strbuf *err)
{
	const struct strbuf *body = &response->body;

	if (api_body_can_be_cut(run, response))
		return fail(err,
		    "the response does not say where its body ends: it may not be whole (output "
		    "'%s')",
		    name);
	if (memchr(body->buf, '\0', body->len) != NULL || !utf8_valid(body->buf, body->len))
		return fail(err,
		    "the body is not text in UTF-8, and nothing else can be kept (output '%s')",
		    name);
	*out = value_string(run->arena, body->buf);
	return 0;
}

/* ---- all of them */

/* Reports what is wrong with a pick.  Returns 0, or -1 with err. */
static int
check_pick(const struct json_pick *pick, const char *name, struct strbuf *err)
{
	if (pick->fault != NULL)
		return fail(err, "output '%s' at '%s': %s", name, pick->pointer, pick->fault);
	return 0;
}

/* Adds an output, of which pick is what its pointer found.  Returns 0, or -1 with err. */
static int
add_output(struct step_run *run, const struct http_response *response, struct value *outputs,
    const struct value_pair *pair, const struct json_pick *pick, struct strbuf *err)
{
	const struct output_spec spec = output_spec_of(pair->value);
	const char *name = pair->key->text;
	struct value *value = NULL;
	int ret = 0;

	if (spec.source == OUTPUT_HEADER) {
		ret = take_header(run, response, name, &spec, &value, err);
	} else if (spec.source == OUTPUT_STATUS) {
		value = value_integer(run->arena, response->status);
	} else if (spec.source == OUTPUT_BODY) {
		ret = take_body(run, response, name, &value, err);
	} else {
		ret = check_pick(pick, name, err);
		value = pick->value;
	}
	if (ret != 0)
		return -1;
	if (value == NULL && spec.fallback == NULL && spec.source == OUTPUT_HEADER)
		return fail(err, "the response has no header '%s' (output '%s')", spec.text, name);
	if (value == NULL && spec.fallback == NULL)
		return fail(err, "the response has nothing at '%s' (output '%s')", spec.text, name);
	if (value == NULL) {
		value = value_new(run->arena, spec.fallback->type);
		*value = *spec.fallback;
	}
	value_map_add(run->arena, outputs, pair->key, value);
	return 0;
}

/* What is asked of the body. */
struct asked {
	bool body;    /* anything */
	bool json;    /* that it is JSON: not when it is empty, and nothing has to be there */
	size_t picks; /* how many pointers are looked for */
};

static struct asked
ask(const struct http_response *response, const struct value *written)
{
	struct asked asked = {0};
	bool required = false;

	for (size_t i = 0; i < written->count; i++) {
		const struct output_spec spec = output_spec_of(written->pairs[i].value);

		if (spec.source == OUTPUT_POINTER) {
			asked.picks++;
			required = required || spec.fallback == NULL;
		}
		asked.body = asked.body || spec.source == OUTPUT_BODY;
	}
	asked.body = asked.body || asked.picks > 0;
	asked.json = asked.picks > 0 && (required || response->body.len > 0);
	return asked;
}

/* Picks what the pointers name, each at the place of its output.  Returns as api_outputs_take(). */
static int
pick_all(struct step_run *run, const struct http_response *response, const struct value *written,
    struct json_pick *picks, struct strbuf *err)
{
	struct json_pick *wanted = arena_calloc(run->arena, written->count, sizeof(*wanted));
	size_t count = 0;
	int ret;

	for (size_t i = 0; i < written->count; i++) {
		const struct output_spec spec = output_spec_of(written->pairs[i].value);

		if (spec.source == OUTPUT_POINTER)
			wanted[count++].pointer = spec.text;
	}
	ret = pick_outputs(run, response, wanted, count, err);
	count = 0;
	for (size_t i = 0; i < written->count; i++) {
		if (output_spec_of(written->pairs[i].value).source == OUTPUT_POINTER)
			picks[i] = wanted[count++];
	}
	return ret;
}

int
api_outputs_take(struct step_run *run, const struct http_response *response,
    const struct value **out, struct strbuf *err)
{
	const struct value *written = ((const struct api_parameters *)run->parameters)->outputs;
	struct value *outputs = value_new(run->arena, VALUE_MAP);
	struct json_pick *picks = arena_calloc(run->arena, written->count, sizeof(*picks));
	const struct asked asked = ask(response, written);
	int ret = 0;

	if (asked.body && response->outcome != HTTP_ANSWERED)
		return fail(err, "%s", response->error.buf);
	if (asked.body && response->unknown_encoding != NULL)
		return fail(err, "Content-Encoding '%s' is not known", response->unknown_encoding);
	if (asked.json)
		ret = pick_all(run, response, written, picks, err);
	for (size_t i = 0; ret == 0 && i < written->count; i++)
		ret = add_output(run, response, outputs, &written->pairs[i], &picks[i], err);
	if (ret == 0)
		ret = outputs_check(outputs, err);
	if (ret == 0)
		*out = outputs;
	return ret;
}
