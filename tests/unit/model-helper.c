/* SPDX-License-Identifier: ISC */
#include "model-helper.h"

#include <string.h>

#include "unit.h"

#include "base/digest.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "model/pipeline/placeholder.h"
#include "steps/catalogue.h"

struct value *
model_yaml(struct arena *arena, const char *text)
{
	struct strbuf err = STRBUF_INIT;
	struct value *value = NULL;

	if (yaml_read(arena, NULL, text, strlen(text), &value, &err) != 0)
		assert_string_equal(err.buf, "");
	strbuf_release(&err);
	return value;
}

static void
add_json(struct strbuf *out, const struct value *value)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_value(&writer, value);
}

void
model_assert_value(const struct value *value, const char *yaml)
{
	struct arena arena = ARENA_INIT;
	struct strbuf is = STRBUF_INIT, expected = STRBUF_INIT;

	assert_non_null(value);
	add_json(&is, value);
	add_json(&expected, model_yaml(&arena, yaml));
	assert_string_equal(is.buf, expected.buf);
	strbuf_release(&is);
	strbuf_release(&expected);
	arena_release(&arena);
}

void
model_pipeline(struct arena *arena, const char *yaml, struct pipeline *out)
{
	struct faults faults;

	faults_init(&faults, "x.yaml");
	pipeline_check(arena, model_yaml(arena, yaml), "x", steps_catalogue, out, &faults);
	assert_string_equal(faults_text(&faults), "");
	assert_int_equal(faults.count, 0);
	faults_release(&faults);
}

void
model_assert_faults(const char *yaml, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;
	struct faults faults;

	faults_init(&faults, "x.yaml");
	pipeline_check(&arena, model_yaml(&arena, yaml), "x", steps_catalogue, &pipeline, &faults);
	assert_string_equal(faults_text(&faults), expected);
	faults_release(&faults);
	arena_release(&arena);
}

static const struct value *
lookup(void *context, const char *name, struct strbuf *err)
{
	const struct value *value = value_map_get(context, name);

	if (value == NULL)
		fail(err, "there is no '%s'", name);
	return value;
}

struct placeholder_scope
model_scope(struct value *map)
{
	return (struct placeholder_scope){
	    .lookup = lookup, .context = map, .rules = PIPELINE_RULES};
}

void
model_request(struct request *request, const char *pipeline, const char *form_data)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct pipeline parsed;
	struct event *events;
	size_t count;

	request_init(request, 7);
	model_pipeline(&arena, pipeline, &parsed);
	request_first_events(&arena, &parsed, model_yaml(&arena, form_data), MODEL_REQUESTER,
	    "please", MODEL_NOW, &events, &count);
	for (size_t i = 0; i < count; i++) {
		events[i].service_request_id = 7;
		events[i].prev = i == 0 ? NULL : request->head;
		if (model_apply(request, &events[i], &err) != 0)
			assert_string_equal(err.buf, "");
	}
	strbuf_release(&err);
	arena_release(&arena);
}

void
model_prepare(const struct request *request, enum event_type type, const char *step,
    const struct model_detail *detail, struct event *out)
{
	const struct step_state *state = step == NULL ? NULL : request_step(request, step);
	struct strbuf err = STRBUF_INIT;

	request_prepare_event(request, type, state, detail->by == NULL ? "adam" : detail->by,
	    MODEL_NOW + (int64_t)request->event_count * 1000, out);
	out->step_name = step;
	if (type == EVENT_RUNNING)
		out->attempt++;
	out->reason = detail->reason;
	out->effect = detail->effect;
	out->http_status = detail->http_status;
	out->not_before = detail->not_before;
	out->expires_at = detail->expires_at;
	out->override = detail->override;
	out->created_by_uid = detail->uid;
	out->host = detail->host;
	out->process = detail->process;
	request_status_after(request, out, &err);
	strbuf_release(&err);
}

int
model_apply(struct request *request, const struct event *event, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct event again;
	char digest[DIGEST_SIZE];

	event_write(event, &text);
	digest_sha256(text.buf, text.len, digest);
	if (event_read(&request->arena, "event", text.buf, text.len, &again, err) != 0)
		assert_string_equal(err->buf, "");
	strbuf_release(&text);
	return request_apply(request, steps_catalogue, &again, digest, err);
}

void
model_happens_with(struct request *request, enum event_type type, const char *step,
    const struct model_detail *detail)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct event event;

	model_prepare(request, type, step, detail, &event);
	if (detail->outputs != NULL)
		event.outputs = model_yaml(&arena, detail->outputs);
	if (detail->form_data != NULL)
		event.form_data = model_yaml(&arena, detail->form_data);
	if (detail->approved_by != NULL) {
		event.approved_by = model_yaml(&arena, detail->approved_by);
		assert_int_equal(request_status_after(request, &event, &err), 0);
	}
	if (model_apply(request, &event, &err) != 0)
		assert_string_equal(err.buf, "");
	assert_string_equal(err.buf, "");
	strbuf_release(&err);
	arena_release(&arena);
}

void
model_happens(struct request *request, enum event_type type, const char *step)
{
	model_happens_with(request, type, step, &(struct model_detail){0});
}

void
model_applies(struct request *request, const struct event *event)
{
	struct strbuf err = STRBUF_INIT;

	if (model_apply(request, event, &err) != 0)
		assert_string_equal(err.buf, "");
	strbuf_release(&err);
}

void
model_refuses_event(struct request *request, const struct event *event, const char *message)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct request before = *request;
	size_t steps = request->pipeline.step_count;
	struct step_state *states = arena_calloc(&arena, steps + 1, sizeof(*states));

	if (steps > 0)
		memcpy(states, request->steps, steps * sizeof(*states));
	assert_int_equal(model_apply(request, event, &err), -1);
	assert_string_equal(err.buf, message);
	before.arena = request->arena; /* may have grown */
	assert_memory_equal(request, &before, sizeof(before));
	if (steps > 0)
		assert_memory_equal(request->steps, states, steps * sizeof(*states));
	strbuf_release(&err);
	arena_release(&arena);
}

void
model_refuses(struct request *request, enum event_type type, const char *step, const char *message)
{
	struct event event;

	model_prepare(request, type, step, &(struct model_detail){0}, &event);
	model_refuses_event(request, &event, message);
}

void
model_assert_request(const struct request *request, enum request_status status)
{
	assert_string_equal(request_status_name(request->status), request_status_name(status));
}

void
model_assert_step(const struct request *request, const char *step, enum step_status status)
{
	const struct step_state *state = request_step(request, step);

	assert_non_null(state);
	assert_string_equal(step_status_name(state->status), step_status_name(status));
}
