/* SPDX-License-Identifier: ISC */
/* Who is at the keyboard, according to the system and not to what anyone can set. */
#ifndef WORKSPACE_IDENTITY_H
#define WORKSPACE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct actor;
struct arena;
struct strbuf;
struct workspace;

/*
 * The real user; run through sudo as the owner of state/, the user who ran sudo.  Nobody else's
 * SUDO_USER is believed: who is not the owner could have set it.  The name lives in the arena.
 * Returns 0, or -1 with err: the user has no name on this system.
 */
int identity_find(const struct workspace *, struct arena *, struct actor *out, struct strbuf *err);

/* Whether the user is in the group, by the system's databases, which may take their time. */
bool identity_is_in_group(const char *user, const char *group);

/*
 * Whether a person runs the program with the rights of another: what that person chose by the
 * environment or by paths must then not be trusted.
 */
bool identity_through_sudo(void);

/*
 * The name of the user to whom a decision belongs where it is kept, when that is neither who has
 * decided, by its author's name, nor the owner of the workspace nor root: in a shared workspace a
 * member can write what others did not say.  In the arena; NULL: there is no such doubt.
 */
const char *
identity_doubt(const struct workspace *, struct arena *, const char *author, uid_t writer);

#endif
