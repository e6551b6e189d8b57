/* SPDX-License-Identifier: ISC */
/* Who is at the keyboard, according to the system and not to what anyone can set. */
#ifndef WORKSPACE_IDENTITY_H
#define WORKSPACE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct actor;
struct arena;
struct strbuf;
struct workspace;

/*
 * The person: the one whom sudo, run0 or doas names, else the real user.  They are believed where
 * whoever could set their variables could act as anybody: of the owner of state/ and of root.
 * The name lives in the arena.  Returns 0, or -1 with err: it is not certain who it is.
 */
int identity_find(const struct workspace *, struct arena *, struct actor *out, struct strbuf *err);

/*
 * Who the user of that name, or "#" and a number, would be at the keyboard; the name lives in the
 * arena.  Returns false when the system knows no such user, or the configuration cannot be read.
 */
bool identity_named(const struct workspace *, struct arena *, const char *name, struct actor *out);

/*
 * Whether the system knows that user or @group; so it does what is given as a number.  True also
 * when it cannot be asked.
 */
bool identity_exists(const char *name);
/*
 * Whether the user is in the group, by the system's databases, which may take their time.  Returns
 * 1, 0, or -1 with err: they cannot be asked now.
 */
int identity_is_in_group(const char *user, const char *group, struct strbuf *err);

/* Whether the system has given the name to a user of another number. */
bool identity_is_another(const char *user, uid_t);

/*
 * Whether a person runs the program with the rights of another: through sudo, doas or run0, or as
 * a set-user-ID program.  What that person chose by the environment or by paths must then not be
 * trusted.
 */
bool identity_is_on_behalf(void);
/* By what the person has come then, such as "sudo"; NULL: the rights are the person's own. */
const char *identity_way(void);
/* The variables that say who has come, which a new environment keeps; NULL after the last. */
const char *identity_variable(size_t index);

/*
 * The name of the user to whom a decision belongs where it is kept, when that is neither who has
 * decided, by its author's name, nor the owner of the workspace nor root: in a shared workspace a
 * member can write what others did not say.  "@group" when its file can be written by the group.
 * In the arena; NULL: there is no such doubt.
 */
const char *
identity_doubt(const struct workspace *, struct arena *, const char *author, uid_t writer);

#endif
