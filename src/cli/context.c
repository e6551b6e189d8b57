/* SPDX-License-Identifier: ISC */
#include "cli/context.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/message.h"
#include "model/request/request.h"
#include "workspace/config.h"
#include "workspace/identity.h"
#include "workspace/program-name.h"
#include "store/store.h"

void
context_init(struct context *context, const struct step_type *const *types)
{
	*context = (struct context){
	    .types = types,
	    .arena = ARENA_INIT,
	    .err = STRBUF_INIT,
	};
	context_set_directory(context, NULL);
}

void
context_set_directory(struct context *context, const char *directory)
{
	struct strbuf program = STRBUF_INIT;

	program_name_add(&program, directory);
	context->directory = directory;
	context->program = arena_strdup(&context->arena, program.buf);
	strbuf_release(&program);
}

/* What was wrong with the store, and is mended. */
static void
report_notice(const struct context *context)
{
	struct store *store =
	    context->workspace == NULL ? NULL : workspace_store(context->workspace);
	const char *notice = store == NULL ? NULL : store_notice(store);

	if (notice != NULL)
		message("svcreq: %s", notice);
}

void
context_release(struct context *context)
{
	report_notice(context);
	workspace_close(context->workspace);
	strbuf_release(&context->err);
	arena_release(&context->arena);
}

int
context_load_policy(struct context *context)
{
	const struct config *config = workspace_config(context->workspace, &context->err);

	if (config == NULL)
		return -1;
	context->policy.admins = config->admins;
	context->policy.service = config->service;
	context->policy.root_owns = workspace_owner_uid(context->workspace) == 0;
	return 0;
}

int
context_prepare(struct context *context, unsigned needs)
{
	if (needs != 0) {
		context->workspace =
		    workspace_open(context->directory, context->types, &context->err);
		if (context->workspace == NULL)
			return -1;
	}
	if ((needs & NEEDS_ACTOR) == 0)
		return 0;
	if (identity_find(context->workspace, &context->arena, &context->actor, &context->err) != 0)
		return -1;
	return context_load_policy(context);
}

enum exit_code
context_fail(struct context *context, enum exit_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&context->err, fmt, args);
	va_end(args);
	return code;
}

void
context_report(struct context *context)
{
	message("svcreq: %s", context->err.buf);
	strbuf_reset(&context->err);
}

void
context_report_locks(struct context *context)
{
	if (store_check_locks(workspace_store(context->workspace), &context->err) != 0)
		context_report(context);
}

int
context_load_request(struct context *context, uint64_t id, struct request *request)
{
	request_init(request, id);
	return store_load(workspace_store(context->workspace), request, &context->err) == STORE_OK
		   ? 0
		   : -1;
}

int
context_flush(struct context *context)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	context->output_failed = true;
	/* An earlier write may have failed, whose errno is lost. */
	if (errno == 0)
		errno = EIO;
	return fail_errno(&context->err, "cannot write to standard output");
}

enum exit_code
context_code_of(enum store_result result)
{
	return result == STORE_BUSY ? CODE_BUSY : CODE_ERROR;
}
