/* SPDX-License-Identifier: ISC */
/* What a field of a form takes, for whoever fills it in. */
#ifndef CLI_FIELD_TEXT_H
#define CLI_FIELD_TEXT_H

struct field;
struct strbuf;

/* Appends what kind of value it takes, "whole number, 1 to 64"; nothing for text and options. */
void field_text_add_kind(struct strbuf *, const struct field *);
/* Appends what a text must be, "3 to 40 characters, pattern [a-z]+"; nothing for others. */
void field_text_add_limits(struct strbuf *, const struct field *);
/* Appends an option by its place: "S", or with a label "Small (S)". */
void field_text_add_option(struct strbuf *, const struct field *, unsigned long place);

#endif
