/* SPDX-License-Identifier: ISC */
/* The table of requests: which are listed, and a line for each. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/exit-code.h"

struct context;

struct listing {
	unsigned statuses;	   /* a set of STATUS_BIT() */
	const char *pipeline_name; /* NULL: all, as below */
	const char *requested_by;
	int64_t max; /* only that many, the newest; 0: all */
	bool json;
};

/*
 * Prints them, the newest last.  Returns an exit code; a request that cannot be read is named and
 * the others are listed.
 */
enum exit_code listing_print(struct context *, const struct listing *);

#endif
