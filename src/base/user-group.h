/* SPDX-License-Identifier: ISC */
/* Who is in which unix group, by the system's databases, which may take their time. */
#ifndef BASE_USER_GROUP_H
#define BASE_USER_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

struct strbuf;

/* Whether the user is a member of the group, or it is the user's own. */
bool user_is_in_group(uid_t, gid_t);
/*
 * Whether the group is the user's own (of the user database) and has no other member but root, as
 * the groups that most systems make together with a user.
 */
bool group_is_private(gid_t, uid_t);

/* Appends the name, or "#<number>" when the system has none. */
void user_add_name(struct strbuf *, uid_t);
void group_add_name(struct strbuf *, gid_t);

#endif
