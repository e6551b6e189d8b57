/* SPDX-License-Identifier: ISC */
/*
 * Whether an open file or folder can be relied on.  Owner, mode and type are those of the
 * descriptor: what a path names may be another file a moment later.
 */
#ifndef WORKSPACE_TRUST_H
#define WORKSPACE_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

struct trust_rule {
	mode_t type;   /* S_IFREG or S_IFDIR */
	mode_t denied; /* permission bits that it must not have */
	bool owned;    /* it belongs to the effective user or to root */
};

/* A folder of the effective user or of root that nobody else can write to. */
extern const struct trust_rule trust_closed_folder;
/* A file that only its owner can read or write. */
extern const struct trust_rule trust_private_file;
/* A file, whatever its owner and mode. */
extern const struct trust_rule trust_any_file;

enum trust {
	TRUST_GIVEN,
	TRUST_UNKNOWN, /* fstat() failed, with errno */
	TRUST_WRONG_TYPE,
	TRUST_WRONG_OWNER,
	TRUST_WRONG_MODE,
};

/* Returns TRUST_GIVEN, or what is wrong first, in the order above. */
enum trust trust_check(int fd, const struct trust_rule *);

#endif
