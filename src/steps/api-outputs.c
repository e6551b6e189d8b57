/* SPDX-License-Identifier: ISC */
#include "steps/api-outputs.h"

#include "base/json/json-pointer.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "model/pipeline/schema.h"
#include "steps/api.h"
#include "steps/executor.h"

#define OUTPUTS_MAX_BYTES (1024 * 1024)

size_t
api_body_whole(const struct step_run *run, const struct http_response *response)
{
	if (response->outcome == HTTP_ANSWERED && response->delimited)
		return response->body.len;
	return redactor_whole(run->redactor, response->body.buf, response->body.len);
}

/* The event that keeps them must be one that can be read again. */
static int
check_outputs(const struct value *outputs, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	int ret = 0;

	if (schema_levels(outputs) >= JSON_MAX_DEPTH)
		return fail(
		    err, "they have more than %d levels of lists and maps", JSON_MAX_DEPTH - 2);
	json_writer_init(&writer, &text);
	json_value(&writer, outputs);
	if (text.len > OUTPUTS_MAX_BYTES)
		ret = fail(err, "they have more than %d bytes", OUTPUTS_MAX_BYTES);
	strbuf_release(&text);
	return ret;
}

/*
 * Returns 0, or -1 with err.  A message may quote a part of the text, so it speaks of the masked
 * one: a secret of which only a part is quoted would not be known any more.
 */
static int
parse_body(const struct step_run *run, const struct http_response *response, struct value **out,
    struct strbuf *err)
{
	struct strbuf masked = STRBUF_INIT, ignored = STRBUF_INIT;
	int ret =
	    json_parse(run->arena, NULL, response->body.buf, response->body.len, out, &ignored);

	if (ret != 0) {
		redactor_apply(
		    run->redactor, response->body.buf, api_body_whole(run, response), &masked);
		if (json_parse(run->arena, NULL, masked.buf, masked.len, out, err) == 0)
			fail(err, "it is not JSON");
	}
	strbuf_release(&masked);
	strbuf_release(&ignored);
	return ret;
}

int
api_outputs_take(struct step_run *run, const struct http_response *response,
    const struct value **out, struct strbuf *err)
{
	const struct value *pointers = ((const struct api_parameters *)run->parameters)->outputs;
	struct value *outputs = value_new(run->arena, VALUE_MAP), *root;

	if (response->outcome != HTTP_ANSWERED)
		return fail(err, "%s", response->error.buf);
	if (parse_body(run, response, &root, err) != 0)
		return -1;
	for (size_t i = 0; i < pointers->count; i++) {
		const char *pointer = pointers->pairs[i].value->text;
		const struct value *found = json_pointer_find(root, pointer);
		struct value *copy;

		if (found == NULL)
			return fail(err, "the response has nothing at '%s' (output '%s')", pointer,
			    pointers->pairs[i].key->text);
		copy = value_new(run->arena, found->type);
		*copy = *found;
		value_map_add(run->arena, outputs, pointers->pairs[i].key, copy);
	}
	if (check_outputs(outputs, err) != 0)
		return -1;
	*out = outputs;
	return 0;
}
