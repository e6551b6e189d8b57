/* SPDX-License-Identifier: ISC */
/* Whether what a pipeline needs is there, in this workspace and on this machine. */
#ifndef CLI_HERE_H
#define CLI_HERE_H

struct faults;
struct pipeline;
struct workspace;

/*
 * Adds what keeps a valid pipeline from being run to faults, and what may surprise to warnings.
 * The workspace's configuration can be read.
 */
void here_check(
    const struct workspace *, const struct pipeline *, struct faults *, struct faults *warnings);
/* Prints the warnings alone, for whoever makes a request of it. */
void here_warn(const struct workspace *, const struct pipeline *);

#endif
