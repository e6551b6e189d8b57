/* SPDX-License-Identifier: ISC */
/*
 * How secrets are found
 *
 * A server that echoes what it was sent writes it in its own way.  One secret has too many
 * spellings to list them: in a URL each byte may be percent-encoded or not, with digits of either
 * case; in JSON '/' may be "\/" or "\u002f"; some servers decode a part of a query, or put JSON in
 * a string of JSON.  So the text is decoded, not the secret encoded: notations.c gives a number of
 * readings of it, and one automaton searches each of them for all secrets at once.
 *
 * A match is noted at its start in the text, as the end of the longest that starts there.  When all
 * readings are done, one sweep over the text joins what overlaps: no end of any secret is shown.
 *
 * A text that is known is searched for with the secrets.  A match that lies within one of its own
 * is dropped: whoever has typed it sees it again, whether it is a secret or not.  It has to be
 * within one, not within several side by side, or a secret could be guessed piece by piece.
 *
 * A secret of less than WORD_ONLY bytes would be found in too many words by chance; it is masked
 * where it is a word, and is looked up there.
 */
#include "base/redact/redact.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/redact/automaton.h"
#include "base/redact/notations.h"
#include "base/redact/patterns.h"
#include "base/strbuf.h"

#define MASK	  "***"
#define WORD_ONLY PATTERN_WHOLE_MIN
#define TEXT_MAX  (UINT32_MAX - 1)

/* Made at the first search after something was added. */
struct finder {
	struct automaton *automaton; /* NULL: there are no patterns */
	size_t count;		     /* of the patterns that it has */
	uint32_t longest;
};

struct redactor {
	struct patterns patterns;
	uint32_t *words; /* sorted; see word_key() */
	size_t word_count;
	size_t word_capacity;
	bool has_secret; /* else nothing is searched for */
	bool has_known;
	struct finder *finder;
};

/* The last units of a reading that keeps words. */
struct word_window {
	unsigned char bytes[WORD_ONLY];
	uint32_t starts[WORD_ONLY], ends[WORD_ONLY];
	size_t count;
};

/* One search of a text. */
struct search {
	const struct redactor *redactor;
	const struct automaton *automaton;
	bool whole_only;
	uint32_t *ends; /* of the longest match that starts at each byte of the text; 0: none */
	uint32_t *known_ends; /* the same of known texts; NULL: there are none */
	bool found;
	/* of the reading under way */
	bool keeps_words;
	uint32_t state;
	bool after_cr;
	uint32_t *starts; /* of the last bytes that were read, as many as the longest pattern has */
	uint32_t mask;	  /* their number, a power of 2, less 1 */
	uint32_t count;	  /* bytes that were read */
	struct word_window window;
};

/* ---- words */

/* A short secret as a number. */
static uint32_t
word_key(const unsigned char *text, size_t len)
{
	uint32_t key = (uint32_t)len;

	for (size_t i = 0; i < len; i++)
		key = key << 8 | text[i];
	return key;
}

static int
compare_words(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static bool
is_word(const struct redactor *redactor, const unsigned char *text, size_t len)
{
	uint32_t key = word_key(text, len);

	return bsearch(&key, redactor->words, redactor->word_count, sizeof(key), compare_words) !=
	       NULL;
}

static bool
joins_word(unsigned char c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

static void
note(struct search *search, uint32_t *ends, uint32_t start, uint32_t end)
{
	if (end > ends[start])
		ends[start] = end;
	search->found = true;
}

/* Looks for words that end at the end of the window, behind which no word goes on. */
static void
find_words(struct search *search)
{
	const struct word_window *window = &search->window;

	for (size_t len = 1; search->ends != NULL && len < WORD_ONLY && len <= window->count;
	     len++) {
		size_t at = window->count - len;

		if ((at == 0 || !joins_word(window->bytes[at - 1])) &&
		    is_word(search->redactor, window->bytes + at, len))
			note(search, search->ends, window->starts[at],
			    window->ends[window->count - 1]);
	}
}

static void
add_to_window(struct search *search, const struct unit *unit, unsigned char byte)
{
	struct word_window *window = &search->window;

	if (!joins_word(byte))
		find_words(search);
	if (window->count == WORD_ONLY) {
		window->count--;
		memmove(window->bytes, window->bytes + 1, window->count);
		memmove(window->starts, window->starts + 1, window->count * sizeof(uint32_t));
		memmove(window->ends, window->ends + 1, window->count * sizeof(uint32_t));
	}
	window->bytes[window->count] = byte;
	window->starts[window->count] = unit->start;
	window->ends[window->count++] = unit->start + unit->span;
}

/* Whether a word begins at the end of the window. */
static bool
begins_word(const struct search *search, size_t len)
{
	const struct word_window *window = &search->window;
	const unsigned char *text = window->bytes + window->count - len;

	if (len < window->count && joins_word(text[-1]))
		return false;
	for (size_t i = 0; i < search->redactor->word_count; i++) {
		uint32_t key = search->redactor->words[i];

		for (size_t more = 1; len + more < WORD_ONLY; more++) {
			if (key >> 8 * (len + more) == len + more &&
			    (key >> 8 * more & ((1U << 8 * len) - 1)) ==
				(word_key(text, len) & ((1U << 8 * len) - 1)))
				return true;
		}
	}
	return false;
}

/* ---- one reading */

static void
start_reading(struct search *search, bool keeps_words)
{
	search->keeps_words = keeps_words && search->redactor->word_count > 0;
	search->state = search->count = 0;
	search->after_cr = false;
	search->window.count = 0;
}

/* Where the last bytes that were read begin, so many of them. */
static uint32_t
start_of_last(const struct search *search, uint32_t len)
{
	return search->starts[(search->count - len) & search->mask];
}

/* Notes the longest match that ends there: it covers the others. */
static void
find_patterns(struct search *search, uint32_t end)
{
	const struct automaton *automaton = search->automaton;
	uint32_t len = automaton_found(automaton, search->state, PATTERN_WHOLE);
	uint32_t part = automaton_found(automaton, search->state, PATTERN_PART);
	uint32_t known = automaton_found(automaton, search->state, PATTERN_KNOWN);

	if (part > len && !search->whole_only)
		len = part;
	if (len > 0)
		note(search, search->ends, start_of_last(search, len), end);
	if (known > 0)
		note(search, search->known_ends, start_of_last(search, known), end);
}

static void
take_units(void *context, const struct unit *units, size_t count)
{
	struct search *search = context;

	for (size_t i = 0; i < count; i++) {
		int byte = pattern_plain(units[i].byte, &search->after_cr);

		if (units[i].span == 0)
			search->state = 0;
		if (byte < 0)
			continue;
		if (search->keeps_words)
			add_to_window(search, &units[i], (unsigned char)byte);
		if (search->automaton == NULL)
			continue;
		search->starts[search->count++ & search->mask] = units[i].start;
		search->state =
		    automaton_step(search->automaton, search->state, (unsigned char)byte);
		if (search->state != 0 && search->ends != NULL)
			find_patterns(search, units[i].start + units[i].span);
	}
}

/* ---- a search */

static void
build(const struct redactor *redactor)
{
	struct finder *finder = redactor->finder;

	if (finder->count == redactor->patterns.count)
		return;
	automaton_free(finder->automaton);
	finder->automaton = automaton_new(redactor->patterns.array, redactor->patterns.count);
	finder->count = redactor->patterns.count;
	finder->longest = 0;
	for (size_t i = 0; i < finder->count; i++) {
		if (redactor->patterns.array[i].len > finder->longest)
			finder->longest = redactor->patterns.array[i].len;
	}
}

/* Returns false when there is nothing to look for. */
static bool
start_search(struct search *search, const struct redactor *redactor, size_t len)
{
	if (len == 0 || !redactor->has_secret)
		return false;
	build(redactor);
	*search = (struct search){.redactor = redactor, .automaton = redactor->finder->automaton};
	while (search->mask < redactor->finder->longest && search->mask < len)
		search->mask = search->mask << 1 | 1;
	search->starts = xreallocarray(NULL, (size_t)search->mask + 1, sizeof(*search->starts));
	return true;
}

static void
end_search(struct search *search)
{
	free(search->starts);
	free(search->ends);
	free(search->known_ends);
}

/* Notes all matches. */
static void
find_all(struct search *search, const char *text, size_t len)
{
	unsigned marks = notation_marks(text, len);

	search->ends = xcalloc(len, sizeof(*search->ends));
	if (search->redactor->has_known)
		search->known_ends = xcalloc(len, sizeof(*search->known_ends));
	for (size_t i = 0; i < reading_count; i++) {
		if (!reading_applies(i, marks))
			continue;
		start_reading(search, reading_keeps_words(i));
		reading_run(i, text, len, false, take_units, search);
		if (search->keeps_words)
			find_words(search);
	}
}

/* The secrets in a text, one after the other. */
struct sweep {
	const struct search *search;
	size_t at;
	size_t known_end; /* of the known texts that begin before */
};

/*
 * Returns the end of the next secret that begins at or behind sweep->at, which is set to where; 0.
 */
static size_t
next_secret(struct sweep *sweep, size_t len)
{
	const struct search *search = sweep->search;

	for (; sweep->at < len; sweep->at++) {
		if (search->known_ends != NULL && search->known_ends[sweep->at] > sweep->known_end)
			sweep->known_end = search->known_ends[sweep->at];
		if (search->ends[sweep->at] > sweep->known_end)
			return search->ends[sweep->at];
	}
	return 0;
}

/* Writes the text, with one mask for secrets that overlap. */
static void
write_masked(const struct search *search, const char *text, size_t len, struct strbuf *out)
{
	struct sweep sweep = {.search = search};
	size_t end, written = 0; /* up to there the text is in out, or masked */

	for (; (end = next_secret(&sweep, len)) > 0; sweep.at++) {
		if (sweep.at >= written) {
			strbuf_add(out, text + written, sweep.at - written);
			strbuf_addstr(out, MASK);
		}
		if (end > written)
			written = end;
	}
	strbuf_add(out, text + written, len - written);
}

void
redactor_apply(const struct redactor *redactor, const char *text, size_t len, struct strbuf *out)
{
	struct search search;

	if (len > TEXT_MAX) {
		strbuf_addstr(out, MASK);
		return;
	}
	if (!start_search(&search, redactor, len)) {
		strbuf_add(out, text, len);
		return;
	}
	find_all(&search, text, len);
	if (search.found)
		write_masked(&search, text, len, out);
	else
		strbuf_add(out, text, len);
	end_search(&search);
}

bool
redactor_holds(const struct redactor *redactor, const char *text, size_t len)
{
	struct search search;
	struct sweep sweep = {.search = &search};
	bool holds;

	if (len > TEXT_MAX)
		return true;
	if (!start_search(&search, redactor, len))
		return false;
	search.whole_only = true;
	find_all(&search, text, len);
	holds = search.found && next_secret(&sweep, len) > 0;
	end_search(&search);
	return holds;
}

/* Where the secrets begin that the end of a reading may be the beginning of. */
static size_t
begun_at(const struct search *search, size_t len)
{
	uint32_t begun = 0;

	if (search->automaton != NULL)
		begun = automaton_begun(search->automaton, search->state);
	if (begun > 0)
		len = start_of_last(search, begun);
	for (size_t i = 1; search->keeps_words && i < WORD_ONLY && i <= search->window.count; i++) {
		if (begins_word(search, i) && search->window.starts[search->window.count - i] < len)
			len = search->window.starts[search->window.count - i];
	}
	return len;
}

size_t
redactor_whole(const struct redactor *redactor, const char *text, size_t len)
{
	unsigned marks = notation_marks(text, len);
	struct search search;
	size_t whole = len;

	if (len > TEXT_MAX || !start_search(&search, redactor, len))
		return len;
	for (size_t i = 0; i < reading_count; i++) {
		size_t at;

		if (!reading_applies(i, marks))
			continue;
		start_reading(&search, reading_keeps_words(i));
		reading_run(i, text, len, true, take_units, &search);
		at = begun_at(&search, len);
		whole = at < whole ? at : whole;
	}
	end_search(&search);
	return whole;
}

/* ---- what is known to it */

struct redactor *
redactor_new(void)
{
	struct redactor *redactor = xcalloc(1, sizeof(*redactor));

	redactor->finder = xcalloc(1, sizeof(*redactor->finder));
	return redactor;
}

void
redactor_free(struct redactor *redactor)
{
	if (redactor == NULL)
		return;
	patterns_release(&redactor->patterns);
	automaton_free(redactor->finder->automaton);
	free(redactor->finder);
	for (size_t i = 0; i < redactor->word_count; i++)
		explicit_bzero(&redactor->words[i], sizeof(*redactor->words));
	free(redactor->words);
	free(redactor);
}

void
redactor_add(struct redactor *redactor, const char *secret)
{
	size_t len = strlen(secret);

	redactor->has_secret = redactor->has_secret || len > 0;
	if (len >= WORD_ONLY) {
		patterns_add_secret(&redactor->patterns, secret, len);
	} else if (len > 0) {
		ALLOC_GROW(redactor->words, redactor->word_count, redactor->word_capacity);
		redactor->words[redactor->word_count++] =
		    word_key((const unsigned char *)secret, len);
		qsort(
		    redactor->words, redactor->word_count, sizeof(*redactor->words), compare_words);
	}
}

void
redactor_add_known(struct redactor *redactor, const char *text)
{
	patterns_add_known(&redactor->patterns, text, strlen(text));
	redactor->has_known = true;
}
