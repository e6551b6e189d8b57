/* SPDX-License-Identifier: ISC */
/* The texts of help, made from the table of commands and their tables of options. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <stdio.h>

#include "base/options.h"

struct command_entry;

/* The global options, before the command. */
extern const struct option_spec global_options[];

/* "usage: svcreq create ...", of the whole program for NULL. */
void usage_line(FILE *, const struct command_entry *);
/* What --help shows of a command, on standard output. */
void usage_command(const struct command_entry *);
/* The overview. */
void usage_overview(FILE *);

#endif
