/* SPDX-License-Identifier: ISC */
/* Which process runs a step, for whoever finds the step Running later. */
#ifndef RUN_THIS_PROCESS_H
#define RUN_THIS_PROCESS_H

struct arena;
struct event;

/*
 * Adds to an event the host, the boot, the process and its start; what the system does not tell is
 * left out.  Texts are in the arena.
 */
void this_process_add(struct arena *, struct event *);

#endif
