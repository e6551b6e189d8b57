/* SPDX-License-Identifier: ISC */
/* "did you mean": the known word nearest to a misspelt one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* Longer words are not compared: the names that people misspell are short. */
#define SUGGEST_LONGEST 64

struct suggestion {
	const char *word; /* what was written */
	const char *best; /* borrowed from a candidate; NULL: nothing is near */
	size_t distance;
	const char *prefix; /* told before the word: "" unless it is set after suggest_init() */
	char text[SUGGEST_LONGEST + sizeof(", did you mean '--'?")];
};

void suggest_init(struct suggestion *, const char *word);
/*
 * Takes the candidate as best when it is nearer than the best so far and near at all:
 * a Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours, ASCII
 * case ignored) of at most a third of the longer word's length, and at least 1 allowed.
 */
void suggest_offer(struct suggestion *, const char *candidate);
/* ", did you mean 'word'?" for the end of a message, or "" when nothing is near. */
const char *suggest_text(struct suggestion *);

#endif
