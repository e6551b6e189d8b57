/* SPDX-License-Identifier: ISC */
/* How a text with placeholders is taken apart; private to placeholder*.c. */
#ifndef MODEL_PIPELINE_PLACEHOLDER_SCAN_H
#define MODEL_PIPELINE_PLACEHOLDER_SCAN_H

#include "model/pipeline/placeholder.h"

enum piece_kind {
	PIECE_END,
	PIECE_TEXT, /* literal, "$${" already as "${" */
	PIECE_NAME,
	PIECE_MALFORMED,
};

struct piece {
	enum piece_kind kind;
	const char *start; /* the text or the name, not NUL-terminated */
	size_t len;
	const char *next; /* where the scan goes on */
};

/* The first piece of the text. */
void placeholder_scan(const char *text, struct piece *);
/* scope->lookup() of a PIECE_NAME. */
const struct value *placeholder_lookup(
    struct arena *, const struct piece *, const struct placeholder_scope *, struct strbuf *err);
/* Appends a value as it stands inside other text. */
void placeholder_add_text(struct strbuf *, const struct value *);

#endif
