/* SPDX-License-Identifier: ISC */
/* "did you mean": the known word nearest to a misspelt one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* Longer words are not compared: the names that people misspell are short. */
#define SUGGEST_MAX 64

struct suggestion {
	const char *word; /* borrowed: what a person wrote */
	const char *best; /* borrowed from a candidate; NULL: nothing is near */
	size_t distance;
	const char *prefix; /* written before the word: "" unless the caller sets it */
	char text[SUGGEST_MAX + sizeof(", did you mean '--'?")];
};

void suggest_init(struct suggestion *, const char *word);
/*
 * Makes the candidate the best when it is nearer than the best so far and near at all: a
 * Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours; ASCII case ignored) of
 * at most a third of the longer word, but 1 is always near.
 */
void suggest_offer(struct suggestion *, const char *candidate);
/* Returns ", did you mean 'word'?" for the end of a message, or "" when nothing is near. */
const char *suggest_text(struct suggestion *);

#endif
