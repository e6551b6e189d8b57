/* SPDX-License-Identifier: ISC */
/*
 * Which characters a YAML text may have.  libyaml would find the same faults, but says
 * only at which byte.  Only yaml.c needs it.
 */
#ifndef BASE_YAML_YAML_TEXT_H
#define BASE_YAML_YAML_TEXT_H

#include <stddef.h>

struct faults;

/* Returns 0, or -1 after the first fault: "invalid UTF-8" or "control character ...". */
int yaml_check_text(const char *text, size_t len, struct faults *);

#endif
