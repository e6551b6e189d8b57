/* SPDX-License-Identifier: ISC */
#include "base/suggest.h"

#include <stdio.h>
#include <string.h>

void
suggest_init(struct suggestion *suggestion, const char *word)
{
	suggestion->word = word;
	suggestion->best = NULL;
	suggestion->distance = 0;
	suggestion->prefix = "";
}

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Three rows of the Damerau-Levenshtein table (optimal string alignment), used in turn. */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][SUGGEST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		const size_t *above = rows[(i - 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			char x = fold(a[i - 1]), y = fold(b[j - 1]);

			row[j] = smaller(above[j] + 1, row[j - 1] + 1);
			row[j] = smaller(row[j], above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b[j - 2]) && y == fold(a[i - 2]))
				row[j] = smaller(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void
suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t a_len = strlen(suggestion->word);
	size_t b_len = strlen(candidate);
	size_t longer = a_len > b_len ? a_len : b_len;
	size_t limit = longer >= 3 ? longer / 3 : 1;
	size_t distance;

	if (longer > SUGGEST_MAX || longer - smaller(a_len, b_len) > limit)
		return;
	distance = edit_distance(suggestion->word, a_len, candidate, b_len);
	if (distance > limit || (suggestion->best != NULL && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}

const char *
suggest_text(struct suggestion *suggestion)
{
	suggestion->text[0] = '\0';
	if (suggestion->best != NULL)
		snprintf(suggestion->text, sizeof(suggestion->text), ", did you mean '%s%s'?",
		    suggestion->prefix, suggestion->best);
	return suggestion->text;
}
