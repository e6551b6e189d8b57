/* SPDX-License-Identifier: ISC */
/*
 * svcreq-run: the part of svcreq that advances requests.  It is started by svcreq, which
 * has checked the arguments and who may do what.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/message.h"
#include "model/exit-code.h"
#include "model/request/permission.h"
#include "run/dry-run.h"
#include "run/runner.h"
#include "run/runnable.h"
#include "steps/catalogue.h"
#include "workspace/identity.h"
#include "store/store.h"
#include "workspace/workspace.h"

#define STANDARD_SLOTS 16

struct options {
	const char *directory;
	size_t slots;
	bool pending;
	bool if_free;
	bool quiet;
	bool dry_run;
	char **operands;
	size_t operand_count;
};

static const char usage[] =
    "usage: svcreq-run [-q] [-C dir] [-j slots] [--if-free] [--dry-run] (--pending | id ...)";

static bool
parse_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	if (*text < '1' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *out <= most;
}

static bool
parse_options(int argc, char **argv, struct options *options)
{
	enum { OPTION_PENDING = 256, OPTION_IF_FREE, OPTION_DRY_RUN };
	static const struct option long_options[] = {
	    {"pending", no_argument, NULL, OPTION_PENDING},
	    {"if-free", no_argument, NULL, OPTION_IF_FREE},
	    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	    {NULL, 0, NULL, 0},
	};
	uint64_t slots = STANDARD_SLOTS;
	int option;

	while ((option = getopt_long(argc, argv, "+C:j:q", long_options, NULL)) != -1) {
		switch (option) {
		case 'C':
			options->directory = optarg;
			break;
		case 'j':
			if (!parse_number(optarg, RUNNER_MAX_SLOTS, &slots))
				return false;
			break;
		case 'q':
			options->quiet = true;
			break;
		case OPTION_PENDING:
			options->pending = true;
			break;
		case OPTION_IF_FREE:
			options->if_free = true;
			break;
		case OPTION_DRY_RUN:
			options->dry_run = true;
			break;
		default:
			return false;
		}
	}
	options->slots = (size_t)slots;
	options->operands = argv + optind;
	options->operand_count = (size_t)(argc - optind);
	return options->pending == (options->operand_count == 0);
}

static bool
ids_of_operands(const struct options *options, struct id_list *out)
{
	out->ids = xcalloc(options->operand_count, sizeof(*out->ids));
	for (out->count = 0; out->count < options->operand_count; out->count++) {
		if (!parse_number(options->operands[out->count], INT64_MAX, &out->ids[out->count]))
			return false;
	}
	id_list_sort(out); /* one that is named twice is run once: we cannot lock out ourselves */
	return true;
}

static int
advance(const struct workspace *workspace, const struct options *options,
    const struct id_list *list, int *stopped_by, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct actor actor;
	int code = -1;

	if (identity_find(workspace, &arena, &actor, err) == 0) {
		const struct runner_options runner = {
		    .ids = list->ids,
		    .count = list->count,
		    .slots = list->count < options->slots ? list->count : options->slots,
		    .skip_busy = options->pending || options->if_free,
		    .quiet = options->quiet,
		    .actor = actor.name,
		};

		code =
		    list->count == 0 ? CODE_DONE : runner_run(workspace, &runner, stopped_by, err);
	}
	arena_release(&arena);
	return code;
}

/* Does, or only shows, what is to be done with the requests. */
static int
carry_out(const struct workspace *workspace, const struct options *options,
    const struct id_list *list, int *stopped_by, struct strbuf *err)
{
	int code = CODE_DONE;

	if (!options->dry_run)
		return advance(workspace, options, list, stopped_by, err);
	for (size_t i = 0; i < list->count; i++) {
		enum exit_code shown = dry_run(workspace, list->ids[i]);

		if (code == CODE_DONE)
			code = shown;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail_errno(err, "cannot write to standard output");
	return code;
}

static int
run(const struct options *options, int *stopped_by, struct strbuf *err)
{
	struct workspace *workspace = workspace_open(options->directory, steps_catalogue, err);
	struct id_list list = {0};
	int code = -1;

	/* the files of a pipeline, such as its ca_file, are found from wherever we were started */
	if (workspace == NULL || workspace_enter(workspace, err) != 0) {
		code = -1;
	} else if (options->pending) {
		if (pending_list(workspace_store(workspace), &list, err) == 0)
			code = carry_out(workspace, options, &list, stopped_by, err);
	} else if (ids_of_operands(options, &list)) {
		code = carry_out(workspace, options, &list, stopped_by, err);
	} else {
		fail(err, "not a request id: '%s'", options->operands[list.count]);
	}
	free(list.ids);
	workspace_close(workspace);
	return code;
}

int
main(int argc, char **argv)
{
	const struct rlimit no_core = {0, 0};
	struct options options = {0};
	struct strbuf err = STRBUF_INIT;
	int code, stopped_by = 0;

	if (!parse_options(argc, argv, &options)) {
		message("%s", usage);
		return CODE_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	/* a core file would hold secrets; whatever cores are piped to does not heed the limit */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	code = run(&options, &stopped_by, &err);
	if (code < 0) {
		message("svcreq: %s", err.buf);
		code = CODE_ERROR;
	}
	strbuf_release(&err);
	if (stopped_by != 0)
		raise(stopped_by); /* whoever started us sees what ended us */
	return code;
}
