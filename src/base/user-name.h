/* SPDX-License-Identifier: ISC */
/* What people may write to name users and unix groups: "alice", "@ops", "#54321". */
#ifndef BASE_USER_NAME_H
#define BASE_USER_NAME_H

#include <stdbool.h>
#include <sys/types.h>

struct strbuf;

/*
 * Whether a text can name a user or, after '@', a group on some system.  "#" and a number is who
 * has that number, with a name or without.  Returns 0, or -1 with err: what is wrong with it.
 */
int user_name_check(const char *text, struct strbuf *err);
/* Whether a text is "#" and that number. */
bool user_name_is_number(const char *text, uid_t number);

#endif
