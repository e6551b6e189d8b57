/* SPDX-License-Identifier: ISC */
/* Which requests "svcreq run --pending" advances. */
#ifndef RUN_RUNNABLE_H
#define RUN_RUNNABLE_H

struct id_list;
struct store;
struct strbuf;

/*
 * The requests that can move now, in ascending order, to be freed by the caller: what waits for a
 * person or for a later time is left out.  Where a queue of the store says something else than
 * the request, it is corrected.  Returns 0, or -1 with err.
 */
int pending_list(struct store *, struct id_list *out, struct strbuf *err);

#endif
