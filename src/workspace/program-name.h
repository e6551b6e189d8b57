/* SPDX-License-Identifier: ISC */
/* What people type to reach this program: a wrapper may give it another name. */
#ifndef WORKSPACE_PROGRAM_NAME_H
#define WORKSPACE_PROGRAM_NAME_H

#include <stdbool.h>

struct strbuf;

#define PROGRAM_NAME	   "svcreq"
#define PROGRAM_NAME_BYTES 64 /* of $SVCREQ_NAME, at most */

/* Whether a name has 1 to PROGRAM_NAME_BYTES letters, digits, "-", "_", "." and spaces. */
bool program_name_is_fit(const char *name);
/*
 * Appends what a command begins with that is shown to people: $SVCREQ_NAME, if it is fit; else "svcreq", with "-C directory"
 * when that was given (NULL: it was not).  A name of the set-up's own stands for its workspace too.
 */
void program_name_add(struct strbuf *, const char *directory);

#endif
