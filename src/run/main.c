/* SPDX-License-Identifier: ISC */
/*
 * svcreq-run: the part of svcreq that advances requests.  It is started by svcreq, which
 * has checked the arguments and who may do what.
 */
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/message-queue.h"
#include "base/number.h"
#include "base/options.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "model/exit-code.h"
#include "model/limits.h"
#include "model/request/permission.h"
#include "run/runner.h"
#include "store/runnable.h"
#include "steps/catalogue.h"
#include "workspace/caller.h"
#include "workspace/identity.h"
#include "store/id-list.h"
#include "workspace/workspace.h"

/* Of freed memory: what is given back to the system is asked for again by the next request. */
#define KEPT_BYTES (1024 * 1024)

static const struct option_spec option_table[] = {
    {'C', "directory", "<dir>", "use the workspace in that folder", OPTION_ONCE},
    {'j', "jobs", "<number>", "advance at most this many at a time", OPTION_ONCE},
    {'q', "quiet", NULL, "print only errors", OPTION_ONCE},
    {0, "pending", NULL, "advance every request that can move", OPTION_ONCE},
    {0, "if-free", NULL, "skip requests that another process runs", OPTION_ONCE},
    {0, "dry-run", NULL, "print what would be sent, and send nothing", OPTION_ONCE},
    {.name = NULL},
};

static const char usage[] =
    "usage: svcreq-run [-q] [-C dir] [-j jobs] [--if-free] [--dry-run] (--pending | id ...)";

struct options {
	const char *directory;
	uint64_t jobs;
	bool pending;
	bool if_free;
	bool quiet;
	bool dry_run;
	struct id_list ids; /* the operands */
};

/* Returns 0, or -1 with err. */
static int
read_options(const struct arguments *arguments, struct options *out, struct strbuf *err)
{
	const char *jobs = option_text(arguments, "jobs");

	*out = (struct options){
	    .directory = option_text(arguments, "directory"),
	    .jobs = JOBS_DEFAULT,
	    .pending = option_given(arguments, "pending"),
	    .if_free = option_given(arguments, "if-free"),
	    .quiet = option_given(arguments, "quiet"),
	    .dry_run = option_given(arguments, "dry-run"),
	};
	if (jobs != NULL && (!number_parse(jobs, JOBS_MAX, &out->jobs) || out->jobs == 0))
		return fail(err, "-j takes a number from 1 to %d, not '%s'", JOBS_MAX, jobs);
	if (out->pending == (arguments->operand_count > 0))
		return fail(err, "give ids, or --pending");
	for (size_t i = 0; i < arguments->operand_count; i++) {
		uint64_t id;

		if (!number_parse(arguments->operands[i], INT64_MAX, &id) || id == 0)
			return fail(err, "not a request id: '%s'", arguments->operands[i]);
		id_list_add(&out->ids, id);
	}
	/* one that is named twice is run once: we cannot lock out ourselves */
	id_list_sort(&out->ids);
	return 0;
}

/* Returns 0 with *out, or -1 with err. */
static int
advance(const struct workspace *workspace, const struct options *options,
    const struct id_list *list, struct runner_end *out, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	/* what a dry run prints is in the order of the requests */
	size_t slots = options->dry_run ? 1 : (size_t)options->jobs;
	struct actor actor;
	int ret = identity_find(workspace, &arena, &actor, err);

	if (list->count < slots)
		slots = list->count;
	if (ret == 0 && list->count > 0) {
		const struct runner_options runner = {
		    .ids = list->ids,
		    .count = list->count,
		    .slots = slots,
		    .skip_busy = options->pending || options->if_free,
		    .quiet = options->quiet,
		    .dry_run = options->dry_run,
		    .actor = actor.name,
		};

		ret = runner_run(workspace, &runner, out, err);
	}
	if (ret == 0 && options->dry_run && (fflush(stdout) != 0 || ferror(stdout)))
		ret = fail_errno(err, "cannot write to standard output");
	arena_release(&arena);
	return ret;
}

/* Returns 0 with *out, or -1 with err. */
static int
run(struct options *options, struct runner_end *out, struct strbuf *err)
{
	struct workspace *workspace = NULL;
	struct id_list *list = &options->ids;
	int ret = -1;

	if (process_check_limits(err) == 0)
		workspace = workspace_open(options->directory, steps_catalogue, err);
	if (workspace == NULL)
		goto out;
	if (options->pending) {
		free(list->ids);
		*list = (struct id_list){0};
		if (runnable_list(workspace_store(workspace), clock_now(), list, err) != 0)
			goto out;
	}
	ret = advance(workspace, options, list, out, err);
out:
	workspace_close(workspace);
	return ret;
}

/* No core file and no debugger: there would be secrets in it, and in the memory. */
static void
keep_secrets(void)
{
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0); /* whatever cores are piped to does not heed the limit */
}

/* A person who has come through sudo or doas could stop it in the middle, with its locks. */
static void
ignore_stops(void)
{
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct runner_end end = {.code = CODE_DONE};
	struct arguments arguments;
	struct options options = {0};

	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	caller_leave_behind();
	if (options_parse(&arena, option_table, true, argc, argv, &arguments, &err) != 0 ||
	    (!arguments.help && read_options(&arguments, &options, &err) != 0)) {
		message("svcreq: %s", err.buf);
		message("%s", usage);
		end.code = CODE_USAGE;
	} else if (arguments.help) {
		puts(usage);
	} else {
		signal(SIGPIPE, SIG_IGN);
		if (identity_is_on_behalf())
			ignore_stops();
		keep_secrets();
		/* a dry run has nothing under way, and waits for its reader */
		if (!options.dry_run && message_queue_start(&err) != 0)
			strbuf_reset(&err); /* it can wait then, but work all the same */
		if (run(&options, &end, &err) != 0) {
			message("svcreq: %s", err.buf);
			end.code = CODE_ERROR;
		}
	}
	free(options.ids.ids);
	strbuf_release(&err);
	arena_release(&arena);
	message_queue_end();
	if (end.stopped_by != 0)
		raise(end.stopped_by); /* whoever started us sees what ended us */
	return (int)end.code;
}
