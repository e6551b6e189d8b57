/* SPDX-License-Identifier: ISC */
/* Asking at the terminal for what the form still lacks. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>

struct context;
struct form;
struct value;

/* Whether there is somebody to ask: standard input and standard error are terminals. */
bool ask_possible(void);
/*
 * Asks for each field that given (a map) has no value for, and adds the answers to it.  Returns
 * 0, or -1 with the reason in context->err when the person ended it.
 */
int ask_missing(struct context *, const struct form *, struct value *given);

#endif
