/* SPDX-License-Identifier: ISC */
/* Which process it is: by a name that holds beyond this machine and its boot. */
#ifndef BASE_PROCESS_IDENTITY_H
#define BASE_PROCESS_IDENTITY_H

#include <stdint.h>

struct arena;

/* What nobody tells is NULL or 0. */
struct process_identity {
	const char *host;
	const char *boot;
	int64_t process;
	int64_t start; /* in clock ticks since the boot: another one can get the number */
};

enum process_sight {
	PROCESS_ELSEWHERE, /* of another host or boot, or of one that is not named */
	PROCESS_LIVES,
	PROCESS_ENDED,
};

/* That of this process; the texts are in the arena. */
void process_identify(struct arena *, struct process_identity *out);
/*
 * Whether a process lives.  What can be told only here is told only of a process of this host, by
 * its name, and of this boot.  When in doubt it lives.
 */
enum process_sight process_see(const struct process_identity *);

#endif
