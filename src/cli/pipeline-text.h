/* SPDX-License-Identifier: ISC */
/* A pipeline in full, for people and for programs. */
#ifndef CLI_PIPELINE_TEXT_H
#define CLI_PIPELINE_TEXT_H

#include <stdbool.h>

struct pipeline;

/* Prints its form and its steps on standard output. */
void print_pipeline_text(const struct pipeline *, const char *path);
/* A line of JSON; NULL is one that cannot be used.  in_full adds the form and the steps. */
void print_pipeline_json(const struct pipeline *, const char *name, const char *path, bool in_full);

#endif
