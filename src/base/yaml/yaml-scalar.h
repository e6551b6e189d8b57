/* SPDX-License-Identifier: ISC */
/* What a YAML scalar means by the core schema.  Only yaml.c needs it. */
#ifndef BASE_YAML_YAML_SCALAR_H
#define BASE_YAML_YAML_SCALAR_H

#include <stdbool.h>

struct value;

/* Gives a string that was written without quotes and tag the type that it means. */
void yaml_resolve(struct value *);
/* Gives a string the type that its tag asks for.  False: it is not of the form of that type. */
bool yaml_resolve_tag(struct value *, const char *tag);
/* Whether the tag is one of the core schema for the type that the value has. */
bool yaml_tag_fits(const struct value *, const char *tag);

#endif
