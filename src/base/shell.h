/* SPDX-License-Identifier: ISC */
/* Words for a POSIX shell: a command that is shown can be typed as it is. */
#ifndef BASE_SHELL_H
#define BASE_SHELL_H

struct strbuf;

/* Appends a word as a shell reads it: in single quotes, unless no byte of it needs them. */
void shell_add_word(struct strbuf *, const char *word);

#endif
