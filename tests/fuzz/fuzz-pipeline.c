/* SPDX-License-Identifier: ISC */
/*
 * Any file as a pipeline: it is refused with a message, or a request can be made of it and read
 * again.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "model/request/next.h"
#include "model/pipeline/pipeline-form.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/placeholder.h"
#include "model/request/request.h"
#include "model/parameters.h"
#include "steps/catalogue.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

static const struct value *
stand_in(void *context, const char *name, struct strbuf *err)
{
	static const struct value letter = {.type = VALUE_STRING, .text = "x"};

	(void)context;
	(void)name;
	(void)err;
	return &letter;
}

static void
check_filling(struct arena *arena, const struct pipeline *pipeline)
{
	const struct placeholder_scope scope = {.lookup = stand_in, .rules = PIPELINE_RULES};
	const struct parameter_filling filling = {.arena = arena, .scope = &scope};

	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];
		struct faults faults;

		faults_init(&faults, NULL);
		check(pipeline_step(pipeline, step->name) == step);
		check(parameters_fill(&filling, step->type, step->parameters, &faults) != NULL);
		faults_release(&faults);
	}
}

/* As the store writes and loads them. */
static void
check_request(struct arena *arena, const struct pipeline *pipeline)
{
	struct strbuf err = STRBUF_INIT;
	struct request request;
	struct event *events, event;
	size_t count;

	request_init(&request, 1);
	request_first_events(
	    arena, pipeline, value_new(arena, VALUE_MAP), "me", NULL, 1, &events, &count);
	for (size_t i = 0; i < count; i++) {
		struct strbuf text = STRBUF_INIT;
		char digest[DIGEST_SIZE];

		events[i].service_request_id = 1;
		events[i].prev = i == 0 ? NULL : request.head;
		event_write(&events[i], &text);
		digest_sha256(text.buf, text.len, digest);
		check(event_read(&request.arena, "event", text.buf, text.len, &event, &err) == 0);
		check(request_apply(&request, steps_catalogue, &event, digest, &err) == 0);
		strbuf_release(&text);
	}
	check(request_next(&request, 1).kind == NEXT_START);
	request_release(&request);
}

/* What is kept was checked by other rules: it is built, or refused with a reason. */
static void
check_building(struct arena *arena, const struct value *document)
{
	struct strbuf err = STRBUF_INIT, text = STRBUF_INIT;
	struct pipeline pipeline;

	if (pipeline_build(arena, document, "fuzz", 1, steps_catalogue, &pipeline, &err) != 0) {
		check(err.len > 0);
	} else {
		check(err.len == 0 && pipeline.step_count > 0);
		for (size_t i = 0; i < pipeline.step_count; i++)
			pipeline_step_describe(&pipeline.steps[i], &text);
		check_request(arena, &pipeline);
	}
	strbuf_release(&text);
	strbuf_release(&err);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct value *document = NULL;
	struct pipeline pipeline;
	struct faults faults;

	faults_init(&faults, "fuzz");
	if (yaml_read_all(&arena, (const char *)data, size, &document, &faults) == 0) {
		pipeline_check(&arena, document, "fuzz", steps_catalogue, &pipeline, &faults);
		check(utf8_valid(faults_text(&faults), faults.text.len));
		check((faults.count == 0) == (faults.text.len == 0));
		check_building(&arena, document);
		if (faults.count == 0) {
			check(pipeline.step_count > 0);
			check_filling(&arena, &pipeline);
			check_request(&arena, &pipeline);
			pipeline_form_check(
			    &arena, &pipeline, value_new(&arena, VALUE_MAP), &faults);
		}
	} else {
		check(faults.count > 0);
	}
	faults_release(&faults);
	arena_release(&arena);
	return 0;
}
