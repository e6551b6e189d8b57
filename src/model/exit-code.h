/* SPDX-License-Identifier: ISC */
/* The exit codes that scripts go by; the manual lists them. */
#ifndef MODEL_EXIT_CODE_H
#define MODEL_EXIT_CODE_H

#include <stdbool.h>
#include <stdint.h>

struct request;

enum exit_code {
	CODE_DONE = 0,
	CODE_ERROR = 1,
	CODE_USAGE = 2,
	CODE_INVALID = 3, /* the pipeline or the form data */
	CODE_FAILED = 4,
	CODE_REJECTED = 5,
	CODE_EXPIRED = 6,
	CODE_UNKNOWN = 7, /* the outcome of a step */
	CODE_BUSY = 8,	  /* another process runs the request */
	CODE_NOT_PERMITTED = 9,
	/* Only where the state itself is what was asked for: */
	CODE_NOT_STARTED = 10,
	CODE_RUNNING = 11,
	CODE_PENDING = 12,
	CODE_CANCELLED = 13, /* also of run and approve, which should have moved it */
};

/*
 * Returns the exit code of a request's state, at the time now (ms since 1970).  Failed requests
 * are distinguished by the reason of the step that failed.  Unfinished ones have a code of their
 * own only with unfinished_too, else CODE_DONE; one whose time for approval is over counts as
 * expired then, although nobody has recorded that yet.
 */
enum exit_code exit_code_of_request(const struct request *, bool unfinished_too, int64_t now);

#endif
