/* SPDX-License-Identifier: ISC */
/*
 * What redactor_apply() masks is what a plain search finds: it decodes the whole text anew for each
 * notation, as slowly as it may be read, and compares each pattern with each place.  And it does
 * not take long, whatever it is given.
 *
 * An input has fields that are separated by bytes 0xfe: two secrets, what is known, and a text.  In
 * the text, 0xfd and a byte stand for the first secret, written in a notation; so the fuzzer needs
 * not find out how each is written.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/redact/patterns.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define FIELD_END  0xfe
#define SECRET_AT  0xfd
#define SECRET_MAX 40
#define TEXT_MAX   300
#define LONG	   (32 * 1024)

/* ---- the plain search */

struct cell {
	size_t start, end;
	unsigned char byte;
	bool gap; /* nothing goes on across it */
};

struct cells {
	struct cell at[TEXT_MAX * 2];
	size_t count;
};

static void
add_cell(struct cells *cells, size_t start, size_t end, unsigned char byte)
{
	cells->at[cells->count++] = (struct cell){start, end, byte, false};
}

/*
 * Whether the cells are as the template says: H a hexadecimal digit, O an octal one, D a decimal
 * one, a plus sign one to eight of what is before it, others themselves.
 */
static size_t
fits(const struct cell *cells, size_t len, const char *template, unsigned long *number)
{
	size_t at = 0;

	for (*number = 0; *template != '\0'; template ++) {
		unsigned base = *template == 'H'   ? 16
				: *template == 'O' ? 8
				: *template == 'D' ? 10
						   : 0;
		size_t most = template[1] == '+' ? 8 : 1, count = 0;

		while (base > 0 && count < most && at < len && cells[at].byte != 0 &&
		       memchr("0123456789abcdefABCDEF", cells[at].byte, base == 16 ? 22 : base) !=
			   NULL) {
			char digit[2] = {(char)cells[at].byte, '\0'};

			*number = *number * base + strtoul(digit, NULL, 16);
			at++;
			count++;
		}
		if (base == 0 && at < len && cells[at].byte == (unsigned char)*template &&
		    !cells[at].gap)
			at++;
		else if (base == 0 || count == 0)
			return 0;
		template += template[1] == '+';
	}
	return at;
}

/* The escape that the cells begin with; 0: none.  Writes what it stands for. */
static size_t
escape_at(const struct cell *cells, size_t len, unsigned char out[4], size_t *out_len)
{
	static const struct {
		const char *template;
		char means; /* b: a byte, c: a character, u: a number of UTF-16 */
	} forms[] = {{"%HH", 'b'}, {"%uHHHH", 'u'}, {"%UHHHH", 'u'}, {"\\xHH", 'b'}, {"\\0OO", '0'},
	    {"\\1OO", '1'}, {"\\2OO", '2'}, {"\\3OO", '3'}, {"\\uHHHH", 'u'}, {"\\UHHHHHHHH", 'c'},
	    {"\\u{H+}", 'c'}, {"&#D+;", 'c'}, {"&#xH+;", 'c'}, {"&#XH+;", 'c'}, {"&amp;", '&'},
	    {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", 'n'}};
	static const char letters[] = "a\ab\bt\tn\nv\vf\fr\re\x1b"
				      "E\x1b";
	unsigned long number, low;

	if (len == 0 || strchr("%\\&", cells[0].byte) == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t used = fits(cells, len, forms[i].template, &number);
		char means = forms[i].means, bytes[4];

		if (used == 0)
			continue;
		if (means == 'u' && number >= 0xd800 && number < 0xdc00) {
			if (fits(cells + used, len - used, forms[i].template, &low) == 0 ||
			    low < 0xdc00 || low > 0xdfff)
				return 0;
			used *= 2;
			number = 0x10000 + (number - 0xd800) * 0x400 + (low - 0xdc00);
		}
		*out_len = 1;
		if (means >= '0' && means <= '3') {
			out[0] = (unsigned char)(number + 64 * (unsigned)(means - '0'));
		} else if (means == 'b') {
			out[0] = (unsigned char)number;
		} else if (means == 'c' || means == 'u' || means == 'n') {
			if (means == 'n')
				number = 0xa0;
			if (number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
				return 0;
			*out_len = utf8_put(bytes, number);
			memcpy(out, bytes, *out_len);
		} else {
			out[0] = (unsigned char)means;
		}
		return used;
	}
	if (len < 2 || cells[0].byte != '\\' || cells[1].gap)
		return 0;
	*out_len = 1;
	out[0] = cells[1].byte;
	for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if (cells[1].byte == (unsigned char)letters[i]) {
			out[0] = (unsigned char)letters[i + 1];
			return 2;
		}
	}
	if (out[0] < ' ' || out[0] > '~' || (out[0] >= '0' && out[0] <= '9') ||
	    ((out[0] | 0x20) >= 'a' && (out[0] | 0x20) <= 'z'))
		return 0;
	return 2;
}

/* The escapes that begin with that byte, from left to right. */
static void
decode(const struct cells *in, char mark, struct cells *out)
{
	out->count = 0;
	for (size_t at = 0, used; at < in->count; at += used) {
		unsigned char bytes[4];
		size_t count;

		used = in->at[at].byte == (unsigned char)mark
			   ? escape_at(in->at + at, in->count - at, bytes, &count)
			   : 0;
		for (size_t i = 0; used > 0 && i < count; i++)
			add_cell(out, in->at[at].start, in->at[at + used - 1].end, bytes[i]);
		if (used == 0) {
			out->at[out->count++] = in->at[at];
			used = 1;
		}
	}
}

/* Replaces the escape that ends first until there is none. */
static void
reduce(const struct cells *in, struct cells *out)
{
	bool again = true;

	out->count = 0;
	for (size_t i = 0; i < in->count; i++) {
		if (in->at[i].byte != 0 || in->at[i].gap)
			out->at[out->count++] = in->at[i];
	}
	while (again) {
		again = false;
		for (size_t end = 2; end <= out->count && !again; end++) {
			for (size_t len = 2; len <= 12 && len <= end && !again; len++) {
				struct cell *from = &out->at[end - len];
				unsigned char bytes[4];
				size_t count, start = from->start, to = out->at[end - 1].end;

				if (escape_at(from, len, bytes, &count) != len)
					continue;
				memmove(
				    from + count, from + len, (out->count - end) * sizeof(*from));
				out->count -= len - count;
				for (size_t i = 0; i < count; i++)
					from[i] = (struct cell){start, to, bytes[i], false};
				again = true;
			}
		}
	}
}

static void
quotes(const struct cells *in, struct cells *out)
{
	out->count = 0;
	for (size_t i = 0; i < in->count; i++) {
		out->at[out->count++] = in->at[i];
		if (i + 1 < in->count && in->at[i].byte == in->at[i + 1].byte &&
		    (in->at[i].byte == '"' || in->at[i].byte == '\''))
			out->at[out->count - 1].end = in->at[++i].end;
	}
}

static void
printable(const struct cells *in, struct cells *out)
{
	unsigned long number;

	out->count = 0;
	for (size_t i = 0; i < in->count; i++) {
		size_t left = in->count - i;

		if (fits(in->at + i, left, "=\r\n", &number) > 0)
			i += 2;
		else if (fits(in->at + i, left, "=\r", &number) > 0 ||
			 fits(in->at + i, left, "=\n", &number) > 0)
			i += 1;
		else if (fits(in->at + i, left, "=HH", &number) > 0) {
			add_cell(out, in->at[i].start, in->at[i + 2].end, (unsigned char)number);
			i += 2;
		} else
			out->at[out->count++] = in->at[i];
	}
}

static int
digit_of(unsigned char c, unsigned width)
{
	static const char hex[] = "0123456789abcdef",
			  base64[] =
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at;

	if (width == 4 && c >= 'A' && c <= 'F')
		c |= 0x20;
	if (width == 6 && (c == '-' || c == '_'))
		c = c == '-' ? '+' : '/';
	at = c == 0 ? NULL : strchr(width == 4 ? hex : base64, c);
	return at == NULL ? -1 : (int)(at - (width == 4 ? hex : base64));
}

/* Bit by bit. */
static void
digits(const struct cells *in, unsigned width, size_t first, struct cells *out)
{
	size_t run = 0, bits = 0, start = 0; /* digits of the run, bits of the byte, its start */
	unsigned byte = 0;
	bool line = false;

	out->count = 0;
	for (size_t i = 0; i < in->count; i++) {
		unsigned char c = in->at[i].byte;
		int digit = digit_of(c, width);
		size_t last = i;

		if (digit < 0 && run > 0 &&
		    (c == '\n' || c == '\r' || (line && (c == ' ' || c == '\t')))) {
			line = true;
			continue;
		}
		line = false;
		if (digit < 0) {
			if (run > 0)
				out->at[out->count++] =
				    (struct cell){in->at[i].start, in->at[i].start, 0, true};
			run = bits = 0;
			byte = 0;
			continue;
		}
		while (width == 6 && last < i + 2 && last + 1 < in->count &&
		       in->at[last + 1].byte == '=')
			last++;
		for (unsigned bit = width; run++ >= first && bit-- > 0; run--) {
			if (bits == 0)
				start = in->at[i].start;
			byte = (byte << 1 | ((unsigned)digit >> bit & 1)) & 0xff;
			if (++bits == 8) {
				add_cell(out, start, in->at[last].end, (unsigned char)byte);
				bits = 0;
			}
		}
	}
}

struct span {
	size_t start, end;
};

struct spans {
	struct span *at;
	size_t count, capacity;
};

/* What a pattern compares with. */
static void
make_plain(const struct cells *in, struct cells *out)
{
	unsigned char before = 0;

	out->count = 0;
	for (size_t i = 0; i < in->count; i++) {
		struct cell cell = in->at[i];
		bool rest = before == '\r' && cell.byte == '\n';

		if (cell.gap) {
			out->at[out->count++] = cell;
			continue;
		}
		if (cell.byte == 0)
			continue;
		before = cell.byte;
		if (rest)
			continue;
		cell.byte = cell.byte == '\r' ? '\n' : cell.byte == '+' ? ' ' : cell.byte;
		out->at[out->count++] = cell;
	}
}

static void
add_span(struct spans *spans, size_t start, size_t end)
{
	if (spans->count == spans->capacity) {
		spans->capacity = spans->capacity * 2 + 64;
		spans->at = realloc(spans->at, spans->capacity * sizeof(*spans->at));
		if (spans->at == NULL)
			abort();
	}
	spans->at[spans->count++] = (struct span){start, end};
}

static void
find(const struct cells *cells, const struct pattern *pattern, struct spans *spans)
{
	for (size_t at = 0; at + pattern->len <= cells->count; at++) {
		size_t same = 0;

		while (same < pattern->len && cells->at[at + same].byte == pattern->text[same] &&
		       !cells->at[at + same].gap)
			same++;
		if (same == pattern->len)
			add_span(spans, cells->at[at].start, cells->at[at + same - 1].end);
	}
}

static bool
joins(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
	       c >= 0x80;
}

static void
find_word(const struct cells *cells, const char *word, struct spans *spans)
{
	size_t len = strlen(word);

	for (size_t at = 0; len > 0 && at + len <= cells->count; at++) {
		size_t same = 0;

		while (same < len && cells->at[at + same].byte == (unsigned char)word[same])
			same++;
		if (same == len && (at == 0 || !joins(cells->at[at - 1].byte)) &&
		    (at + len == cells->count || !joins(cells->at[at + len].byte)))
			add_span(spans, cells->at[at].start, cells->at[at + len - 1].end);
	}
}

/* All that there is to know of one text. */
struct reference {
	struct patterns patterns;
	char secrets[2][SECRET_MAX + 1];
	struct spans found[PATTERN_KINDS];
};

static void
search(struct reference *reference, const struct cells *cells, bool words)
{
	static struct cells plain;

	make_plain(cells, &plain);
	for (size_t i = 0; i < reference->patterns.count; i++) {
		const struct pattern *pattern = &reference->patterns.array[i];

		find(&plain, pattern, &reference->found[pattern->kind]);
	}
	for (size_t i = 0; words && i < 2; i++) {
		if (strlen(reference->secrets[i]) < PATTERN_WHOLE_MIN)
			find_word(&plain, reference->secrets[i], &reference->found[PATTERN_WHOLE]);
	}
}

static void
search_all(struct reference *reference, const char *text, size_t len)
{
	static struct cells raw, one, two;
	static const char marks[] = "%\\&";
	static const char pairs[][2] = {
	    {'%', '%'}, {'\\', '\\'}, {'\\', '%'}, {'\\', '&'}, {'&', '\\'}};

	raw.count = 0;
	for (size_t i = 0; i < len; i++)
		add_cell(&raw, i, i + 1, (unsigned char)text[i]);
	search(reference, &raw, true);
	for (size_t i = 0; i < 3; i++) {
		decode(&raw, marks[i], &one);
		search(reference, &one, true);
	}
	for (size_t i = 0; i < 5; i++) {
		decode(&raw, pairs[i][0], &one);
		decode(&one, pairs[i][1], &two);
		search(reference, &two, false);
	}
	quotes(&raw, &one);
	search(reference, &one, false);
	printable(&raw, &one);
	search(reference, &one, false);
	reduce(&raw, &one);
	search(reference, &one, false);
	for (size_t first = 0; first < 4; first++) {
		digits(&one, 6, first, &two);
		search(reference, &two, false);
	}
	for (size_t first = 0; first < 4; first++) {
		digits(&raw, 6, first, &one);
		search(reference, &one, false);
		reduce(&one, &two);
		search(reference, &two, false);
	}
	for (size_t first = 0; first < 2; first++) {
		digits(&raw, 4, first, &one);
		search(reference, &one, false);
	}
}

static bool
is_known(const struct reference *reference, const struct span *span)
{
	const struct spans *known = &reference->found[PATTERN_KNOWN];

	for (size_t i = 0; i < known->count; i++) {
		if (known->at[i].start <= span->start && span->end <= known->at[i].end)
			return true;
	}
	return false;
}

/* Masks, and returns whether a whole secret was masked. */
static bool
mask(const struct reference *reference, const char *text, size_t len, struct strbuf *out)
{
	static size_t ends[TEXT_MAX];
	size_t written = 0;
	bool whole = false;

	memset(ends, 0, sizeof(ends));
	for (int kind = PATTERN_WHOLE; kind <= PATTERN_PART; kind++) {
		const struct spans *spans = &reference->found[kind];

		for (size_t i = 0; i < spans->count; i++) {
			const struct span *span = &spans->at[i];

			if (is_known(reference, span))
				continue;
			whole = whole || kind == PATTERN_WHOLE;
			if (span->end > ends[span->start])
				ends[span->start] = span->end;
		}
	}
	for (size_t at = 0; at < len; at++) {
		if (ends[at] > 0 && at >= written)
			strbuf_addstr(out, "***");
		if (ends[at] > written)
			written = ends[at];
		if (at >= written)
			strbuf_addch(out, text[at]);
	}
	return whole;
}

/* ---- the input */

static void
add_base64(struct strbuf *out, const char *text, size_t len, const char *alphabet)
{
	for (size_t i = 0; i < len; i += 3) {
		unsigned long group = 0;

		for (size_t j = 0; j < 3; j++)
			group = group << 8 | (i + j < len ? (unsigned char)text[i + j] : 0U);
		for (size_t j = 0; j < 4; j++)
			strbuf_addch(
			    out, i + j <= len ? alphabet[group >> (18 - 6 * j) & 0x3f] : '=');
	}
}

/* Writes a text in one of the notations; each byte as it is, or as the seed says. */
static void
add_written(struct strbuf *out, const char *text, unsigned seed)
{
	static const char *const forms[] = {"%%%02x", "%%%02X", "\\x%02x", "\\u%04x", "&#%u;",
	    "&#x%x;", "=%02X", "%02x", "%%25%02x", "\\\\u%04x", "\\%03o", "&amp;#%u;",
	    "\\u0025%02x"};
	const size_t count = sizeof(forms) / sizeof(forms[0]);
	struct strbuf inner = STRBUF_INIT;
	unsigned form = seed % 32;

	for (size_t i = 0; form < count && text[i] != '\0'; i++) {
		if (form != 7 && (seed >> 5) != 0 && i % (seed >> 5) == 0)
			strbuf_addch(out, text[i]);
		else
			strbuf_addf(out, forms[form], (unsigned)(unsigned char)text[i]);
	}
	if (form >= count) {
		strbuf_addf(&inner, "%.*s%s", (int)(form % 3), "ab", text);
		add_base64(out, inner.buf, inner.len,
		    form % 2 == 0
			? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	}
	strbuf_release(&inner);
}

/* Takes a field off the input: what is before its end, without NUL. */
static void
take_field(const unsigned char **data, size_t *size, char out[SECRET_MAX + 1])
{
	size_t len = 0;

	for (; *size > 0 && **data != FIELD_END; ++*data, --*size) {
		if (len < SECRET_MAX && **data != 0)
			out[len++] = (char)**data;
	}
	out[len] = '\0';
	if (*size > 0) {
		++*data;
		--*size;
	}
}

static void
check(struct reference *reference, const char *known, const struct strbuf *text)
{
	struct redactor *redactor = redactor_new();
	struct strbuf out = STRBUF_INIT, expected = STRBUF_INIT;
	bool whole;

	for (size_t i = 0; i < 2; i++) {
		const char *secret = reference->secrets[i];

		redactor_add(redactor, secret);
		if (strlen(secret) >= PATTERN_WHOLE_MIN)
			patterns_add_secret(&reference->patterns, secret, strlen(secret));
	}
	redactor_add_known(redactor, known);
	patterns_add_known(&reference->patterns, known, strlen(known));
	search_all(reference, text->buf, text->len);
	whole = mask(reference, text->buf, text->len, &expected);
	redactor_apply(redactor, text->buf, text->len, &out);
	if (out.len != expected.len || memcmp(out.buf, expected.buf, out.len) != 0) {
		fprintf(stderr, "'%s' '%s' (known '%s')\nin   '%s'\nis   '%s'\nnot  '%s'\n",
		    reference->secrets[0], reference->secrets[1], known, text->buf, out.buf,
		    expected.buf);
		abort();
	}
	if (redactor_holds(redactor, text->buf, text->len) != whole)
		abort();
	if (redactor_whole(redactor, text->buf, text->len) > text->len)
		abort();
	strbuf_release(&out);
	strbuf_release(&expected);
	redactor_free(redactor);
}

/* Repeats a text up to a length. */
static void
add_repeated(struct strbuf *out, const char *text, size_t len)
{
	while (*text != '\0' && out->len < len)
		strbuf_addstr(out, text);
}

/*
 * What takes the square of 32 KiB takes minutes here, and what is linear less than a tenth of this.
 */
static void
check_time(const char *secret, const char *text)
{
	struct redactor *redactor = redactor_new();
	struct strbuf long_secret = STRBUF_INIT, long_text = STRBUF_INIT, out = STRBUF_INIT;
	clock_t start = clock();

	add_repeated(&long_secret, secret, LONG / 2);
	add_repeated(&long_text, text, LONG);
	redactor_add(redactor, long_secret.buf);
	redactor_add(redactor, secret);
	redactor_apply(redactor, long_text.buf, long_text.len, &out);
	redactor_whole(redactor, long_text.buf, long_text.len);
	if (clock() - start > 2 * CLOCKS_PER_SEC)
		abort();
	strbuf_release(&long_secret);
	strbuf_release(&long_text);
	strbuf_release(&out);
	redactor_free(redactor);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	bool is_timed = size % 64 == 63; /* seldom: it takes long */
	struct reference reference = {0};
	struct strbuf text = STRBUF_INIT;
	char known[SECRET_MAX + 1];

	take_field(&data, &size, reference.secrets[0]);
	take_field(&data, &size, reference.secrets[1]);
	take_field(&data, &size, known);
	for (size_t i = 0; i < size && text.len < TEXT_MAX; i++) {
		if (data[i] == SECRET_AT && i + 1 < size)
			add_written(&text, reference.secrets[0], data[++i]);
		else
			strbuf_addch(&text, (char)data[i]);
	}
	if (text.len > TEXT_MAX)
		strbuf_truncate(&text, TEXT_MAX);
	check(&reference, known, &text);
	if (is_timed)
		check_time(reference.secrets[0], text.buf);
	for (size_t i = 0; i < PATTERN_KINDS; i++)
		free(reference.found[i].at);
	patterns_release(&reference.patterns);
	strbuf_release(&text);
	return 0;
}
