/* SPDX-License-Identifier: ISC */
/*
 * How secrets are found
 *
 * A server that echoes what it was sent writes it in its own way.  One secret has too many
 * spellings to list them: in a URL each byte may be percent-encoded or not, with digits of either
 * case, and a space may be a plus sign; in JSON '/' may be "\/" or "\u002f", and a character beyond
 * ASCII may be written out or escaped; some servers decode a query in part, or put JSON in a string
 * of JSON.
 *
 * So the text is decoded, not the secret encoded.  A unit_reader reads one unit of text, such as
 * "%2f" or "\n" or "x", and gives the bytes that it stands for.  At each place of the text, and
 * with each reader, match() reads unit by unit and compares with the bytes of the secret, the
 * needle, until they differ.  The needles are indexed by their first byte, so at most places
 * nothing is compared; a text without '%', '+' and '\' is read by read_plain() alone.
 *
 * Base64 cannot be decoded without knowing where it begins, so there the secret is encoded.  Three
 * bytes become four digits, hence the digits depend on how many bytes are before the secret, modulo
 * 3: three needles, for each of the two alphabets.  A digit at either end that also holds bits of a
 * neighbour is not in the needle, but is masked with it, since it would give bits of the secret
 * away.  The three alignments are those of the runner of GitHub's Actions (ValueEncoders.cs), which
 * lists the spellings of percent-encoding and JSON too.  MIME breaks base64 into lines; match()
 * skips a line break there.
 *
 * Needles that overlap get one mask.  A secret of less than WORD_ONLY bytes would be found in too
 * many words by chance, and is masked only where no letter or digit is beside it.
 *
 * Cost: the length of the text times the number of needles that begin with the byte that is read
 * there, times how far they agree with the text; not the square of the text.
 *
 * A text that was cut off may end in the beginning of a secret; redactor_whole() looks for the
 * first place from which match() gets to the end of the text.
 */
#include "base/redact/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json/json.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define MASK	  "***"
#define WORD_ONLY 4
#define TAIL_MAX  ((size_t)64 * 1024) /* bytes: how far before its end a text is looked at */
#define UNIT_MAX  24		      /* bytes: the longest unit, \\ud83d\\ude00, and some more */

/*
 * Reads one unit of text: writes the bytes that it stands for and returns how many they are, and
 * in *used the length of the unit.  What is no unit of that encoding stands for itself.  len is not
 * 0.
 */
typedef size_t unit_reader(const char *text, size_t len, char out[4], size_t *used);

/*
 * A secret, or the part of its base64 that does not depend on what is encoded before
 * and after it.  The digits at its ends that do depend on that are masked with it.
 */
struct needle {
	struct needle *next; /* of those with the same first byte */
	char *text;
	size_t len;
	bool word;	 /* only where it is a whole word */
	bool base64;	 /* lines may be broken in it */
	bool left_digit; /* the base64 digit before it belongs to it */
	bool right_digit;
};

struct redactor {
	struct needle *needles[256]; /* by their first byte */
};

/* The bytes that are masked for one needle. */
struct span {
	size_t start;
	size_t end;
};

static size_t
read_plain(const char *text, size_t len, char out[4], size_t *used)
{
	(void)len;
	out[0] = text[0];
	*used = 1;
	return 1;
}

static size_t
read_percent(const char *text, size_t len, char out[4], size_t *used)
{
	long byte = text[0] == '%' ? number_read_hex(text + 1, len - 1, 2) : -1;

	if (byte < 0)
		return read_plain(text, len, out, used);
	out[0] = (char)byte;
	*used = 3;
	return 1;
}

/* Percent-encoding as in forms and queries: a plus sign is a space. */
static size_t
read_form(const char *text, size_t len, char out[4], size_t *used)
{
	size_t count = read_percent(text, len, out, used);

	if (text[0] == '+')
		out[0] = ' ';
	return count;
}

static size_t
read_json(const char *text, size_t len, char out[4], size_t *used)
{
	long code_point = text[0] == '\\' ? json_read_escape(text, len, used) : -1;

	if (code_point < 0)
		return read_plain(text, len, out, used);
	return utf8_put(out, (unsigned long)code_point);
}

/* A query in JSON that was decoded in part before, as servers write the URL that they were sent. */
static size_t
read_form_in_json(const char *text, size_t len, char out[4], size_t *used)
{
	return text[0] == '\\' ? read_json(text, len, out, used) : read_form(text, len, out, used);
}

/* JSON in a string of JSON. */
static size_t
read_json_in_json(const char *text, size_t len, char out[4], size_t *used)
{
	char inner[UNIT_MAX / 2];
	size_t ends[UNIT_MAX / 2]; /* where each byte of inner ends in the text */
	size_t count = read_json(text, len, out, used);
	size_t inner_used, at = 0, have = 0;

	if (count != 1 || out[0] != '\\')
		return count;
	do {
		count = read_json(text + at, len - at, out, used);
		at += *used;
		inner[have] = out[0];
		ends[have++] = at;
	} while (have < sizeof(inner) && at < len && count == 1);
	count = read_json(inner, have, out, &inner_used);
	*used = ends[inner_used - 1];
	return count;
}

static const struct {
	unit_reader *read_unit;
	char mark; /* a text without it reads as plain text; NUL: plain text itself */
} readers[] = {
    {read_plain, '\0'},
    {read_percent, '%'},
    {read_form, '+'},
    {read_json, '\\'},
    {read_form_in_json, '\\'},
    {read_json_in_json, '\\'},
};

#define READER_COUNT (sizeof(readers) / sizeof(readers[0]))

/* Whether a unit is what the needle has after done bytes.  A '+' may be a space or a plus sign. */
static bool
fits(const struct needle *needle, size_t done, const char *unit, size_t count, char raw)
{
	if (count > needle->len - done)
		return false;
	return memcmp(unit, needle->text + done, count) == 0 ||
	       (raw == '+' && needle->text[done] == '+');
}

/* Whether the unit breaks a line inside base64, as anywhere in it (RFC 2045, 6.8). */
static bool
breaks_line(const struct needle *needle, size_t done, const char *unit, size_t count)
{
	return needle->base64 && done > 0 && count == 1 && (unit[0] == '\n' || unit[0] == '\r');
}

/* Whether an escape at that place of a text that was cut off may be cut off too. */
static bool
escape_may_be_cut(const char *text, size_t len, unit_reader *read_unit)
{
	return read_unit != read_plain && len < UNIT_MAX && (text[0] == '%' || text[0] == '\\');
}

/*
 * Returns how many bytes of text the needle takes when they are read that way; 0: it is not there.
 * *cut is set when the text ends before the needle does; NULL: it was not cut off.
 */
static size_t
match(const struct needle *needle, const char *text, size_t len, unit_reader *read_unit, bool *cut)
{
	size_t at = 0, done = 0;

	if (cut == NULL && read_unit == read_plain && !needle->base64)
		return needle->len <= len && memcmp(text, needle->text, needle->len) == 0
			   ? needle->len
			   : 0;
	while (done < needle->len) {
		char unit[4];
		size_t count, used;

		if (at == len ||
		    (cut != NULL && escape_may_be_cut(text + at, len - at, read_unit))) {
			if (cut != NULL)
				*cut = true;
			return 0;
		}
		count = read_unit(text + at, len - at, unit, &used);
		if (breaks_line(needle, done, unit, count))
			count = 0;
		else if (!fits(needle, done, unit, count, text[at]))
			return 0;
		done += count;
		at += used;
	}
	return at;
}

/* The needles that begin with what the text reads as there. */
static const struct needle *
candidates(const struct redactor *redactor, const char *text, size_t len, unit_reader *read_unit)
{
	char unit[4];
	size_t used;

	read_unit(text, len, unit, &used);
	return redactor->needles[(unsigned char)unit[0]];
}

static bool
is_digit64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '-' || c == '_';
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether the byte before that place ends an escape: its letter or digit belongs to no word. */
static bool
ends_escape(const char *text, size_t at)
{
	static const size_t lengths[] = {2, 3, 6}; /* \n, %2F, \u002f */

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const char *escape = text + at - lengths[i];
		char unit[4];
		size_t used = 0;

		if (at < lengths[i])
			break;
		(*escape == '%' ? read_percent : read_json)(escape, lengths[i], unit, &used);
		if (used == lengths[i])
			return true;
	}
	return false;
}

/* Whether it stands in a longer word there. */
static bool
is_in_word(const char *text, size_t len, size_t start, size_t end)
{
	return (start > 0 && is_word(text[start - 1]) && !ends_escape(text, start)) ||
	       (end < len && is_word(text[end]));
}

/* Widens the span by the needle, when it is at that place of the text. */
static void
try_needle(const struct needle *needle, const char *text, size_t len, size_t at,
    unit_reader *read_unit, struct span *span)
{
	size_t taken = match(needle, text + at, len - at, read_unit, NULL);
	size_t start = at, end = at + taken;

	if (taken == 0 || (needle->word && is_in_word(text, len, start, end)))
		return;
	if (needle->left_digit && start > 0 && is_digit64(text[start - 1]))
		start--;
	if (needle->right_digit && end < len && is_digit64(text[end])) {
		end++;
		for (int padding = 0; padding < 2 && end < len && text[end] == '='; padding++)
			end++;
	}
	if (start < span->start)
		span->start = start;
	if (end > span->end)
		span->end = end;
}

/* Fast path for most bytes: they read the same in every way, and no needle begins with them. */
static bool
cannot_start_needle(const struct redactor *redactor, char c)
{
	return redactor->needles[(unsigned char)c] == NULL && c != '%' && c != '+' && c != '\\';
}

/* The span that the needles at that place take; its end is that place when there is none. */
static struct span
find_span(const struct redactor *redactor, unit_reader *const *in_use, const char *text, size_t len,
    size_t at)
{
	struct span span = {.start = at, .end = at};

	if (cannot_start_needle(redactor, text[at]))
		return span;
	for (; *in_use != NULL; in_use++) {
		const struct needle *needle = candidates(redactor, text + at, len - at, *in_use);

		for (; needle != NULL; needle = needle->next)
			try_needle(needle, text, len, at, *in_use, &span);
	}
	return span;
}

void
redactor_apply(const struct redactor *redactor, const char *text, size_t len, struct strbuf *out)
{
	unit_reader *in_use[READER_COUNT + 1] = {NULL};
	size_t count = 0, written = 0; /* up to there the text is in out, or masked */

	if (len == 0)
		return;
	for (size_t i = 0; i < READER_COUNT; i++) {
		if (readers[i].mark == '\0' || memchr(text, readers[i].mark, len) != NULL)
			in_use[count++] = readers[i].read_unit;
	}
	for (size_t at = 0; at < len; at++) {
		struct span span = find_span(redactor, in_use, text, len, at);

		if (span.end == at)
			continue;
		/* secrets that overlap get one mask: no end of any of them is shown */
		if (span.start >= written) {
			strbuf_add(out, text + written, span.start - written);
			strbuf_addstr(out, MASK);
		}
		if (span.end > written)
			written = span.end;
	}
	strbuf_add(out, text + written, len - written);
}

/* Whether the rest of the text, read that way, is the beginning of a needle. */
static bool
begins_needle(const struct redactor *redactor, const char *text, size_t len, unit_reader *read_unit)
{
	const struct needle *needle = candidates(redactor, text, len, read_unit);
	bool cut = false;

	for (; needle != NULL && !cut; needle = needle->next)
		match(needle, text, len, read_unit, &cut);
	return cut;
}

size_t
redactor_whole(const struct redactor *redactor, const char *text, size_t len)
{
	for (size_t at = len > TAIL_MAX ? len - TAIL_MAX : 0; at < len; at++) {
		for (size_t i = 0; i < READER_COUNT; i++) {
			if (begins_needle(redactor, text + at, len - at, readers[i].read_unit))
				return at;
		}
	}
	return len;
}

struct redactor *
redactor_new(void)
{
	return xcalloc(1, sizeof(struct redactor));
}

static void
free_needle(struct needle *needle)
{
	explicit_bzero(needle->text, needle->len);
	free(needle->text);
	free(needle);
}

void
redactor_free(struct redactor *redactor)
{
	if (redactor == NULL)
		return;
	for (size_t i = 0; i < sizeof(redactor->needles) / sizeof(redactor->needles[0]); i++) {
		while (redactor->needles[i] != NULL) {
			struct needle *needle = redactor->needles[i];

			redactor->needles[i] = needle->next;
			free_needle(needle);
		}
	}
	free(redactor);
}

/* Takes the needle over; frees it when there is one like it. */
static void
add_needle(struct redactor *redactor, struct needle *needle)
{
	struct needle **first = &redactor->needles[(unsigned char)needle->text[0]];

	for (const struct needle *known = *first; known != NULL; known = known->next) {
		if (known->len == needle->len &&
		    memcmp(known->text, needle->text, needle->len) == 0 &&
		    known->base64 == needle->base64 && known->left_digit == needle->left_digit &&
		    known->right_digit == needle->right_digit) {
			free_needle(needle);
			return;
		}
	}
	needle->next = *first;
	*first = needle;
}

/* The base64 digit at that bit, of a text in which the bits of the secret begin at start. */
static char
digit64(const char *secret, size_t len, size_t start, size_t bit, const char *last)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t byte = (bit - start) / 8;
	unsigned pair = (unsigned)(unsigned char)secret[byte] << 8, value;

	if (byte + 1 < len)
		pair |= (unsigned char)secret[byte + 1];
	value = pair >> (10 - bit % 8) & 0x3f;
	return value < 62 ? digits[value] : last[value - 62];
}

/* Adds the base64 of the secret after skip (0 to 2) other bytes; last: the two last digits. */
static void
add_base64(struct redactor *redactor, const char *secret, size_t len, size_t skip, const char *last)
{
	struct needle *needle = xcalloc(1, sizeof(*needle));
	size_t first = (skip * 8 + 5) / 6;

	needle->len = (skip + len) * 8 / 6 - first;
	needle->text = xmalloc(needle->len);
	for (size_t i = 0; i < needle->len; i++)
		needle->text[i] = digit64(secret, len, skip * 8, (first + i) * 6, last);
	needle->base64 = true;
	needle->left_digit = skip > 0;
	needle->right_digit = (skip + len) % 3 != 0;
	add_needle(redactor, needle);
}

void
redactor_add(struct redactor *redactor, const char *secret)
{
	size_t len = strlen(secret);
	struct needle *needle;

	if (len == 0)
		return;
	needle = xcalloc(1, sizeof(*needle));
	needle->len = len;
	needle->text = xstrdup(secret);
	needle->word = len < WORD_ONLY;
	add_needle(redactor, needle);
	for (size_t skip = 0; len >= WORD_ONLY && skip < 3; skip++) {
		add_base64(redactor, secret, len, skip, "+/");
		add_base64(redactor, secret, len, skip, "-_");
	}
}
