/* SPDX-License-Identifier: ISC */
/* Which requests "svcreq run --pending" advances. */
#ifndef RUN_RUNNABLE_H
#define RUN_RUNNABLE_H

#include <stdint.h>

struct id_list;
struct store;
struct strbuf;

/*
 * Adds the requests that can move now (ms since 1970), and sorts the list: what waits for a person
 * or for a later time is left out.  Returns 0, or -1 with err.
 */
int runnable_list(struct store *, int64_t now, struct id_list *out, struct strbuf *err);

#endif
