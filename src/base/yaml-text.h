/* SPDX-License-Identifier: ISC */
/*
 * Which characters a YAML text may have.  libyaml would find the same faults, but says
 * only at which byte.  Only yaml.c needs it.
 */
#ifndef BASE_YAML_TEXT_H
#define BASE_YAML_TEXT_H

#include <stddef.h>

struct strbuf;

/* Returns 0, or -1 and err "name:line:column: invalid UTF-8" or "... control character". */
int yaml_check_text(const char *name, const char *text, size_t len, struct strbuf *err);

#endif
