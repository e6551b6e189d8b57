/* SPDX-License-Identifier: ISC */
#include "cli/create-key.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/faults.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "model/pipeline/pipeline.h"
#include "model/request/event.h"
#include "model/request/request.h"
#include "model/request/snapshot.h"
#include "store/store.h"
#include "workspace/pipelines.h"
#include "cli/context.h"
#include "cli/print.h"

enum exit_code
create_key_check(struct context *context, const char *key)
{
	size_t len = strlen(key), used;

	if (len == 0)
		return context_fail(context, CODE_USAGE, "the key is empty");
	if (len > KEY_MAX_BYTES)
		return context_fail(
		    context, CODE_USAGE, "the key has more than %d bytes", KEY_MAX_BYTES);
	if (!utf8_valid(key, len))
		return context_fail(context, CODE_USAGE, "the key is not UTF-8");
	for (; *key != '\0'; key += used) {
		if (utf8_is_control(utf8_decode(key, strlen(key), &used)))
			return context_fail(
			    context, CODE_USAGE, "the key has a control character in it");
	}
	return CODE_DONE;
}

enum exit_code
create_key_find(struct context *context, const char *key, struct request *existing)
{
	uint64_t id;
	enum store_result result = store_find_key(
	    workspace_store(context->workspace), context->actor.name, key, &id, &context->err);

	if (result == STORE_NOT_FOUND)
		return CODE_DONE;
	if (result != STORE_EXISTS)
		return context_code_of(result);
	return context_load_request(context, id, existing) == 0 ? CODE_DONE : CODE_ERROR;
}

const char *
create_key_pipeline(struct context *context, const char *name)
{
	struct pipeline pipeline;
	struct faults ignored;

	faults_init(&ignored, NULL);
	if (pipelines_find(context->workspace, &context->arena, name, &pipeline, &ignored, NULL) ==
	    0)
		name = pipeline.name;
	faults_release(&ignored);
	return name;
}

static enum exit_code fail_difference(struct context *, const char *key, const struct request *,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static enum exit_code
fail_difference(
    struct context *context, const char *key, const struct request *existing, const char *fmt, ...)
{
	va_list args;

	strbuf_addf(&context->err, "the key '%s' is that of request %" PRIu64 ", which ", key,
	    existing->id);
	va_start(args, fmt);
	strbuf_vaddf(&context->err, fmt, args);
	va_end(args);
	return CODE_ERROR;
}

enum exit_code
create_key_compare_origin(struct context *context, const char *key, const struct request *existing,
    const char *pipeline_name, uint64_t replaces)
{
	int64_t before = existing->events[0]->replaces;

	if (strcmp(existing->pipeline.name, pipeline_name) != 0)
		return fail_difference(context, key, existing,
		    "is of the pipeline '%s', not of '%s'", existing->pipeline.name, pipeline_name);
	if (before == (int64_t)replaces)
		return CODE_DONE;
	if (before == 0)
		return fail_difference(context, key, existing, "replaces no other");
	return fail_difference(context, key, existing, "replaces request %" PRId64, before);
}

/* As it was created: it may have been updated since. */
enum exit_code
create_key_compare_data(struct context *context, const char *key, const struct request *existing,
    const struct value *given)
{
	struct value *names = value_new(&context->arena, VALUE_LIST);
	struct strbuf list = STRBUF_INIT;
	enum exit_code code = CODE_DONE;

	form_compare(&context->arena, &snapshot_at(existing, 1)->form, given,
	    existing->events[0]->form_data, names);
	print_add_list(&list, names);
	if (names->count > 0)
		code = fail_difference(context, key, existing, "has other form data: %s", list.buf);
	strbuf_release(&list);
	return code;
}
