/* SPDX-License-Identifier: ISC */
/* "did you mean": the known word nearest to a misspelt one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word; /* what was written */
	const char *best; /* borrowed from a candidate; NULL: nothing is near */
	size_t distance;
};

void suggest_init(struct suggestion *, const char *word);
/*
 * Takes the candidate as best when it is nearer than the best so far and near at all:
 * a Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours, ASCII
 * case ignored) of at most a third of the longer word's length, and at least 1 allowed.
 */
void suggest_offer(struct suggestion *, const char *candidate);

#endif
