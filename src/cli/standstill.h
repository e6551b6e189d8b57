/* SPDX-License-Identifier: ISC */
/* Why nothing moves a request, for those who wait for it: they hear of it once. */
#ifndef CLI_STANDSTILL_H
#define CLI_STANDSTILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct context;
struct request;
struct step_state;

struct standstill {
	size_t events;	    /* how many the request had at the last look */
	int64_t since;	    /* of the monotonic clock: nothing has moved it from then on */
	struct strbuf said; /* what was said last */
};

#define STANDSTILL_INIT             \
	{                           \
		.said = STRBUF_INIT \
	}

void standstill_release(struct standstill *);
/*
 * Is called with each look at an unfinished request.  Says on standard error what nothing but a
 * person or a new run will move, once it has been so from one look to the next: whoever starts a
 * run needs a moment, too.  at_once: there is no next look.  Loads the policy where it is needed;
 * without it nothing is said of people.
 */
void standstill_look(struct standstill *, struct context *, const struct request *, bool at_once);

/*
 * Appends, as shown text, who of the deciders of a step that waits cannot approve, and why, when
 * the others are too few, and the command by which an admin can end the wait, unless the step
 * forbids that.  Returns whether that is so.  The policy was loaded.
 */
bool standstill_add_people(
    struct strbuf *, struct context *, const struct request *, const struct step_state *);

#endif
