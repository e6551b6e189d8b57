/* SPDX-License-Identifier: ISC */
#include "cli/exec.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "model/exit-code.h"
#include "workspace/caller.h"
#include "workspace/identity.h"
#include "cli/commands.h"
#include "cli/context.h"

/*
 * Adds $SVCREQ_EXEC_PATH, which an environment that was made anew has not, else
 * <folder of svcreq>/../libexec/svcreq.  Returns 0, or -1 with err.
 */
static int
add_exec_folder(struct strbuf *out, struct strbuf *err)
{
	const char *folder = getenv("SVCREQ_EXEC_PATH");
	char self[PATH_MAX], *slash;
	ssize_t len;

	if (folder != NULL && *folder != '\0') {
		strbuf_addstr(out, folder);
		return 0;
	}
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0)
		return fail_errno(err, "cannot tell where svcreq is installed");
	self[len] = '\0';
	for (int i = 0; i < 2; i++) {
		slash = strrchr(self, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	strbuf_addf(out, "%s/libexec/svcreq", self);
	return 0;
}

static enum exit_code
become(struct context *context, const char *program, char **argv)
{
	if (context_flush(context) != 0)
		return CODE_ERROR;
	execv(program, argv);
	fail_errno(&context->err, "cannot run '%s'", program);
	return CODE_ERROR;
}

enum exit_code
exec_run(struct context *context, const char *const *arguments, size_t count)
{
	struct arena *arena = &context->arena;
	char **argv = arena_calloc(arena, count + 4, sizeof(char *));
	struct strbuf program = STRBUF_INIT;
	enum exit_code code = CODE_ERROR;

	argv[0] = arena_strdup(arena, "svcreq-run");
	argv[1] = arena_strdup(arena, "-C");
	argv[2] = arena_strdup(arena, workspace_path(context->workspace));
	for (size_t i = 0; i < count; i++)
		argv[3 + i] = arena_strdup(arena, arguments[i]);
	if (add_exec_folder(&program, &context->err) == 0) {
		strbuf_addstr(&program, "/svcreq-run");
		code = become(context, program.buf, argv);
	}
	strbuf_release(&program);
	return code;
}

enum exit_code
exec_run_if_free(struct context *context, uint64_t id)
{
	const char *arguments[] = {"--if-free", arena_printf(&context->arena, "%" PRIu64, id)};

	return exec_run(context, arguments, 2);
}

static enum exit_code
fail_unknown(struct context *context, const char *name, bool may_start)
{
	enum exit_code code = command_unknown(context, name);

	if (!may_start)
		fail(&context->err, "; programs of your own are not run %s",
		    identity_is_on_behalf() ? "with the rights of another"
					    : "for the workspace of another");
	return code;
}

/* may_start: programs of $PATH, too. */
static enum exit_code
find_external(struct context *context, char **argv, const char *program, const char *in_folder,
    bool may_start)
{
	if (context_flush(context) != 0)
		return CODE_ERROR;
	/* The other program works in the workspace of -C too. */
	if (context->directory != NULL && setenv("SVCREQ_ROOT", context->directory, 1) != 0)
		return context_fail(context, CODE_ERROR, "cannot set SVCREQ_ROOT");
	execv(in_folder, argv);
	if ((errno == ENOENT || errno == ENOTDIR) && may_start)
		execvp(program, argv);
	if (errno == ENOENT || errno == ENOTDIR)
		return fail_unknown(context, argv[0], may_start);
	fail_errno(&context->err, "cannot run '%s'", program);
	return CODE_ERROR;
}

enum exit_code
exec_external(struct context *context, char **argv)
{
	struct strbuf in_folder = STRBUF_INIT;
	const char *program;
	enum exit_code code = CODE_ERROR;
	bool may_start;

	if (strchr(argv[0], '/') != NULL || *argv[0] == '\0')
		return command_unknown(context, argv[0]);
	may_start = caller_may_start_programs(context->directory);
	if (add_exec_folder(&in_folder, &context->err) == 0) {
		program = arena_printf(&context->arena, "svcreq-%s", argv[0]);
		strbuf_addf(&in_folder, "/%s", program);
		code = find_external(context, argv, program, in_folder.buf, may_start);
	}
	strbuf_release(&in_folder);
	return code;
}
