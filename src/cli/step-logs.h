/* SPDX-License-Identifier: ISC */
/* The logs of a request's steps, executor_logs/<id>/<step name>.log, printed as far as they go. */
#ifndef CLI_STEP_LOGS_H
#define CLI_STEP_LOGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct context;
struct request;

struct step_log_file {
	char *step_name;
	int fd;		    /* -1: not there yet */
	struct strbuf line; /* the last one, while it has no end */
};

struct step_logs {
	const struct context *context;
	char id[24];		     /* the name of the folder */
	struct step_log_file *files; /* in the order of the steps */
	size_t count;
	bool headings; /* "==> step <==" before the lines of another log */
	size_t shown;  /* the file that was printed last; count: none */
};

/* Of one step, or of all when step_name is NULL. */
void step_logs_init(
    struct step_logs *, const struct context *, const struct request *, const char *step_name);
void step_logs_release(struct step_logs *);
/*
 * Prints what is new, whole lines only.  Returns how many logs there are, or -1 with err when one
 * cannot be read.
 */
int step_logs_print(struct step_logs *, struct strbuf *err);
/* Prints the lines that have no end. */
void step_logs_finish(struct step_logs *);

#endif
