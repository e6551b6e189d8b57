/* SPDX-License-Identifier: ISC */
/* Which requests "svcreq run --pending" advances. */
#ifndef STORE_RUNNABLE_H
#define STORE_RUNNABLE_H

#include <stdbool.h>
#include <stdint.h>

struct id_list;
struct store;
struct strbuf;

/*
 * Adds the requests that can move now (ms since 1970), and sorts the list: what waits for a person
 * or for a later time is left out.  Returns 0, or -1 with err.
 */
int runnable_list(struct store *, int64_t now, struct id_list *out, struct strbuf *err);
/* Whether there is any of these; true also when that cannot be said. */
bool runnable_any(struct store *, int64_t now);

#endif
