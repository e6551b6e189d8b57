/* SPDX-License-Identifier: ISC */
#include "base/redact/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/redact/redact-read.h"

#define MASK	  "***"
#define WORD_ONLY 4		      /* bytes: shorter secrets stand in too many words by chance */
#define TAIL_MAX  ((size_t)64 * 1024) /* bytes: how far before its end a text is looked at */

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

/* The bytes masked for one needle. */
struct span {
	size_t start;
	size_t end;
};

/*
 * Whether a unit that was read is what stands there in the needle.  A plus sign may be one after
 * all.
 */
static bool
fits(const struct needle *needle, size_t done, const char *unit, size_t count, char raw)
{
	if (count > needle->len - done)
		return false;
	return memcmp(unit, needle->text + done, count) == 0 ||
	       (raw == '+' && needle->text[done] == '+');
}

/* Whether the unit breaks a line, of which there may be one anywhere in base64 (RFC 2045, 6.8). */
static bool
breaks_line(const struct needle *needle, size_t done, const char *unit, size_t count)
{
	return needle->base64 && done > 0 && count == 1 && (unit[0] == '\n' || unit[0] == '\r');
}

/* How many bytes of text the needle takes when they are read that way; 0: it is not there. */
static size_t
match(const struct needle *needle, const char *text, size_t len, unit_reader *read_unit)
{
	size_t at = 0;

	if (read_unit == read_plain && !needle->base64)
		return needle->len <= len && memcmp(text, needle->text, needle->len) == 0
			   ? needle->len
			   : 0;
	for (size_t done = 0; done < needle->len;) {
		char unit[4];
		size_t used;
		if (at == len)
			return 0;
		size_t count = read_unit(text + at, len - at, unit, &used);
		if (breaks_line(needle, done, unit, count))
			count = 0;
		else if (!fits(needle, done, unit, count, text[at]))
			return 0;
		done += count;
		at += used;
	}
	return at;
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

/* Whether the byte before that place ends an escape: its letter or digit is part of no word. */
static bool
ends_escape(const char *text, size_t at)
{
	static const size_t lens[] = {2, 3, 6}; /* \n, %2F, \u002f */

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		char unit[4];
		size_t used = 0;

		if (at < lens[i])
			continue;
		(text[at - lens[i]] == '%' ? read_percent : read_json)(
		    text + at - lens[i], lens[i], unit, &used);
		if (used == lens[i])
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

/* Widens the span when the needle stands at that place of the text. */
static void
try_needle(const struct needle *needle, const char *text, size_t len, size_t at,
    unit_reader *read_unit, struct span *span)
{
	size_t taken = match(needle, text + at, len - at, read_unit);
	size_t start = at, end = at + taken;

	if (taken == 0)
		return;
	if (needle->word && is_in_word(text, len, start, end))
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

/* Most bytes: they read the same in every way, and no needle begins with them. */
static bool
begins_nothing(const struct redactor *redactor, char c)
{
	return redactor->needles[(unsigned char)c] == NULL && c != '%' && c != '+' && c != '\\';
}

void
redactor_apply(const struct redactor *redactor, const char *text, size_t len, struct strbuf *out)
{
	static const struct {
		unit_reader *read_unit;
		char mark; /* text without it reads the same as plain text */
	} readers[] = {{read_percent, '%'}, {read_form, '+'}, {read_json, '\\'},
	    {read_form_in_json, '\\'}, {read_json_in_json, '\\'}};
	unit_reader *in_use[1 + sizeof(readers) / sizeof(readers[0])] = {read_plain};
	size_t in_use_count = 1;
	size_t written = 0; /* up to where the text is in out, or masked */

	if (len == 0)
		return;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (memchr(text, readers[i].mark, len) != NULL)
			in_use[in_use_count++] = readers[i].read_unit;
	}
	for (size_t at = 0; at < len; at++) {
		struct span span = {.start = at, .end = at};

		if (begins_nothing(redactor, text[at]))
			continue;
		for (size_t i = 0; i < in_use_count; i++) {
			char unit[4];
			size_t used;
			in_use[i](text + at, len - at, unit, &used);
			const struct needle *needle = redactor->needles[(unsigned char)unit[0]];
			for (; needle != NULL; needle = needle->next)
				try_needle(needle, text, len, at, in_use[i], &span);
		}
		if (span.end == at)
			continue;
		/* Secrets that overlap get one mask: no end of any of them shows. */
		if (span.start >= written) {
			strbuf_add(out, text + written, span.start - written);
			strbuf_addstr(out, MASK);
		}
		if (span.end > written)
			written = span.end;
	}
	strbuf_add(out, text + written, len - written);
}

/* Whether the text is what a needle begins with, up to where the text ends. */
static bool
begins(const struct needle *needle, const char *text, size_t len, unit_reader *read_unit)
{
	size_t at = 0;

	for (size_t done = 0; at < len;) {
		char unit[4];
		size_t used;
		/* an escape that is cut off itself could stand for anything */
		if (len - at < UNIT_MAX && (text[at] == '%' || text[at] == '\\') &&
		    read_unit != read_plain)
			return true;
		size_t count = read_unit(text + at, len - at, unit, &used);
		if (breaks_line(needle, done, unit, count))
			count = 0;
		else if (!fits(needle, done, unit, count, text[at]))
			return false;
		done += count;
		at += used;
		if (done == needle->len)
			return false; /* all of it is there */
	}
	return true;
}

size_t
redactor_whole(const struct redactor *redactor, const char *text, size_t len)
{
	static unit_reader *const readers[] = {
	    read_plain, read_percent, read_form, read_json, read_form_in_json, read_json_in_json};
	size_t from = len > TAIL_MAX ? len - TAIL_MAX : 0;

	for (size_t at = from; at < len; at++) {
		for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
			char unit[4];
			size_t used;
			readers[i](text + at, len - at, unit, &used);
			const struct needle *needle = redactor->needles[(unsigned char)unit[0]];
			for (; needle != NULL; needle = needle->next) {
				if (begins(needle, text + at, len - at, readers[i]))
					return at;
			}
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

/* Takes the needle over, unless there is one like it. */
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

/* The digit at bit of the base64 of the secret, whose own bits begin at start. */
static char
digit64(const char *secret, size_t len, size_t start, size_t bit, const char *last)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t byte = (bit - start) / 8;
	unsigned pair = (unsigned)(unsigned char)secret[byte] << 8;

	if (byte + 1 < len)
		pair |= (unsigned char)secret[byte + 1];
	unsigned value = pair >> (10 - bit % 8) & 0x3f;
	return value < 62 ? digits[value] : last[value - 62];
}

/* The secret after skip (0 to 2) other bytes, in the base64 that ends in those two digits. */
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

	if (len == 0)
		return;
	struct needle *needle = xcalloc(1, sizeof(*needle));
	needle->len = len;
	needle->text = xstrdup(secret);
	needle->word = len < WORD_ONLY;
	add_needle(redactor, needle);
	for (size_t skip = 0; len >= WORD_ONLY && skip < 3; skip++) {
		add_base64(redactor, secret, len, skip, "+/");
		add_base64(redactor, secret, len, skip, "-_");
	}
}
