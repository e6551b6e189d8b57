/* SPDX-License-Identifier: ISC */
/* What a command works with: main.c prepares it, by the needs in the command's table entry. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/exit-code.h"
#include "model/request/permission.h"
#include "store/store.h"
#include "workspace/workspace.h"

struct request;
struct step_type;
struct value;

enum context_need {
	NEEDS_WORKSPACE = 1 << 0,
	NEEDS_ACTOR = 1 << 1, /* with the policy; the workspace too */
};

struct context {
	const char *directory; /* of -C; NULL: not given */
	const char *program;   /* what commands begin with that are shown: "svcreq -C dir" */
	struct arena arena;    /* released when the program ends */
	const struct step_type *const *types; /* the catalogue */
	struct workspace *workspace;	      /* NULL: not opened */
	struct actor actor;
	struct policy policy;
	const struct value *owner; /* view_deciders() of what waits for the owner; NULL: none yet */
	bool output_failed;	   /* standard output could not be written, and err says so */
	struct strbuf err;	   /* why the command failed: main.c prints it as "svcreq: ..." */
};

/* types: the program's catalogue, borrowed. */
void context_init(struct context *, const struct step_type *const *types);
void context_release(struct context *);
/* The folder of -C (NULL: not given), borrowed, which the commands that are shown have too. */
void context_set_directory(struct context *, const char *directory);
/* Opens what is needed (bits of enum context_need).  Returns 0, or -1 with context->err. */
int context_prepare(struct context *, unsigned needs);
/* Reads who the admins are, if it was not read yet.  Returns 0, or -1 with context->err. */
int context_load_policy(struct context *);

/* Prints what is in context->err as the program's message, and empties it. */
void context_report(struct context *);
/*
 * The same when it cannot be seen who runs what, for a command that shows it: a Running step may
 * look interrupted then.
 */
void context_report_locks(struct context *);

/* "return context_fail(context, CODE_ERROR, ...)": sets the message and returns the exit code. */
enum exit_code context_fail(struct context *, enum exit_code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Initialises and loads a request.  Returns 0, or -1 with context->err; the caller releases the
 * request either way.
 */
int context_load_request(struct context *, uint64_t id, struct request *);

/* The exit code of a command for which the store did not do what it should. */
enum exit_code context_code_of(enum store_result);

/* Flushes standard output.  Returns 0, or -1 with context->err and context->output_failed set. */
int context_flush(struct context *);

#endif
