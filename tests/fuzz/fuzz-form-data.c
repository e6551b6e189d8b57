/* SPDX-License-Identifier: ISC */
/*
 * Any file as the form data of a pipeline that has every type of field, and fills them in wherever
 * a call can have them: it is refused with messages that show nothing secret, or the data fits the
 * form, stays what it is when it is checked again, and is stored and read as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/document.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "model/pipeline/form.h"
#include "model/pipeline/pipeline-form.h"
#include "model/pipeline/pipeline.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "steps/catalogue.h"

#define HIDDEN "hunter2-hunter2" /* never in a message, when it is what the secret has */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char source[] =
    "form:\n"
    "  fields:\n"
    "    - {name: host, required: true, min_length: 2}\n"
    "    - {name: why, type: text}\n"
    "    - {name: size, type: select, options: [S, M, L], default: M}\n"
    "    - {name: days, type: checkboxes, options: [Mon, Tue, 'a, b']}\n"
    "    - {name: token, secret: true}\n"
    "    - {name: pick, type: select, options: [x, y], secret: true}\n"
    "steps:\n"
    "  - step_name: Call\n"
    "    step_type: API\n"
    "    parameters:\n"
    "      method: POST\n"
    "      url: 'http://127.0.0.1/v1/${host}/x?size=${size}&why=${why}'\n"
    "      headers: {X-Host: '${host}', Authorization: 'Bearer ${token}'}\n"
    "      data: {host: '${host}', why: '${why}', days: '${days}', token: '${token}', p: '${pick}'}\n"
    "  - step_name: Ok\n"
    "    step_type: WAIT_FOR_APPROVAL\n"
    "    parameters: {instructions: 'for ${host}: ${why}'}\n";

static void
check(int holds)
{
	if (!holds)
		abort();
}

static const struct pipeline *
the_pipeline(void)
{
	static struct arena arena = ARENA_INIT;
	static struct pipeline pipeline;
	static bool is_made;
	struct value *document = NULL;
	struct faults faults;

	if (is_made)
		return &pipeline;
	faults_init(&faults, "fuzz");
	check(yaml_read_all(&arena, source, strlen(source), &document, &faults) == 0);
	pipeline_check(&arena, document, "fuzz", steps_catalogue, &pipeline, &faults);
	check(faults.count == 0);
	faults_release(&faults);
	is_made = true;
	return &pipeline;
}

/* Whether it is what a field of that type keeps. */
static void
check_kept(const struct field *field, const struct value *value)
{
	size_t used;

	if (field->type == FIELD_CHECKBOXES) {
		check(value->type == VALUE_LIST);
		for (size_t i = 0; i < value->count; i++)
			check(value_text(value->items[i]) != NULL &&
			      field_has_option(field, value->items[i]->text));
		return;
	}
	check(value->type != VALUE_LIST && value->type != VALUE_MAP);
	if (field->type == FIELD_SELECT)
		check(value_text(value) != NULL && field_has_option(field, value->text));
	if (value->type != VALUE_STRING)
		return;
	check(utf8_valid(value->text, strlen(value->text)));
	check(utf8_length(value->text) >= (size_t)field->min_length);
	for (const char *at = value->text; *at != '\0'; at += used) {
		long code_point = utf8_decode(at, strlen(at), &used);
		bool control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);

		check(!control || (field->type == FIELD_TEXT && strchr("\t\r\n", *at) != NULL));
	}
}

static void
check_data(struct arena *arena, const struct pipeline *pipeline, const struct value *given,
    const struct value *data)
{
	struct value *names = value_new(arena, VALUE_LIST);
	const struct value *again = NULL;
	struct faults faults;
	size_t next = 0;

	check(data->type == VALUE_MAP);
	for (size_t i = 0; i < data->count; i++) {
		const struct field *field = form_find(&pipeline->form, data->pairs[i].key->text);

		check(field != NULL && field >= pipeline->form.fields + next); /* in their order */
		next = (size_t)(field - pipeline->form.fields) + 1;
		check_kept(field, data->pairs[i].value);
	}
	form_compare(arena, &pipeline->form, given, data, names);
	check(names->count == 0);
	faults_init(&faults, NULL);
	form_check(arena, &pipeline->form, data, &again, &faults);
	check(faults.count == 0 && value_equal(again, data));
	faults_release(&faults);
}

/* As the store writes and reads it. */
static void
check_stored(struct arena *arena, const struct pipeline *pipeline, const struct value *data)
{
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	struct event *events, event;
	size_t count;

	request_first_events(arena, pipeline, data, "me", NULL, 1, &events, &count);
	events[0].service_request_id = 1;
	event_write(&events[0], &text);
	check(event_read(arena, "event", text.buf, text.len, &event, &err) == 0);
	check(value_equal(event.form_data, data));
	strbuf_release(&err);
	strbuf_release(&text);
}

/* Whether nothing but a secret field has that text, so that a message with it shows a secret. */
static bool
is_hidden(const struct value *given, const char *bytes, size_t len)
{
	const char *token = value_text(value_map_get(given, "token"));
	const char *found = memmem(bytes, len, HIDDEN, strlen(HIDDEN));

	return token != NULL && strstr(token, HIDDEN) != NULL && found != NULL &&
	       memmem(found + 1, len - (size_t)(found + 1 - bytes), HIDDEN, strlen(HIDDEN)) == NULL;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct pipeline *pipeline = the_pipeline();
	const char *text = (const char *)data + 1;
	const struct value *complete = NULL;
	struct arena arena = ARENA_INIT;
	struct value *given = NULL;
	struct faults faults;

	if (size < 1)
		return 0;
	faults_init(&faults, (data[0] & 1) != 0 ? "fuzz.json" : "fuzz.yaml");
	if (document_read(&arena, faults.file, text, size - 1, &given, &faults) != 0)
		check(faults.count > 0);
	if (faults.count == 0 && given != NULL && given->type == VALUE_MAP) {
		form_check(&arena, &pipeline->form, given, &complete, &faults);
		check((faults.count == 0) == (complete != NULL));
		if (complete != NULL) {
			check_data(&arena, pipeline, given, complete);
			check_stored(&arena, pipeline, complete);
			pipeline_form_check(&arena, pipeline, complete, &faults);
		}
		check(!is_hidden(given, text, size - 1) ||
		      strstr(faults_text(&faults), HIDDEN) == NULL);
	}
	check(utf8_valid(faults_text(&faults), strlen(faults_text(&faults))));
	faults_release(&faults);
	arena_release(&arena);
	return 0;
}
