/* SPDX-License-Identifier: ISC */
/* The table of requests: which are listed, and a line for each. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/exit-code.h"

struct context;

struct listing {
	unsigned statuses; /* a set of STATUS_BIT() */
	/* those with one of these names, a list that ends in NULL; NULL: all */
	const char *const *pipeline_names;
	const char *const *requesters;
	int64_t max; /* only that many, the newest; 0: all */
	bool json;
};

/*
 * Prints them, the newest last.  Returns an exit code; a request that cannot be read is named and
 * the others are listed.
 */
enum exit_code listing_print(struct context *, const struct listing *);

#endif
