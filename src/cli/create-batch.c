/* SPDX-License-Identifier: ISC */
#include "cli/create-batch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/message.h"
#include "base/options.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "model/pipeline/pipeline-form.h"
#include "model/pipeline/pipeline.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/create-key.h"
#include "cli/form-input.h"
#include "cli/here.h"
#include "cli/input-file.h"
#include "cli/pipeline-input.h"
#include "cli/request-json.h"

#define MAX_MIB	  64
#define LINES_MAX 100000
/* The faults of so many lines are printed. */
#define SHOWN_LINES 10
/* How often others may record a request under one of our keys while we are about to. */
#define ROUNDS 3

/* A line that asks for a request. */
struct wanted {
	size_t number; /* of the line in the file */
	struct value *given;
	const struct value *data; /* as the form has it */
	const char *key;	  /* NULL: none */
	uint64_t id;		  /* 0: not recorded yet */
};

struct bad_line {
	size_t number;
	const char *text; /* a line for each fault */
};

struct batch {
	struct context *context;
	const char *file; /* for messages */
	const char *pipeline_name;
	const char *remarks;
	const char *key; /* of the whole; NULL: none */
	struct form_input common;
	struct pipeline pipeline;
	struct wanted *wanted;
	size_t count;
	size_t capacity;
	struct bad_line *bad;
	size_t bad_count;
	size_t bad_capacity;
};

/* ---- the command line */

static enum exit_code
check_options(struct context *context, const struct arguments *arguments)
{
	static const char *const others[] = {"from", "again", "form-data", "run", NULL};

	for (const char *const *name = others; *name != NULL; name++) {
		if (option_given(arguments, *name))
			return context_fail(
			    context, CODE_USAGE, "--batch and --%s exclude each other", *name);
	}
	if (arguments->operand_count == 0)
		return context_fail(context, CODE_USAGE,
		    "'%s create --batch' needs an argument: <pipeline>", context->program);
	return CODE_DONE;
}

static enum exit_code
read_options(struct batch *batch, const struct arguments *arguments)
{
	struct context *context = batch->context;
	enum exit_code code = check_options(context, arguments);

	if (code != CODE_DONE)
		return code;
	batch->pipeline_name = arguments->operands[0];
	batch->key = option_text(arguments, "key");
	if (batch->key != NULL) {
		/* the longest that a line can have */
		code = create_key_check(
		    context, arena_printf(&context->arena, "%s/%d", batch->key, LINES_MAX));
		if (code == CODE_DONE && *batch->key == '\0')
			code = create_key_check(context, batch->key);
	}
	if (code == CODE_DONE)
		code = form_input_remarks(context, arguments, &batch->remarks);
	return code == CODE_DONE ? form_input_read(context, arguments, &batch->common) : code;
}

/* ---- the lines */

/* Keeps what is wrong with a line until all of them were looked at. */
static void
keep_faults(struct batch *batch, size_t number, struct faults *faults)
{
	struct strbuf text = STRBUF_INIT;

	faults_sort(faults);
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->array[i];

		strbuf_addf(&text, "%s%s:%zu:", i == 0 ? "" : "\n", batch->file, number);
		if (fault->line != 0)
			strbuf_addf(&text, "%u:", fault->column);
		strbuf_addf(&text, " %s", fault->message);
	}
	if (faults->count > 0) {
		ALLOC_GROW(batch->bad, batch->bad_count, batch->bad_capacity);
		batch->bad[batch->bad_count++] = (struct bad_line){
		    .number = number, .text = arena_strdup(&batch->context->arena, text.buf)};
	}
	strbuf_release(&text);
}

/* Fields of -f take precedence. */
static void
add_common(struct batch *batch, struct value *given)
{
	const struct value *common = batch->common.given;

	for (size_t i = 0; i < common->count; i++)
		value_map_set(&batch->context->arena, given, common->pairs[i].key->text,
		    common->pairs[i].value);
}

static void
read_line(struct batch *batch, size_t number, const char *text, size_t len)
{
	struct arena *arena = &batch->context->arena;
	struct value *given = NULL;
	struct faults faults;
	struct wanted *wanted;

	faults_init(&faults, batch->file);
	if (json_read_all(arena, text, len, &given, &faults) == 0 && given->type != VALUE_MAP)
		fault_add(&faults, given,
		    "form data is an object of field names and values, not a %s",
		    value_type_name(given->type));
	keep_faults(batch, number, &faults);
	if (faults.count == 0) {
		add_common(batch, given);
		ALLOC_GROW(batch->wanted, batch->count, batch->capacity);
		wanted = &batch->wanted[batch->count++];
		*wanted = (struct wanted){.number = number, .given = given};
		if (batch->key != NULL)
			wanted->key = arena_printf(arena, "%s/%zu", batch->key, batch->count);
	}
	faults_release(&faults);
}

/* An empty line asks for nothing. */
static enum exit_code
read_lines(struct batch *batch, const struct strbuf *text)
{
	const char *line = text->buf, *end = text->buf + text->len;

	for (size_t number = 1; line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline == NULL ? end : newline) - line);

		if (strspn(line, " \t\r") < len)
			read_line(batch, number, line, len);
		if (batch->count > LINES_MAX)
			return context_fail(batch->context, CODE_INVALID,
			    "%s has more than %d requests", batch->file, LINES_MAX);
		line += len + (newline != NULL);
	}
	if (batch->count == 0 && batch->bad_count == 0)
		return context_fail(
		    batch->context, CODE_INVALID, "there is no form data in %s", batch->file);
	return CODE_DONE;
}

static enum exit_code
read_file(struct batch *batch, const struct arguments *arguments)
{
	struct strbuf text = STRBUF_INIT;
	enum exit_code code = input_file_read_max(
	    batch->context, option_text(arguments, "batch"), MAX_MIB, &batch->file, &text);

	if (code == CODE_DONE)
		code = read_lines(batch, &text);
	strbuf_release(&text);
	return code;
}

/* ---- what exists already */

/* A line whose key a request has is that request, if it asks for the same. */
static enum exit_code
find_existing(struct batch *batch, struct wanted *wanted, const char *own_name)
{
	struct context *context = batch->context;
	struct request existing;
	enum exit_code code;

	request_init(&existing, 0);
	code = create_key_find(context, wanted->key, &existing);
	if (code == CODE_DONE && existing.id != 0) {
		code = create_key_compare_origin(context, wanted->key, &existing, own_name, 0);
		if (code == CODE_DONE)
			code =
			    create_key_compare_data(context, wanted->key, &existing, wanted->given);
		if (code == CODE_DONE)
			wanted->id = existing.id;
	}
	request_release(&existing);
	return code;
}

static enum exit_code
find_all_existing(struct batch *batch)
{
	enum exit_code code = CODE_DONE;
	const char *own_name;

	if (batch->key == NULL)
		return CODE_DONE;
	own_name = create_key_pipeline(batch->context, batch->pipeline_name);
	for (size_t i = 0; i < batch->count && code == CODE_DONE; i++) {
		if (batch->wanted[i].id == 0)
			code = find_existing(batch, &batch->wanted[i], own_name);
	}
	return code;
}

static size_t
count_new(const struct batch *batch)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += batch->wanted[i].id == 0;
	return count;
}

/* ---- recording */

static enum exit_code
check_data(struct batch *batch)
{
	struct arena *arena = &batch->context->arena;
	enum exit_code code =
	    pipeline_input_find(batch->context, batch->pipeline_name, &batch->pipeline);

	if (code != CODE_DONE)
		return code;
	here_warn(batch->context->workspace, &batch->pipeline);
	for (size_t i = 0; i < batch->count; i++) {
		struct wanted *wanted = &batch->wanted[i];
		struct faults faults;

		if (wanted->id != 0)
			continue;
		faults_init(&faults, batch->file);
		form_check(arena, &batch->pipeline.form, wanted->given, &wanted->data, &faults);
		if (faults.count == 0)
			pipeline_form_check(arena, &batch->pipeline, wanted->data, &faults);
		keep_faults(batch, wanted->number, &faults);
		faults_release(&faults);
	}
	return CODE_DONE;
}

static int
compare_numbers(const void *left, const void *right)
{
	const struct bad_line *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* Says what is wrong with the first of the bad lines. */
static enum exit_code
fail_lines(const struct batch *batch)
{
	size_t count = batch->bad_count, left = count > SHOWN_LINES ? count - SHOWN_LINES : 0;

	qsort(batch->bad, count, sizeof(*batch->bad), compare_numbers);
	for (size_t i = 0; i < count - left; i++) {
		char *rest = arena_strdup(&batch->context->arena, batch->bad[i].text), *line;

		while ((line = strsep(&rest, "\n")) != NULL)
			message("%s", line);
	}
	if (left > 0)
		message("%s: %zu more line%s ha%s faults", batch->file, left, left == 1 ? "" : "s",
		    left == 1 ? "s" : "ve");
	return context_fail(batch->context, CODE_INVALID,
	    "nothing is recorded: %zu line%s of %s cannot be used", count, count == 1 ? "" : "s",
	    batch->file);
}

static void
prepare_creation(
    const struct batch *batch, const struct wanted *wanted, int64_t now, struct store_creation *out)
{
	struct context *context = batch->context;
	struct event *events;

	request_first_events(&context->arena, &batch->pipeline, wanted->data, context->actor.name,
	    batch->remarks, now, &events, &out->count);
	events[0].created_by_uid = context->actor.uid;
	events[0].key = wanted->key;
	out->events = events;
}

/* Records what is not there yet.  STORE_EXISTS: somebody has recorded one of them meanwhile. */
static enum store_result
record(struct batch *batch)
{
	struct context *context = batch->context;
	size_t count = count_new(batch), at = 0;
	struct store_creation *creations = xcalloc(count, sizeof(*creations));
	int64_t now = clock_now();
	enum store_result result = STORE_OK;

	for (size_t i = 0; i < batch->count; i++) {
		if (batch->wanted[i].id == 0)
			prepare_creation(batch, &batch->wanted[i], now, &creations[at++]);
	}
	if (count > 0)
		result = store_create_all(
		    workspace_store(context->workspace), creations, count, &context->err);
	at = 0;
	for (size_t i = 0; i < batch->count && result == STORE_OK; i++) {
		if (batch->wanted[i].id == 0)
			batch->wanted[i].id = creations[at++].id;
	}
	free(creations);
	return result;
}

static enum exit_code
find_or_record(struct batch *batch)
{
	enum store_result result = STORE_EXISTS;
	size_t existing = 0;

	for (int rounds = 0; rounds < ROUNDS && result == STORE_EXISTS; rounds++) {
		/* a line that cannot be read has no key, and moves those of the others */
		enum exit_code code = batch->bad_count > 0 ? CODE_DONE : find_all_existing(batch);

		existing = batch->count - count_new(batch);
		if (code == CODE_DONE && existing < batch->count && rounds == 0)
			code = check_data(batch);
		if (code == CODE_DONE && batch->bad_count > 0)
			code = fail_lines(batch);
		if (code != CODE_DONE)
			return code;
		result = record(batch);
	}
	if (result == STORE_EXISTS)
		return context_fail(
		    batch->context, CODE_ERROR, "others record requests under the same keys");
	if (result != STORE_OK)
		return context_code_of(result);
	if (existing > 0)
		message("%zu of %zu requests were recorded already", existing, batch->count);
	return CODE_DONE;
}

/* ---- what was recorded */

static enum exit_code
print_json(struct context *context, uint64_t id)
{
	struct request request;
	int ret = context_load_request(context, id, &request);

	if (ret == 0)
		print_request_json(context, &request, false);
	request_release(&request);
	return ret == 0 ? CODE_DONE : CODE_ERROR;
}

/* Who does not get to see the ids would record the requests again. */
static enum exit_code
print_ids(const struct batch *batch, bool json)
{
	struct context *context = batch->context;
	enum exit_code code = CODE_DONE;

	for (size_t i = 0; i < batch->count && code == CODE_DONE; i++) {
		if (json)
			code = print_json(context, batch->wanted[i].id);
		else
			printf("%" PRIu64 "\n", batch->wanted[i].id);
	}
	if (code != CODE_DONE || context_flush(context) == 0)
		return code;
	return context_fail(context, CODE_ERROR,
	    "; the requests from %" PRIu64 " to %" PRIu64 " are recorded", batch->wanted[0].id,
	    batch->wanted[batch->count - 1].id);
}

enum exit_code
create_batch(struct context *context, const struct arguments *arguments)
{
	struct batch batch = {.context = context};
	enum exit_code code = read_options(&batch, arguments);

	if (code == CODE_DONE)
		code = read_file(&batch, arguments);
	signal(SIGPIPE, SIG_IGN); /* whoever reads the ids may be gone: that is said */
	if (code == CODE_DONE)
		code = find_or_record(&batch);
	if (code == CODE_DONE)
		code = print_ids(&batch, option_given(arguments, "json"));
	free(batch.wanted);
	free(batch.bad);
	return code;
}
