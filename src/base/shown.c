/* SPDX-License-Identifier: ISC */
#include "base/shown.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define MARKS_MAX 4 /* on one letter; scripts that stack them need three */

enum manner {
	SAFE,
	LINE,
	CELL,
};

/* A text while it is shown. */
struct showing {
	struct strbuf *out;
	enum manner manner;
	size_t backslashes; /* a run of them, not yet written */
	size_t marks;	    /* how many more the letter before may have */
	bool after_blank;   /* or at the beginning */
};

/* Whether a code point can be one that is written as \uNNNN or \UNNNNNNNN. */
static bool
has_escape(long code_point)
{
	if (code_point < 0x80 || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return false;
	return utf8_is_hidden((unsigned long)code_point) ||
	       (code_point >= 0x300 && utf8_width((unsigned long)code_point) == 0);
}

/* Whether the text behind a backslash would make it one of the escapes that are written here. */
static bool
reads_as_escape(const char *text, size_t len)
{
	long number;

	switch (*text) {
	case 'x':
		number = number_read_hex(text + 1, len - 1, 2);
		return (number >= 0 && number <= ' ') || number >= 0x7f;
	case 'u':
		return has_escape(number_read_hex(text + 1, len - 1, 4));
	case 'U':
		number = len > 8 && text[1] == '0' && text[2] == '0'
			     ? number_read_hex(text + 3, len - 3, 6)
			     : -1;
		return number >= 0x10000 && has_escape(number);
	default:
		return false;
	}
}

/* Whether the code point (-1: a byte that is not UTF-8) is shown as an escape.  last: it ends. */
static bool
is_escaped(struct showing *showing, long code_point, bool last)
{
	bool blank = code_point == ' ';
	bool escaped;

	if (code_point < 0) {
		escaped = true;
	} else if (code_point >= 0x300 && utf8_width((unsigned long)code_point) == 0) {
		escaped = showing->marks == 0 || utf8_is_hidden((unsigned long)code_point);
		showing->marks -= !escaped;
		showing->after_blank = false;
		return escaped;
	} else if (blank) {
		escaped = showing->manner == CELL && (showing->after_blank || last);
	} else {
		escaped = utf8_is_hidden((unsigned long)code_point);
	}
	showing->marks = escaped || blank ? 0 : MARKS_MAX;
	showing->after_blank = blank;
	return escaped;
}

static void
add_escape(struct strbuf *out, long code_point, char byte)
{
	if (code_point < 0)
		strbuf_addf(out, "\\x%02x", (unsigned char)byte);
	else
		strbuf_addf(out,
		    code_point < 0x80	   ? "\\x%02lx"
		    : code_point < 0x10000 ? "\\u%04lx"
					   : "\\U%08lx",
		    (unsigned long)code_point);
}

static void
flush(struct showing *showing, bool before_escape)
{
	size_t times = before_escape && showing->manner != SAFE ? 2 : 1;

	for (size_t i = 0; i < showing->backslashes * times; i++)
		strbuf_addch(showing->out, '\\');
	showing->backslashes = 0;
}

static void
show(struct strbuf *out, enum manner manner, const char *text, size_t len)
{
	struct showing showing = {.out = out, .manner = manner, .after_blank = true};
	size_t used;

	for (; len > 0; text += used, len -= used) {
		long code_point = utf8_decode(text, len, &used);
		bool escaped = is_escaped(&showing, code_point, used == len);

		if (code_point == '\\') {
			showing.backslashes++;
			continue;
		}
		flush(&showing, escaped || reads_as_escape(text, len));
		if (escaped)
			add_escape(out, code_point, *text);
		else
			strbuf_add(out, text, used);
	}
	flush(&showing, false);
}

void
shown_add(struct strbuf *out, const char *text, size_t len)
{
	show(out, LINE, text, len);
}

void
shown_add_cell(struct strbuf *out, const char *text)
{
	show(out, CELL, text, strlen(text));
}

void
shown_add_safe(struct strbuf *out, const char *text, size_t len)
{
	show(out, SAFE, text, len);
}

void
quote_add(struct strbuf *out, const char *text)
{
	size_t backslashes = 0;

	strbuf_addch(out, '"');
	for (; *text != '\0'; text++) {
		for (; *text == '"' && backslashes > 0; backslashes--)
			strbuf_addch(out, '\\');
		if (*text == '"')
			strbuf_addch(out, '\\');
		backslashes = *text == '\\' ? backslashes + 1 : 0;
		strbuf_addch(out, *text);
	}
	for (; backslashes > 0; backslashes--)
		strbuf_addch(out, '\\');
	strbuf_addch(out, '"');
}
