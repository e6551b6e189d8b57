/* SPDX-License-Identifier: ISC */
/* What a process inherits: nothing that its caller hands down decides anything. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/*
 * Called first by main().  Sets the umask; the dispositions and the mask of signals; stops the
 * timers that a caller has set; raises the limits that a caller may have lowered as far as they can
 * be; and occupies the standard descriptors that are closed.
 *
 * SIGHUP, SIGINT and SIGQUIT stay ignored if they are, as nohup and a shell's "&" want it, unless
 * the program runs on behalf of somebody: then who started it could keep others from ending it.
 * Then the descriptors that it was handed are closed, too, but for the standard ones.
 */
void process_start(bool on_behalf);

/*
 * Returns how many descriptors can be opened now, which are not opened; wanted when it is as many.
 */
size_t process_free_descriptors(size_t wanted);

/*
 * Whether the limits that cannot be raised leave enough for a run: one that is ended in the middle,
 * or cannot write, would not record what it has done.  Returns 0, or -1 with err.
 */
int process_check_limits(struct strbuf *err);

/*
 * Ctrl-Z and what else a terminal stops a process with wait until the last of these is released.
 * A release without a hold does nothing.
 */
void process_hold_stops(void);
void process_release_stops(void);

#endif
