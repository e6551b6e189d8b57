/* SPDX-License-Identifier: ISC */
/*
 * A reading is a chain of decoders, through which the text is passed block by block.  A decoder
 * takes the units that the one before it made, and leaves at their front what it can only read when
 * more has come: never more than HELD_MAX units, because escapes are short.
 *
 * The escapes of percent-encoding, of strings and of markup each have a decoder.  They also nest,
 * in all orders (a query in JSON in a page), some servers decode a part of them only, and an escape
 * may stand for a byte of another.  reduce() reads all that: it replaces each escape as soon as its
 * last byte is there, and looks at what comes of it again.  The text that is left has none.
 * Whoever searches it searches for patterns that were reduced too.
 */
#include "base/redact/notations.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/redact/digits.h"
#include "base/redact/escapes.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define BLOCK 24 /* so that short texts have many blocks */
#else
#define BLOCK 4096
#endif
#define HELD_MAX 16
#define STAGES	 2 /* the longest chain */
#define SPAN_MAX UINT16_MAX

enum mark {
	MARK_PERCENT = 1,
	MARK_BACKSLASH = 2,
	MARK_ENTITY = 4,
	MARK_QUOTES = 8,
	MARK_EQUALS = 16,
	MARK_ESCAPES = MARK_PERCENT | MARK_BACKSLASH | MARK_ENTITY,
};

#define READING_REDUCED 0

struct stage;

/*
 * Decodes units, of which some follow unless they are the last.  Writes at most as many to out, and
 * their number to *made.  Returns how many it has left at the front of the units that it was given,
 * for the next time.
 */
typedef size_t
decoder(struct stage *, struct unit *, size_t count, bool last, struct unit *out, size_t *made);

struct step {
	decoder *decode;
	unsigned first; /* of digits: see struct digits */
};

/* A decoder at work. */
struct stage {
	struct step step;
	size_t held;
	struct digits digits;
	struct unit units[BLOCK + (STAGES + 1) * HELD_MAX];
};

/* ---- decoders */

/* Leaves the units from that place on for the next time. */
static size_t
hold(struct unit *units, size_t count, size_t from)
{
	memmove(units, units + from, (count - from) * sizeof(*units));
	return count - from;
}

/*
 * Writes what the escape at the units stands for to out, which may be the same place.  Returns how
 * many units that are; 0: they would stand for too long a part of the text.
 */
static size_t
replace(struct unit *out, const struct unit *units, const struct escape *escape)
{
	const struct unit *last = &units[escape->used - 1];
	uint32_t start = units[0].start, span = last->start + last->span - start;

	if (span > SPAN_MAX)
		return 0;
	for (size_t i = 0; i < escape->count; i++)
		out[i] = (struct unit){start, (uint16_t)span, escape->bytes[i]};
	return escape->count;
}

/* Decodes the escapes of one kind. */
static size_t
decode_escapes(
    unsigned char mark, struct unit *units, size_t count, bool last, struct unit *out, size_t *made)
{
	size_t at = 0;

	*made = 0;
	while (at < count) {
		struct escape escape;
		enum escape_found found = ESCAPE_NONE;
		size_t put = 0;

		if (units[at].byte == mark)
			found = escape_read(units + at, count - at, &escape);
		if (found == ESCAPE_CUT && !last)
			break;
		if (found == ESCAPE_READ)
			put = replace(out + *made, units + at, &escape);
		if (put > 0) {
			at += escape.used;
			*made += put;
		} else {
			out[(*made)++] = units[at++];
		}
	}
	return hold(units, count, at);
}

static size_t
percent(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	(void)stage;
	return decode_escapes('%', units, count, last, out, made);
}

static size_t
backslash(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	(void)stage;
	return decode_escapes('\\', units, count, last, out, made);
}

static size_t
entity(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	(void)stage;
	return decode_escapes('&', units, count, last, out, made);
}

/* Quotes that are written twice within quotes, as in SQL and CSV. */
static size_t
doubled(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	size_t at = 0;

	(void)stage;
	*made = 0;
	while (at < count) {
		unsigned char byte = units[at].byte;
		struct escape both = {.used = 2, .count = 1, .bytes = {byte}};

		if ((byte != '"' && byte != '\'') || (at + 1 == count && last) ||
		    (at + 1 < count && units[at + 1].byte != byte)) {
			out[(*made)++] = units[at++];
		} else if (at + 1 == count) {
			break;
		} else {
			*made += replace(out + *made, units + at, &both);
			at += 2;
		}
	}
	return hold(units, count, at);
}

/* How long the line break is that the units begin with; 0: there is none. */
static size_t
line_break(const struct unit *units, size_t len)
{
	if (len > 0 && units[0].byte == '\r')
		return len > 1 && units[1].byte == '\n' ? 2 : 1;
	return len > 0 && units[0].byte == '\n';
}

/* The byte that two hexadecimal digits stand for, or -1. */
static int
hex_byte(const struct unit *units, size_t len)
{
	int high = len < 2 ? -1 : number_hex_digit((char)units[0].byte);
	int low = len < 2 ? -1 : number_hex_digit((char)units[1].byte);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* =3D, and the line breaks that are not meant (RFC 2045, 6.7). */
static size_t
quoted(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	size_t at = 0;

	(void)stage;
	*made = 0;
	while (at < count && (units[at].byte != '=' || at + 3 <= count || last)) {
		const struct unit *next = units + at + 1;
		bool is_escape = units[at].byte == '=';
		size_t soft = is_escape ? line_break(next, count - at - 1) : 0;
		int byte = is_escape ? hex_byte(next, count - at - 1) : -1;
		struct escape escape = {.used = 3, .count = 1, .bytes = {(unsigned char)byte}};

		if (soft > 0) {
			at += 1 + soft;
		} else if (byte >= 0) {
			*made += replace(out + *made, units + at, &escape);
			at += 3;
		} else {
			out[(*made)++] = units[at++];
		}
	}
	return hold(units, count, at);
}

/* ---- escapes of all kinds within each other */

static bool
is_mark(unsigned char byte)
{
	return byte == '%' || byte == '\\' || byte == '&';
}

/* Whether an escape can have so many units, and that one at its end. */
static bool
can_be_escape(size_t count, unsigned char last)
{
	if (count == 2 || last == ';' || last == '}')
		return true;
	/* %2f, \x2f or \057, \u002f, \U0000002f, \ud83d\ude00 */
	return count == 3 || count == 4 || count == 6 || count == 10 || count == 12;
}

/* Replaces the escape that the units end in, if there is one.  Returns the new end. */
static size_t
reduce_end(struct unit *units, size_t end)
{
	unsigned char last = units[end - 1].byte;
	bool can_be_long = number_hex_digit((char)last) >= 0 || last == ';' || last == '}';
	struct escape escape;

	for (size_t count = 2; count <= (can_be_long ? ESCAPE_MAX : 2) && count <= end; count++) {
		struct unit *start = units + end - count;

		if (is_mark(start->byte) && can_be_escape(count, last) &&
		    escape_read(start, count, &escape) == ESCAPE_READ && escape.used == count) {
			size_t put = replace(start, start, &escape);

			return put == 0 ? end : end - count + put;
		}
	}
	return end;
}

/* The first of the last units that may be the beginning of an escape. */
static size_t
settled(const struct unit *units, size_t count)
{
	size_t at = count > ESCAPE_MAX ? count - ESCAPE_MAX : 0;
	struct escape escape;

	while (at < count && escape_read(units + at, count - at, &escape) != ESCAPE_CUT)
		at++;
	return at;
}

/*
 * Reduces.  What may be the beginning of an escape is left for the next time.  NUL is nothing, and
 * must not stand within an escape.
 */
static size_t
reduce(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	size_t end = 0, whole, before;
	size_t quiet = 0; /* so many at the end are known to be no marks */

	(void)stage;
	for (size_t i = 0; i < count; i++) {
		if (units[i].byte == '\0' && units[i].span > 0)
			continue;
		out[end++] = units[i];
		quiet = is_mark(units[i].byte) ? 0 : quiet + 1;
		while (quiet < ESCAPE_MAX) {
			before = end;
			end = reduce_end(out, end);
			if (end == before)
				break;
			quiet = 0;
		}
	}
	whole = last ? end : settled(out, end);
	*made = whole;
	memcpy(units, out + whole, (end - whole) * sizeof(*units));
	return end - whole;
}

/* ---- digits */

static size_t
base64(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	return digits_read_base64(&stage->digits, units, count, last, out, made);
}

static size_t
hexadecimal(struct stage *stage, struct unit *units, size_t count, bool last, struct unit *out,
    size_t *made)
{
	return digits_read_hexadecimal(&stage->digits, units, count, last, out, made);
}

/* ---- readings */

struct reading {
	unsigned marks; /* one of these is in a text that reads otherwise than as it is; 0: any */
	bool keeps_words;
	struct step steps[STAGES]; /* up to one without a decoder */
};

#define EACH_BASE64(READING) READING(0), READING(1), READING(2), READING(3)
#define BASE64(SKIP)                        \
	{                                   \
		.steps = { {base64, SKIP} } \
	}
#define REDUCED_BASE64(SKIP)                                                    \
	{                                                                       \
		.marks = MARK_ESCAPES, .steps = { {reduce, 0}, {base64, SKIP} } \
	}
#define BASE64_OF_NOTED(SKIP)                            \
	{                                                \
		.steps = { {base64, SKIP}, {reduce, 0} } \
	}

static const struct reading readings[] = {
    [READING_REDUCED] = {.marks = MARK_ESCAPES, .steps = {{reduce, 0}}},
    {.keeps_words = true}, /* as it is */
    {.marks = MARK_PERCENT, .keeps_words = true, .steps = {{percent, 0}}},
    {.marks = MARK_BACKSLASH, .keeps_words = true, .steps = {{backslash, 0}}},
    {.marks = MARK_ENTITY, .keeps_words = true, .steps = {{entity, 0}}},
    {.marks = MARK_QUOTES, .steps = {{doubled, 0}}},
    {.marks = MARK_EQUALS, .steps = {{quoted, 0}}},
    /* What comes before may look like the beginning of an escape to reduce(), not to these. */
    {.marks = MARK_PERCENT, .steps = {{percent, 0}, {percent, 0}}},
    {.marks = MARK_BACKSLASH, .steps = {{backslash, 0}, {backslash, 0}}},
    {.marks = MARK_BACKSLASH, .steps = {{backslash, 0}, {percent, 0}}},
    {.marks = MARK_BACKSLASH, .steps = {{backslash, 0}, {entity, 0}}},
    {.marks = MARK_ENTITY, .steps = {{entity, 0}, {backslash, 0}}},
    {.steps = {{hexadecimal, 0}}},
    {.steps = {{hexadecimal, 1}}},
    EACH_BASE64(BASE64),
    EACH_BASE64(REDUCED_BASE64),
    EACH_BASE64(BASE64_OF_NOTED),
};

const size_t reading_count = sizeof(readings) / sizeof(readings[0]);

bool
reading_keeps_words(size_t reading)
{
	return readings[reading].keeps_words;
}

/* Which mark two bytes are; 0: none. */
static unsigned
mark_of(unsigned char c, unsigned char next)
{
	bool is_hex = number_hex_digit((char)next) >= 0;

	switch (c) {
	case '%':
		return is_hex || (next | 0x20) == 'u' ? MARK_PERCENT : 0;
	case '\\':
		return MARK_BACKSLASH;
	case '&':
		return next == '#' || ((next | 0x20) >= 'a' && (next | 0x20) <= 'z') ? MARK_ENTITY
										     : 0;
	case '"':
	case '\'':
		return c == next ? MARK_QUOTES : 0;
	case '=':
		return is_hex || next == '\n' || next == '\r' ? MARK_EQUALS : 0;
	default:
		return 0;
	}
}

unsigned
notation_marks(const char *text, size_t len)
{
	unsigned marks = 0;

	for (size_t i = 0; i + 1 < len; i++)
		marks |= mark_of((unsigned char)text[i], (unsigned char)text[i + 1]);
	if (len > 0) /* it may be cut off there */
		marks |= mark_of((unsigned char)text[len - 1], 'a');
	return marks;
}

bool
reading_applies(size_t reading, unsigned marks)
{
	return readings[reading].marks == 0 || (readings[reading].marks & marks) != 0;
}

/* Passes the units that came to the first stage through all. */
static void
pass(struct stage *stages, size_t count, bool last, unit_taker *take, void *context)
{
	for (; stages->step.decode != NULL; stages++) {
		struct stage *next = stages + 1;
		size_t made;

		stages->held = stages->step.decode(stages, stages->units, stages->held + count,
		    last, next->units + next->held, &made);
		count = made;
	}
	take(context, stages->units, count);
}

void
reading_run(
    size_t reading, const char *text, size_t len, bool cut_off, unit_taker *take, void *context)
{
	struct stage *stages = xreallocarray(NULL, STAGES + 1, sizeof(*stages));
	size_t at = 0, used = (len < BLOCK ? len : BLOCK) + (STAGES + 1) * HELD_MAX;

	for (size_t i = 0; i <= STAGES; i++) {
		stages[i].step = i < STAGES ? readings[reading].steps[i] : (struct step){NULL, 0};
		stages[i].held = 0;
		digits_init(&stages[i].digits, stages[i].step.first);
	}
	while (at < len) {
		size_t count = len - at < BLOCK ? len - at : BLOCK;
		struct unit *units = stages->units + stages->held;

		for (size_t i = 0; i < count; i++, at++)
			units[i] = (struct unit){(uint32_t)at, 1, (unsigned char)text[at]};
		pass(stages, count, at == len && !cut_off, take, context);
	}
	for (size_t i = 0; i <= STAGES; i++)
		explicit_bzero(stages[i].units, used * sizeof(struct unit));
	free(stages);
}

/* ---- texts */

struct bytes {
	unsigned char *out;
	size_t count;
};

static void
take_bytes(void *context, const struct unit *units, size_t count)
{
	struct bytes *bytes = context;

	for (size_t i = 0; i < count; i++)
		bytes->out[bytes->count++] = units[i].byte;
}

unsigned char *
notation_reduce(const char *text, size_t len, size_t *out_len)
{
	struct bytes bytes = {.out = xmalloc(len + 1)};

	reading_run(READING_REDUCED, text, len, false, take_bytes, &bytes);
	*out_len = bytes.count;
	return bytes.out;
}

size_t
notation_base64(const char *text, size_t len, unsigned char *out)
{
	unsigned value = 0, bits = 0;
	size_t count = 0;

	for (int pads = 0; pads < 2 && len > 0 && text[len - 1] == '='; pads++)
		len--;
	if (len % 4 == 1)
		return 0;
	for (size_t i = 0; i < len; i++) {
		int digit = digits_base64_value((unsigned char)text[i]);

		if (digit < 0)
			return 0;
		value = (value << 6 | (unsigned)digit) & 0xffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		out[count++] = (unsigned char)(value >> bits);
	}
	return count;
}
